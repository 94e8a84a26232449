"""What was modified last on the site, from the database: finds what the search index does not know.

The site lists comments and attachments by when they were modified, over all spaces together. A space remembers how far
such a list had come when it was last read for it, so that the next sync reads back to there, and a little further,
whether or not the index has learned meanwhile of what is in between. All spaces of a run share one walk; what it found
is kept in a database of its own that goes to a temporary file where it grows, so memory does not.
"""

import json
import sqlite3
import threading
import weakref
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from confluence_pipeline.confluence import ConfluenceClient, RecentItem
from confluence_pipeline.landing.store import SpaceLanding

_LOCATIONS = ("footer", "inline", "attachment")
_OVERLAP = timedelta(hours=6)
"""How much of what was read before is read again: a space may be listed long before the list is walked for it."""
_CONTAINERS_A_QUERY = 500
_SCHEMA = """
create table item (item_id text primary key, container_id text not null, version integer not null);
create index item_on on item (container_id);
"""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at one of the site's lists showed.

    Attributes:
        items: The items on what was asked about, as they are now, each once.
        until: The newest modification that the list told when its walk began; None if it told none.
    """

    items: list[RecentItem]
    until: datetime | None


class RecentItems:
    """The site's comments and attachments, newest first, read as far back as anybody asks and shared by all spaces.

    Args:
        client: The site.
    """

    def __init__(self, client: ConfluenceClient) -> None:
        self._lists = {location: _List(client, location) for location in _LOCATIONS}

    def on(
        self, location: str, containers: Collection[str], since: datetime | None, *, everything: bool = False
    ) -> Looked:
        """Return what stands on some contents and was modified since a moment, and possibly some that is older.

        Args:
            location: footer or inline for comments, or attachment.
            containers: The ids of what the items may stand on.
            since: Up to when the list was read before; None where it never was, so that only the newest are looked at.
            everything: Read the list to its end, so that nothing is missed that the index lost.

        Raises:
            ConfluenceError: The site could not be asked.
        """
        return self._lists[location].on(containers, since, everything=everything)


class _List:
    """A listing that is walked once, page by page, for several threads."""

    def __init__(self, client: ConfluenceClient, location: str) -> None:
        self._client = client
        self._location = location
        self._lock = threading.Lock()
        self._found = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._found.executescript(_SCHEMA)
        weakref.finalize(self, self._found.close)
        self._begin_anew()

    def on(self, containers: Collection[str], since: datetime | None, *, everything: bool) -> Looked:
        with self._lock:
            try:
                self._read_back(since, everything=everything)
            except BaseException:
                self._begin_anew()  # a walk that broke off is at no end
                raise
            return Looked(list(self._items(containers)), self._newest)

    def _begin_anew(self) -> None:
        self._pages = _pages(self._client, self._location)
        self._newest: datetime | None = None
        self._oldest: datetime | None = None
        self._is_whole = False

    def _read_back(self, since: datetime | None, *, everything: bool) -> None:
        """Read on until everything that was modified since a moment is there, with the overlap."""
        if self._newest is None:
            self._read_page()
        known = since or self._newest
        last = known - _OVERLAP if known and not everything else None
        while not self._is_whole and (last is None or self._oldest is None or self._oldest >= last):
            self._read_page()

    def _read_page(self) -> None:
        page = next(self._pages, None)
        if page is None:
            self._is_whole = True
            return
        rows = [(item.item_id, item.container_id, item.version_number) for item in page if item.container_id]
        self._found.executemany("insert or replace into item values (?, ?, ?)", rows)
        moments = [item.modified_at for item in page if item.modified_at]
        self._newest = self._newest or max(moments, default=None)
        self._oldest = min(moments, default=self._oldest)

    def _items(self, containers: Collection[str]) -> Iterator[RecentItem]:
        for item_id, container_id, version in self._rows(containers):
            if container_id in containers:
                yield RecentItem(item_id, container_id, self._location, version)

    def _rows(self, containers: Collection[str]) -> Iterator[tuple[str, str, int]]:
        """Return what stands on the contents, or all there is if that is less to look at."""
        select = "select item_id, container_id, version from item"
        (count,) = self._found.execute("select count(*) from item").fetchone()
        if count <= len(containers):
            yield from self._found.execute(f"{select} order by item_id")
            return
        ids = sorted(containers)
        for start in range(0, len(ids), _CONTAINERS_A_QUERY):
            some = ids[start : start + _CONTAINERS_A_QUERY]
            marks = ", ".join("?" * len(some))
            yield from self._found.execute(f"{select} where container_id in ({marks}) order by item_id", some)


def _pages(client: ConfluenceClient, location: str) -> Iterator[list[RecentItem]]:
    if location == "attachment":
        yield from client.api.recent_attachments()
    else:
        yield from client.api.recent_comments(location)


def seen_until(landing: SpaceLanding) -> dict[str, datetime]:
    """Return up to when each list was read for a space, by location.

    Raises:
        LakeError: The lake cannot be read.
    """
    path = _path(landing)
    kept: Mapping[str, str] = json.loads(landing.lake.read_bytes(path)) if landing.lake.exists(path) else {}
    return {location: datetime.fromisoformat(moment) for location, moment in kept.items()}


def note_seen(landing: SpaceLanding, seen: Mapping[str, datetime]) -> None:
    """Remember up to when lists were read for a space, once what was found in them has landed.

    Raises:
        LakeError: The lake cannot be written.
    """
    before = seen_until(landing)
    after = {**before, **seen}
    if after != before:
        kept = {location: moment.isoformat() for location, moment in sorted(after.items())}
        landing.lake.write_bytes(_path(landing), json.dumps(kept, indent=1).encode())


def _path(landing: SpaceLanding) -> str:
    return f"{landing.folder}/recent.json"
