"""v2: footer and inline comments, read and written.

A page's, blog post's or attachment's list holds top-level comments only; replies are asked for level by level with
``children``. The lists over the whole site hold both. Attachments have footer comments only.
"""

from collections.abc import Callable, Iterable

from confluence_pipeline.site import shapes_v2
from confluence_pipeline.site.bodies import id_field, storage_field, text_field, version_field
from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.errors import ApiError, bad_request, not_found
from confluence_pipeline.site.listing import list_answer, sort_of
from confluence_pipeline.site.model import Attachment, Comment, Content
from confluence_pipeline.site.routes_v2_attachments import attachment_seen, visible_attachment
from confluence_pipeline.site.routes_v2_contents import visible_content
from confluence_pipeline.site.routes_v2_writes import talk_editor
from confluence_pipeline.site.routing import Handler, Routes
from confluence_pipeline.site.shapes_v2 import Json, sublist
from confluence_pipeline.site.sorting import dated_value
from confluence_pipeline.site.store import Ordering
from confluence_pipeline.site.visibility import may_see_comment

ROUTES = Routes("/wiki/api/v2")

LOCATIONS = ("footer", "inline")
_SORTS = ("created-date", "modified-date", "id")
_STATUSES = ("current", "archived", "trashed", "deleted", "historical", "draft")
_RESOLUTIONS = ("resolved", "open", "dangling", "reopened")


def visible_comment(call: Call, location: str | None, name: str = "id") -> Comment:
    """Return the comment that the path names; 404 when there is none there, or none the caller may see."""
    comment = call.world.store.comments.get(call.path_id(name))
    if comment is None or location not in (None, comment.location):
        raise not_found()
    if not may_see_comment(call.world.store, call.viewer, comment):
        raise not_found()
    return comment


def _answer(call: Call, comments: Iterable[Comment], *, keep: Callable[[Comment], bool]) -> Answer:
    sort, descending = sort_of(call, _SORTS)
    body_format = call.choice("body-format", shapes_v2.BULK_FORMATS)
    store = call.world.store
    return list_answer(
        call,
        Ordering([(dated_value(comment, sort), comment.comment_id) for comment in comments]),
        lambda number: keep(store.comments[number]),
        lambda number: shapes_v2.comment(store, store.comments[number], body_format),
        descending=descending,
    )


def _site_list(location: str) -> Handler:
    def handler(call: Call) -> Answer:
        sort, descending = sort_of(call, _SORTS)
        body_format = call.choice("body-format", shapes_v2.BULK_FORMATS)
        store = call.world.store

        def build() -> list[tuple[object, int]]:
            known = store.comments.values()
            return [
                (dated_value(comment, sort), comment.comment_id) for comment in known if comment.location == location
            ]

        return list_answer(
            call,
            store.ordering(("comments", location, sort), build),
            lambda number: may_see_comment(store, call.viewer, store.comments[number]),
            lambda number: shapes_v2.comment(store, store.comments[number], body_format),
            descending=descending,
        )

    return handler


def _content_list(node_type: str, location: str) -> Handler:
    def handler(call: Call) -> Answer:
        content = visible_content(call, call.path_id(), node_type)
        statuses = call.choices("status", _STATUSES, ("current",))
        resolutions = call.choices("resolution-status", _RESOLUTIONS, _RESOLUTIONS)
        comments = (call.world.store.comments[number] for number in content.comments)
        top = [known for known in comments if known.location == location and known.parent_id is None]
        return _answer(
            call,
            top if "current" in statuses and content.status in ("current", "archived") else [],
            keep=lambda comment: location == "footer" or comment.resolution_status in resolutions,
        )

    return handler


def _attachment_comments(call: Call) -> Answer:
    attachment = visible_attachment(call)
    comments = (call.world.store.comments[number] for number in attachment.comments)
    shown = attachment.status == "current"
    return _answer(call, [known for known in comments if shown and known.parent_id is None], keep=lambda _: True)


def _children(location: str) -> Handler:
    def handler(call: Call) -> Answer:
        comment = visible_comment(call, location)
        replies = [call.world.store.comments[number] for number in comment.children]
        return _answer(call, replies, keep=lambda _: True)

    return handler


def _single(location: str) -> Handler:
    def handler(call: Call) -> Answer:
        body_format = call.choice("body-format", shapes_v2.SINGLE_FORMATS)
        comment = visible_comment(call, location, "comment-id")
        number = call.integer("version", low=1, high=2**31 - 1)
        shown = None
        if number is not None:
            shown = next((known for known in comment.versions if known.number == number), None)
            if shown is None:
                raise not_found()
        item = shapes_v2.comment(call.world.store, comment, body_format, shown)
        _add_includes(call, comment, item)
        return Answer(item)

    return handler


def _add_includes(call: Call, comment: Comment, item: Json) -> None:
    parts: dict[str, list[Json]] = {
        "operations": comment_operations(call, comment),
        "likes": [{"accountId": account} for account in comment.likes],
        "versions": [shapes_v2.version(version) for version in reversed(comment.versions)],
    }
    for name, records in parts.items():
        if call.flag(f"include-{name}"):
            item[name] = sublist(records, f"{call.path}/{name}")
    if call.flag("include-properties"):
        held = sublist([shapes_v2.content_property(known) for known in comment.properties], call.path)
        item["properties"] = {**item.get("properties", {}), **held}
    if not call.flag("include-version", default=True):
        del item["version"]


def comment_operations(call: Call, comment: Comment) -> list[Json]:
    """Return what the caller may do with a comment."""
    mine = comment.versions[0].author_id == call.viewer.account_id
    allowed = ["read", "update", "delete"] if mine else ["read"]
    return [{"operation": operation, "targetType": "comment"} for operation in allowed]


# -- writes --------------------------------------------------------------------------------------------------


def _create(location: str) -> Handler:
    def handler(call: Call) -> Answer:
        body = call.json()
        parent = _parent(call, location, id_field(body, "parentCommentId"))
        target = call.world.store.commented(parent) if parent else _target(call, location, body)
        selection = None
        if location == "inline" and parent is None:
            selection = _selection(target, body)
        comment = talk_editor(call).comment(
            target, storage_field(body), location=location, parent=parent, selection=selection
        )
        return Answer(shapes_v2.comment(call.world.store, comment, "storage"), 201)

    return handler


def _parent(call: Call, location: str, number: int | None) -> Comment | None:
    if number is None:
        return None
    comment = call.world.store.comments.get(number)
    if comment is None or comment.location != location:
        raise not_found()
    if not may_see_comment(call.world.store, call.viewer, comment):
        raise not_found()
    return comment


def _target(call: Call, location: str, body: Json) -> Content | Attachment:
    attachment_id = body.get("attachmentId")
    if attachment_id is not None and location == "footer":
        return attachment_seen(call, str(attachment_id), "attachmentId")
    for field, node_type in (("pageId", "page"), ("blogPostId", "blogpost")):
        number = id_field(body, field)
        if number is not None:
            return visible_content(call, number, node_type)
    raise bad_request("One of pageId, blogPostId, attachmentId and parentCommentId is needed.")


def _selection(target: Content | Attachment, body: Json) -> str:
    properties = body.get("inlineCommentProperties")
    if not isinstance(properties, dict):
        raise bad_request("'inlineCommentProperties' is missing.")
    selection = text_field(properties, "textSelection")
    if selection not in target.current.body:
        raise bad_request("'textSelection' is not in the body.")
    return selection


def _edit(location: str) -> Handler:
    def handler(call: Call) -> Answer:
        comment = visible_comment(call, location, "comment-id")
        _demand_own(call, comment)
        body, change = call.json(), talk_editor(call)
        number, message = version_field(body)
        text = storage_field(body) if "body" in body else comment.current.body
        change.edit_comment(comment, text, number=number, message=message)
        if location == "inline" and "resolved" in body:
            change.resolve(comment, resolved=bool(body["resolved"]))
        return Answer(shapes_v2.comment(call.world.store, comment, "storage"))

    return handler


def _demand_own(call: Call, comment: Comment) -> None:
    # Resolving is open to everybody who sees the comment; changing its text is its author's.
    mine = comment.versions[0].author_id == call.viewer.account_id
    if not mine and not call.viewer.is_admin and "body" in call.json():
        raise ApiError(403, "Current user not permitted to edit this comment")


def _delete(location: str) -> Handler:
    def handler(call: Call) -> Answer:
        comment = visible_comment(call, location, "comment-id")
        if comment.versions[0].author_id != call.viewer.account_id and not call.viewer.is_admin:
            raise ApiError(403, "Current user not permitted to delete this comment")
        talk_editor(call).delete_comment(comment)
        return Answer(status=204)

    return handler


ROUTES.get("/attachments/{id}/footer-comments")(_attachment_comments)
for _location in LOCATIONS:
    _at = f"/{_location}-comments"
    ROUTES.get(_at)(_site_list(_location))
    ROUTES.post(_at)(_create(_location))
    ROUTES.get(f"/pages/{{id}}{_at}")(_content_list("page", _location))
    ROUTES.get(f"/blogposts/{{id}}{_at}")(_content_list("blogpost", _location))
    ROUTES.get(f"{_at}/{{comment-id}}")(_single(_location))
    ROUTES.put(f"{_at}/{{comment-id}}")(_edit(_location))
    ROUTES.delete(f"{_at}/{{comment-id}}")(_delete(_location))
    ROUTES.get(f"{_at}/{{id}}/children")(_children(_location))
