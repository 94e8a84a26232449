"""Where a page or node stands in its space's tree, from the parents that a listing names. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


class InTree(Protocol):
    """Whatever can stand in the page tree: a page, folder, whiteboard, database or embed."""

    @property
    def title(self) -> str:
        """Its title."""

    @property
    def parent_id(self) -> str | None:
        """The id of what it stands under; None at the top."""


@dataclass(frozen=True, slots=True)
class Ancestry:
    """The ancestors of a page or node, topmost first; a title is None where the ancestor cannot be read."""

    ids: tuple[str, ...]
    titles: tuple[str | None, ...]


def ancestry(own_id: str, parent_id: str | None, tree: Mapping[str, InTree]) -> Ancestry:
    """Return the ancestors of something as far up as ``tree`` knows the parents.

    A parent that is not in ``tree`` (a page the caller may not see) ends the chain with its id and no title; a
    circle, which a move during the listing can make, ends it too.

    Args:
        own_id: Whose ancestors.
        parent_id: The id of its parent; None at the top.
        tree: What is known of the space's tree, by id.
    """
    ids: list[str] = []
    titles: list[str | None] = []
    while parent_id is not None and parent_id not in ids and parent_id != own_id:
        parent = tree.get(parent_id)
        ids.append(parent_id)
        titles.append(parent.title if parent else None)
        parent_id = parent.parent_id if parent else None
    return Ancestry(tuple(reversed(ids)), tuple(reversed(titles)))
