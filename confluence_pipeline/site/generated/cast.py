"""The people, groups and spaces of a generated site that has everything."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

from confluence_pipeline.site.generated import blocks
from confluence_pipeline.site.generated.details import READERS
from confluence_pipeline.site.generated.people import CALLER, EVERYONE, make_people, make_teams
from confluence_pipeline.site.seed import SeedGroup, SeedSpace, SeedUser

EMPTY_GROUP = "nobody-yet"
ALL_HANDS = "all-hands"
"""A group of 300 members, if there are as many accounts: too many for one answer."""
GONE = tuple(f"712020:gone-{number:04}" for number in range(5))
"""Accounts that contents name and that nobody has any more."""
SPACE_KINDS = ("open", "anonymous", "granted", "personal", "archived", "readers", "closed")
"""What the spaces of a site are, in turn: the caller sees all kinds but ``closed``."""

_ALL_HANDS_SIZE = 300
_FIRST_SPACE_AT = datetime(2019, 1, 2, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who does things on a generated site; every draw comes from ``rng``."""

    rng: Random
    account_ids: Sequence[str]
    teams: Sequence[str]

    def person(self) -> str:
        """Return an account of the site; the first ones do most."""
        return self.account_ids[int(self.rng.random() ** 2 * len(self.account_ids))]

    def anyone(self) -> str:
        """Return an account of the site, or now and then one that is gone."""
        return self.rng.choice(GONE) if self.rng.random() < 0.02 else self.person()

    def several(self, most: int) -> list[str]:
        """Return one to ``most`` different accounts, gone ones too."""
        return sorted({self.anyone() for _ in range(self.rng.randint(1, most))})

    def team(self) -> str:
        """Return a group that the caller is not in."""
        return self.rng.choice(self.teams)


def people_of_all_kinds(count: int, rng: Random) -> list[SeedUser]:
    """Return ``count`` accounts: mostly active ones, with deactivated, closed, app and guest accounts between."""
    return [_of_some_kind(person, number) for number, person in enumerate(make_people(count, rng))]


def _of_some_kind(person: SeedUser, number: int) -> SeedUser:
    match number % 20:
        case 7:
            return replace(person, account_status="inactive")
        case 11:
            return replace(person, display_name="Former user", account_status="closed")
        case 13:
            return replace(person, display_name=f"{blocks.TOPICS[number % len(blocks.TOPICS)]} Bot",
                           account_type="app", account_status="active")  # fmt: skip
        case 17:
            return replace(person, account_type="customer", account_status="active")
    return replace(person, account_status="active")


def groups_of_all_kinds(people: Sequence[SeedUser], *, odd: bool) -> tuple[list[SeedGroup], list[str]]:
    """Return the groups, and the names of those without the caller; odd ones are an empty and a very large one."""
    members = [person.account_id for person in people if person.account_status != "closed"]
    teams = make_teams(people)
    common = [
        SeedGroup(EVERYONE, [*members, CALLER.account_id]),
        SeedGroup(READERS, [*members[:3], CALLER.account_id]),
    ]
    if odd:
        common += [SeedGroup(ALL_HANDS, members[:_ALL_HANDS_SIZE]), SeedGroup(EMPTY_GROUP, [])]
    return [*common, *teams], [team.name for team in teams]


def spaces_of_all_kinds(count: int, people: Sequence[SeedUser], teams: Sequence[str]) -> Iterator[SeedSpace]:
    """Yield ``count`` spaces, their kinds in the turn of :data:`SPACE_KINDS`."""
    for number in range(count):
        yield _space(SPACE_KINDS[number % len(SPACE_KINDS)], number, people[number % len(people)], teams)


def _space(kind: str, number: int, owner: SeedUser, teams: Sequence[str]) -> SeedSpace:
    topic = blocks.TOPICS[number % len(blocks.TOPICS)]
    key = f"ALL{number + 1:03}"
    space = SeedSpace(
        key=key,
        name=f"{topic} {number + 1}",
        author_id=owner.account_id,
        created_at=_FIRST_SPACE_AT + timedelta(minutes=number),
        description=f"What the people of {topic} write down.",
        homepage=f"{key}/0",
        labels=("team", f"{kind}-space"),
        properties=(("colour", "teal"), ("review", {"every": "quarter", "by": [owner.account_id]})),
    )
    return _opened(space, kind, owner, teams)


def _opened(space: SeedSpace, kind: str, owner: SeedUser, teams: Sequence[str]) -> SeedSpace:
    match kind:
        case "anonymous":
            return replace(space, is_anonymous=True)
        case "granted":
            people = (owner.account_id, CALLER.account_id, GONE[0])
            return replace(space, viewer_groups=teams[:2], viewer_users=people)
        case "personal":
            # The number keeps the keys apart on a site of more spaces than people.
            key = f"~{owner.account_id.replace(':', '')}n{space.key[-3:]}"
            return replace(space, key=key, name=owner.display_name, space_type="personal", homepage=f"{key}/0")
        case "archived":
            return replace(space, status="archived", labels=("archive",))
        case "readers":
            return replace(space, viewer_groups=(READERS, EMPTY_GROUP))
        case "closed":
            return replace(space, viewer_groups=teams[:1])
    return space
