"""Who may view a content: worked cases, and an oracle that asks for every user in every possible world."""

import time
from collections.abc import Iterable, Mapping
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.tables.access import GRANTED, UNKNOWN, EffectiveAccess, Facts, Principal


def user(account_id: str) -> Principal:
    """Return a user."""
    return Principal("user", account_id)


def group(group_id: str) -> Principal:
    """Return a group."""
    return Principal("group", group_id)


ANN, BO, CY, DI = map(user, ("ann", "bo", "cy", "di"))
STAFF, TEAM, OTHERS, SECRET = map(group, ("staff", "team", "others", "secret"))
ANYBODY, ADMINS = Principal("role", "anonymous-users"), Principal("role", "all-product-admins")
MEMBERS = {"staff": {"ann", "bo", "cy"}, "team": {"bo", "cy"}, "others": {"cy", "di"}}
TREE = {"home": None, "folder": "home", "page": "folder", "leaf": "page", "post": None}
ALL_OF_STAFF = [(STAFF, GRANTED)]


def verdicts(
    content_id: str,
    restrictions: Mapping[str, Iterable[Principal]],
    *,
    grants: Iterable[Principal] | None = (STAFF,),
    parents: Mapping[str, str | None] = TREE,
    unread: Iterable[str] = (),
) -> list[tuple[Principal, str]]:
    """Return who may view a content, without the reasons."""
    rights = Facts(
        grants=None if grants is None else tuple(grants),
        restrictions={key: tuple(named) for key, named in restrictions.items()},
        parents=parents,
        members=MEMBERS,
        unread=frozenset(unread),
    )
    return [(access.principal, access.verdict) for access in EffectiveAccess(rights).of(content_id)]


CASES: dict[str, tuple[list[tuple[Principal, str]], list[tuple[Principal, str]]]] = {
    "what nobody restricted is as the space": (verdicts("leaf", {}), ALL_OF_STAFF),
    "an empty restriction inherits": (verdicts("leaf", {"leaf": []}), ALL_OF_STAFF),
    "its own restriction": (verdicts("leaf", {"leaf": [ANN]}), [(ANN, GRANTED)]),
    "a restriction elsewhere does not matter": (verdicts("page", {"leaf": [ANN]}), ALL_OF_STAFF),
    "who is named but has no grant may not": (verdicts("leaf", {"leaf": [DI]}), []),
    "the grant of a user, not of a group": (verdicts("leaf", {"leaf": [ANN]}, grants=[ANN, BO]), [(ANN, GRANTED)]),
    "two restricted ancestors with disjoint users": (verdicts("leaf", {"home": [ANN], "page": [BO]}), []),
    "two that share a user": (verdicts("leaf", {"home": [ANN, BO], "page": [BO, CY]}), [(BO, GRANTED)]),
    "a group and a user": (verdicts("leaf", {"page": [TEAM, ANN]}), [(BO, GRANTED), (CY, GRANTED), (ANN, GRANTED)]),
    "a user within a group above": (verdicts("leaf", {"home": [STAFF], "page": [TEAM], "leaf": [BO]}), [(BO, GRANTED)]),
    "the same group all the way": (verdicts("leaf", {"home": [STAFF], "leaf": [STAFF]}), ALL_OF_STAFF),
    "two groups are the users in both": (verdicts("leaf", {"leaf": [OTHERS]}), [(CY, GRANTED)]),
    "users of two groups that a third covers": (verdicts("leaf", {"leaf": [STAFF, OTHERS]}), ALL_OF_STAFF),
    "a user named beside their group stays": (
        verdicts("leaf", {"leaf": [STAFF, ANN]}),
        [(STAFF, GRANTED), (ANN, GRANTED)],
    ),
    "a restricted folder in between": (verdicts("leaf", {"folder": [BO]}), [(BO, GRANTED)]),
    "a blog post": (verdicts("post", {"home": [ANN], "post": [BO]}), [(BO, GRANTED)]),
    "a personal space": (verdicts("post", {}, grants=[DI]), [(DI, GRANTED)]),
    "a personal space that restricts to another": (verdicts("post", {"post": [ANN]}, grants=[DI]), []),
    "anonymous access": (verdicts("leaf", {}, grants=[ANYBODY, STAFF]), [(STAFF, GRANTED), (ANYBODY, GRANTED)]),
    "anonymous access to what is restricted": (
        verdicts("leaf", {"page": [DI, SECRET]}, grants=[ANYBODY]),
        [(SECRET, GRANTED), (DI, GRANTED)],
    ),
    "a space that grants to nobody": (verdicts("leaf", {}, grants=[]), []),
    "a parent that the crawler cannot see": (
        verdicts("leaf", {}, parents=TREE | {"page": "hidden"}),
        [(STAFF, UNKNOWN)],
    ),
    "a parent that cannot be seen, and a restriction below": (
        verdicts("leaf", {"leaf": [ANN]}, parents=TREE | {"page": "hidden"}),
        [(ANN, UNKNOWN)],
    ),
    "nobody is left whatever the hidden parent says": (
        verdicts("leaf", {"leaf": [DI]}, parents=TREE | {"page": "hidden"}),
        [],
    ),
    "a circle": (verdicts("leaf", {}, parents=TREE | {"home": "page"}), [(STAFF, UNKNOWN)]),
    "a circle of one": (verdicts("leaf", {}, parents=TREE | {"leaf": "leaf"}), [(STAFF, UNKNOWN)]),
    "restrictions that could not be read": (verdicts("leaf", {}, unread=["folder"]), [(STAFF, UNKNOWN)]),
    "restrictions that could not be read elsewhere": (verdicts("post", {}, unread=["folder"]), ALL_OF_STAFF),
    "a group whose members are not known stays itself": (
        verdicts("leaf", {"leaf": [SECRET]}, grants=[SECRET]),
        [(SECRET, GRANTED)],
    ),
    "a user who may be in it": (verdicts("leaf", {"leaf": [ANN]}, grants=[SECRET]), [(ANN, UNKNOWN)]),
    "a user who is in another as well": (verdicts("leaf", {"leaf": [BO]}, grants=[SECRET, TEAM]), [(BO, GRANTED)]),
    "a group and one that is not known": (verdicts("leaf", {"leaf": [SECRET]}), [(STAFF, UNKNOWN)]),
    "a role that not everybody has": (verdicts("leaf", {"leaf": [ANN]}, grants=[ADMINS]), [(ANN, UNKNOWN)]),
    "grants that could not be read": (
        verdicts("leaf", {}, grants=None),
        [(Principal("unknown", "unknown"), UNKNOWN)],
    ),
    "grants that could not be read, of what is restricted": (
        verdicts("leaf", {"page": [ANN, TEAM], "leaf": [BO]}, grants=None),
        [(BO, UNKNOWN)],
    ),
}


@pytest.mark.parametrize(("found", "expected"), CASES.values(), ids=CASES.keys())
def test_worked_cases(found: list[tuple[Principal, str]], expected: list[tuple[Principal, str]]) -> None:
    """Who may view is the space's grants, and its own restriction, and that of each ancestor."""
    assert sorted(found) == sorted(expected)


def test_a_reason_says_what_let_somebody_through_or_what_is_not_known() -> None:
    """The sentence names the restricted contents, the groups, and the ancestor that cannot be read."""
    rights = {"grants": (STAFF,), "restrictions": {"page": (ANN, TEAM)}, "members": MEMBERS}
    access = EffectiveAccess(Facts(parents=TREE, **rights))  # type: ignore[arg-type]
    assert [found.reason for found in access.of("home")] == ["Granted by the space."]
    assert {found.principal.id: found.reason for found in access.of("leaf")} == {
        "ann": "Granted by the space and by the view restrictions on page, as a member of the groups staff.",
        "bo": "Granted by the space and by the view restrictions on page, as a member of the groups staff and team.",
        "cy": "Granted by the space and by the view restrictions on page, as a member of the groups staff and team.",
    }
    hidden = EffectiveAccess(Facts(parents={"leaf": "77"}, **rights))  # type: ignore[arg-type]
    assert {found.reason for found in hidden.of("leaf")} == {
        "Its ancestor 77 cannot be read, so what that restricts is not known."
    }


def test_a_very_deep_tree_of_restrictions_is_walked() -> None:
    """Depth costs no stack, whichever content is asked for first."""
    parents = {str(n): str(n - 1) if n else None for n in range(3000)}
    access = EffectiveAccess(Facts((STAFF,), dict.fromkeys(parents, (ANN, BO)), parents, MEMBERS))
    assert [found.principal for found in access.of("2999")] == [ANN, BO]
    assert [found.principal for found in access.of("1500")] == [ANN, BO]


USERS = ("ann", "bo", "cy")
GROUPS = ("staff", "team", "secret")
PRINCIPALS = st.sampled_from([*map(user, USERS), *map(group, GROUPS), ANYBODY])
NAMED = st.frozensets(PRINCIPALS.filter(lambda principal: principal != ANYBODY), max_size=3)
IDS = ("a", "b", "c", "d")


@st.composite
def spaces(draw: st.DrawFn) -> Facts:
    """Draw a space with a few contents, any parents, and groups of which some are not known."""
    known = draw(st.sets(st.sampled_from(GROUPS)))
    return Facts(
        grants=draw(st.none() | st.frozensets(PRINCIPALS, max_size=3)),
        restrictions=draw(st.dictionaries(st.sampled_from(IDS), NAMED)),
        parents=draw(st.dictionaries(st.sampled_from(IDS), st.sampled_from([None, *IDS]), min_size=1)),
        members={name: draw(st.frozensets(st.sampled_from(USERS))) for name in sorted(known)},
    )


def worlds(facts: Facts) -> Iterable[Mapping[str, frozenset[str]]]:
    """Yield every way in which the groups' members can be, given what is known of them."""
    anybody = [
        frozenset(u for u, is_in in zip(USERS, bits, strict=True) if is_in) for bits in product((0, 1), repeat=3)
    ]
    choices = [[frozenset(facts.members[name])] if name in facts.members else anybody for name in GROUPS]
    for chosen in product(*choices):
        yield dict(zip(GROUPS, chosen, strict=True))


def admits(named: Iterable[Principal], account_id: str, members: Mapping[str, frozenset[str]]) -> bool:
    """Say whether a list of principals names a user, by what the words mean."""
    return any(
        principal in (ANYBODY, user(account_id))
        or (principal.type == "group" and account_id in members[principal.id])
        or principal.type == "unknown"
        for principal in named
    )


def viewers(facts: Facts, content_id: str, members: Mapping[str, frozenset[str]]) -> set[str]:
    """Return who passes every list that is known, from the content up; unread grants let everybody pass."""
    allowed = {name for name in USERS if facts.grants is None or admits(facts.grants, name, members)}
    at, seen = content_id, set()
    while at is not None and at in facts.parents and at not in seen:
        seen.add(at)
        if facts.restrictions.get(at):
            allowed = {name for name in allowed if admits(facts.restrictions[at], name, members)}
        at = facts.parents[at]  # type: ignore[assignment]
    return allowed


def is_certain(facts: Facts, content_id: str) -> bool:
    """Say whether the grants are known, and the parents lead to the top."""
    at: str | None = content_id
    for _ in range(len(IDS) + 1):
        if at is None:
            return facts.grants is not None
        if at not in facts.parents:
            return False
        at = facts.parents[at]
    return False


@given(spaces())
def test_nothing_is_granted_wrongly_and_nobody_who_may_is_left_out(facts: Facts) -> None:
    """In every possible world the granted may view, and whoever may view is granted or unknown."""
    access = EffectiveAccess(facts)
    for content_id in facts.parents:
        rows = access.of(content_id)
        certain = is_certain(facts, content_id)
        assert certain or all(row.verdict == UNKNOWN for row in rows)
        granted = [row.principal for row in rows if row.verdict == GRANTED]
        for members in worlds(facts):
            allowed = viewers(facts, content_id, members)
            assert {name for name in USERS if admits(granted, name, members)} <= allowed
            assert allowed <= {name for name in USERS if admits([row.principal for row in rows], name, members)}


@given(spaces().filter(lambda facts: set(facts.members) == set(GROUPS)))
def test_where_all_groups_are_known_nothing_is_in_doubt(facts: Facts) -> None:
    """Then every row is granted, they are just who may view, and one to whom nothing was granted has no row."""
    access = EffectiveAccess(facts)
    members = {name: frozenset(accounts) for name, accounts in facts.members.items()}
    for content_id in facts.parents:
        if not is_certain(facts, content_id):
            continue
        rows = access.of(content_id)
        assert all(row.verdict == GRANTED for row in rows)
        named = [row.principal for row in rows]
        assert len(set(named)) == len(named)
        assert {name for name in USERS if admits(named, name, members)} == viewers(facts, content_id, members)


def test_what_two_large_groups_share_takes_time_by_the_member() -> None:
    """Twenty thousand users in both of two groups come out one by one, for every content under one restriction."""
    accounts = [f"{number:05}" for number in range(20_000)]
    parents = {"top": None} | {f"page {number}": "top" for number in range(10)}
    members = {"staff": frozenset(accounts), "team": frozenset(accounts[1:])}
    access = EffectiveAccess(Facts((STAFF,), {"top": (TEAM,)}, parents, members))
    started = time.process_time()
    found = [[row.principal.id for row in access.of(content_id)] for content_id in parents]
    assert time.process_time() - started < 30  # a few seconds; the square of the members would take hours
    assert found == [accounts[1:]] * len(parents)
