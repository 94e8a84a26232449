"""What became of comments, attachments and tree nodes that are listed no more: asked by id before any is removed."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from confluence_pipeline.confluence import ListingError
from confluence_pipeline.landing.collect.view import SpaceView
from confluence_pipeline.landing.removals import Removal, short_listing, visible_types
from confluence_pipeline.tables.report import LedgerEntry

MOST_MISSED = 200
"""A listing that leaves out this many things that exist is not to be mended one by one."""

Remove = Callable[[str, str, str], Removal]


@dataclass(frozen=True)
class Ground:
    """What things stand on, or stood on.

    Attributes:
        present: Ids of what there is to stand on.
        gone: What is not there any more, by id, with the reason.
        moved: Ids of what is another space's now, with all that stands on it.
        unverified: Ids of what was not listed and stays as it landed, with all that stands on it.
    """

    present: Collection[str]
    gone: Mapping[str, Removal]
    moved: Collection[str]
    unverified: Collection[str]


@dataclass(frozen=True)
class Gone:
    """What asking by id told.

    Attributes:
        removals: What is proven gone.
        still_there: Ids of what exists although no listing had it.
        kept: Ids of what stays as it landed, because so does what it stands on, or because its absence is not proven.
        ledger: What was kept because its absence is not proven.
    """

    removals: tuple[Removal, ...]
    still_there: tuple[str, ...]
    kept: frozenset[str]
    ledger: tuple[LedgerEntry, ...] = ()

    @property
    def unproven(self) -> frozenset[str]:
        """The ids of what the ledger tells of."""
        return frozenset(entry.content_id for entry in self.ledger if entry.content_id is not None)


def judge(
    view: SpaceView, table: str, missing: Mapping[str, str | None], ground: Ground, removal: Remove, *, short: int
) -> Gone:
    """Say what became of things that landed and are not listed.

    A thing goes with what it stands on. What stood on something that moved to another space is that space's now.
    Where the container is still visible, an id whose type the site does not know is gone for good: the
    caller may see whatever is on a content that the caller may see. But a listing that lacks some proves nothing, and
    then it stays.

    Args:
        view: The space.
        table: Whose rows they are.
        missing: The ids, each with the id of what it stands on, if it stands on anything.
        ground: What they stand on, or stood on.
        removal: Makes a removal of an id, a reason and the evidence.
        short: How many more of them the site counts than it listed.

    Raises:
        ListingError: So many of them exist that the listing is not worth anything.
        ConfluenceError: The site could not be asked.
    """
    kept = frozenset(item_id for item_id, container in missing.items() if container in ground.unverified)
    with_container = {
        i: ground.gone[on] for i, on in missing.items() if i not in kept and on is not None and on in ground.gone
    }
    removals = [
        removal(item_id, with_it.reason, f"went with {with_it.content_id}, which was {with_it.evidence}")
        for item_id, with_it in with_container.items()
    ]
    left = {i: on for i, on in missing.items() if i not in kept and i not in with_container and on not in ground.moved}
    standing = {i for i, on in left.items() if on is None or on in ground.present}
    types = visible_types(view.client, list(left))
    purged, lost = _evidence(view, stands=True), _evidence(view, stands=False)
    absent = {i: ("purged", purged) if i in standing else ("unknown", lost) for i in left if types[i] is None}
    still_there = tuple(i for i in left if types[i] is not None and i in standing)
    if len(still_there) > MOST_MISSED:
        raise ListingError(
            f"The search leaves out {len(still_there)} things of space {view.landing.space_key} that exist, so it is "
            "not to be trusted; what landed before stays"
        )
    if short and not view.accepted:
        ledger = tuple(unproven(table, i, short, evidence) for i, (_, evidence) in absent.items())
        return Gone(tuple(removals), still_there, kept | absent.keys(), ledger)
    removals += [removal(item_id, *why) for item_id, why in absent.items()]
    return Gone(tuple(removals), still_there, kept)


def _evidence(view: SpaceView, *, stands: bool) -> str:
    where = "what it stands on is visible" if stands else "what it stood on is not in the space any more"
    return f"not listed; {view.client.api.proof_of_absence}, while {where}"


def unproven(table: str, item_id: str, short: int, evidence: str) -> LedgerEntry:
    """Return the ledger's entry for something that stays although it may be gone, since the listing is short."""
    message = short_listing(f"{item_id} of {table} is not listed", short, evidence)
    return LedgerEntry(table, "verify", "listing_short", message, content_id=item_id)
