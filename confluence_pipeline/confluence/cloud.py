"""Confluence Cloud: REST API v2, and v1 for what v2 does not have (search, the caller, the site's settings)."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar
from urllib.parse import quote

from confluence_pipeline.confluence.address import SETTING as SERVER_SETTING
from confluence_pipeline.confluence.answers import Json, Reply
from confluence_pipeline.confluence.cloud_records import (
    COLLECTIONS,
    USERS,
    V2,
    CloudRecords,
    is_content,
    label,
    labels_of_hit,
    once,
    parsed,
    results_of,
)
from confluence_pipeline.confluence.dialect import IN_SCOPE_STATUSES
from confluence_pipeline.confluence.errors import (
    AccessError,
    AddressError,
    AuthenticationError,
    ListingError,
    NotFoundError,
    QueryError,
    RefusedError,
    ServerError,
)
from confluence_pipeline.confluence.meter import Meter
from confluence_pipeline.confluence.paging import walk_cursor
from confluence_pipeline.confluence.records import (
    BodyRecord,
    Caller,
    ContentRecord,
    ContentType,
    Label,
    SiteFacts,
    SpaceRecord,
    UserRecord,
)
from confluence_pipeline.confluence.transport import Params, Transport

V1 = "/rest/api"
_LIMIT = ("limit", "250")
_LONGEST_QUERY = 6_000  # characters; servers and what stands before them commonly refuse addresses over 8,000
_MOST_BYTES_OF_A_BATCH = 16 * 1024**2  # of which a few are in memory at once; one content alone may have more
_ALL_STATUSES = json.dumps({"contentStatuses": ["current", "archived"]})
_STATUSES_OF: dict[ContentType, frozenset[str]] = {
    "page": frozenset({"current", "archived", "trashed", "deleted"}),
    "blogpost": frozenset({"current", "trashed", "deleted"}),  # the v2 document knows no archived blog posts
}

Record = TypeVar("Record")


class CloudDialect:
    """The calls of :class:`~confluence_pipeline.confluence.dialect.Dialect` for Confluence Cloud.

    Args:
        transport: Sends the requests.
        meter: Counts them.
    """

    product = "Confluence Cloud"
    batch_size = 250

    def __init__(self, transport: Transport, meter: Meter) -> None:
        self._transport = transport
        self._meter = meter
        self._records = CloudRecords(transport.base)
        self.users_url = f"{transport.base}{USERS}"

    def caller(self) -> Caller:
        """Ask v1 ``user/current``, which answers 200 with type anonymous to credentials it does not know."""
        data = self._entrance(f"{V1}/user/current").data
        if "type" not in data:
            raise self._elsewhere(f"{V1}/user/current was answered with something else")
        anonymous = data.get("type") == "anonymous" or not data.get("accountId")
        return Caller(data.get("accountId"), data.get("displayName"), anonymous)

    def site_facts(self) -> SiteFacts:
        """Ask v1 ``settings/systemInfo``; a caller without that right gets None for everything."""
        try:
            data = self._get(f"{V1}/settings/systemInfo").data
        except (AccessError, AuthenticationError, RefusedError):
            return SiteFacts(None, None, None)
        return SiteFacts(data.get("siteTitle"), data.get("defaultTimeZone"), data.get("edition"))

    def spaces(self, *, keys: Sequence[str] = (), ids: Sequence[str] = ()) -> Iterator[SpaceRecord]:
        """Walk v2 ``/spaces``, which lists current and archived spaces of every type where not asked otherwise."""
        names = [("keys", key) for key in keys] + [("ids", space_id) for space_id in ids]
        for group in _groups(names, self.batch_size) or [[]]:
            params = [_LIMIT, ("description-format", "plain"), *group]
            pages = walk_cursor(lambda some: self._entrance(f"{V2}/spaces", some), params, what="spaces")
            yield from once(pages, self._records.space, "spaces", lambda space: space.space_id)

    def space_labels(self, space_id: str) -> list[Label]:
        """Walk v2 ``/spaces/{id}/labels``."""
        path = f"{V2}/spaces/{space_id}/labels"
        return list(self._walk(path, [_LIMIT], f"labels of space {space_id}", label, lambda found: found.label_id))

    def contents(self, content_type: ContentType, space_id: str) -> Iterator[ContentRecord]:
        """Walk v2 ``/spaces/{id}/pages`` or ``/blogposts`` by id, so that edits meanwhile move nothing."""
        statuses = [("status", s) for s in IN_SCOPE_STATUSES if s in _STATUSES_OF[content_type]]
        collection = COLLECTIONS[content_type]
        return self._walk(
            f"{V2}/spaces/{space_id}/{collection}",
            [_LIMIT, ("sort", "id"), *statuses],
            f"{collection} of space {space_id}",
            lambda data: self._records.content(content_type, data),
            lambda content: content.content_id,
        )

    def contents_by_id(
        self, content_type: ContentType, ids: Sequence[str], statuses: Sequence[str] = IN_SCOPE_STATUSES
    ) -> list[ContentRecord]:
        """Ask v2 ``/pages`` or ``/blogposts`` by id."""
        found = self._by_id(content_type, ids, statuses)
        return list(parsed(found, lambda data: self._records.content(content_type, data), "contents by id"))

    def bodies(self, content_type: ContentType, ids: Sequence[str]) -> list[BodyRecord]:
        """Ask v2 ``/pages`` or ``/blogposts`` by id, with bodies in storage format."""
        most = _MOST_BYTES_OF_A_BATCH if len(ids) > 1 else None
        found = self._by_id(content_type, ids, IN_SCOPE_STATUSES, ("body-format", "storage"), most_bytes=most)
        try:
            return list(parsed(found, lambda data: self._records.body(content_type, data), "bodies"))
        except ListingError as error:
            raise ServerError(str(error), status=200) from error

    def search(self, cql: str) -> Iterator[tuple[str, str]]:
        """Walk v1 ``search`` without expansions."""
        return self._search(cql, "", lambda data: (str(data["id"]), str(data.get("type"))))

    def search_spaces(self, cql: str) -> set[str]:
        """Walk v1 ``search`` with ``content.space``."""
        return set(self._search(cql, "content.space", lambda data: str(data["space"]["key"])))

    def search_labels(self, cql: str) -> Iterator[tuple[str, list[Label]]]:
        """Walk v1 ``search`` with ``content.metadata.labels``: the index finds, the database tells the labels.

        A content with more labels than the expansion holds is asked for by itself.
        """
        for content_id, content_type, labels, whole in self._search(cql, "content.metadata.labels", labels_of_hit):
            if whole or content_type not in COLLECTIONS:
                yield content_id, labels
            else:
                yield content_id, self.content_labels("page" if content_type == "page" else "blogpost", content_id)

    def count(self, cql: str) -> int:
        """Ask v1 ``search`` for no hits but their number; archived contents do not count in it."""
        data = self._query(f"{V1}/search", [("cql", cql), ("limit", "1"), ("includeArchivedSpaces", "true")]).data
        return int(data.get("totalSize", 0))

    def content_labels(self, content_type: ContentType, content_id: str) -> list[Label]:
        """Walk v2 ``/pages/{id}/labels`` or ``/blogposts/{id}/labels``."""
        path = f"{V2}/{COLLECTIONS[content_type]}/{content_id}/labels"
        return list(self._walk(path, [_LIMIT], f"labels of {content_id}", label, lambda found: found.label_id))

    def users(self, account_ids: Sequence[str]) -> list[UserRecord]:
        """Send v2 ``users-bulk``, which leaves out the ids it does not know."""
        data = self._transport.post(USERS, {"accountIds": list(account_ids)}, meter=self._meter).data
        return list(parsed(results_of(data, list, "users"), self._records.user, "users"))

    def visible_types(self, ids: Sequence[str]) -> dict[str, str | None]:
        """Send v2 ``content/convert-ids-to-types``."""
        data = self._transport.post(
            f"{V2}/content/convert-ids-to-types", {"contentIds": list(ids)}, meter=self._meter
        ).data
        results = results_of(data, dict, "content types")
        return {content_id: results.get(content_id) for content_id in ids}

    def _get(self, path: str, params: Params = ()) -> Reply:
        return self._transport.get(path, params, meter=self._meter)

    def _entrance(self, path: str, params: Params = ()) -> Reply:
        """Ask for what every Confluence has: where it is missing, the address is wrong."""
        try:
            return self._get(path, params)
        except NotFoundError as error:
            raise self._elsewhere(str(error)) from error

    def _elsewhere(self, said: str) -> AddressError:
        return AddressError(
            f"There is no Confluence Cloud at {self._transport.base} ({said}); check {SERVER_SETTING}",
            setting=SERVER_SETTING,
        )

    def _walk(
        self,
        path: str,
        params: Params,
        what: str,
        parse: Callable[[Json], Record],
        identity: Callable[[Record], str],
    ) -> Iterator[Record]:
        """Walk a v2 listing and yield each thing once: a listing may repeat what moves while it is walked."""
        pages = walk_cursor(lambda page_params: self._get(path, page_params), params, what=what)
        return once(pages, parse, what, identity)

    def _by_id(
        self,
        content_type: ContentType,
        ids: Sequence[str],
        statuses: Sequence[str],
        *more: tuple[str, str],
        most_bytes: int | None = None,
    ) -> list[Json]:
        params = [
            _LIMIT,
            *more,
            *(("status", status) for status in statuses if status in _STATUSES_OF[content_type]),
            *(("id", content_id) for content_id in ids),
        ]
        collection = COLLECTIONS[content_type]
        pages = walk_cursor(
            lambda p: self._transport.get(f"{V2}/{collection}", p, meter=self._meter, most_bytes=most_bytes),
            params,
            what=f"{collection} by id",
        )
        return [data for page in pages for data in page]

    def _search(self, cql: str, expand: str, parse: Callable[[Json], Record]) -> Iterator[Record]:
        """Walk v1 ``search``, which unlike ``content/search`` also finds what is in archived spaces."""
        params = [
            _LIMIT,
            ("cql", cql),
            ("cqlcontext", _ALL_STATUSES),
            ("includeArchivedSpaces", "true"),
            ("excerpt", "none"),
        ]
        if expand:
            params.append(("expand", expand))
        for page in walk_cursor(lambda p: self._query(f"{V1}/search", p), params, what="search results"):
            found = parsed(page, lambda hit: parse(hit["content"]) if is_content(hit) else None, "search results")
            yield from (record for record in found if record is not None)

    def _query(self, path: str, params: Params) -> Reply:
        try:
            return self._get(path, params)
        except RefusedError as error:
            if error.status != 400 or any(name == "cursor" for name, _ in params):
                raise
            raise QueryError(
                f"The site does not accept the CQL ({_after_colon(error)}); check CONFLUENCE_CQL, and that "
                "CONFLUENCE_LABEL and CONFLUENCE_SPACE_KEY hold names that exist",
                status=400,
                setting="CONFLUENCE_CQL",
            ) from error


def _groups(params: Sequence[tuple[str, str]], most: int) -> list[list[tuple[str, str]]]:
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
