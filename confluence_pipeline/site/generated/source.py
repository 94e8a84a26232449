"""Builds the seed of a generated site: people, groups, spaces, and a stream of their contents.

The shape follows what large sites look like: a few spaces hold most pages, a few pages hold most bytes, and
trees mix flat and deep parts.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from math import sqrt
from random import Random
from typing import Literal

from confluence_pipeline.site.generated import blocks
from confluence_pipeline.site.generated.details import READERS, DetailMaker
from confluence_pipeline.site.generated.pages import PageMaker
from confluence_pipeline.site.generated.rates import DEFAULT_RATES, Rates
from confluence_pipeline.site.seed import Seed, SeedContent, SeedGroup, SeedSpace, SeedUser

EVERYONE = "confluence-users"
CALLER = SeedUser(
    account_id="712020:generated-pipeline",
    display_name="Pipeline (generated site)",
    email="pipeline@generated.example",
    account_type="app",
    api_token="generated-site-token",  # noqa: S106 -- opens nothing but a local site of invented pages
)
_FIRST_SPACE_AT = datetime(2019, 1, 2, 9, tzinfo=UTC)
_TIME_ZONES = ("UTC", "Europe/Copenhagen", "America/New_York", "Asia/Tokyo", "Australia/Adelaide")
_SHARED_BLOCKS = 240
_SPACE_TAIL = 1.2
"""Zipf exponent of space sizes: of 20 spaces, the largest holds about 40 % of the pages."""


def generated_seed(pages: int, spaces: int, *, seed: int = 1, rates: Rates = DEFAULT_RATES) -> Seed:
    """Return a generated site; the same arguments give the same site.

    Contents are made one by one as they are taken, so memory grows by a few numbers a page.

    Args:
        pages: how many pages of every status there are in all, homepages included; blog posts and folders
            come on top.
        spaces: how many spaces they are spread over, unevenly, at least one page each. From 4 spaces on, the
            last is a personal space and the one before it is archived.
        seed: another number gives another site of the same shape.
        rates: how much there is of everything else, such as comments, and how large bodies are.

    Raises:
        ValueError: if ``spaces`` is not between 1 and ``pages``.
    """
    if not 1 <= spaces <= pages:
        raise ValueError(f"a site of {pages} pages must have between 1 and {pages} spaces, not {spaces}")
    people = _people(pages, _random(seed, "people"))
    account_ids = [person.account_id for person in people]
    teams = _teams(people)
    team_names = [team.name for team in teams]
    facts = list(_spaces(spaces, people))
    shelf = blocks.shared_blocks(_random(seed, "blocks"), _SHARED_BLOCKS)

    def contents() -> Iterator[SeedContent]:
        for space, count in zip(facts, _space_sizes(pages, spaces), strict=True):
            rng = _random(seed, space.key)
            details = DetailMaker(rng, account_ids, team_names, shelf, rates)
            yield from PageMaker(space.key, count, rng, details, rates).contents()

    return Seed(
        title=f"Generated site of {pages} pages",
        users=[*people, CALLER],
        groups=[*_common_groups(people), *teams],
        spaces=facts,
        contents=contents(),
        caller=CALLER.account_id,
    )


def _random(seed: int, part: str) -> Random:
    return Random(f"{seed}/{part}")  # noqa: S311 -- repeatable content, nothing secret


def _people(pages: int, rng: Random) -> list[SeedUser]:
    return [_person(number, rng) for number in range(max(3, round(sqrt(pages))))]


def _person(number: int, rng: Random) -> SeedUser:
    gone: Literal["inactive", "closed"] = "inactive" if rng.random() < 0.5 else "closed"
    return SeedUser(
        account_id=f"712020:generated-{number:06}",
        display_name=f"{rng.choice(blocks.FIRST_NAMES)} {rng.choice(blocks.LAST_NAMES)}",
        email=f"person{number}@generated.example",
        time_zone=rng.choice(_TIME_ZONES),
        account_status=gone if rng.random() < 0.07 and number >= 3 else "active",
        is_admin=number == 0,
    )


def _common_groups(people: Sequence[SeedUser]) -> list[SeedGroup]:
    account_ids = [person.account_id for person in people]
    return [
        SeedGroup(EVERYONE, [*account_ids, CALLER.account_id]),
        SeedGroup(READERS, [*account_ids[:3], CALLER.account_id]),
    ]


def _teams(people: Sequence[SeedUser]) -> list[SeedGroup]:
    count = max(1, len(people) // 8)
    return [
        SeedGroup(f"team-{number + 1:03}", [person.account_id for person in people[number::count]])
        for number in range(count)
    ]


def _space_sizes(pages: int, spaces: int) -> list[int]:
    weights = [(rank + 1) ** -_SPACE_TAIL for rank in range(spaces)]
    total = sum(weights)
    sizes = [1 + int((pages - spaces) * weight / total) for weight in weights]
    sizes[0] += pages - sum(sizes)
    return sizes


def _spaces(count: int, people: Sequence[SeedUser]) -> Iterator[SeedSpace]:
    for number in range(count):
        owner = people[number % len(people)]
        if count >= 4 and number == count - 1:
            yield _personal_space(owner, number)
        else:
            yield _team_space(owner, number, archived=count >= 4 and number == count - 2)


def _team_space(owner: SeedUser, number: int, *, archived: bool) -> SeedSpace:
    topic = blocks.TOPICS[number % len(blocks.TOPICS)]
    key = f"GEN{number + 1:03}"
    return SeedSpace(
        key=key,
        name=f"{topic} {number + 1}",
        author_id=owner.account_id,
        created_at=_FIRST_SPACE_AT + timedelta(minutes=number),
        status="archived" if archived else "current",
        description=f"What the people of {topic} write down.",
        homepage=f"{key}/0",
        labels=("archive",) if archived else ("team",),
    )


def _personal_space(owner: SeedUser, number: int) -> SeedSpace:
    key = "~" + owner.account_id.replace(":", "")
    return SeedSpace(
        key=key,
        name=owner.display_name,
        author_id=owner.account_id,
        created_at=_FIRST_SPACE_AT + timedelta(minutes=number),
        space_type="personal",
        homepage=f"{key}/0",
    )
