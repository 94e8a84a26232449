"""Makes restrictions of every form, and says which pages belong below one another to show what they add up to."""

from collections.abc import Sequence
from typing import Literal

from confluence_pipeline.site.generated.cast import EMPTY_GROUP, GONE, Cast
from confluence_pipeline.site.generated.details import READERS
from confluence_pipeline.site.generated.people import CALLER
from confluence_pipeline.site.seed import SeedRestriction

Restrictions = tuple[SeedRestriction, ...]
RestrictionKind = Literal["readers", "mixed", "edit", "narrowed", "gone", "disjoint", "other team", "nobody"]
SEEN_KINDS: Sequence[tuple[int, RestrictionKind]] = (
    (1, "readers"),
    (1, "mixed"),
    (1, "edit"),
    (2, "narrowed"),
    (1, "gone"),
)
"""Restrictions that let the default caller in, and how many pages each is on, one below the other."""
ALL_KINDS: Sequence[tuple[int, RestrictionKind]] = (
    *SEEN_KINDS,
    (2, "disjoint"),
    (1, "edit"),
    (1, "other team"),
    (1, "nobody"),
)
"""Those, and some that keep the default caller out."""


def restrictions(kind: RestrictionKind, cast: Cast) -> list[Restrictions]:
    """Return the restrictions of as many pages as a kind is on, outer page first."""
    one, other = cast.rng.sample(cast.account_ids, 2)
    me = CALLER.account_id
    match kind:
        case "readers":
            return [(SeedRestriction("read", groups=[READERS]), SeedRestriction("update", users=[one]))]
        case "mixed":
            return [(SeedRestriction("read", users=[one, me], groups=[cast.team(), READERS]),)]
        case "edit":
            return [(SeedRestriction("update", users=[one], groups=[cast.team()]),)]
        case "narrowed":
            return [(SeedRestriction("read", users=[one, me]),), (SeedRestriction("read", users=[other, me]),)]
        case "gone":
            return [(SeedRestriction("read", users=[cast.rng.choice(GONE), me]),)]
        case "disjoint":
            return [(SeedRestriction("read", users=[one]),), (SeedRestriction("read", users=[other]),)]
        case "other team":
            return [(SeedRestriction("read", users=[one], groups=[cast.team()]),)]
    return [(SeedRestriction("read", groups=[EMPTY_GROUP]),)]
