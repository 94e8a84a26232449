"""What became of comments, attachments and tree nodes that are listed no more: asked by id before any is removed."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from confluence_pipeline.confluence import ListingError
from confluence_pipeline.landing.collect.view import SpaceView
from confluence_pipeline.landing.removals import Removal, visible_types

MOST_MISSED = 200
"""A listing that leaves out this many things that exist is not to be mended one by one."""

Remove = Callable[[str, str, str], Removal]


@dataclass(frozen=True)
class Gone:
    """What asking by id told.

    Attributes:
        removals: What is proven gone.
        still_there: Ids of what exists although no listing had it.
        kept: Ids of what stays as it landed, because so does what it stands on.
    """

    removals: tuple[Removal, ...]
    still_there: tuple[str, ...]
    kept: frozenset[str]


def judge(
    view: SpaceView,
    missing: Mapping[str, str | None],
    present: Collection[str],
    gone: Mapping[str, Removal],
    removal: Remove,
    unverified: Collection[str],
) -> Gone:
    """Say what became of things that landed and are not listed.

    A thing goes with what it stands on. What stood on something that moved to another space is that space's now.
    Where the container is still visible, an id whose type the site does not know is gone for good: the
    caller may see whatever is on a content that the caller may see.

    Args:
        view: The space.
        missing: The ids, each with the id of what it stands on, if it stands on anything.
        present: What there is to stand on.
        gone: What is not there to stand on any more, with the reason.
        removal: Makes a removal of an id, a reason and the evidence.
        unverified: What there is to stand on that was not listed and stays as it landed.

    Raises:
        ListingError: So many of them exist that the listing is not worth anything.
        ConfluenceError: The site could not be asked.
    """
    removals = []
    asked = []
    kept = frozenset(item_id for item_id, container in missing.items() if container in unverified)
    for item_id, container in missing.items():
        if item_id in kept:
            continue
        if container is None or container in present:
            asked.append(item_id)
        elif container in gone:
            reason, evidence = gone[container].reason, gone[container].evidence
            removals.append(removal(item_id, reason, f"went with {container}, which was {evidence}"))
    types = visible_types(view.client, asked)
    evidence = f"not listed; {view.client.api.proof_of_absence}, while what it stands on is visible"
    removals += [removal(item_id, "purged", evidence) for item_id in asked if types[item_id] is None]
    still_there = tuple(item_id for item_id in asked if types[item_id] is not None)
    if len(still_there) > MOST_MISSED:
        raise ListingError(
            f"The search leaves out {len(still_there)} things of space {view.landing.space_key} that exist, so it is "
            "not to be trusted; what landed before stays"
        )
    return Gone(tuple(removals), still_there, kept)
