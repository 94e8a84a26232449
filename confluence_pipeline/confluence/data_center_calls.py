"""The ways in which a Data Center is asked: a listing by start, a scan by cursor, a search."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import ClassVar, TypeVar

from confluence_pipeline.confluence.answers import Json, Reply
from confluence_pipeline.confluence.calls import V1, Calls
from confluence_pipeline.confluence.counted import Count, Counted
from confluence_pipeline.confluence.data_center_paging import (
    BODIES_LIMIT,
    EXPANDED_LIMIT,
    PLAIN_LIMIT,
    walk_starts,
    with_next_link,
)
from confluence_pipeline.confluence.data_center_version import ServerVersion
from confluence_pipeline.confluence.errors import AccessError, AddressError, AuthenticationError, NotFoundError
from confluence_pipeline.confluence.paging import MOST_WALKS, identity_of, walk_cursor
from confluence_pipeline.confluence.parsing import is_content, once, parsed
from confluence_pipeline.confluence.records import UserRecord
from confluence_pipeline.confluence.transport import Params

Record = TypeVar("Record")


class SiteMemory:
    """What is asked of a site once for all threads: the keys of its spaces, and its people if they can be listed.

    Calls know a space by its key; records know it by its id.

    Attributes:
        shut: The calls for administrators that a web page stands before, by what they are for, with its status.
    """

    def __init__(self) -> None:
        self.shut: dict[str, int] = {}
        self._keys: dict[str, str] = {}
        self._people: dict[str, UserRecord] | None = None
        self._lock = threading.Lock()

    def note(self, space_id: str, key: str) -> None:
        """Take in what a listing told."""
        with self._lock:
            self._keys[space_id] = key

    def key_of(self, space_id: str, list_spaces: Callable[[], Iterator[tuple[str, str]]]) -> str:
        """Return a space's key; what is not known yet makes one thread list the spaces, for all others too.

        Raises:
            NotFoundError: There is no such space, or it is hidden from the caller.
        """
        with self._lock:
            if space_id not in self._keys:
                self._keys.update(list_spaces())
            if space_id not in self._keys:
                raise NotFoundError(f"There is no space with the id {space_id}, or it is hidden from the caller")
            return self._keys[space_id]

    def people(self, list_people: Callable[[], dict[str, UserRecord]]) -> dict[str, UserRecord]:
        """Return the people of the site by user key; one thread lists them, for all others too."""
        with self._lock:
            if self._people is None:
                self._people = list_people()
            return self._people


@dataclass(frozen=True)
class DataCenterCalls(Calls):
    """Asks one Data Center and counts what it costs.

    Attributes:
        version: Its version.
        memory: What was asked of it already.
    """

    product: ClassVar[str] = "Confluence Data Center"

    version: ServerVersion = field(default_factory=ServerVersion, kw_only=True)
    memory: SiteMemory = field(default_factory=SiteMemory, kw_only=True)

    def space_key(self, space_id: str) -> str:
        """Return a space's key.

        Raises:
            NotFoundError: There is no such space, or it is hidden from the caller.
        """
        return self.memory.key_of(
            space_id,
            lambda: self.walk(
                f"{V1}/space",
                (),
                "spaces",
                lambda data: (str(data["id"]), str(data["key"])),
                lambda named: named[0],
            ),
        )

    @contextmanager
    def for_administrators(self, purpose: str) -> Iterator[None]:
        """Make calls that are for administrators: a web page in answer to one is about that right, and not the login.

        When the line was opened ``user/current`` answered as an API does, so no login page stands before the whole
        of it. Such a page is waited for to pass once, and not for each of a thousand calls of a kind.

        Args:
            purpose: What they are for, as words.

        Raises:
            AccessError: They are answered with a web page, or redirected to one.
        """
        if purpose in self.memory.shut:
            raise self._shut(purpose)
        try:
            yield
        except (AuthenticationError, AddressError) as error:
            if error.status is None or not 200 <= error.status < 400:
                raise
            self.memory.shut[purpose] = error.status
            raise self._shut(purpose) from error

    def _shut(self, purpose: str) -> AccessError:
        auth = self.transport.auth
        return AccessError(
            f"The site answers calls for {purpose} with a page for the browser, though it lets {auth.account} in: "
            "administrators have to confirm there who they are (secure administrator sessions), or single sign-on "
            "stands before these calls alone; have the REST API let through there",
            status=self.memory.shut[purpose],
            setting=auth.setting,
        )

    def walk(
        self,
        path: str,
        params: Params,
        what: str,
        parse: Callable[[Json], Record],
        identity: Callable[[Record], str],
    ) -> Iterator[Record]:
        """Walk a listing by where to start, and yield each thing once."""
        pages = walk_starts(lambda some: self.get(path, [*params, *some]), limit=_limit(params), what=what)
        return once(pages, parse, what, identity)

    def scan(
        self, params: Params, what: str, parse: Callable[[Json], Record], identity: Callable[[Record], str]
    ) -> Iterator[Record]:
        """Walk ``content/scan``, in the order of ids and so that changes meanwhile move nothing."""
        asked = [*params, ("limit", str(_limit(params)))]
        pages = walk_cursor(lambda some: with_next_link(self.get(f"{V1}/content/scan", some)), asked, what=what)
        return once(pages, parse, what, identity)

    def search(
        self,
        cql: str,
        parts: Sequence[str],
        parse: Callable[[Json], Record | None],
        *,
        most_bytes: int | None = None,
    ) -> Counted[Record]:
        """Walk ``search``, which unlike ``content/search`` also finds what is in archived spaces.

        Where it takes more than one page and gives fewer hits than its ``totalSize`` says, things moved to pages
        that were read already, so it is walked again as long as that gives anything new.

        Args:
            cql: What to find.
            parts: What to expand of each content found; the index finds, the database tells.
            parse: From a ``Content`` to a record; None leaves it out.
            most_bytes: Read no more than this of an answer.

        Returns:
            The record of each content, once, and the count of all hits, those left out included.

        Raises:
            QueryError: The site does not accept the CQL.
        """
        params = [("cql", cql), ("includeArchivedSpaces", "true"), ("excerpt", "none")]
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
        totals: list[int] = []

        def fetch(some: Params) -> Reply:
            first = ("start", "0") in some
            reply = (
                self.query(f"{V1}/search", [*params, *some], most_bytes)
                if first
                else self.get(f"{V1}/search", [*params, *some], most_bytes=most_bytes)
            )
            totals.append(int(reply.data.get("totalSize") or 0))
            return reply

        met: set[str] = set()
        for _ in range(MOST_WALKS):
            known = len(met)
            totals.clear()
            for page in walk_starts(fetch, limit=_limit(params), what="search results"):
                met |= {identity_of(hit) for hit in page}
                count.came = len(met)
                yield page
            count.told = totals[-1]
            if len(totals) == 1 or not known < len(met) < totals[-1]:
                return


def _limit(params: Params) -> int:
    """Return how many things at a time the server gives, by what is expanded."""
    expanded = next((value for name, value in params if name == "expand"), "")
    if not expanded:
        return PLAIN_LIMIT
    return BODIES_LIMIT if "body." in expanded else EXPANDED_LIMIT
