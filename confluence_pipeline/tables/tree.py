"""Where a page stands in its space's tree, from the parents that a listing names. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from confluence_pipeline.confluence import ContentRecord


@dataclass(frozen=True, slots=True)
class Ancestry:
    """The ancestors of a page, topmost first; a title is None where the ancestor is not a readable page."""

    ids: tuple[str, ...]
    titles: tuple[str | None, ...]


def ancestry(record: ContentRecord, contents: Mapping[str, ContentRecord]) -> Ancestry:
    """Return the ancestors of ``record`` as far up as ``contents`` knows the parents.

    A parent that is not among ``contents`` (a folder, or a page the caller may not see) ends the chain with its
    id and no title; a circle, which a move during the listing can make, ends it too.

    Args:
        record: A page.
        contents: The contents of its space by id.
    """
    ids: list[str] = []
    titles: list[str | None] = []
    parent_id = record.parent_id
    while parent_id is not None and parent_id not in ids and parent_id != record.content_id:
        parent = contents.get(parent_id)
        ids.append(parent_id)
        titles.append(parent.title if parent else None)
        parent_id = parent.parent_id if parent else None
    return Ancestry(tuple(reversed(ids)), tuple(reversed(titles)))
