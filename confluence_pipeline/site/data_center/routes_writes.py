"""Changing a Data Center: contents made, edited, moved and deleted; labels, restrictions, files, spaces."""

from typing import Any

from confluence_pipeline.site.bodies import json_value, storage_field, text_field, title_field, version_field
from confluence_pipeline.site.call import Answer, Call, read_id
from confluence_pipeline.site.data_center.finding import (
    administered_space,
    content_shapes,
    found,
    is_visible,
    shapes,
    visible_record,
)
from confluence_pipeline.site.data_center.paging import listed
from confluence_pipeline.site.data_center.shapes_content import number_of
from confluence_pipeline.site.errors import ApiError, bad_request, not_found
from confluence_pipeline.site.model import Attachment, Comment, Content, Restriction, Space, restrictions_of
from confluence_pipeline.site.multipart import Part, read_form
from confluence_pipeline.site.routes_v2_writes import editor, talk_editor
from confluence_pipeline.site.routing import Routes
from confluence_pipeline.site.shapes_v1 import Json
from confluence_pipeline.site.shapes_v1_content import Record, read_expand
from confluence_pipeline.site.visibility import may_edit, may_see_space

ROUTES = Routes("/rest/api")

_TYPES = ("page", "blogpost")
_ANSWERED = "body.storage,history,space,container,version,ancestors"
_BOTH = read_expand("user,group")


def _editable(call: Call, record: Record) -> Content:
    """Return the page or blog post that a record is, or is on; 403 when the caller may only see it."""
    content = record if isinstance(record, Content) else call.world.store.contents[record.content_id]
    if not may_edit(call.world.store, call.viewer, content):
        raise ApiError(403, "User is not permitted to edit this content")
    return content


def _answer(call: Call, record: Record) -> Answer:
    asked = call.one("expand")
    return Answer(content_shapes(call).content(record, read_expand(_ANSWERED if asked is None else asked)))


def _object(value: object) -> dict[str, Any]:
    """Return a part of a body that must be an object; nothing in it where it is not there or something else."""
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    """Return a part of a body that must be a list; nothing in it where it is not there or something else."""
    return value if isinstance(value, list) else []


# -- contents ------------------------------------------------------------------------------------------------


@ROUTES.post("/content")
def create(call: Call) -> Answer:
    """A new page, blog post or comment, as ``type`` says; a page below the last of its ``ancestors``."""
    body = call.json()
    kind = body.get("type")
    if kind == "comment":
        return _answer(call, _comment(call, body))
    if kind not in _TYPES:
        raise bad_request(f"There is no content type '{kind}'.")
    space = _named_space(call, body)
    parent = _parent(call, body)
    parent_id = parent.content_id if parent else space.homepage_id if kind == "page" else None
    title, storage = title_field(body), storage_field(body)
    return _answer(call, editor(call).create(kind, space, title, storage, parent_id=parent_id, status="current"))


def _named_space(call: Call, body: Json) -> Space:
    key = text_field(_object(body.get("space")), "key")
    space = call.world.store.space_by_key(key)
    if space is None or not may_see_space(call.viewer, space):
        raise not_found(f"No space with key : {key}")
    return space


def _parent(call: Call, body: Json) -> Content | None:
    ancestors = _list(body.get("ancestors"))
    if not ancestors:
        return None
    record = _referred(call, ancestors[-1], "ancestors")
    if not isinstance(record, Content) or record.node_type != "page":
        raise bad_request("Only a page can be above a page.")
    return record


def _referred(call: Call, reference: object, name: str) -> Record:
    number = read_id(str(reference.get("id") if isinstance(reference, dict) else ""), name)
    record = found(call.world.store, number)
    if record is None or not is_visible(call, record):
        raise not_found(f"No content found with id: ContentId{{id={number}}}")
    return record


def _comment(call: Call, body: Json) -> Comment:
    """Add a comment to its ``container``, below the last of its ``ancestors`` where there are any."""
    target = _referred(call, body.get("container"), "container")
    if isinstance(target, Comment):
        raise bad_request("A reply is on the same container as what it replies to.")
    ancestors = _list(body.get("ancestors"))
    parent = _referred(call, ancestors[-1], "ancestors") if ancestors else None
    if parent is not None and not isinstance(parent, Comment):
        raise bad_request("Only a comment can be above a comment.")
    inline = _object(_object(body.get("extensions")).get("inlineProperties"))
    selection = text_field(inline, "originalSelection") if inline else None
    location = parent.location if parent else "inline" if selection else "footer"
    storage = storage_field(body)
    return talk_editor(call).comment(target, storage, location=location, parent=parent, selection=selection)


@ROUTES.put("/content/{id}")
def edit(call: Call) -> Answer:
    """The next version of a content, which ``version.number`` must name; with ``ancestors`` it moves too.

    A page or blog post in the trash is brought back, and nothing else of it is changed.
    """
    record, body = visible_record(call), call.json()
    content, (number, message) = _editable(call, record), version_field(body)
    if isinstance(record, Comment):
        talk_editor(call).edit_comment(record, storage_field(body), number=number, message=message)
        return _answer(call, record)
    if isinstance(record, Attachment):
        raise bad_request("The bytes of an attachment are changed at its own address.")
    title = title_field(body) if "title" in body else content.title
    storage = storage_field(body) if "body" in body else content.current.body
    if content.status == "trashed":
        title, storage = content.title, content.current.body
    editor(call).publish(content, title, storage, number=number, message=message)
    parent = _parent(call, body)
    if parent is not None and parent.content_id != content.parent_id:
        editor(call).move(content, parent_id=parent.content_id, space_id=parent.space_id)
    return _answer(call, content)


@ROUTES.delete("/content/{id}")
def delete(call: Call) -> Answer:
    """A content to the trash, and with ``status=trashed`` from there for good; a comment for good at once."""
    record, purge = visible_record(call), call.one("status") == "trashed"
    content = _editable(call, record)
    if isinstance(record, Comment):
        talk_editor(call).delete_comment(record)
    elif isinstance(record, Attachment):
        talk_editor(call).delete_attachment(record, purge=purge)
    elif purge:
        editor(call).purge(content)
    else:
        _demand_not_trashed(content)
        editor(call).trash(content)
    return Answer(status=204)


def _demand_not_trashed(content: Content) -> None:
    if content.status == "trashed":
        raise not_found(f"No content found with id: ContentId{{id={content.content_id}}}")


# -- labels and restrictions ---------------------------------------------------------------------------------


def _labelled(call: Call) -> Content | Attachment:
    record = visible_record(call)
    _editable(call, record)
    if isinstance(record, Comment):
        raise bad_request("Comments have no labels.")
    return record


@ROUTES.post("/content/{id}/label")
def add_labels(call: Call) -> Answer:
    """Put labels on a content; the answer is all it has."""
    target, body = _labelled(call), json_value(call)
    for item in body if isinstance(body, list) else [body]:
        if not isinstance(item, dict):
            raise bad_request("A label is an object with a prefix and a name.")
        editor(call).add_labels(target, [text_field(item, "name")], str(item.get("prefix") or "global"))
    return listed(call, target.labels, shapes(call).label, limit=200)


@ROUTES.delete("/content/{id}/label")
def remove_label(call: Call) -> Answer:
    """Take the label ``name`` off a content."""
    editor(call).remove_label(_labelled(call), call.one("name") or "")
    return Answer(status=204)


@ROUTES.delete("/content/{id}/label/{label}")
def remove_named_label(call: Call) -> Answer:
    """Take a label off a content."""
    editor(call).remove_label(_labelled(call), call.path_params["label"])
    return Answer(status=204)


@ROUTES.put("/content/{id}/restriction")
def restrict(call: Call) -> Answer:
    """Replace what is restricted, for the operations and the kinds of principal that are there, users or groups."""
    record, body = visible_record(call), json_value(call)
    content = _editable(call, record)
    if not isinstance(body, list):
        raise bad_request("A list of restrictions is needed.")
    for item in body:
        operation = text_field(_object(item), "operation")
        known = dict(restrictions_of(content)).get(operation)
        if known is None:
            raise bad_request(f"Operation key '{operation}' is not supported")
        editor(call).restrict(content, operation, _wanted(call, _object(item.get("restrictions")), known))
    number, shaper = number_of(record), shapes(call)
    now = [shaper.restriction(name, restriction, number, _BOTH) for name, restriction in restrictions_of(content)]
    return listed(call, now, lambda item: item, limit=len(now))


def _wanted(call: Call, held: Json, known: Restriction) -> Restriction:
    users, groups = list(known.users), list(known.groups)
    if "user" in held:
        users = [_user_key(call, _object(user)) for user in _list(held["user"])]
    if "group" in held:
        groups = [text_field(_object(group), "name") for group in _list(held["group"])]
    missing = [name for name in groups if name not in call.world.store.groups]
    if missing:
        raise not_found(f"No group found with name : {missing[0]}")
    return Restriction(users, groups)


def _user_key(call: Call, reference: Json) -> str:
    for user in call.world.store.users.values():
        if reference.get("userKey") == user.account_id or reference.get("username") == user.login_name:
            return user.account_id
    raise not_found("No user found for a restriction")


# -- files ---------------------------------------------------------------------------------------------------


@ROUTES.post("/content/{id}/child/attachment")
def attach(call: Call) -> Answer:
    """Files onto a content; one whose name is there already becomes the next version with ``allowDuplicated``."""
    content = _editable(call, visible_record(call))
    files, comment = _upload(call)
    known = {call.world.store.attachments[number].title for number in content.attachments}
    taken = [part.filename for part in files if part.filename in known]
    if taken and not call.flag("allowDuplicated"):
        raise bad_request(f"Cannot add a new attachment with same file name as an existing attachment: {taken[0]}")
    change = talk_editor(call)
    stored = [change.attach(content, part.filename or "unnamed", part.media_type, part.data, comment) for part in files]
    shaper, expand = content_shapes(call), read_expand("version,container,metadata")
    return listed(call, stored, lambda file: shaper.content(file, expand), limit=200)


def _upload(call: Call) -> tuple[list[Part], str]:
    if call.headers.get("x-atlassian-token", "").lower() not in ("no-check", "nocheck"):
        raise ApiError(403, "XSRF check failed")
    parts = read_form(call.headers.get("content-type"), call.body)
    files = [part for part in parts if part.name == "file"]
    if not files:
        raise bad_request("The form has no field 'file'.")
    comments = [part.data.decode(errors="replace") for part in parts if part.name == "comment"]
    return files, comments[0] if comments else ""


# -- spaces --------------------------------------------------------------------------------------------------


@ROUTES.post("/space")
def create_space(call: Call) -> Answer:
    """A new space, with a home page."""
    body = call.json()
    described = _object(_object(body.get("description")).get("plain"))
    key, name = text_field(body, "key"), text_field(body, "name")
    space = editor(call).create_space(key, name, str(described.get("value", "")))
    return Answer(content_shapes(call).space_of(space.space_id, {}))


@ROUTES.delete("/space/{spaceKey}")
def delete_space(call: Call) -> Answer:
    """A space and all it holds, for good and at once; on a real server the answer is a task that is still running."""
    editor(call).delete_space(administered_space(call))
    return Answer({"id": "0", "links": {"status": "/rest/api/longtask/0"}}, 202)


@ROUTES.put("/space/{spaceKey}/archive")
def archive_space(call: Call) -> Answer:
    """A space into the archive; its pages stay current."""
    editor(call).set_space_status(administered_space(call), "archived")
    return Answer(status=204)


@ROUTES.put("/space/{spaceKey}/restore")
def restore_space(call: Call) -> Answer:
    """A space back from the archive."""
    editor(call).set_space_status(administered_space(call), "current")
    return Answer(status=204)
