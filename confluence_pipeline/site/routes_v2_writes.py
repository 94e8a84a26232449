"""v2: creating, editing and deleting pages, blog posts and the other tree nodes."""

from confluence_pipeline.site import shapes_v2
from confluence_pipeline.site.bodies import id_field, storage_field, text_field, title_field, version_field
from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.editing import Editor
from confluence_pipeline.site.editing_talk import TalkEditor
from confluence_pipeline.site.errors import ApiError, bad_request, not_found
from confluence_pipeline.site.model import NODE_TYPES, Content
from confluence_pipeline.site.routes_v2_contents import visible_content, visible_space
from confluence_pipeline.site.routing import Routes
from confluence_pipeline.site.shapes_v2 import Json
from confluence_pipeline.site.visibility import may_edit

ROUTES = Routes("/wiki/api/v2")

TREE_TYPES = ("page", "folder", "whiteboard", "database", "embed")


def editor(call: Call) -> Editor:
    """Return the caller as somebody who changes contents; 403 for the anonymous visitor."""
    return Editor(call.world.store, _account(call))


def talk_editor(call: Call) -> TalkEditor:
    """Return the caller as somebody who comments and attaches files; 403 for the anonymous visitor."""
    return TalkEditor(call.world.store, _account(call))


def _account(call: Call) -> str:
    if call.viewer.account_id is None:
        raise ApiError(403, "Current user not permitted to make changes")
    return call.viewer.account_id


def editable_content(call: Call, content_id: int, *node_types: str) -> Content:
    """Return a content that the caller may change; 404 when they may not see it, 403 when only that."""
    content = visible_content(call, content_id, *node_types)
    if not may_edit(call.world.store, call.viewer, content):
        raise ApiError(403, "Current user not permitted to edit this content")
    return content


def _shape(call: Call, content: Content) -> Json:
    item = shapes_v2.content(call.world.store, content, "storage")
    item.pop("subtype", None)
    return item


# -- pages and blog posts ------------------------------------------------------------------------------------


@ROUTES.post("/pages")
def create_page(call: Call) -> Answer:
    """A new page: below ``parentId``, at the root with ``root-level=true``, else below the home page."""
    return _create(call, "page")


@ROUTES.post("/blogposts")
def create_blog_post(call: Call) -> Answer:
    """A new blog post."""
    return _create(call, "blogpost")


def _create(call: Call, node_type: str) -> Answer:
    body = call.json()
    space_id = id_field(body, "spaceId")
    if space_id is None:
        raise bad_request("'spaceId' is missing.")
    space = visible_space(call, space_id)
    status = body.get("status", "current")
    if status not in ("current", "draft"):
        raise bad_request("'status' must be current or draft.")
    parent_id = None
    if node_type == "page" and not call.flag("root-level"):
        parent_id = _parent(call, id_field(body, "parentId")) or space.homepage_id
    title, storage = title_field(body), storage_field(body)
    content = editor(call).create(node_type, space, title, storage, parent_id=parent_id, status=status)
    return Answer(_shape(call, content))


def _parent(call: Call, parent_id: int | None) -> int | None:
    if parent_id is not None:
        visible_content(call, parent_id, *TREE_TYPES)
    return parent_id


@ROUTES.put("/pages/{id}")
def edit_page(call: Call) -> Answer:
    """A page's next version; with another ``parentId`` or ``spaceId`` it moves too, from the trash it returns."""
    return _edit(call, "page")


@ROUTES.put("/blogposts/{id}")
def edit_blog_post(call: Call) -> Answer:
    """A blog post's next version."""
    return _edit(call, "blogpost")


def _edit(call: Call, node_type: str) -> Answer:
    content = editable_content(call, call.path_id(), node_type)
    body, change = call.json(), editor(call)
    status, title = text_field(body, "status"), title_field(body)
    storage = storage_field(body, largest=2**63) if "body" in body else content.current.body
    if status == "draft":
        change.keep_draft(content, title, storage)
    elif status == "current":
        number, message = version_field(body)
        change.publish(content, title, storage, number=number, message=message)
        _move_too(call, content, body, change)
    else:
        raise bad_request("'status' must be current or draft.")
    return Answer(_shape(call, content))


def _move_too(call: Call, content: Content, body: Json, change: Editor) -> None:
    parent_id = id_field(body, "parentId")
    space_id = id_field(body, "spaceId") or content.space_id
    if space_id != content.space_id:
        visible_space(call, space_id)
    if parent_id is not None and parent_id != content.parent_id and content.node_type == "page":
        target = visible_content(call, parent_id, *TREE_TYPES)
        change.move(content, parent_id=parent_id, space_id=target.space_id)
    elif space_id != content.space_id:
        change.move(content, parent_id=call.world.store.spaces[space_id].homepage_id, space_id=space_id)


@ROUTES.put("/pages/{id}/title")
def rename_page(call: Call) -> Answer:
    """A page's title alone; a rename is a version."""
    content = editable_content(call, call.path_id(), "page")
    body = call.json()
    change, number = editor(call), content.current.number + 1
    change.edit(content, title_field(body), content.current.body, number=number, message="")
    return Answer(_shape(call, content))


@ROUTES.delete("/pages/{id}")
def delete_page(call: Call) -> Answer:
    """A page to the trash; ``purge=true`` from there for good; ``draft=true`` its draft."""
    return _delete(call, "page")


@ROUTES.delete("/blogposts/{id}")
def delete_blog_post(call: Call) -> Answer:
    """A blog post, as a page."""
    return _delete(call, "blogpost")


def _delete(call: Call, node_type: str) -> Answer:
    content = editable_content(call, call.path_id(), node_type)
    change = editor(call)
    if call.flag("draft"):
        if content.status != "draft" and content.draft is None:
            raise not_found()
        change.discard_draft(content)
    elif call.flag("purge"):
        change.purge(content)
    elif content.status in ("trashed", "draft"):
        raise not_found()
    else:
        change.trash(content)
    return Answer(status=204)


# -- folders, whiteboards, databases, embeds -----------------------------------------------------------------


def _register_tree_node(node_type: str) -> None:
    @ROUTES.post(f"/{node_type}s")
    def create(call: Call) -> Answer:
        body = call.json()
        space_id = id_field(body, "spaceId")
        if space_id is None:
            raise bad_request("'spaceId' is missing.")
        space = visible_space(call, space_id)
        parent_id = _parent(call, id_field(body, "parentId"))
        title = title_field(body)
        node = editor(call).create(node_type, space, title, "", parent_id=parent_id, status="current")
        node.embed_url = body.get("embedUrl")
        return Answer(shapes_v2.tree_node(call.world.store, node))

    @ROUTES.delete(f"/{node_type}s/{{id}}")
    def delete(call: Call) -> Answer:
        node = editable_content(call, call.path_id(), node_type)
        editor(call).trash(node)
        return Answer(status=204)


for _node_type in NODE_TYPES[2:]:
    _register_tree_node(_node_type)
