"""Walks listings that are cut into pages, and refuses to trust one that does not walk straight."""

from collections.abc import Callable, Collection, Iterator
from itertools import count
from urllib.parse import parse_qs, urlsplit

from requests.utils import parse_header_links

from confluence_pipeline.confluence.answers import Json, Reply
from confluence_pipeline.confluence.errors import ListingError, RefusedError
from confluence_pipeline.confluence.transport import Params

MOST_EMPTY_PAGES = 5
"""Pages with a next link and nothing new that are followed in a row; real ones come singly (JAC CONFCLOUD-84015)."""
MOST_TRIES = 5
"""How often a page is asked for that cannot be followed: where one in five is, a listing of 100 pages still ends."""
MOST_WALKS = 3
"""How often a listing is begun."""


def walk_cursor(fetch: Callable[[Params], Reply], params: Params, *, what: str) -> Iterator[list[Json]]:
    """Yield the pages of a listing whose next link carries a cursor (v2, and v1's search).

    Only the cursor is taken from the link: behind the gateway it names another host, and its path may lack or
    repeat ``/wiki`` (API document, "Pagination"). A page that cannot be followed is asked for again, and where that
    does not help the listing is walked again from its start, since an expired cursor cannot be had otherwise.

    Args:
        fetch: Sends one request with the parameters given.
        params: The first request's parameters; later ones add the cursor.
        what: What is listed, for error messages.

    Yields:
        The ``results`` of each page without those that came before; pages with nothing new are followed but not
        yielded.

    Raises:
        ListingError: On the last walk too, a cursor came twice or was refused, a next link had none, or too many
            pages with nothing new followed each other.
    """
    met: set[str] = set()
    for number in count(1):
        try:
            for results in _walk(fetch, params, what):
                new: dict[str, Json] = {}
                for item in results:
                    new.setdefault(identity_of(item), item)
                fresh = [item for identity, item in new.items() if identity not in met]
                met |= new.keys()
                if fresh:
                    yield fresh
        except ListingError:
            if number == MOST_WALKS:
                raise
        else:
            return


def _walk(fetch: Callable[[Params], Reply], params: Params, what: str) -> Iterator[list[Json]]:
    followed: set[str] = set()
    met: set[str] = set()
    idle = 0
    cursor: str | None = None
    while True:
        results, following = _page(fetch, params, cursor, followed, what)
        yield results
        if following is None:
            return
        new = {identity_of(item) for item in results} - met
        met |= new
        idle = 0 if new else idle + 1
        if idle > MOST_EMPTY_PAGES:
            raise ListingError(f"The listing of {what} goes on with {idle} pages of nothing new; it does not end")
        followed.add(following)
        cursor = following


def _page(
    fetch: Callable[[Params], Reply], params: Params, cursor: str | None, followed: Collection[str], what: str
) -> tuple[list[Json], str | None]:
    """Return a page and the cursor of the next, asked for again where it leads back or its cursor is refused."""
    asked = params if cursor is None else [*params, ("cursor", cursor)]
    tries = 0
    while True:
        tries += 1
        try:
            return _read(fetch(asked), followed, what)
        except RefusedError as error:
            if cursor is None:
                raise
            if tries == MOST_TRIES:  # what the first page was granted, only the cursor can spoil
                raise ListingError(
                    f"The listing of {what} broke off, so it is not complete: {error}", status=error.status
                ) from error
        except ListingError:
            if tries == MOST_TRIES:
                raise


def _read(reply: Reply, followed: Collection[str], what: str) -> tuple[list[Json], str | None]:
    results = reply.data.get("results")
    if not isinstance(results, list):
        raise ListingError(f"An answer to the listing of {what} has no results; nothing can be concluded from it")
    following = next_cursor(reply, what)
    if following in followed:
        raise ListingError(f"The listing of {what} repeats itself (a cursor came twice), so it is not complete")
    return results, following


def walk_offset(fetch: Callable[[Params], Reply], *, limit: int, what: str) -> Iterator[list[Json]]:
    """Yield the pages of a listing that is asked for by where to start (v1's groups, members, restrictions).

    The server may give fewer than asked for, so the walk advances by what came; a page is the last where it is
    empty, or where it holds less than the limit that the answer names and no next link stands beside it.

    Args:
        fetch: Sends one request with ``start`` and ``limit``.
        limit: How many to ask for at a time.
        what: What is listed, for error messages.

    Raises:
        ListingError: A page held nothing new, so the server does not mind where it is asked to start.
    """
    start = 0
    met: set[str] = set()
    while True:
        reply = fetch([("start", str(start)), ("limit", str(limit))])
        results = reply.data.get("results")
        if not isinstance(results, list):
            raise ListingError(f"An answer to the listing of {what} has no results; nothing can be concluded from it")
        if not results:
            return
        new = {identity_of(item) for item in results} - met
        if not new:
            raise ListingError(f"The listing of {what} repeats itself, so it is not complete")
        met |= new
        yield results
        if is_whole(reply.data):
            return
        start += len(results)


def is_whole(listed: Json) -> bool:
    """Return whether a v1 list, or one that is part of something else, holds all there is.

    Its ``limit`` is the server's, which may be lower than the one asked for. Where a list has neither limit nor
    links, its ``size`` decides; without that either it proves nothing.
    """
    came = len(listed["results"])
    links, limit, size = listed.get("_links"), listed.get("limit"), listed.get("size")
    if isinstance(links, dict) and "next" in links:
        return False
    if isinstance(size, int) and size > came:
        return False
    if isinstance(limit, int):
        return came < limit
    return isinstance(links, dict) or isinstance(size, int)


def identity_of(item: Json) -> str:
    """Return what tells an item of a listing from others: its id, or in a search hit that of its content."""
    thing = item.get("content", item) if isinstance(item, dict) else item
    return str(thing.get("id", thing) if isinstance(thing, dict) else thing)


def next_cursor(reply: Reply, what: str) -> str | None:
    """Return the cursor of the next page from ``_links.next`` or the ``Link`` header; None on the last page.

    Raises:
        ListingError: There is a next link, but no cursor in it.
    """
    links = reply.data.get("_links")
    link = links.get("next") if isinstance(links, dict) else None
    link = link or _header_link(reply.headers.get("Link", ""))
    if not link:
        return None
    cursors = parse_qs(urlsplit(str(link)).query).get("cursor")
    if not cursors:
        raise ListingError(f"The next link in the listing of {what} has no cursor, so the rest cannot be read")
    return cursors[0]


def _header_link(header: str) -> str | None:
    links = parse_header_links(header) if header else []
    return next((link["url"] for link in links if link.get("rel") == "next"), None)
