"""A part rebuilt from a stream, in stretches that fit in memory."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from confluence_pipeline.lake import release_memory
from confluence_pipeline.normalize.part import Part
from confluence_pipeline.tables.merge import Row

Item = TypeVar("Item")

_BYTES_AT_ONCE = 8 * 1024**2  # of bodies; their Markdown, text and old rows are in memory with them


def _nothing(_item: object) -> int:
    return 0


def stretches(
    items: Iterable[Item],
    key: Callable[[Item], str],
    *,
    most: int,
    size: Callable[[Item], int] = _nothing,
) -> Iterator[tuple[Sequence[Item], str | None]]:
    """Yield items in stretches, each with the key it reaches to; the last, which may be empty, reaches to the end.

    Args:
        items: In the order of ``key``; those that have the same stay together.
        key: The value of the first key column.
        most: How many items a stretch has, if not more have the same key.
        size: How many bytes of body come with an item.
    """
    stretch: list[Item] = []
    held = 0
    for item in items:
        is_full = len(stretch) >= most or held + size(item) > _BYTES_AT_ONCE
        if stretch and is_full and key(item) != key(stretch[-1]):
            yield stretch, key(stretch[-1])
            stretch, held = [], 0
        stretch.append(item)
        held += size(item)
    yield stretch, None


def rebuild(
    part: Part,
    stretched: Iterable[tuple[Sequence[Item], str | None]],
    rows: Callable[[Sequence[Item], Sequence[Row]], Iterable[Row]],
    go_on: Callable[[], None] = lambda: None,
) -> None:
    """Write a part from a stream of items.

    Args:
        part: The part.
        stretched: The items, as :func:`stretches` yields them.
        rows: Makes the rows of a stretch of items, given the old rows of the same stretch.
        go_on: Called after each stretch; what it raises ends the work.

    Raises:
        LakeError: The lake cannot be written.
    """
    for stretch, last in stretched:
        old = part.old(last)
        part.add(old, list(rows(stretch, old)))
        release_memory()
        go_on()
