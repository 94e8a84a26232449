"""The ways in which Confluence Cloud is asked: a v2 listing, a v1 listing, a search."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from confluence_pipeline.confluence.answers import Json, Reply
from confluence_pipeline.confluence.calls import V1, Calls
from confluence_pipeline.confluence.counted import Count, Counted
from confluence_pipeline.confluence.paging import MOST_WALKS, identity_of, walk_cursor, walk_offset
from confluence_pipeline.confluence.parsing import is_content, once, parsed
from confluence_pipeline.confluence.transport import Params

LIMIT = ("limit", "250")
_ALL_STATUSES = json.dumps({"contentStatuses": ["current", "archived"]})

Record = TypeVar("Record")


@dataclass(frozen=True)
class CloudCalls(Calls):
    """Asks one Cloud site and counts what it costs."""

    product: ClassVar[str] = "Confluence Cloud"

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
    ) -> Counted[Record]:
        """Walk a v1 listing that is asked for by where to start, and that counts itself; yield each thing once.

        Where its pages count differently, or more than came, something before the place reached went away meanwhile,
        and what moved up was passed over: so it is walked again as long as that gives anything new.
        """
        count = Count()
        counts: list[int | None] = []

        def fetch(some: Params) -> Reply:
            reply = self.get(path, [*some, ("shouldReturnTotalSize", "true")])
            count.told = reply.data.get("totalSize")
            counts.append(count.told)
            return reply

        def records() -> Iterator[Record]:
            seen: set[str] = set()
            for _ in range(MOST_WALKS):
                before = len(seen)
                counts.clear()
                for record in once(walk_offset(fetch, limit=limit, what=what), parse, what, identity):
                    if identity(record) not in seen:
                        seen.add(identity(record))
                        count.came = len(seen)
                        yield record
                stood_still = len({*counts}) == 1 and not count.short
                if stood_still or len(counts) == 1 or len(seen) == before:
                    return

        return Counted(records(), count)

    def search(
        self,
        cql: str,
        parts: Sequence[str],
        parse: Callable[[Json], Record | None],
        *,
        most_bytes: int | None = None,
    ) -> Counted[Record]:
        """Walk v1 ``search``, which unlike ``content/search`` also finds what is in archived spaces.

        Where it takes more than one page and gives fewer hits than its ``totalSize`` says, things moved to pages that
        were read already, so it is walked again as long as that gives anything new. (More hits than it says are no
        news: archived contents do not count.)

        Args:
            cql: What to find.
            parts: What to expand of each content found.
            parse: From a v1 ``Content`` to a record; None leaves it out.
            most_bytes: Read no more than this of an answer.

        Returns:
            The record of each content, once, and the count of all hits, those left out included.

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
        count = Count()

        def read(hit: Json) -> Record | None:
            if not is_content(hit) or str(hit["content"]["id"]) in seen:
                return None
            seen.add(str(hit["content"]["id"]))
            return parse(hit["content"])

        def records() -> Iterator[Record]:
            for page in self._hits(params, most_bytes, count):
                yield from (record for record in parsed(page, read, "search results") if record is not None)

        return Counted(records(), count)

    def _hits(self, params: Params, most_bytes: int | None, count: Count) -> Iterator[list[Json]]:
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
                count.came = len(met)
                yield page
            count.told = replies[-1]
            if len(replies) == 1 or not known < len(met) < replies[-1]:
                return
