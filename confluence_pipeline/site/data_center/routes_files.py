"""The bytes of attachments of a Data Center, at the address that their ``download`` link has."""

from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.data_center.finding import is_visible
from confluence_pipeline.site.errors import ApiError
from confluence_pipeline.site.media import file_answer
from confluence_pipeline.site.model import Attachment
from confluence_pipeline.site.routing import Routes

ROUTES = Routes("/download")


@ROUTES.get("/attachments/{id}/{filename:path}")
def download(call: Call) -> Answer:
    """A version of an attachment, the newest unless ``version`` says otherwise, or the part that a range asks for."""
    file = _file(call)
    version = call.integer("version", file.current.number, low=1, high=2**31 - 1) or 0
    if version > len(file.versions):
        raise ApiError(404, "Attachment version not found")
    return file_answer(file.files[version - 1], file.media_type, call.headers.get("range"))


def _file(call: Call) -> Attachment:
    store, name = call.world.store, call.path_params["filename"]
    content = store.contents.get(call.path_id())
    for number in content.attachments if content is not None else ():
        file = store.attachments[number]
        if file.title == name and file.status == "current" and is_visible(call, file):
            return file
    raise ApiError(404, f"No attachment '{name}' on the content {call.path_params['id']}")
