"""Spaces of a Data Center: listed and single, their contents, the labels in them, and their trash."""

from collections.abc import Iterable

from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.data_center.finding import (
    administered_space,
    content_shapes,
    found,
    shapes,
    visible_ids,
    visible_space,
)
from confluence_pipeline.site.data_center.paging import listed, page_size, scanned
from confluence_pipeline.site.errors import ApiError, bad_request, not_found
from confluence_pipeline.site.model import Attachment, Content, Label, Space
from confluence_pipeline.site.routing import Routes
from confluence_pipeline.site.shapes_v1 import Json
from confluence_pipeline.site.shapes_v1_content import Expand, read_expand
from confluence_pipeline.site.visibility import may_see_space

ROUTES = Routes("/rest/api")

_TYPES = ("page", "blogpost")


@ROUTES.get("/space")
def spaces(call: Call) -> Answer:
    """The spaces that the caller sees, of both statuses unless one is asked for, ordered by id."""
    expand = _expand(call)
    known = [space for _, space in sorted(call.world.store.spaces.items()) if _is_asked_for(call, space)]
    shaper = content_shapes(call)
    limit = page_size(call, expand)
    return listed(call, known, lambda space: shaper.space_of(space.space_id, expand), limit=limit)


def _is_asked_for(call: Call, space: Space) -> bool:
    keys = call.many("spaceKey") + call.many("spaceKeys")
    ids = call.many("spaceId") + call.many("spaceIds")
    labels = set(call.many("label"))
    return (
        may_see_space(call.viewer, space)
        and (not keys or space.key in keys)
        and (not ids or str(space.space_id) in ids)
        and call.one("type") in (None, space.space_type)
        and call.one("status") in (None, space.status)
        and (not labels or not labels.isdisjoint(label.name for label in space.labels))
    )


@ROUTES.get("/space/{spaceKey}")
def space(call: Call) -> Answer:
    """One space."""
    return Answer(content_shapes(call).space_of(visible_space(call).space_id, _expand(call)))


def _expand(call: Call) -> Expand:
    """Return what is asked for; ``permissions`` ends in an internal error on every known build (CONFSERVER-99908)."""
    expand = read_expand(call.one("expand"))
    if "permissions" in expand:
        raise ApiError(500, "Internal Server Error")
    return expand


@ROUTES.get("/space/{spaceKey}/content")
def space_contents(call: Call) -> Answer:
    """A space's pages and blog posts, each as a list of its own."""
    return Answer({kind: _contents(call, kind).body for kind in _TYPES})


@ROUTES.get("/space/{spaceKey}/content/{type}")
def space_contents_of_type(call: Call) -> Answer:
    """A space's pages or blog posts; ``depth=root`` leaves those that have no page above them."""
    kind = call.path_params["type"]
    if kind not in _TYPES:
        raise bad_request(f"There is no content type '{kind}'.")
    return _contents(call, kind)


def _contents(call: Call, kind: str) -> Answer:
    store, expand, key = call.world.store, read_expand(call.one("expand")), visible_space(call).key
    roots_only = call.choice("depth", ("all", "root")) == "root"
    numbers = visible_ids(call, kind, key, ("current",))
    known = [store.contents[number] for number in numbers]
    asked = [content for content in known if not (roots_only and content.parent_id is not None)]
    shaper = content_shapes(call)
    limit = page_size(call, expand)
    return listed(call, asked, lambda content: shaper.content(content, expand), limit=limit, overruns=True)


@ROUTES.get("/space/{spaceKey}/labels")
def labels_in_space(call: Call) -> Answer:
    """The labels on what is in a space; a space's own are expanded with ``metadata.labels``."""
    visible_space(call)
    return listed(call, _labels(call), shapes(call).label, limit=page_size(call, {}))


def _labels(call: Call) -> list[Label]:
    store, key = call.world.store, call.path_params["spaceKey"]
    labelled: Iterable[Content | Attachment | None] = (
        *(store.contents.get(number) for kind in _TYPES for number in visible_ids(call, kind, key, ("current",))),
        *(store.attachments.get(number) for number in visible_ids(call, "attachment", key, ("current",))),
    )
    known = dict.fromkeys(label for record in labelled if record is not None for label in record.labels)
    return sorted(known, key=lambda label: (label.name, label.prefix))


@ROUTES.get("/space/{spaceKey}/trash")
def trash(call: Call) -> Answer:
    """What is in a space's trash, for its administrators, by a cursor."""
    space = administered_space(call)
    asked = call.one("expand")
    expand = read_expand("ancestors,container,space,metadata" if asked is None else asked)
    numbers = [
        number for kind in (*_TYPES, "attachment") for number in visible_ids(call, kind, space.key, ("trashed",))
    ]
    return scanned(call, sorted(numbers), lambda number: _trashed(call, number, expand), limit=page_size(call, expand))


def _trashed(call: Call, number: int, expand: Expand) -> Json:
    record = found(call.world.store, number)
    if record is None:
        raise not_found()
    return content_shapes(call).content(record, expand)


@ROUTES.get("/space/{spaceKey}/property")
def properties(call: Call) -> Answer:
    """A space's properties."""
    space = visible_space(call)
    links = shapes(call)
    limit = page_size(call, {}, 10)
    return listed(
        call,
        space.properties,
        lambda held: {
            "id": str(held.property_id),
            "key": held.key,
            "value": held.value,
            "version": links.version(held.version, held.property_id),
            "_links": links.at(f"/space/{space.key}/property/{held.key}"),
            "_expandable": {"space": f"/rest/api/space/{space.key}"},
        },
        limit=limit,
    )
