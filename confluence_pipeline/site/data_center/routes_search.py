"""Searching a Data Center by CQL: contents, or hits of any kind; pages are counted by ``start``.

A statement that is missing or malformed is answered 404 by ``content/search`` and 400 by ``search`` (official
document). People are named by user name or user key.
"""

import time
from collections.abc import Sequence
from datetime import datetime

from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.data_center.addresses import content_path
from confluence_pipeline.site.data_center.finding import content_shapes, found
from confluence_pipeline.site.data_center.paging import listed, page_size, unpoisoned
from confluence_pipeline.site.data_center.shapes_content import ContentShapes
from confluence_pipeline.site.errors import ApiError, not_found
from confluence_pipeline.site.markup import text_of
from confluence_pipeline.site.model import Content
from confluence_pipeline.site.routing import Routes
from confluence_pipeline.site.search import SearchScope, context_statuses, every_hit
from confluence_pipeline.site.search_index import Document
from confluence_pipeline.site.shapes_v1 import Json
from confluence_pipeline.site.shapes_v1_content import Expand, Record, read_expand

ROUTES = Routes("/rest/api")

_EXCERPT = 300


@ROUTES.get("/content/search")
def content_search(call: Call) -> Answer:
    """Contents that a statement matches, with what ``expand`` asks for."""
    expand = read_expand(call.one("expand"))
    try:
        hits = _alive(call, every_hit(call, SearchScope(context_statuses(call))))
    except ApiError as error:
        raise not_found(error.title) from error
    shaper = content_shapes(call)

    def shape(document: Document) -> Json:
        if expand:
            unpoisoned(call, document.number)
        return shaper.content(_record(call, document), expand)

    return listed(call, hits, shape, limit=page_size(call, expand), more={"totalCount": len(hits)})


@ROUTES.get("/search")
def site_search(call: Call) -> Answer:
    """Hits of any kind, spaces too, each with a title, an excerpt and where it is."""
    began = time.perf_counter()
    expand = read_expand(call.one("expand"))
    scope = SearchScope(context_statuses(call), call.flag("includeArchivedSpaces"), spaces_too=True)
    hits = _alive(call, every_hit(call, scope))
    more = {
        "totalSize": len(hits),
        "cqlQuery": call.one("cql"),
        "searchDuration": round((time.perf_counter() - began) * 1000),
    }
    shaper, limit = content_shapes(call), page_size(call, expand.get("content", {}))
    return listed(call, hits, lambda document: _hit(call, shaper, expand, document), limit=limit, more=more)


def _alive(call: Call, documents: Sequence[Document]) -> list[Document]:
    """Leave out what the index still has and the site no more."""
    store = call.world.store
    return [known for known in documents if known.record_type == "space" or found(store, known.number) is not None]


def _record(call: Call, document: Document) -> Record:
    record = found(call.world.store, document.number)
    if record is None:
        raise not_found(f"No content found with id: ContentId{{id={document.number}}}")
    return record


def _hit(call: Call, shaper: ContentShapes, expand: Expand, document: Document) -> Json:
    shown = shaper.shapes
    container = {"title": document.space.name, "displayUrl": shown.space_path(document.space)}
    hit: Json = {
        "title": document.title,
        "excerpt": "" if call.one("excerpt") == "none" else text_of(document.body)[:_EXCERPT],
        "resultGlobalContainer": container,
        "iconCssClass": f"aui-icon content-type-{document.record_type}",
        "lastModified": shown.time(document.modified),
        "friendlyLastModified": datetime.fromisoformat(document.modified).strftime("%b %d, %Y"),
    }
    if document.record_type == "space":
        space = shaper.space_of(document.space.space_id, expand.get("space", {}))
        return {**hit, "space": space, "url": container["displayUrl"], "entityType": "space"}
    record, parts = _record(call, document), expand.get("content", {})
    if parts:
        unpoisoned(call, document.number)
    owner = record if isinstance(record, Content) else call.world.store.contents[record.content_id]
    url = content_path(call.world.store, shown.installation, owner)
    return {**hit, "content": shaper.content(record, parts), "url": url, "entityType": "content"}
