"""Where contents of a Data Center are in a browser, and files for a program: paths below the context path."""

import re
from urllib.parse import quote, quote_plus

from confluence_pipeline.site.clock import epoch_milliseconds
from confluence_pipeline.site.data_center.installation import Installation
from confluence_pipeline.site.model import Attachment, Comment, Content, Version
from confluence_pipeline.site.store import Store

_UNSAFE = re.compile(r"[^\x20-\x7e]|[+?%&\"/\\;#:]|^\.{1,2}$")
_NOT_IN_A_SLUG = re.compile(r"[^\w\s.-]+")


def content_path(store: Store, installation: Installation, content: Content) -> str:
    """Return the ``webui`` link of a page or blog post.

    Where it is ``/display/KEY/Title``, a title with characters that an address cannot hold makes it the address by
    id, ``/pages/viewpage.action?pageId=…``.
    """
    key = quote(store.spaces[content.space_id].key)
    day = installation.time(content.created_at)[:10].replace("-", "/")
    if installation.names_pages_by_id:
        middle = f"blog/{day}" if content.node_type == "blogpost" else "pages"
        return f"/spaces/{key}/{middle}/{content.content_id}/{_slug(content.title)}"
    if _UNSAFE.search(content.title):
        return f"/pages/viewpage.action?pageId={content.content_id}"
    parts = [key, day] if content.node_type == "blogpost" else [key]
    return "/".join(["/display", *parts, quote_plus(content.title)])


def _slug(title: str) -> str:
    return quote_plus(" ".join(_NOT_IN_A_SLUG.sub("", title).split()))


def attachment_path(store: Store, installation: Installation, file: Attachment) -> str:
    """Return the ``webui`` link of an attachment: its page with a preview open."""
    owner = store.contents[file.content_id]
    preview = quote(f"/{owner.content_id}/{file.attachment_id}/{file.title}", safe="")
    return _with(content_path(store, installation, owner), f"preview={preview}")


def comment_path(store: Store, installation: Installation, comment: Comment) -> str:
    """Return the ``webui`` link of a comment: what it is on, opened at the comment."""
    if comment.attachment_id is None:
        target = content_path(store, installation, store.contents[comment.content_id])
    else:
        target = attachment_path(store, installation, store.attachments[comment.attachment_id])
    number = comment.comment_id
    return _with(target, f"focusedCommentId={number}#comment-{number}")


def _with(path: str, query: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}{query}"


def download_path(file: Attachment, version: Version) -> str:
    """Return the ``download`` link of a version of an attachment."""
    modified = epoch_milliseconds(version.created_at)
    name = quote(version.title, safe="")
    return f"/download/attachments/{file.content_id}/{name}?version={version.number}&modificationDate={modified}&api=v2"
