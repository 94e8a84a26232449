"""v1: the bytes of attachments, down and up.

A download is a redirect (302) to a signed address on another origin that works for a short while and refuses a
caller's credentials. The links that v1 and v2 answers hold, ``/download/attachments/…``, answer API tokens with
401 since 2026 (CHANGE-2735, CHANGE-3007).
"""

from confluence_pipeline.site.call import Answer, Call, read_id
from confluence_pipeline.site.errors import ApiError, bad_request, not_found
from confluence_pipeline.site.media import signed_path
from confluence_pipeline.site.model import Attachment
from confluence_pipeline.site.multipart import Part, read_form
from confluence_pipeline.site.routes_v1_people import offset_page
from confluence_pipeline.site.routes_v2_contents import visible_content
from confluence_pipeline.site.routes_v2_writes import editable_content, talk_editor
from confluence_pipeline.site.routing import Routes
from confluence_pipeline.site.shapes_v1 import Json
from confluence_pipeline.site.shapes_v1_content import ContentShaper, Expand

ROUTES = Routes("/wiki/rest/api")
LEGACY_ROUTES = Routes("/wiki/download")

_AT = "/content/{id}/child/attachment"
_TYPES = ("page", "blogpost")


def _attachment(call: Call) -> Attachment:
    content = visible_content(call, call.path_id(), *_TYPES)
    number = read_id(call.path_params["attachmentId"].removeprefix("att"), "attachmentId")
    attachment = call.world.store.attachments.get(number)
    if attachment is None or attachment.content_id != content.content_id:
        raise not_found("Attachment not found")
    return attachment


@ROUTES.get(f"{_AT}/{{attachmentId}}/download")
def download(call: Call) -> Answer:
    """The way to an attachment's bytes, of its newest version or of ``version``."""
    attachment = _attachment(call)
    version = call.integer("version", attachment.current.number, low=1, high=2**31 - 1) or 0
    if version > len(attachment.versions):
        raise not_found("Attachment version not found")
    return Answer(status=302, headers={"Location": call.world.media_url + signed_path(call.world, attachment, version)})


@LEGACY_ROUTES.get("/attachments/{id}/{filename}")
def legacy_download(call: Call) -> Answer:
    """The old link: refused to API tokens."""
    realm = call.world.base_url
    raise ApiError(401, "Unauthorized", headers={"WWW-Authenticate": f'OAuth realm="{realm}"'})


@LEGACY_ROUTES.get("/thumbnails/{id}/{filename}")
def legacy_thumbnail(call: Call) -> Answer:
    """The old link of a preview: refused to API tokens."""
    return legacy_download(call)


def _upload(call: Call) -> tuple[list[Part], str]:
    if call.headers.get("x-atlassian-token", "").lower() not in ("no-check", "nocheck"):
        raise ApiError(403, "XSRF check failed")
    parts = read_form(call.headers.get("content-type"), call.body)
    files = [part for part in parts if part.name == "file"]
    if not files:
        raise bad_request("The form has no field 'file'.")
    comments = [part.data.decode(errors="replace") for part in parts if part.name == "comment"]
    return files, comments[0] if comments else ""


def _results(call: Call, attachments: list[Attachment]) -> Answer:
    shaper = ContentShaper(call.world.store, call.viewer)
    expand: Expand = {"version": {}, "container": {}, "metadata": {}}
    items: list[Json] = [shaper.content(attachment, expand) for attachment in attachments]
    return Answer(offset_page(call, items, default=200))


@ROUTES.post(_AT)
def attach(call: Call) -> Answer:
    """Files onto a content; 400 where one with that name is there already."""
    content = editable_content(call, call.path_id(), *_TYPES)
    files, comment = _upload(call)
    known = {call.world.store.attachments[number].title for number in content.attachments}
    taken = [part.filename for part in files if part.filename in known]
    if taken:
        raise bad_request(f"Cannot add a new attachment with same file name as an existing attachment: {taken[0]}")
    return _store(call, files, comment)


@ROUTES.put(_AT)
def attach_or_update(call: Call) -> Answer:
    """Files onto a content, as new versions of those that have the same name."""
    editable_content(call, call.path_id(), *_TYPES)
    return _store(call, *_upload(call))


def _store(call: Call, files: list[Part], comment: str) -> Answer:
    content = editable_content(call, call.path_id(), *_TYPES)
    change = talk_editor(call)
    stored = [change.attach(content, part.filename or "unnamed", part.media_type, part.data, comment) for part in files]
    return _results(call, stored)


@ROUTES.post(f"{_AT}/{{attachmentId}}/data")
def new_version(call: Call) -> Answer:
    """A new version of an attachment."""
    attachment = _attachment(call)
    editable_content(call, attachment.content_id, *_TYPES)
    files, comment = _upload(call)
    talk_editor(call).attach_version(attachment, files[0].data, files[0].media_type, comment)
    shaper = ContentShaper(call.world.store, call.viewer)
    return Answer(shaper.content(attachment, {"version": {}, "container": {}, "metadata": {}}))
