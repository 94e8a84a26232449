"""Where a comment stands in its thread, from the parents that comments name. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a thread.

    Attributes:
        root_id: The comment at the top: the one itself, or the furthest that a parent names.
        depth: The number of comments above it.
    """

    root_id: str
    depth: int


def place_in_thread(comment_id: str, parents: Mapping[str, str]) -> Place:
    """Return where a comment stands.

    A parent that is not there any more is the root as far as is known, so that the replies to it stay together;
    a circle, which no site should tell of, ends where it closes.

    Args:
        comment_id: The comment.
        parents: The parent of every reply.
    """
    above: dict[str, None] = {}
    at = parents.get(comment_id)
    while at is not None and at not in above and at != comment_id:
        above[at] = None
        at = parents.get(at)
    return Place(next(reversed(above), comment_id), len(above))
