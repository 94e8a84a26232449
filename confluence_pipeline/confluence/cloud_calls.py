"""The ways in which Confluence Cloud is asked: one request, a v2 listing, a v1 listing, a search."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote

from confluence_pipeline.confluence.address import SETTING as SERVER_SETTING
from confluence_pipeline.confluence.answers import Json, Reply
from confluence_pipeline.confluence.cloud_records import is_content, once, parsed
from confluence_pipeline.confluence.errors import (
    AddressError,
    ListingError,
    NotFoundError,
    QueryError,
    RefusedError,
    ServerError,
)
from confluence_pipeline.confluence.meter import Meter
from confluence_pipeline.confluence.paging import MOST_WALKS, identity_of, walk_cursor, walk_offset
from confluence_pipeline.confluence.transport import Params, Transport

V1 = "/rest/api"
LIMIT = ("limit", "250")
_LONGEST_QUERY = 6_000  # characters; servers and what stands before them commonly refuse addresses over 8,000
_ALL_STATUSES = json.dumps({"contentStatuses": ["current", "archived"]})

Record = TypeVar("Record")


@dataclass(frozen=True)
class CloudCalls:
    """Asks one Cloud site and counts what it costs.

    Attributes:
        transport: Sends the requests.
        meter: Counts them.
        attempts: How many faulty answers to one request are enough; None for as many as the retry policy says.
    """

    transport: Transport
    meter: Meter
    attempts: int | None = None

    @property
    def base(self) -> str:
        """The site's base URL, without a trailing slash."""
        return self.transport.base

    def get(self, path: str, params: Params = (), *, most_bytes: int | None = None) -> Reply:
        """Ask for ``path`` below the base."""
        return self.transport.get(path, params, meter=self.meter, most_bytes=most_bytes, attempts=self.attempts)

    def post(self, path: str, body: Json) -> Json:
        """Send JSON to ``path`` for a call that only reads; return the answer's JSON."""
        return self.transport.post(path, body, meter=self.meter).data

    def entrance(self, path: str, params: Params = ()) -> Reply:
        """Ask for what every Confluence has.

        Raises:
            AddressError: It is missing, so there is no Confluence at the address.
        """
        try:
            return self.get(path, params)
        except NotFoundError as error:
            raise self.elsewhere(str(error)) from error

    def elsewhere(self, said: str) -> AddressError:
        """Return the error for an address that does not lead to a Confluence Cloud site."""
        return AddressError(
            f"There is no Confluence Cloud at {self.base} ({said}); check {SERVER_SETTING}", setting=SERVER_SETTING
        )

    def single(self, path: str, params: Params, parse: Callable[[Json], Record], what: str) -> Record:
        """Ask for one thing by itself.

        Raises:
            NotFoundError: It is gone, or hidden from the caller.
            ServerError: What came is not of the documented form.
        """
        data = self.get(path, params).data
        try:
            return next(parsed([data], parse, what))
        except ListingError as error:
            raise ServerError(str(error), status=200) from error

    def walk(
        self,
        path: str,
        params: Params,
        what: str,
        parse: Callable[[Json], Record],
        identity: Callable[[Record], str],
        *,
        most_bytes: int | None = None,
    ) -> Iterator[Record]:
        """Walk a v2 listing and yield each thing once: a listing may repeat what moves while it is walked."""
        pages = walk_cursor(lambda some: self.get(path, some, most_bytes=most_bytes), params, what=what)
        return once(pages, parse, what, identity)

    def walk_starts(
        self, path: str, limit: int, what: str, parse: Callable[[Json], Record], identity: Callable[[Record], str]
    ) -> Iterator[Record]:
        """Walk a v1 listing that is asked for by where to start, and yield each thing once."""
        return once(walk_offset(lambda some: self.get(path, some), limit=limit, what=what), parse, what, identity)

    def search(
        self,
        cql: str,
        parts: Sequence[str],
        parse: Callable[[Json], Record | None],
        *,
        most_bytes: int | None = None,
    ) -> Iterator[Record]:
        """Walk v1 ``search``, which unlike ``content/search`` also finds what is in archived spaces.

        Where it takes more than one page and gives fewer hits than its ``totalSize`` says, things moved to pages that
        were read already, so it is walked again as long as that gives anything new. (More hits than it says are no
        news: archived contents do not count.)

        Args:
            cql: What to find.
            parts: What to expand of each content found.
            parse: From a v1 ``Content`` to a record; None leaves it out.
            most_bytes: Read no more than this of an answer.

        Yields:
            The record of each content, once.

        Raises:
            QueryError: The site does not accept the CQL.
        """
        params = [
            LIMIT,
            ("cql", cql),
            ("cqlcontext", _ALL_STATUSES),
            ("includeArchivedSpaces", "true"),
            ("excerpt", "none"),
        ]
        if parts:
            params.append(("expand", ",".join(f"content.{part}" for part in parts)))
        seen: set[str] = set()

        def read(hit: Json) -> Record | None:
            if not is_content(hit) or str(hit["content"]["id"]) in seen:
                return None
            seen.add(str(hit["content"]["id"]))
            return parse(hit["content"])

        for page in self._hits(params, most_bytes):
            yield from (record for record in parsed(page, read, "search results") if record is not None)

    def _hits(self, params: Params, most_bytes: int | None) -> Iterator[list[Json]]:
        replies: list[int] = []

        def fetch(some: Params) -> Reply:
            reply = self.query(f"{V1}/search", some, most_bytes)
            replies.append(int(reply.data.get("totalSize") or 0))
            return reply

        met: set[str] = set()
        for _ in range(MOST_WALKS):
            known = len(met)
            replies.clear()
            for page in walk_cursor(fetch, params, what="search results"):
                met |= {identity_of(hit) for hit in page}
                yield page
            if len(replies) == 1 or not known < len(met) < replies[-1]:
                return

    def query(self, path: str, params: Params, most_bytes: int | None = None) -> Reply:
        """Send CQL to ``path``.

        Raises:
            QueryError: The site does not accept it.
        """
        try:
            return self.get(path, params, most_bytes=most_bytes)
        except RefusedError as error:
            if error.status != 400 or any(name == "cursor" for name, _ in params):
                raise
            raise QueryError(
                f"The site does not accept the CQL ({_after_colon(error)}); check CONFLUENCE_CQL, and that "
                "CONFLUENCE_LABEL and CONFLUENCE_SPACE_KEY hold names that exist",
                status=400,
                setting="CONFLUENCE_CQL",
            ) from error


def short_enough(params: Sequence[tuple[str, str]], most: int) -> list[list[tuple[str, str]]]:
    """Cut parameters into as few requests as their number and the length of an address allow."""
    groups: list[list[tuple[str, str]]] = []
    room = 0
    for name, value in params:
        size = len(name) + len(quote(value, safe="")) + 2
        if not groups or len(groups[-1]) == most or size > room:
            groups.append([])
            room = _LONGEST_QUERY
        groups[-1].append((name, value))
        room -= size
    return groups


def _after_colon(error: RefusedError) -> str:
    return str(error).partition(": ")[2] or "it gave no reason"
