"""v1: the reads that Atlassian announced as removed (CHANGE-864, CHANGE-2520).

Gateway callers get 410 Gone, while callers with a plain API token on the site's own address were still answered
in June 2026. The site's ``v1_removed`` setting says which: with ``always`` these are gone here too.
"""

from collections.abc import Callable, Iterator

from confluence_pipeline.site import shapes_v1
from confluence_pipeline.site.call import Answer, Call, read_id
from confluence_pipeline.site.errors import ApiError, bad_request, not_found
from confluence_pipeline.site.model import Content, Space
from confluence_pipeline.site.routes_v1_people import offset_page
from confluence_pipeline.site.routing import Handler, Routes
from confluence_pipeline.site.shapes_v1 import Json
from confluence_pipeline.site.shapes_v1_content import ContentShaper, Record, read_expand
from confluence_pipeline.site.visibility import (
    may_see,
    may_see_attachment,
    may_see_comment,
    may_see_space,
)

ROUTES = Routes("/wiki/rest/api")

_CHILD_TYPES = ("attachment", "comment", "page")
_BODY_LIMIT = 50
_LIMIT = 250


def _removable(path: str) -> Callable[[Handler], Handler]:
    """Register a GET that answers 410 once the site says that these reads are gone."""

    def register(handler: Handler) -> Handler:
        def guarded(call: Call) -> Answer:
            if call.world.v1_removed == "always":
                raise ApiError(410, "This deprecated endpoint has been removed.")
            return handler(call)

        return ROUTES.get(path)(guarded)

    return register


def _page(call: Call, records: list[Record]) -> Answer:
    expand = read_expand(call.one("expand"))
    shaper = ContentShaper(call.world.store, call.viewer)
    most = _BODY_LIMIT if "body" in expand else _LIMIT
    start = call.integer("start", 0, low=0, high=2**31 - 1) or 0
    limit = min(call.limit(low=0, high=2**31 - 1), most)
    window = range(start, start + limit)
    # Only what is on the page is written out; the rest is counted.
    items: list[Json] = [shaper.content(record, expand) if at in window else {} for at, record in enumerate(records)]
    return Answer(offset_page(call, items, default=25, most=most))


def _record(call: Call) -> Record:
    store, viewer = call.world.store, call.viewer
    number = read_id(call.path_params["id"].removeprefix("att"), "id")
    content, comment = store.contents.get(number), store.comments.get(number)
    attachment = store.attachments.get(number)
    if content is not None and may_see(store, viewer, content):
        return content
    if comment is not None and may_see_comment(store, viewer, comment):
        return comment
    if attachment is not None and may_see_attachment(store, viewer, attachment):
        return attachment
    raise not_found(f"No content found with id: ContentId{{id={number}}}")


# -- content -------------------------------------------------------------------------------------------------


@_removable("/content")
def contents(call: Call) -> Answer:
    """Contents of a type, page unless said otherwise, in one space or all, by title or status."""
    node_type = call.one("type") or "page"
    if node_type not in ("page", "blogpost"):
        raise bad_request(f"Type '{node_type}' is not supported here.")
    return _page(call, list(_contents(call, node_type, call.one("spaceKey"))))


def _contents(call: Call, node_type: str, space_key: str | None) -> Iterator[Content]:
    store = call.world.store
    space_ids = None
    if space_key is not None:
        space_ids = [space.space_id for space in [store.space_by_key(space_key)] if space is not None]
    title, statuses = call.one("title"), call.many("status") or ["current"]
    for number in sorted(store.member_ids(node_type, space_ids)):
        content = store.contents[number]
        if content.status not in statuses and "any" not in statuses:
            continue
        if title in (None, content.title) and may_see(store, call.viewer, content):
            yield content


@_removable("/content/{id}")
def content(call: Call) -> Answer:
    """One content of any type; a trashed one only with ``status=trashed`` or ``any``."""
    record = _record(call)
    statuses = call.many("status") or ["current", "archived"]
    if isinstance(record, Content) and record.status not in statuses and "any" not in statuses:
        raise not_found(f"No content found with id: ContentId{{id={record.content_id}}}")
    expand = read_expand(call.one("expand") or "space,history,version,body,ancestors")
    return Answer(ContentShaper(call.world.store, call.viewer).content(record, expand))


@_removable("/content/{id}/child")
def children(call: Call) -> Answer:
    """All that is right below a content, by type, as ``expand`` asks for it."""
    shaper = ContentShaper(call.world.store, call.viewer)
    return Answer(shaper.content(_record(call), {"children": read_expand(call.one("expand"))})["children"])


@_removable("/content/{id}/child/{type}")
def children_of_type(call: Call) -> Answer:
    """A content's attachments, comments or pages; attachments can be asked for by ``filename``."""
    kind, filename = call.path_params["type"], call.one("filename")
    if kind not in _CHILD_TYPES:
        raise bad_request(f"There are no children of type '{kind}'.")
    known = ContentShaper(call.world.store, call.viewer).child_records(_record(call), kind)
    return _page(call, [child for child in known if filename is None or getattr(child, "title", None) == filename])


@_removable("/content/{id}/label")
def labels(call: Call) -> Answer:
    """A content's labels."""
    known = getattr(_record(call), "labels", [])
    return Answer(offset_page(call, [shapes_v1.label(label) for label in known], default=200))


@_removable("/content/{id}/history")
def history(call: Call) -> Answer:
    """Who made a content and when, and with ``expand`` its newest version."""
    expand = {"history": read_expand(call.one("expand"))}
    return Answer(ContentShaper(call.world.store, call.viewer).content(_record(call), expand)["history"])


@_removable("/content/{id}/version")
def versions(call: Call) -> Answer:
    """A content's versions, newest first."""
    known = reversed(_record(call).versions)
    return Answer(offset_page(call, [shapes_v1.version(call.world.store, version) for version in known], default=200))


# -- spaces --------------------------------------------------------------------------------------------------


def _shown(call: Call, space: Space) -> bool:
    keys, kind, status = call.many("spaceKey"), call.one("type"), call.one("status")
    return (
        may_see_space(call.viewer, space)
        and (not keys or space.key in keys)
        and kind in (None, space.space_type)
        and status in (None, space.status)
    )


@_removable("/space")
def spaces(call: Call) -> Answer:
    """All spaces."""
    known = [space for space in call.world.store.spaces.values() if _shown(call, space)]
    return Answer(offset_page(call, [_space_shape(call, space) for space in known], default=25))


@_removable("/space/{spaceKey}")
def space(call: Call) -> Answer:
    """One space."""
    return Answer(_space_shape(call, _space(call)))


@_removable("/space/{spaceKey}/content/{type}")
def space_contents(call: Call) -> Answer:
    """A space's pages or blog posts."""
    space, node_type = _space(call), call.path_params["type"]
    if node_type not in ("page", "blogpost"):
        raise bad_request(f"There is no content type '{node_type}'.")
    return _page(call, list(_contents(call, node_type, space.key)))


def _space(call: Call) -> Space:
    space = call.world.store.space_by_key(call.path_params["spaceKey"])
    if space is None or not may_see_space(call.viewer, space):
        raise not_found(f"No space with key : {call.path_params['spaceKey']}")
    return space


def _space_shape(call: Call, space: Space) -> Json:
    expand = read_expand(call.one("expand"))
    item = shapes_v1.space(space)
    if "homepage" in expand and space.homepage_id is not None:
        shaper = ContentShaper(call.world.store, call.viewer)
        item["homepage"] = shaper.content(call.world.store.contents[space.homepage_id], {})
    if "description" in expand:
        plain = {"value": space.description, "representation": "plain", "embeddedContent": []}
        item["description"] = {"plain": plain, "_expandable": {"view": ""}}
    if "metadata" in expand:
        item["metadata"] = {"labels": shapes_v1.page_of([shapes_v1.label(label) for label in space.labels])}
    item["_expandable"] = {name: "" for name in item["_expandable"] if name not in item}
    return item
