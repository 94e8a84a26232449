"""Contents of a Data Center: listed, scanned, and single with their history."""

from collections.abc import Callable

from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.data_center.finding import (
    content_shapes,
    found,
    is_visible,
    shapes,
    status_of,
    statuses,
    visible_ids,
    visible_record,
)
from confluence_pipeline.site.data_center.paging import installation, listed, page_size, scanned, unpoisoned
from confluence_pipeline.site.data_center.shapes_content import number_of
from confluence_pipeline.site.errors import bad_request, not_found
from confluence_pipeline.site.model import Version
from confluence_pipeline.site.routing import Routes
from confluence_pipeline.site.shapes_v1 import Json
from confluence_pipeline.site.shapes_v1_content import Expand, Record, read_expand

ROUTES = Routes("/rest/api")
EXPERIMENTAL = Routes("/rest/experimental")

_LISTED = ("page", "blogpost")
_SCANNED = ("page", "blogpost", "comment")


@ROUTES.get("/content")
def contents(call: Call) -> Answer:
    """Pages, or what ``type`` says, of one space or all, by title, posting day or status, ordered by id."""
    expand = read_expand(call.one("expand"))
    numbers = _by_id(call) if call.one("ids") else _by_type(call)
    return _page(call, numbers, expand, overruns=True)


def _by_id(call: Call) -> list[int]:
    store, wanted = call.world.store, statuses(call)
    known = ((number, found(store, number)) for number in call.ids("ids", 1_000))
    return [
        number
        for number, record in known
        if record is not None and is_visible(call, record) and status_of(store, record) in wanted
    ]


def _by_type(call: Call) -> list[int]:
    kind = call.one("type") or "page"
    if kind not in _LISTED:
        raise bad_request(f"Type '{kind}' is not supported here.")
    store, title, day = call.world.store, call.one("title"), call.one("postingDay")
    numbers = visible_ids(call, kind, call.one("spaceKey"), statuses(call))
    time = installation(call).time
    return [
        number
        for number in numbers
        if title in (None, store.contents[number].title)
        and (day is None or time(store.contents[number].created_at)[:10] == day)
    ]


def _page(call: Call, numbers: list[int], expand: Expand, *, overruns: bool = False) -> Answer:
    return listed(call, numbers, _shape(call, expand), limit=page_size(call, expand), overruns=overruns)


def _shape(call: Call, expand: Expand) -> Callable[[int], Json]:
    shaper, store = content_shapes(call), call.world.store

    def shape(number: int) -> Json:
        if expand:
            unpoisoned(call, number)
        record = found(store, number)
        if record is None:
            raise not_found(f"No content found with id: ContentId{{id={number}}}")
        return shaper.content(record, expand)

    return shape


@ROUTES.get("/content/scan")
def scan(call: Call) -> Answer:
    """Contents of one space or all, ordered by id, by a cursor that stays good while contents come and go."""
    if not installation(call).scans:
        raise not_found("No content found with id: ContentId{id=scan}")
    expand = read_expand(call.one("expand"))
    kind = (call.one("type") or "page") if installation(call).scans_all_types else "page"
    if kind not in _SCANNED:
        raise bad_request(f"Type '{kind}' cannot be scanned.")
    numbers = visible_ids(call, kind, call.one("spaceKey"), statuses(call))
    return scanned(call, numbers, _shape(call, expand), limit=page_size(call, expand))


@ROUTES.get("/content/{id}")
def content(call: Call) -> Answer:
    """One content of any type; a trashed one only with ``status=trashed`` or ``any``, an old one by ``version``."""
    record = visible_record(call)
    unpoisoned(call, number_of(record))
    expand = read_expand("history,space,version" if call.one("expand") is None else call.one("expand"))
    shown = _shown(call, record)
    if shown is None and status_of(call.world.store, record) not in statuses(call):
        raise not_found(f"No content found with id: ContentId{{id={number_of(record)}}}")
    return Answer(content_shapes(call).content(record, expand, shown))


def _shown(call: Call, record: Record) -> Version | None:
    number = call.integer("version", low=1, high=2**31 - 1)
    if number is None:
        return None
    shown = next((version for version in record.versions if version.number == number), None)
    if shown is None:
        raise not_found(f"No content found with id: ContentId{{id={number_of(record)}}}, version {number}")
    return shown


@ROUTES.get("/content/{id}/history")
def history(call: Call) -> Answer:
    """Who made a content and when, its newest version and the neighbours of it."""
    record = visible_record(call)
    asked = call.one("expand")
    expand = read_expand("previousVersion,nextVersion,lastUpdated" if asked is None else asked)
    return Answer(content_shapes(call).history(record, expand, record.current))


@EXPERIMENTAL.get("/content/{id}/version")
def versions(call: Call) -> Answer:
    """All versions of a content, the newest first; it is not in the official document, which deletes them only."""
    record, expand = visible_record(call), read_expand(call.one("expand"))

    def shape(version: Version) -> Json:
        inner = None
        if "content" in expand:
            inner = content_shapes(call).content(record, expand["content"], version)
        return shapes(call).version(version, number_of(record), content=inner)

    return listed(call, record.versions[::-1], shape, limit=page_size(call, expand.get("content", {}), 200))


@EXPERIMENTAL.get("/content/{id}/version/{versionNumber}")
def version(call: Call) -> Answer:
    """One version of a content."""
    record = visible_record(call)
    number = call.path_id("versionNumber", "Integer")
    known = next((version for version in record.versions if version.number == number), None)
    if known is None:
        raise not_found(f"No version {number} of the content {number_of(record)}")
    return Answer(shapes(call).version(known, number_of(record)))
