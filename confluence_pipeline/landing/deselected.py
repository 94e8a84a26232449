"""What leaves with a table that is not chosen any more: each content is told, though nothing on the site went."""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from confluence_pipeline.landing.collect.attachments import attachment_removal
from confluence_pipeline.landing.collect.comments import comment_removal
from confluence_pipeline.landing.collect.tree import node_removal
from confluence_pipeline.landing.entries import Listing
from confluence_pipeline.landing.kinds import ATTACHMENTS, COMMENTS, TREE_NODES, Kind
from confluence_pipeline.landing.removals import Removal, content_removal
from confluence_pipeline.landing.reports import TABLE_OF
from confluence_pipeline.landing.store import SpaceLanding

_TABLES = {"page": "pages", "blogpost": "blog_posts", "comment": COMMENTS.name, "attachment": ATTACHMENTS.name}
_MAKERS: dict[Kind[Any], Callable[[Any, str, str], Removal]] = {
    COMMENTS: comment_removal,
    ATTACHMENTS: attachment_removal,
    TREE_NODES: node_removal,
}


def with_deselected(
    removals: Iterable[Removal], landing: SpaceLanding, before: Listing, chosen: Collection[str]
) -> tuple[Removal, ...]:
    """Return what leaves the tables of a space, what leaves with a table that is not chosen any more included.

    Args:
        removals: What is gone from the landing, which holds more than the tables chosen where one is made from another.
        landing: The space, as it was before.
        before: Its contents, as they were before.
        chosen: The names of the tables that are chosen now.
    """
    told = (removal for removal in removals if _TABLES.get(removal.content_type, TREE_NODES.name) in chosen)
    return (*told, *_leaving(landing, before, chosen))


def _leaving(landing: SpaceLanding, before: Listing, chosen: Collection[str]) -> Iterator[Removal]:
    """Yield a removal for each content in a table that was chosen by the newest sync and is not now."""
    were = (landing.newest_sync() or {}).get("tables") or ()
    left = set(were) - set(chosen)
    for entry in before.values():
        table = TABLE_OF[entry.record.content_type]
        if table in left:
            yield content_removal(entry, "filtered_out", _evidence(table))
    for kind, removal in _MAKERS.items():
        if kind.name in left:
            for landed in landing.records(kind).scan():
                yield removal(landed.record, "filtered_out", _evidence(kind.name))


def _evidence(table: str) -> str:
    return f"CONFLUENCE_TABLES does not choose {table} any more; no request was made"
