"""Builds the seed of a generated site: people, groups, spaces, and a stream of their contents.

The shape follows what large sites look like: a few spaces hold most pages, a few pages hold most bytes, and
trees mix flat and deep parts.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from math import sqrt
from random import Random

from confluence_pipeline.site.generated import blocks
from confluence_pipeline.site.generated.details import READERS, DetailMaker
from confluence_pipeline.site.generated.pages import PageMaker
from confluence_pipeline.site.generated.people import CALLER, EVERYONE, make_people, make_teams
from confluence_pipeline.site.generated.rates import DEFAULT_RATES, Rates
from confluence_pipeline.site.seed import Seed, SeedContent, SeedGroup, SeedSpace, SeedUser

_FIRST_SPACE_AT = datetime(2019, 1, 2, 9, tzinfo=UTC)
SHARED_BLOCKS = 240
"""How many rendered blocks the bodies of a site are put together from."""
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
    sizes = space_sizes(pages, spaces)
    people = make_people(max(3, round(sqrt(pages))), random_for(seed, "people"))
    account_ids = [person.account_id for person in people]
    teams = make_teams(people)
    team_names = [team.name for team in teams]
    facts = list(_spaces(spaces, people))
    shelf = blocks.shared_blocks(random_for(seed, "blocks"), SHARED_BLOCKS)

    def contents() -> Iterator[SeedContent]:
        for space, count in zip(facts, sizes, strict=True):
            rng = random_for(seed, space.key)
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


def random_for(seed: int, part: str) -> Random:
    """Return where the draws for a part of a site come from."""
    return Random(f"{seed}/{part}")  # noqa: S311 -- repeatable content, nothing secret


def _common_groups(people: Sequence[SeedUser]) -> list[SeedGroup]:
    account_ids = [person.account_id for person in people]
    return [
        SeedGroup(EVERYONE, [*account_ids, CALLER.account_id]),
        SeedGroup(READERS, [*account_ids[:3], CALLER.account_id]),
    ]


def space_sizes(pages: int, spaces: int) -> list[int]:
    """Return how many pages each space has, the largest first.

    Raises:
        ValueError: if ``spaces`` is not between 1 and ``pages``.
    """
    if not 1 <= spaces <= pages:
        raise ValueError(f"a site of {pages} pages must have between 1 and {pages} spaces, not {spaces}")
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
