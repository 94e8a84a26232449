"""v2 lists: one page of an ordering, what the caller may not see left out, and the link to the next page.

Rules from the v2 specification: ``limit`` 25 unless said otherwise, 1 to 250; the body's ``_links.next`` is a
path that already holds ``/wiki``, while ``_links.base`` ends in ``/wiki`` too; the ``Link`` header says both.
"""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.cursors import Position
from confluence_pipeline.site.errors import ApiError
from confluence_pipeline.site.store import Ordering

Shape = Callable[[int], dict[str, Any]]


def page_of(
    call: Call, ordering: Ordering, keep: Callable[[int], bool], limit: int, *, descending: bool
) -> tuple[list[int], str | None]:
    """Return the ids of one page and the cursor of the next, None on the last page.

    Args:
        call: the request, whose cursor says where the walk stands.
        ordering: everything the list is about, seen by the caller or not.
        keep: tells whether an id belongs in the list for this caller.
        limit: how many ids to return at most.
        descending: which way to walk.
    """
    after, salt = call.cursor()
    faults = call.faults
    if faults.empty_page:
        return [], call.world.cursors.write(call.query, after, salt + 1)
    entries: list[Position] = []
    for entry in ordering.walk(after=after, descending=descending):
        if keep(entry[1]):
            entries.append(entry)
            if len(entries) > limit + faults.shift:
                break
    more = len(entries) > limit + faults.shift
    page, entries = entries[:limit], entries[: limit + faults.shift]
    return [entry[1] for entry in page], _next_cursor(call, entries, after, salt) if more else None


def _next_cursor(call: Call, entries: list[Position], after: Position | None, salt: int) -> str:
    if call.faults.repeat_cursor:
        return call.one("cursor") or call.world.cursors.write(call.query, after, salt)
    last = entries[-1] if entries else after
    if call.faults.duplicates and len(entries) > call.faults.duplicates:
        last = entries[-1 - call.faults.duplicates]
    return call.world.cursors.write(call.query, last, salt)


def list_answer(
    call: Call,
    ordering: Ordering,
    keep: Callable[[int], bool],
    shape: Shape,
    *,
    descending: bool = False,
    limit: int | None = None,
) -> Answer:
    """Return one page of a v2 list as it goes over the wire."""
    size = call.limit() if limit is None else limit
    ids, cursor = page_of(call, ordering, keep, size, descending=descending)
    if not call.faults.poison_ids.isdisjoint(ids):
        raise ApiError(500, "Internal Server Error")
    return linked(call, [shape(number) for number in ids], cursor)


def linked(call: Call, results: list[dict[str, Any]], cursor: str | None) -> Answer:
    """Return results with their links, in the body and in the ``Link`` header."""
    base = call.world.base_url
    links = {"base": base}
    header = f'<{base}>; rel="base"'
    if cursor is not None:
        following = f"{call.path}?{urlencode(_with_cursor(call, cursor))}"
        links = {"next": following, "base": base}
        header = f'<{following}>; rel="next", {header}'
    return Answer({"results": results, "_links": links}, headers={"Link": header})


def _with_cursor(call: Call, cursor: str) -> list[tuple[str, str]]:
    return [*(pair for pair in call.pairs if pair[0] != "cursor"), ("cursor", cursor)]


def ordering_of(call: Call, key: object, ids: Iterable[int], value: Callable[[int], Any]) -> Ordering:
    """Return the ordering of some ids by a sort value, kept for the next page of the same walk."""
    return call.world.store.ordering(key, lambda: [(value(number), number) for number in ids])


def sort_of(call: Call, allowed: tuple[str, ...], default: str = "id") -> tuple[str, bool]:
    """Return the field to sort by and whether it goes down; 400 when it is not one of ``allowed``."""
    names = [sign + name for name in allowed for sign in ("", "-")]
    sort = call.choice("sort", names) or default
    return sort.removeprefix("-"), sort.startswith("-")
