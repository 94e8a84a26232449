"""Who may view a content: the space's grants, narrowed by the view restrictions on it and on all above it. Pure.

View restrictions are inherited and add up; edit restrictions play no part; a content without a view restriction
takes over what holds for its parent (Atlassian support, "Page restrictions"). A folder, whiteboard, database or
embed may stand between two pages and be restricted like them.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

GRANTED, UNKNOWN = "granted", "unknown"

EVERYBODY_ROLES = frozenset({"anonymous-users", "authenticated-users", "all-licensed-users"})
"""Roles that everybody who can be named in a restriction has (the access classes of Confluence REST v2)."""

_RESULTS_HELD = 64
_NAMES_IN_A_REASON = 3


@dataclass(frozen=True, slots=True, order=True)
class Principal:
    """Whom a grant or restriction names.

    Attributes:
        type: user, group or role.
        id: The account id, the group's id, or the role's.
    """

    type: str
    id: str

    @property
    def is_everybody(self) -> bool:
        """Whether it is a role that everybody has."""
        return self.type == "role" and self.id in EVERYBODY_ROLES


SOMEBODY = Principal("unknown", "unknown")
"""Stands for those who cannot be named because the space's grants could not be read."""


@dataclass(frozen=True, slots=True)
class Access:
    """One row of who may view a content: ``verdict`` is granted or unknown, ``reason`` a sentence."""

    principal: Principal
    verdict: str
    reason: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a space.

    Attributes:
        grants: Who may view the space; None if that could not be read.
        restrictions: Whom the view restrictions name, by the id of what is restricted.
        parents: The parent of every page, blog post and tree node that is known; None at the top.
        members: The account ids in each group whose members are known.
        unread: The ids of contents whose restrictions could not be read.
    """

    grants: Collection[Principal] | None
    restrictions: Mapping[str, Collection[Principal]]
    parents: Mapping[str, str | None]
    members: Mapping[str, Collection[str]]
    unread: Collection[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Share:
    """How somebody comes to be among those who may view.

    Attributes:
        doubt: Why that is not certain; "" where it is.
        is_named: Whether a grant or restriction names them, rather than two groups that they are in.
        via: The ids of the groups they are in that let them.
    """

    doubt: str = ""
    is_named: bool = True
    via: tuple[str, ...] = ()

    def through(self, *groups: Principal) -> "_Share":
        return replace(self, via=tuple(sorted({*self.via, *(group.id for group in groups)})))

    def or_else(self, other: "_Share") -> "_Share":
        """Return the more certain and simpler of two ways."""
        best = min(self, other, key=lambda share: (share.doubt != "", len(share.via), share.via, share.doubt))
        return replace(best, is_named=self.is_named or other.is_named)


_Shares = dict[Principal, _Share]


class EffectiveAccess:
    """Tells who may view the contents of a space.

    What cannot be computed is never granted: an ancestor that is not known, restrictions or grants that could not
    be read, and groups whose members are not known make the verdict unknown.

    Args:
        facts: What is known of the space.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._members = {group: frozenset(accounts) for group, accounts in facts.members.items()}
        self._held: OrderedDict[tuple[str, ...], _Shares] = OrderedDict()
        self._rows = lru_cache(_RESULTS_HELD)(self._rows_of)  # contents under one restriction share theirs

    def of(self, content_id: str) -> list[Access]:
        """Return who may view a content, in the order of principals; nobody makes an empty list."""
        restricted, doubt = self._chain(content_id)
        return [self._access(principal, share, restricted, doubt) for principal, share in self._rows(restricted)]

    def _rows_of(self, restricted: tuple[str, ...]) -> list[tuple[Principal, _Share]]:
        """Return those who have rows of their own, in the order of principals."""
        shares = self._shares(restricted)
        certain, uncertain = self._users_in_groups(shares)
        return [
            (principal, share)
            for principal, share in sorted(shares.items(), key=lambda item: (item[0].type, item[0].id))
            if share.is_named or principal.id not in (uncertain if share.doubt else certain)
        ]

    def _chain(self, content_id: str) -> tuple[tuple[str, ...], str]:
        """Return what is restricted from the top down to the content, and what leaves that in doubt."""
        restricted: list[str] = []
        seen: set[str] = set()
        doubt = ""
        at: str | None = content_id
        while at is not None:
            if at in seen:
                doubt = f"Its ancestors go in a circle at {at}, so what they restrict is not known."
                break
            if at not in self._facts.parents:
                doubt = f"Its ancestor {at} cannot be read, so what that restricts is not known."
                break
            seen.add(at)
            if at in self._facts.unread:
                doubt = f"The view restrictions on {at} could not be read."
            if self._facts.restrictions.get(at):
                restricted.append(at)
            at = self._facts.parents[at]
        return tuple(reversed(restricted)), doubt

    def _shares(self, restricted: tuple[str, ...]) -> _Shares:
        """Return who is let through by the space and by each of ``restricted``; neighbours share their beginnings."""
        known = next((n for n in range(len(restricted), 0, -1) if restricted[:n] in self._held), 0)
        shares = self._held[restricted[:known]] if known else self._granted()
        for n in range(known, len(restricted)):
            shares = self._narrowed(shares, self._facts.restrictions[restricted[n]])
            self._held[restricted[: n + 1]] = shares
            while len(self._held) > _RESULTS_HELD:
                self._held.popitem(last=False)
        return shares

    def _granted(self) -> _Shares:
        if self._facts.grants is None:
            return {SOMEBODY: _Share(doubt="The grants of the space could not be read.")}
        return {principal: _Share() for principal in self._facts.grants}

    def _narrowed(self, shares: _Shares, named: Iterable[Principal]) -> _Shares:
        narrowed: _Shares = {}
        for other in set(named):
            for principal, share in shares.items():
                for found, way in self._both(principal, share, other):
                    narrowed[found] = narrowed[found].or_else(way) if found in narrowed else way
        return narrowed

    def _both(self, one: Principal, share: _Share, other: Principal) -> Iterator[tuple[Principal, _Share]]:
        """Yield those who are ``one``, with that share, and ``other`` as well."""
        if one == other or other.is_everybody:
            yield one, share if one != other else replace(share, is_named=True)
        elif one.is_everybody or one == SOMEBODY:
            yield other, share
        elif "user" not in (one.type, other.type):
            yield from self._in_both(one, share, other)
        elif other.type != "user":
            yield from self._if_member(one, share, other)
        elif one.type != "user":
            yield from self._if_member(other, replace(share, is_named=True), one)

    def _if_member(self, user: Principal, share: _Share, group: Principal) -> Iterator[tuple[Principal, _Share]]:
        members = self._members_of(group)
        if members is None:
            yield user, replace(share, doubt=share.doubt or _members_doubt(group))
        elif user.id in members:
            yield user, share.through(group)

    def _in_both(self, one: Principal, share: _Share, other: Principal) -> Iterator[tuple[Principal, _Share]]:
        mine, theirs = self._members_of(one), self._members_of(other)
        if mine is not None and theirs is not None:
            way = replace(share, is_named=False).through(one, other)
            yield from ((Principal("user", account_id), way) for account_id in mine & theirs)
        elif mine is not None:
            yield one, replace(share, doubt=share.doubt or _members_doubt(other))
        elif theirs is not None:
            yield other, replace(share, doubt=share.doubt or _members_doubt(one))
        else:
            first, second = sorted((one, other))
            yield first, replace(share, doubt=share.doubt or _members_doubt(second))

    def _members_of(self, principal: Principal) -> frozenset[str] | None:
        return self._members.get(principal.id) if principal.type == "group" else None

    def _users_in_groups(self, shares: _Shares) -> tuple[set[str], set[str]]:
        """Return whom groups that stay make rows of their own needless for: with a sure verdict, and with any.

        Only users whom nothing names are left out for it.
        """
        certain: set[str] = set()
        uncertain: set[str] = set()
        for principal, share in shares.items():
            members = self._members_of(principal) or ()
            uncertain.update(members)
            if not share.doubt:
                certain.update(members)
        return certain, uncertain

    def _access(self, principal: Principal, share: _Share, restricted: tuple[str, ...], doubt: str) -> Access:
        doubt = doubt or share.doubt
        if doubt:
            return Access(principal, UNKNOWN, doubt)
        on = f" and by the view restrictions on {_listed(restricted)}" if restricted else ""
        as_member = f", as a member of the groups {_listed(share.via)}" if share.via else ""
        return Access(principal, GRANTED, f"Granted by the space{on}{as_member}.")


def _members_doubt(group: Principal) -> str:
    return f"The members of the {group.type} {group.id} are not known."


def _listed(names: Collection[str]) -> str:
    shown = list(names)[:_NAMES_IN_A_REASON]
    more = [f"{len(names) - len(shown)} more"] if len(names) > len(shown) else []
    *first, last = [*shown, *more]
    return f"{', '.join(first)} and {last}" if first else last
