"""Running a search: CQL in, the documents that this caller may find out, in order, page by page."""

import json
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import total_ordering
from typing import Any
from zoneinfo import ZoneInfo

from confluence_pipeline.site.call import Call
from confluence_pipeline.site.cql import CqlError, parse
from confluence_pipeline.site.cql_dates import DateContext
from confluence_pipeline.site.cql_meaning import Context, Plan, plan
from confluence_pipeline.site.cursors import Position
from confluence_pipeline.site.errors import bad_request
from confluence_pipeline.site.search_index import Document
from confluence_pipeline.site.visibility import Viewer, may_see, may_see_space

_KEPT_RESULTS = 64
_NOT_ON_DATA_CENTER = frozenset(
    {"owner", "pagestatus", "subtype", "fileextension", "creator.accountid", "contributor.accountid"}
    | {"folder", "whiteboard", "database", "embed"}
)


@total_ordering
@dataclass(frozen=True, slots=True)
class _Descending:
    value: Any

    def __lt__(self, other: "_Descending") -> bool:
        return bool(other.value < self.value)


@dataclass(frozen=True, slots=True)
class SearchScope:
    """What a search looks at besides the statement."""

    statuses: frozenset[str] = frozenset({"current"})
    archived_spaces: bool = False
    spaces_too: bool = False
    """Whether spaces themselves are found (``/search``), or contents only (``/content/search``)."""


@dataclass(frozen=True, slots=True)
class Hits:
    """One page of a search: the documents, how many there are in all, and the next page's cursor."""

    documents: Sequence[Document]
    total: int
    cursor: str | None


@dataclass(slots=True)
class ResultCache:
    """Results of recent searches, so that the pages of one walk do not each search anew."""

    _kept: OrderedDict[object, list[tuple[tuple[Any, ...], Document]]] = field(default_factory=OrderedDict)

    def get(self, key: object) -> list[tuple[tuple[Any, ...], Document]] | None:
        """Return what is kept under ``key``."""
        return self._kept.get(key)

    def put(self, key: object, results: list[tuple[tuple[Any, ...], Document]]) -> None:
        """Keep results, and forget the oldest."""
        self._kept[key] = results
        while len(self._kept) > _KEPT_RESULTS:
            self._kept.popitem(last=False)


def search(call: Call, scope: SearchScope, limit: int) -> Hits:
    """Return the page of hits that the call asks for.

    Raises:
        ApiError: 400, with the reason, for a statement that is missing or malformed or a bad cursor.
    """
    cql, ready = _prepared(call)
    results = _results(call, cql, ready, scope)
    after, salt = call.cursor()
    start = 0 if after is None else bisect_right(results, _key(ready, after), key=lambda result: result[0])
    if call.faults.empty_page:
        return Hits([], len(results), call.world.cursors.write(call.query, after, salt + 1))
    page = results[start : start + limit]
    end = start + limit + call.faults.shift
    cursor = _cursor(call, ready, results[start:end], after, salt) if end < len(results) else None
    return Hits([document for _, document in page], len(results), cursor)


def every_hit(call: Call, scope: SearchScope) -> list[Document]:
    """Return all that the call's statement finds, in order, for an API that pages by counting.

    Raises:
        ApiError: 400, with the reason, for a statement that is missing or malformed.
    """
    cql, ready = _prepared(call)
    return [document for _, document in _results(call, cql, ready, scope)]


def _prepared(call: Call) -> tuple[str, Plan]:
    cql = call.one("cql")
    if cql is None:
        raise bad_request("Required parameter 'cql' is missing.")
    try:
        return cql, plan(parse(cql), _context(call))
    except CqlError as error:
        raise bad_request(str(error)) from error


def _cursor(
    call: Call,
    ready: Plan,
    page: list[tuple[tuple[Any, ...], Document]],
    after: Position | None,
    salt: int,
) -> str:
    if call.faults.repeat_cursor:
        return call.one("cursor") or call.world.cursors.write(call.query, after, salt)
    if not page:
        return call.world.cursors.write(call.query, after, salt)
    back = call.faults.duplicates if call.faults.duplicates < len(page) else 0
    last = page[-1 - back][1]
    return call.world.cursors.write(call.query, (list(ready.sort_key(last)), last.number), salt)


def _context(call: Call) -> Context:
    store = call.world.store
    user = None if call.viewer.account_id is None else store.users.get(call.viewer.account_id)
    zone = ZoneInfo(user.time_zone if user and user.time_zone else store.time_zone)
    dates = DateContext(store.clock.now(), zone)
    if call.world.installation is None:
        return Context(call.viewer.account_id, dates)
    names = {user.user_name: user.account_id for user in store.users.values()}
    return Context(call.viewer.account_id, dates, names, _NOT_ON_DATA_CENTER)


def _key(ready: Plan, position: Position) -> tuple[Any, ...]:
    values, number = position
    directed = zip(values, ready.directions, strict=True)
    return (*(_Descending(value) if down else value for value, down in directed), number)


def _results(call: Call, cql: str, ready: Plan, scope: SearchScope) -> list[tuple[tuple[Any, ...], Document]]:
    # Functions such as now() change with the minute, so the minute is part of what a result is kept under.
    minute = call.world.store.clock.now().replace(second=0, microsecond=0)
    key = (cql, scope, call.viewer.account_id, call.world.index.epoch(), minute)
    known = call.world.results.get(key)
    if known is None:
        known = [
            (_key(ready, (ready.sort_key(document), document.number)), document)
            for document in _candidates(call, ready)
            if ready.matches(document) and _is_found(call, document, scope)
        ]
        known.sort(key=lambda result: result[0])
        call.world.results.put(key, known)
    return known


def _candidates(call: Call, ready: Plan) -> Sequence[Document]:
    known = call.world.store.space_ids
    space_ids = None
    if ready.space_keys is not None:
        space_ids = frozenset(known[key] for key in ready.space_keys if key in known)
    return list(call.world.index.documents(ready.types, space_ids, ready.ids))


def _is_found(call: Call, document: Document, scope: SearchScope) -> bool:
    if document.record_type == "space":
        return scope.spaces_too and may_see_space(call.viewer, document.space)
    if document.status not in scope.statuses:
        return False
    live_space = call.world.store.spaces.get(document.space.space_id)
    if live_space is None or (live_space.status == "archived" and not scope.archived_spaces):
        return False
    return _may_find(call, call.viewer, document)


def _may_find(call: Call, viewer: Viewer, document: Document) -> bool:
    """Permissions are asked for live; what is gone since it was indexed cannot be shown."""
    number = document.number if document.guard is None else document.guard
    content = call.world.store.contents.get(number)
    return content is not None and may_see(call.world.store, viewer, content)


def context_statuses(call: Call) -> frozenset[str]:
    """Return the statuses that ``cqlcontext`` asks for; trashed things are never found, whatever it says."""
    text = call.one("cqlcontext")
    if not text:
        return frozenset({"current"})
    try:
        context = json.loads(text)
        statuses = frozenset(context.get("contentStatuses", ["current"]))
    except (ValueError, AttributeError, TypeError) as error:
        raise bad_request("cqlcontext is not valid: it must be a JSON object") from error
    return statuses & {"current", "archived", "draft"}
