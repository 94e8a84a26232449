"""What a call to a Data Center is about: contents, comments, attachments and spaces that the caller may see."""

from collections.abc import Collection, Iterator, Mapping

from confluence_pipeline.site.call import Call
from confluence_pipeline.site.data_center.paging import installation
from confluence_pipeline.site.data_center.shapes import Shapes
from confluence_pipeline.site.data_center.shapes_content import ContentShapes
from confluence_pipeline.site.errors import ApiError, not_found
from confluence_pipeline.site.model import Attachment, Comment, Content, Space
from confluence_pipeline.site.shapes_v1_content import Record
from confluence_pipeline.site.store import Store
from confluence_pipeline.site.visibility import may_see, may_see_attachment, may_see_comment, may_see_space

_STATUSES = ("current", "trashed", "historical", "draft", "any")


def shapes(call: Call) -> Shapes:
    """Return what writes the small records of the site that is asked."""
    return Shapes(call.world.store, installation(call), call.world.base_url)


def content_shapes(call: Call) -> ContentShapes:
    """Return what writes contents for the caller."""
    return ContentShapes(shapes(call), call.viewer)


def demand_user(call: Call) -> str:
    """Return the caller's user key; 403 for the visitor."""
    if call.viewer.account_id is None:
        raise ApiError(403, "Not permitted to use confluence")
    return call.viewer.account_id


def statuses(call: Call) -> frozenset[str]:
    """Return the statuses asked for: ``current`` unless said otherwise; ``any`` is current and trashed."""
    asked = call.choices("status", _STATUSES, ("current",))
    return asked | {"current", "trashed"} if "any" in asked else asked


def found(store: Store, number: int) -> Record | None:
    """Return whatever has an id."""
    return store.contents.get(number) or store.comments.get(number) or store.attachments.get(number)


def is_visible(call: Call, record: Record) -> bool:
    """Tell whether the caller may see a content, comment or attachment."""
    store, viewer = call.world.store, call.viewer
    if isinstance(record, Content):
        return may_see(store, viewer, record)
    if record.content_id not in store.contents:
        return False
    if isinstance(record, Comment):
        return may_see_comment(store, viewer, record)
    return may_see_attachment(store, viewer, record)


def status_of(store: Store, record: Record) -> str:
    """Return a record's status; a comment is always current."""
    if isinstance(record, Content):
        return record.status
    return store.attachment_status(record) if isinstance(record, Attachment) else "current"


def visible_record(call: Call, name: str = "id") -> Record:
    """Return the content, comment or attachment that the path names; 404 where there is none for the caller."""
    text = call.path_params[name]
    number = int(text) if text.isascii() and text.isdecimal() else -1
    record = found(call.world.store, number)
    if record is None or not is_visible(call, record):
        raise not_found(f"No content found with id: ContentId{{id={text}}}")
    return record


def visible_space(call: Call) -> Space:
    """Return the space that the path names by its key; 404 where there is none for the caller."""
    key = call.path_params["spaceKey"]
    space = call.world.store.space_by_key(key)
    if space is None or not may_see_space(call.viewer, space):
        raise not_found(f"No space with key : {key}")
    return space


def administered_space(call: Call) -> Space:
    """Return the space that the path names; 403 for whoever may not administer it."""
    space = visible_space(call)
    granted = {grant.principal for grant in space.grants if grant.allowed == ("administer", "space")}
    if not (call.viewer.is_admin or space.author_id == call.viewer.account_id or granted & call.viewer.principals):
        raise ApiError(403, f"User is not permitted to administer the space {space.key}")
    return space


def visible_ids(call: Call, kind: str, space_key: str | None, wanted: Collection[str]) -> list[int]:
    """Return the ids, ascending, of what is of a kind and a status in one space, or in all, for the caller.

    Args:
        call: the request.
        kind: ``page``, ``blogpost``, ``comment`` or ``attachment``.
        space_key: in which space; None for all of them.
        wanted: which statuses.
    """
    store = call.world.store
    key = ("visible", kind, space_key, frozenset(wanted), call.viewer.account_id)
    return store.derived(key, lambda: sorted(_visible_ids(call, kind, space_key, wanted)))


def _visible_ids(call: Call, kind: str, space_key: str | None, wanted: Collection[str]) -> Iterator[int]:
    store = call.world.store
    records: Mapping[str, Mapping[int, Record]] = {"comment": store.comments, "attachment": store.attachments}
    for number, record in records.get(kind, store.contents).items():
        if isinstance(record, Content) and record.node_type != kind:
            continue
        if status_of(store, record) not in wanted or not is_visible(call, record):
            continue
        owner = record if isinstance(record, Content) else store.contents[record.content_id]
        if space_key in (None, store.spaces[owner.space_id].key):
            yield number
