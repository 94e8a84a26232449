"""Builds the seed of a generated site that has everything a Confluence site can have, however odd."""

from collections.abc import Iterator

from confluence_pipeline.site.generated import blocks
from confluence_pipeline.site.generated.cast import Cast, groups_of_all_kinds, people_of_all_kinds, spaces_of_all_kinds
from confluence_pipeline.site.generated.details import DetailMaker
from confluence_pipeline.site.generated.parts import PartMaker
from confluence_pipeline.site.generated.people import CALLER
from confluence_pipeline.site.generated.profiles import PROFILES, Profile
from confluence_pipeline.site.generated.rates import DEFAULT_RATES
from confluence_pipeline.site.generated.source import SHARED_BLOCKS, random_for, space_sizes
from confluence_pipeline.site.generated.space import SpaceMaker
from confluence_pipeline.site.seed import Seed, SeedContent


def everything_seed(pages: int, spaces: int, *, seed: int = 1, profile: Profile = PROFILES["full"]) -> Seed:
    """Return a generated site with comments, files, restrictions and all the rest; the same arguments give the same.

    Contents are made one by one as they are taken, so memory grows by a few numbers a page. A space of few pages
    has few of the odder things: from about 200 pages on, a space has all of them. From 7 spaces on, every kind of
    space is there (:data:`~confluence_pipeline.site.generated.cast.SPACE_KINDS`), one of them closed to the caller.

    Args:
        pages: how many pages of every status there are in all, homepages included; blog posts and other nodes
            of the tree come on top.
        spaces: how many spaces they are spread over, unevenly, at least one page each.
        seed: another number gives another site of the same shape.
        profile: how much there is of everything.

    Raises:
        ValueError: if ``spaces`` is not between 1 and ``pages``.
    """
    sizes = space_sizes(pages, spaces)
    people = people_of_all_kinds(profile.people, random_for(seed, "people"))
    groups, teams = groups_of_all_kinds(people, odd=profile.odd)
    facts = list(spaces_of_all_kinds(spaces, people, teams))
    shelf = blocks.shared_blocks(random_for(seed, "blocks"), SHARED_BLOCKS)
    account_ids = [person.account_id for person in people]

    def contents() -> Iterator[SeedContent]:
        for number, (space, count) in enumerate(zip(facts, sizes, strict=True)):
            cast = Cast(random_for(seed, space.key), account_ids, teams)
            details = DetailMaker(cast.rng, account_ids, teams, shelf, DEFAULT_RATES)
            parts = PartMaker(cast, details, shelf, count)
            crowd = profile.crowded if number == 0 and pages >= profile.crowded_from else 0
            yield from SpaceMaker(space.key, count, profile, cast, parts).contents(crowd=crowd)

    return Seed(
        title=f"Generated site of {pages} pages with everything",
        users=[*people, CALLER],
        groups=groups,
        spaces=facts,
        contents=contents(),
        caller=CALLER.account_id,
    )
