"""v1: the changes that v2 has no endpoint for: labels, moving, archiving, and spaces."""

from typing import Any

from confluence_pipeline.site import shapes_v1
from confluence_pipeline.site.bodies import json_value, text_field
from confluence_pipeline.site.call import Answer, Call, read_id
from confluence_pipeline.site.errors import ApiError, bad_request, not_found
from confluence_pipeline.site.model import Attachment, Content, Space
from confluence_pipeline.site.routes_v1_people import demand_user, offset_page
from confluence_pipeline.site.routes_v2_contents import visible_content
from confluence_pipeline.site.routes_v2_writes import TREE_TYPES, editable_content, editor
from confluence_pipeline.site.routing import Routes
from confluence_pipeline.site.visibility import may_see_space

ROUTES = Routes("/wiki/rest/api")

_MOST_ARCHIVED = 300


# -- labels --------------------------------------------------------------------------------------------------


def _labelled(call: Call) -> Content | Attachment:
    store = call.world.store
    number = read_id(call.path_params["id"].removeprefix("att"), "id")
    attachment = store.attachments.get(number)
    if attachment is not None:
        editable_content(call, attachment.content_id, "page", "blogpost")
        return attachment
    return editable_content(call, number, "page", "blogpost")


def _label_list(call: Call, target: Content | Attachment | Space) -> Answer:
    return Answer(offset_page(call, [shapes_v1.label(label) for label in target.labels], default=200))


@ROUTES.post("/content/{id}/label")
def add_labels(call: Call) -> Answer:
    """Put labels on a content; the answer is all it has."""
    target = _labelled(call)
    for prefix, name in _wanted(call):
        editor(call).add_labels(target, [name], prefix)
    return _label_list(call, target)


def _wanted(call: Call) -> list[tuple[str, str]]:
    body = json_value(call)
    items: list[dict[str, Any]] = body if isinstance(body, list) else [body]
    if not all(isinstance(item, dict) for item in items):
        raise bad_request("A list of labels is needed, each with a prefix and a name.")
    return [(str(item.get("prefix") or "global"), text_field(item, "name")) for item in items]


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


# -- moving and archiving ------------------------------------------------------------------------------------


@ROUTES.put("/content/{pageId}/move/{position}/{targetId}")
def move(call: Call) -> Answer:
    """A page before or after another, or below it as its last child."""
    content = editable_content(call, call.path_id("pageId"), *TREE_TYPES)
    target = visible_content(call, call.path_id("targetId"), *TREE_TYPES)
    change, position = editor(call), call.path_params["position"]
    if position == "append":
        change.move(content, parent_id=target.content_id, space_id=target.space_id)
    elif position in ("before", "after"):
        change.move_beside(content, target, after=position == "after")
    else:
        raise bad_request("The position must be before, after or append.")
    return Answer({"pageId": str(content.content_id)})


@ROUTES.post("/content/archive")
def archive(call: Call) -> Answer:
    """Archive pages, at once; on the real service the answer is a task that is still running."""
    pages = call.json().get("pages")
    if not isinstance(pages, list) or not 0 < len(pages) <= _MOST_ARCHIVED:
        raise bad_request(f"'pages' must be a list of 1 to {_MOST_ARCHIVED} ids.")
    ids = [read_id(str(page.get("id") if isinstance(page, dict) else page), "id") for page in pages]
    contents = [editable_content(call, number, "page") for number in ids]
    if any(content.status != "current" for content in contents):
        raise bad_request("Only current pages can be archived.")
    editor(call).set_status(contents, "archived")
    return _long_task(call, "archive")


def _long_task(call: Call, name: str) -> Answer:
    store = call.world.store
    task_id = str(store.stable_uuid(f"task/{name}/{store.revision}"))
    return Answer({"id": task_id, "links": {"status": f"/rest/api/longtask/{task_id}"}}, 202)


@ROUTES.get("/longtask/{id}")
def long_task(call: Call) -> Answer:
    """A long task, which is always done: this site does at once what it is asked."""
    demand_user(call)
    return Answer(
        {
            "id": call.path_params["id"],
            "name": {"key": "done", "args": []},
            "elapsedTime": 1,
            "percentageComplete": 100,
            "successful": True,
            "finished": True,
            "messages": [],
            "_links": {},
        }
    )


# -- spaces --------------------------------------------------------------------------------------------------


def _space(call: Call) -> Space:
    space = call.world.store.space_by_key(call.path_params["spaceKey"])
    if space is None or not may_see_space(call.viewer, space):
        raise not_found(f"No space with key : {call.path_params['spaceKey']}")
    return space


def own_space(call: Call) -> Space:
    """Return the space that the path names; 403 for whoever neither made it nor is an administrator."""
    space = _space(call)
    if space.author_id != call.viewer.account_id and not call.viewer.is_admin:
        raise ApiError(403, "Current user not permitted to administer this space")
    return space


@ROUTES.post("/space")
def create_space(call: Call) -> Answer:
    """A new space, with a home page."""
    body = call.json()
    described = (body.get("description") or {}).get("plain") or {}
    space = editor(call).create_space(
        text_field(body, "key"), text_field(body, "name"), str(described.get("value", ""))
    )
    return Answer(shapes_v1.space(space))


@ROUTES.put("/space/{spaceKey}")
def edit_space(call: Call) -> Answer:
    """A space's name or status, ``current`` or ``archived``."""
    space, body = own_space(call), call.json()
    status = str(body.get("status") or space.status).lower()
    if status not in ("current", "archived"):
        raise bad_request("'status' must be current or archived.")
    editor(call).set_space_status(space, status)
    space.name = str(body.get("name") or space.name)
    return Answer(shapes_v1.space(space))


@ROUTES.delete("/space/{spaceKey}")
def delete_space(call: Call) -> Answer:
    """A space and all it holds, for good."""
    editor(call).delete_space(own_space(call))
    return _long_task(call, "delete-space")


@ROUTES.get("/space/{spaceKey}/label")
def space_labels(call: Call) -> Answer:
    """A space's labels."""
    return _label_list(call, _space(call))


@ROUTES.post("/space/{spaceKey}/label")
def add_space_labels(call: Call) -> Answer:
    """Put labels on a space; ``team`` is the prefix of its categories."""
    space = own_space(call)
    for prefix, name in _wanted(call):
        editor(call).add_labels(space, [name], prefix)
    return _label_list(call, space)


@ROUTES.delete("/space/{spaceKey}/label")
def remove_space_label(call: Call) -> Answer:
    """Take the label ``name`` off a space."""
    editor(call).remove_label(own_space(call), call.one("name") or "")
    return Answer(status=204)
