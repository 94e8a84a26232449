"""Walks listings that are cut into pages, and refuses to trust one that does not walk straight."""

from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

from confluence_pipeline.confluence.errors import ListingError
from confluence_pipeline.confluence.transport import Json, Params, Reply

MOST_EMPTY_PAGES = 5
"""Empty pages with a next link that are followed in a row; real ones come singly (JAC CONFCLOUD-84015)."""


def walk_cursor(fetch: Callable[[Params], Reply], params: Params, *, what: str) -> Iterator[list[Json]]:
    """Yield the pages of a listing whose next link carries a cursor (v2, and v1's search).

    Only the cursor is taken from the link: behind the gateway it names another host, and its path may lack or
    repeat ``/wiki`` (API document, "Pagination").

    Args:
        fetch: Sends one request with the parameters given.
        params: The first request's parameters; later ones add the cursor.
        what: What is listed, for error messages.

    Yields:
        The ``results`` of each page; empty pages in between are followed but not yielded.

    Raises:
        ListingError: A cursor came twice, a next link had none, or too many empty pages followed each other.
    """
    seen: set[str] = set()
    empty = 0
    page = list(params)
    while True:
        reply = fetch(page)
        results = reply.data.get("results")
        if not isinstance(results, list):
            raise ListingError(f"An answer to the listing of {what} has no results; nothing can be concluded from it")
        empty = 0 if results else empty + 1
        if results:
            yield results
        cursor = next_cursor(reply, what)
        if cursor is None:
            return
        if cursor in seen:
            raise ListingError(f"The listing of {what} repeats itself (a cursor came twice), so it is not complete")
        if empty > MOST_EMPTY_PAGES:
            raise ListingError(f"The listing of {what} goes on with {empty} empty pages, so it is not complete")
        seen.add(cursor)
        page = [*params, ("cursor", cursor)]


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
    for part in header.split(","):
        address, _, parameters = part.partition(";")
        if 'rel="next"' in parameters:
            return address.strip().strip("<>")
    return None
