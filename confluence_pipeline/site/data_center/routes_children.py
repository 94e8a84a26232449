"""What hangs on a content of a Data Center: children, comments, attachments, labels, properties."""

from collections.abc import Sequence

from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.data_center.finding import content_shapes, is_visible, shapes, visible_record
from confluence_pipeline.site.data_center.paging import listed, page_size, unpoisoned
from confluence_pipeline.site.data_center.shapes_content import number_of
from confluence_pipeline.site.errors import ApiError, bad_request, not_found
from confluence_pipeline.site.model import Attachment, Comment, Content, Label, Property
from confluence_pipeline.site.routing import Routes
from confluence_pipeline.site.shapes_v1 import Json
from confluence_pipeline.site.shapes_v1_content import Expand, Record, read_expand

ROUTES = Routes("/rest/api")

_CHILD_TYPES = ("attachment", "comment", "page")
_LOCATIONS = ("footer", "inline", "resolved")


def _listed(call: Call, records: Sequence[Record], default: int = 25) -> Answer:
    expand = read_expand(call.one("expand"))
    shaper = content_shapes(call)

    def shape(record: Record) -> Json:
        unpoisoned(call, number_of(record))
        return shaper.content(record, expand)

    return listed(call, records, shape, limit=page_size(call, expand, default))


# -- children ------------------------------------------------------------------------------------------------


@ROUTES.get("/content/{id}/child")
def children(call: Call) -> Answer:
    """All that is right below a content, by type, as ``expand`` asks for it."""
    return Answer(content_shapes(call).children(visible_record(call), read_expand(call.one("expand"))))


@ROUTES.get("/content/{id}/child/comment")
def comments(call: Call) -> Answer:
    """The comments on a content, in order; with ``depth=all`` replies too, each after what it replies to."""
    record, shaper = visible_record(call), content_shapes(call)
    wanted = call.choices("location", _LOCATIONS, _LOCATIONS)
    every = shaper.comments_on(record)
    known = every if call.one("depth") == "all" else [comment for comment in every if _is_top(comment, record)]
    return _listed(call, [comment for comment in known if _location(comment) in wanted])


def _is_top(comment: Comment, record: Record) -> bool:
    return comment.parent_id == (record.comment_id if isinstance(record, Comment) else None)


def _location(comment: Comment) -> str:
    if comment.location == "inline" and comment.resolution_status == "resolved":
        return "resolved"
    return comment.location


@ROUTES.get("/content/{id}/child/attachment")
def attachments(call: Call) -> Answer:
    """A content's attachments; one by ``filename``, some by ``mediaType``."""
    record, filename, media_type = visible_record(call), call.one("filename"), call.one("mediaType")
    files = content_shapes(call).tree.child_records(record, "attachment")
    asked = [
        file
        for file in files
        if isinstance(file, Attachment) and filename in (None, file.title) and media_type in (None, file.media_type)
    ]
    return _listed(call, asked, default=50)


@ROUTES.get("/content/{id}/child/attachment/{attachmentId}/extractedtext")
def extracted_text(call: Call) -> Answer:
    """The text of an attachment that is one itself; 204 of any other, whose text this site does not extract."""
    record, number = visible_record(call), call.path_id("attachmentId")
    file = call.world.store.attachments.get(number)
    if file is None or file.content_id != number_of(record):
        raise not_found("Attachment not found")
    if not file.media_type.startswith("text/"):
        return Answer(status=204)
    return Answer({"extractedText": file.files[-1].loader.read().decode(errors="replace")})


@ROUTES.get("/content/{id}/child/{type}")
def children_of_type(call: Call) -> Answer:
    """A content's pages, which is the type that is left."""
    kind = call.path_params["type"]
    if kind not in _CHILD_TYPES:
        raise bad_request(f"There are no children of type '{kind}'.")
    return _listed(call, content_shapes(call).tree.child_records(visible_record(call), kind))


@ROUTES.get("/content/{id}/descendant")
def descendants(call: Call) -> Answer:
    """The types of descendants that a content can have, and those that ``expand`` asks for."""
    return Answer(content_shapes(call).descendants(visible_record(call), read_expand(call.one("expand"))))


@ROUTES.get("/content/{id}/descendant/{type}")
def descendants_of_type(call: Call) -> Answer:
    """The comments on a content at every depth; the API knows no other descendants."""
    kind = call.path_params["type"]
    if kind != "comment":
        raise ApiError(501, f"Descendants of type '{kind}' are not supported: only comments are.")
    return _listed(call, content_shapes(call).comments_on(visible_record(call)))


# -- labels --------------------------------------------------------------------------------------------------


@ROUTES.get("/content/{id}/label")
def labels(call: Call) -> Answer:
    """A content's labels, of one ``prefix`` or all."""
    record, prefix = visible_record(call), call.one("prefix")
    known = [] if isinstance(record, Comment) else record.labels
    asked = [label for label in known if prefix in (None, label.prefix)]
    return listed(call, asked, shapes(call).label, limit=page_size(call, {}, 200))


@ROUTES.get("/label/labels")
def labels_by_name(call: Call) -> Answer:
    """Labels by name, namespace or the space of what has them."""
    store, key = call.world.store, call.one("spaceKey")
    known = [label for label, ids in store.labelled().items() if _is_in(call, ids, key)]
    asked = sorted((label for label in known if _is_asked_for(call, label)), key=lambda label: label.label_id)
    return listed(call, asked, shapes(call).label, limit=page_size(call, {}, 100))


def _is_asked_for(call: Call, label: Label) -> bool:
    return call.one("labelName") in (None, label.name) and call.one("namespace") in (None, label.prefix)


def _is_in(call: Call, ids: Sequence[int], space_key: str | None) -> bool:
    store = call.world.store
    for number in ids:
        record: Content | Attachment | None = store.contents.get(number) or store.attachments.get(number)
        if record is None or not is_visible(call, record):
            continue
        owner = record if isinstance(record, Content) else store.contents[record.content_id]
        if space_key in (None, store.spaces[owner.space_id].key):
            return True
    return False


# -- properties ----------------------------------------------------------------------------------------------


@ROUTES.get("/content/{id}/property")
def properties(call: Call) -> Answer:
    """A content's properties."""
    record, expand = visible_record(call), read_expand(call.one("expand"))
    limit = page_size(call, expand, 10)
    return listed(call, record.properties, lambda held: _property(call, record, held, expand), limit=limit)


@ROUTES.get("/content/{id}/property/{key}")
def property_by_key(call: Call) -> Answer:
    """One property of a content."""
    record, key = visible_record(call), call.path_params["key"]
    held = next((known for known in record.properties if known.key == key), None)
    if held is None:
        raise not_found(f"No property with the key {key}")
    return Answer(_property(call, record, held, read_expand(call.one("expand"))))


def _property(call: Call, record: Record, held: Property, expand: Expand) -> Json:
    number = number_of(record)
    shown: Json = {"id": str(held.property_id), "key": held.key, "value": held.value}
    if "version" in expand:
        shown["version"] = shapes(call).version(held.version, held.property_id)
    if "content" in expand:
        shown["content"] = content_shapes(call).content(record, expand["content"])
    paths = {"version": "", "content": f"/rest/api/content/{number}"}
    shown["_links"] = shapes(call).at(f"/content/{number}/property/{held.key}")
    shown["_expandable"] = {part: path for part, path in paths.items() if part not in shown}
    return shown
