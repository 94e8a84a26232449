"""v2: attachments, listed, single and deleted; their bytes come by v1, see :mod:`routes_v1_attachments`."""

from collections.abc import Iterable

from confluence_pipeline.site import shapes_v2
from confluence_pipeline.site.call import Answer, Call, read_id
from confluence_pipeline.site.errors import not_found
from confluence_pipeline.site.listing import list_answer, sort_of
from confluence_pipeline.site.media import signed_path
from confluence_pipeline.site.model import Attachment
from confluence_pipeline.site.routes_v2_contents import visible_content
from confluence_pipeline.site.routes_v2_labels import labels_answer
from confluence_pipeline.site.routes_v2_writes import editable_content, talk_editor
from confluence_pipeline.site.routing import Routes
from confluence_pipeline.site.shapes_v2 import sublist
from confluence_pipeline.site.sorting import dated_value
from confluence_pipeline.site.store import Ordering
from confluence_pipeline.site.visibility import may_see_attachment

ROUTES = Routes("/wiki/api/v2")

_STATUSES = ("current", "archived", "trashed")
_DEFAULT_LIMIT = 50
_SORTS = ("created-date", "modified-date", "id")


def visible_attachment(call: Call, name: str = "id") -> Attachment:
    """Return the attachment that the path names, ``att123`` or ``123``; 404 when the caller sees none there."""
    return attachment_seen(call, call.path_params[name], name)


def attachment_seen(call: Call, attachment_id: str, name: str) -> Attachment:
    """Return the attachment with an id that was given under a name; 404 when the caller sees none there."""
    number = read_id(attachment_id.removeprefix("att"), name)
    attachment = call.world.store.attachments.get(number)
    if attachment is None or not may_see_attachment(call.world.store, call.viewer, attachment):
        raise not_found()
    return attachment


def _list(call: Call, attachments: Iterable[Attachment], key: object) -> Answer:
    sort, descending = sort_of(call, _SORTS)
    statuses = call.choices("status", _STATUSES, ("current", "archived"))
    media_type, filename = call.one("mediaType"), call.one("filename")
    store = call.world.store

    def keep(number: int) -> bool:
        known = store.attachments[number]
        return (
            media_type in (None, known.media_type)
            and filename in (None, known.title)
            and store.attachment_status(known) in statuses
            and may_see_attachment(store, call.viewer, known)
        )

    def build() -> list[tuple[object, int]]:
        return [(dated_value(known, sort), known.attachment_id) for known in attachments]

    ordering = Ordering(build()) if key is None else store.ordering((key, sort), build)
    return list_answer(
        call,
        ordering,
        keep,
        lambda number: shapes_v2.attachment(store, store.attachments[number]),
        descending=descending,
        limit=call.limit(_DEFAULT_LIMIT),
    )


@ROUTES.get("/attachments")
def attachments(call: Call) -> Answer:
    """All attachments of the site."""
    return _list(call, call.world.store.attachments.values(), "attachments")


def _content_attachments(call: Call, node_type: str) -> Answer:
    content = visible_content(call, call.path_id(), node_type)
    known = call.world.store.attachments
    return _list(call, [known[number] for number in content.attachments], None)


@ROUTES.get("/pages/{id}/attachments")
def page_attachments(call: Call) -> Answer:
    """A page's attachments."""
    return _content_attachments(call, "page")


@ROUTES.get("/blogposts/{id}/attachments")
def blog_post_attachments(call: Call) -> Answer:
    """A blog post's attachments."""
    return _content_attachments(call, "blogpost")


@ROUTES.get("/attachments/{id}")
def attachment(call: Call) -> Answer:
    """One attachment, in its newest version or another."""
    record = visible_attachment(call)
    number = call.integer("version", low=1, high=2**31 - 1)
    if number is not None and number > len(record.versions):
        raise not_found()
    shown = None if number is None else record.versions[number - 1]
    item = shapes_v2.attachment(call.world.store, record, shown)
    parts = {
        "labels": [shapes_v2.label(label) for label in record.labels],
        "properties": [shapes_v2.content_property(known) for known in record.properties],
        "operations": [{"operation": "read", "targetType": "attachment"}],
        "versions": [shapes_v2.version(version) for version in reversed(record.versions)],
    }
    for name, records in parts.items():
        if call.flag(f"include-{name}"):
            item[name] = sublist(records, f"{call.path}/{name}")
    if not call.flag("include-version", default=True):
        del item["version"]
    return Answer(item)


@ROUTES.get("/attachments/{id}/labels")
def attachment_labels(call: Call) -> Answer:
    """An attachment's labels."""
    return labels_answer(call, visible_attachment(call).labels)


@ROUTES.get("/attachments/{id}/thumbnail/download")
def thumbnail(call: Call) -> Answer:
    """The way to an attachment's preview, which on this site is the file itself."""
    record = visible_attachment(call)
    version = call.integer("version", record.current.number, low=1, high=len(record.versions)) or 1
    return Answer(status=302, headers={"Location": call.world.media_url + signed_path(call.world, record, version)})


@ROUTES.delete("/attachments/{id}")
def delete_attachment(call: Call) -> Answer:
    """An attachment to the trash, or with ``purge=true`` from there for good."""
    record = visible_attachment(call)
    editable_content(call, record.content_id, "page", "blogpost")
    talk_editor(call).delete_attachment(record, purge=call.flag("purge"))
    return Answer(status=204)
