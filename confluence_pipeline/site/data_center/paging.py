"""Lists of a Data Center: by ``start`` and ``limit``, or by a cursor where it scans.

A page is cut down without a word: to 50 with a body expanded, 200 with anything else expanded, 1,000 with nothing
(Atlassian knowledge base, "How to retrieve more results by REST"). The ``limit`` in the answer is what was applied.
"""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.data_center.installation import Installation
from confluence_pipeline.site.errors import ApiError, bad_request
from confluence_pipeline.site.shapes_v1 import Json
from confluence_pipeline.site.shapes_v1_content import Expand

ANY = 2**31 - 1
_WITH_BODY, _WITH_OTHERS, _PLAIN = 50, 200, 1_000
_CURSOR_KIND = "content"


def installation(call: Call) -> Installation:
    """Return the installation that is asked."""
    found = call.world.installation
    if found is None:
        raise TypeError("a route of Data Center serves a site of Cloud")
    return found


def page_size(call: Call, expand: Expand, default: int = 25) -> int:
    """Return how many results a page has: what was asked for, or what the expansions leave of it."""
    most = _WITH_BODY if "body" in expand else _WITH_OTHERS if expand else _PLAIN
    return min(call.limit(default, low=0, high=ANY), most)


def listed(
    call: Call,
    items: Sequence[Any],
    shape: Callable[[Any], Json],
    *,
    limit: int,
    overruns: bool = False,
    more: Json | None = None,
) -> Answer:
    """Return the page of ``items`` that ``start`` asks for; only what is on the page is shaped.

    Args:
        call: the request.
        items: all there is, in order.
        shape: writes one of them.
        limit: how many a page has.
        overruns: whether a start past the end gives the last item again, on builds that do.
        more: what stands in the answer besides.
    """
    start = call.integer("start", 0, low=0, high=ANY) or 0
    faults = call.faults
    page = [] if faults.empty_page else list(items[start : start + limit])
    if start >= len(items) > 0 and overruns and installation(call).overruns and limit:
        page = [items[-1]]
    following = start + (
        0 if faults.repeat_cursor or faults.empty_page else len(page) + faults.shift - _again(call, page)
    )
    body: Json = {"results": [shape(item) for item in page], "start": start, "limit": limit, "size": len(page)}
    links = own_links(call)
    if following < len(items) and (page or faults.empty_page):
        shortfall = min(installation(call).start_shortfall, following)
        links["next"] = _path(call, {"limit": str(limit), "start": str(following - shortfall)})
    return Answer({**body, **(more or {}), "_links": links})


def _again(call: Call, page: Sequence[Any]) -> int:
    return call.faults.duplicates if call.faults.duplicates < len(page) else 0


def scanned(call: Call, ids: Sequence[int], shape: Callable[[int], Json], *, limit: int) -> Answer:
    """Return the page of ascending ``ids`` that the cursor asks for, ``content:false:393229``.

    The cursor says after which id to go on (``false``) or before which to go back (``true``).
    """
    after = _after(call)
    rest = [number for number in ids if number > after]
    faults = call.faults
    page = [] if faults.empty_page else rest[:limit]
    body: Json = {"results": [shape(number) for number in page], "limit": limit, "size": len(page)}
    links = own_links(call)
    cursor = call.one("cursor")
    if cursor is not None:
        body["cursor"] = cursor
    if len(rest) > len(page) + faults.shift:
        body["nextCursor"] = cursor if cursor and faults.repeat_cursor else _cursor(call, rest, page, after)
        links["next"] = _path(call, {"limit": str(limit), "cursor": body["nextCursor"]})
    return Answer({**body, "_links": links})


def _after(call: Call) -> int:
    cursor = call.one("cursor")
    if not cursor:
        return 0
    kind, _, rest = cursor.partition(":")
    backwards, _, number = rest.partition(":")
    if call.faults.expired_cursor or kind != _CURSOR_KIND or backwards != "false" or not number.isdecimal():
        raise bad_request(f"Invalid cursor: {cursor}")
    return int(number)


def _cursor(call: Call, rest: Sequence[int], page: Sequence[int], after: int) -> str:
    last = len(page) + call.faults.shift - _again(call, page)
    return f"{_CURSOR_KIND}:false:{rest[last - 1] if last else after}"


def own_links(call: Call) -> Json:
    """Return the links of a list: itself as a whole address, the base, and the context path."""
    base = call.world.base_url
    context = installation(call).context_path
    return {"self": base + call.path.removeprefix(context), "base": base, "context": context}


def _path(call: Call, parameters: dict[str, str]) -> str:
    """Return the path of the same list with other parameters, without the context path."""
    kept = [pair for pair in call.pairs if pair[0] not in ("start", "limit", "cursor")]
    path = call.path.removeprefix(installation(call).context_path)
    return f"{path}?{urlencode([*kept, *parameters.items()])}"


def unpoisoned(call: Call, content_id: int) -> None:
    """Fail like the server does, with 500, where a fault says that this content cannot be shown."""
    if content_id in call.faults.poison_ids:
        raise ApiError(500, "Internal Server Error")
