"""Walks a Data Center's listings: by where to start, with caps that it does not tell of, and by its own cursors.

Known faults (jira.atlassian.com, Confluence Data Center): ``start`` in a next link may be too low, so the walk
advances by what came; a start past the end may be answered with a thing that came before (CONFSERVER-95272), so
that is an end; a listing by attachments may answer 400 now and then, so a page is asked for again.
"""

from collections.abc import Callable, Iterator
from urllib.parse import quote

from confluence_pipeline.confluence.answers import Json, Reply
from confluence_pipeline.confluence.errors import ListingError, RefusedError
from confluence_pipeline.confluence.paging import MOST_TRIES, identity_of, is_whole
from confluence_pipeline.confluence.transport import Params

PLAIN_LIMIT = 1000
"""The most things of a page that are told without expansions (Atlassian's knowledge base, "REST API limits")."""
EXPANDED_LIMIT = 200
"""The most with expansions other than bodies."""
BODIES_LIMIT = 50
"""The most with bodies."""


def walk_starts(fetch: Callable[[Params], Reply], *, limit: int, what: str) -> Iterator[list[Json]]:
    """Yield the pages of a listing that is asked for by where to start.

    A page may hold fewer things than asked for although there are more, so only an empty page, one without a next
    link that is shorter than the limit it names, or one with nothing new ends the walk.

    Args:
        fetch: Sends one request with ``start`` and ``limit``.
        limit: How many to ask for at a time.
        what: What is listed, for error messages.

    Raises:
        ListingError: A page repeated what came before, or could not be had, so the listing is not complete.
    """
    start = 0
    met: set[str] = set()
    while True:
        reply = _page(fetch, start, limit, what)
        results = reply.data.get("results")
        if not isinstance(results, list):
            raise ListingError(f"An answer to the listing of {what} has no results; nothing can be concluded from it")
        new = [item for item in results if identity_of(item) not in met]
        if new:
            met |= {identity_of(item) for item in new}
            yield new
        elif len(results) > 1:
            raise ListingError(f"The listing of {what} repeats itself, so it is not complete")
        if not new or is_whole(reply.data):
            return
        start += len(results)


def _page(fetch: Callable[[Params], Reply], start: int, limit: int, what: str) -> Reply:
    tries = 0
    while True:
        tries += 1
        try:
            return fetch([("start", str(start)), ("limit", str(limit))])
        except RefusedError as error:
            if start == 0 or error.status != 400:
                raise
            if tries == MOST_TRIES:  # what the first page was granted, only the place can spoil
                raise ListingError(
                    f"The listing of {what} broke off, so it is not complete: {error}", status=error.status
                ) from error


def with_next_link(reply: Reply) -> Reply:
    """Return the answer of ``content/scan`` with its ``nextCursor`` as a next link, where it has no such link."""
    links, cursor = reply.data.get("_links") or {}, reply.data.get("nextCursor")
    if "next" in links or not cursor or not reply.data.get("results"):
        return reply
    return Reply({**reply.data, "_links": {**links, "next": f"?cursor={quote(str(cursor), safe='')}"}}, reply.headers)
