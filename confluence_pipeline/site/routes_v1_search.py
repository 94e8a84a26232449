"""v1: searching by CQL. Hits come from the index, which may lag; what is expanded of them is live.

``content/search`` answers contents with ``expand``, at most 250 a page: 50 with a body in storage format and 25
with a rendered body, cut down silently (v1 specification); ``search`` answers hits with an excerpt. Both page by
cursor only, and their ``next`` is ``/rest/api/…`` without the context path, which stands beside it.
"""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from confluence_pipeline.site import shapes_v1, shapes_v2
from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.errors import ApiError
from confluence_pipeline.site.markup import text_of
from confluence_pipeline.site.model import Content
from confluence_pipeline.site.routing import Routes
from confluence_pipeline.site.search import Hits, SearchScope, context_statuses, search
from confluence_pipeline.site.search_index import Document
from confluence_pipeline.site.shapes_v1_content import ContentShaper, Expand, Record, read_expand
from confluence_pipeline.site.store import Store

ROUTES = Routes("/wiki/rest/api")

_MOST = 250
_BODY_CAPS = {
    "export_view": 25,
    "styled_view": 25,
    "storage": 50,
    "view": 50,
    "editor": 50,
    "anonymous_export_view": 50,
    "atlas_doc_format": 50,
}
_EXCERPT = 300


def _limit(call: Call, expand: Expand) -> int:
    asked = call.limit(low=0, high=2**31 - 1)
    caps = [_BODY_CAPS[body] for body in expand.get("body", {}) if body in _BODY_CAPS]
    return min([asked, _MOST, *caps])


def _record(store: Store, number: int) -> Record | None:
    return store.contents.get(number) or store.attachments.get(number) or store.comments.get(number)


def _envelope(call: Call, results: Sequence[Any], hits: Hits, limit: int, *, self_path: str) -> dict[str, Any]:
    links = {"base": call.world.base_url, "context": "/wiki", "self": call.world.base_url + self_path}
    if hits.cursor is not None:
        others = [(key, value) for key, value in call.pairs if key not in ("cursor", "next", "limit", "start")]
        query = [("next", "true"), ("cursor", hits.cursor), ("limit", str(limit)), ("start", str(limit))]
        links["next"] = f"{self_path}?{urlencode([*query, *others])}"
    return {"results": results, "start": 0, "limit": limit, "size": len(results), "_links": links}


@ROUTES.get("/content/search")
def content_search(call: Call) -> Answer:
    """Contents that a statement matches, with what ``expand`` asks for."""
    expand = read_expand(call.one("expand"))
    limit = _limit(call, expand)
    hits = search(call, SearchScope(context_statuses(call)), limit)
    shaper = ContentShaper(call.world.store, call.viewer)
    results = []
    for document in hits.documents:
        record = _record(call.world.store, document.number)
        if record is not None:
            results.append(shaper.content(record, expand))
            _poisoned(call, record, expand)
    return Answer(_envelope(call, results, hits, limit, self_path="/rest/api/content/search"))


def _poisoned(call: Call, record: Record, expand: Expand) -> None:
    if isinstance(record, Content) and record.content_id in call.faults.poison_ids and expand:
        raise ApiError(500, "Internal Server Error")


@ROUTES.get("/search")
def site_search(call: Call) -> Answer:
    """Hits of any kind, spaces too, each with a title, an excerpt and where it is."""
    began = time.perf_counter()
    expand = read_expand(call.one("expand")).get("content", {})
    limit = _limit(call, expand)
    scope = SearchScope(context_statuses(call), call.flag("includeArchivedSpaces"), spaces_too=True)
    hits = search(call, scope, limit)
    results = [hit for document in hits.documents if (hit := _hit(call, document, expand)) is not None]
    body = _envelope(call, results, hits, limit, self_path="/rest/api/search")
    body |= {
        "totalSize": hits.total,
        "archivedResultCount": 0,
        "cqlQuery": call.one("cql"),
        "searchDuration": round((time.perf_counter() - began) * 1000),
    }
    return Answer(body)


def _hit(call: Call, document: Document, expand: Expand) -> dict[str, Any] | None:
    store = call.world.store
    key = document.space.key
    hit: dict[str, Any] = {
        "title": document.title,
        "excerpt": "" if call.one("excerpt") == "none" else text_of(document.body)[:_EXCERPT],
        "resultGlobalContainer": {"title": document.space.name, "displayUrl": f"/spaces/{key}"},
        "breadcrumbs": [],
        "entityType": "content",
        "iconCssClass": f"aui-icon content-type-{document.record_type}",
        "lastModified": document.modified,
        "friendlyLastModified": datetime.fromisoformat(document.modified).strftime("%b %d, %Y"),
        "score": 0.0,
    }
    if document.record_type == "space":
        return {**hit, "space": shapes_v1.space(document.space), "url": f"/spaces/{key}", "entityType": "space"}
    record = _record(store, document.number)
    if record is None:
        return None
    content = ContentShaper(store, call.viewer).content(record, expand)
    owner = record if isinstance(record, Content) else store.contents[record.content_id]
    return {**hit, "content": content, "url": shapes_v2.web_path(store, owner)}
