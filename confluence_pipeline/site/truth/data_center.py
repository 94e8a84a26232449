"""What is told otherwise of a Data Center: addresses, and facts that its API has in no answer.

Written apart from the code that answers, as all of the truth is.
"""

from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from confluence_pipeline.site.data_center.installation import Installation
from confluence_pipeline.site.model import Attachment, Comment, Content, Grant, Space

Row = dict[str, object]

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 -_.!~*'(),$@<>[]{}|^`=")
UNTOLD = {
    "spaces": ("owner_id", "current_active_alias"),
    "pages": ("owner_id", "subtype"),
    "blog_posts": ("owner_id", "subtype"),
    "attachments": ("file_id",),
    "users": ("public_name", "account_type", "email", "time_zone", "is_external_collaborator"),
}
"""By kind, the columns that are null because no answer of the API has them."""


def told(kind: str, row: Row) -> Row:
    """Return a row as far as a Data Center tells it; of an account only whether it is in use, or gone."""
    if kind == "users" and row["account_status"] == "unknown":
        return row
    row = {**row, **{name: None for name in UNTOLD.get(kind, ()) if name in row}}
    if kind == "users":
        row["account_status"] = "active" if row["account_status"] == "active" else "inactive"
    return row


def permission_id(space: Space, grant: Grant) -> str:
    """Return what a grant is known by, which has no id: all that it says."""
    named = (str(space.space_id), grant.principal_type, grant.principal_id, grant.operation, grant.target_type)
    return ":".join(named)


def space_url(base_url: str, installation: Installation, key: str) -> str:
    """Return the address of a space."""
    return f"{base_url}/{'spaces' if installation.names_pages_by_id else 'display'}/{key}"


def content_url(base_url: str, installation: Installation, key: str, content: Content) -> str:
    """Return the address of a page or blog post."""
    is_post, number = content.node_type == "blogpost", content.content_id
    zone = ZoneInfo(installation.time_zone)
    day = datetime.fromisoformat(content.created_at).astimezone(zone).strftime("%Y/%m/%d")
    title = content.versions[-1].title
    if installation.names_pages_by_id:
        words = "".join(letter for letter in title if letter.isalnum() or letter.isspace() or letter in "_.-").split()
        way = f"blog/{day}" if is_post else "pages"
        return f"{base_url}/spaces/{key}/{way}/{number}/{_plus(' '.join(words))}"
    if title in (".", "..") or not _PLAIN.issuperset(title):
        return f"{base_url}/pages/viewpage.action?pageId={number}"
    return f"{base_url}/display/{key}/{day + '/' if is_post else ''}{_plus(title)}"


def _plus(title: str) -> str:
    return quote(title, safe=" ").replace(" ", "+")


def _joined(address: str, query: str) -> str:
    return address + ("&" if "?" in address else "?") + query


def attachment_url(owner_url: str, file: Attachment) -> str:
    """Return the address of what an attachment is on, with a preview of it."""
    name = quote(file.versions[-1].title, safe="")
    return _joined(owner_url, f"preview=%2F{file.content_id}%2F{file.attachment_id}%2F{name}")


def comment_url(target_url: str, comment: Comment) -> str:
    """Return the address of what a comment is on, opened at the comment."""
    number = comment.comment_id
    return _joined(target_url, f"focusedCommentId={number}#comment-{number}")


def download_url(base_url: str, file: Attachment) -> str:
    """Return where the bytes of an attachment are."""
    last = file.versions[-1]
    milliseconds = round(datetime.fromisoformat(last.created_at).timestamp() * 1000)
    name = quote(last.title, safe="")
    query = f"version={len(file.versions)}&modificationDate={milliseconds}&api=v2"
    return f"{base_url}/download/attachments/{file.content_id}/{name}?{query}"
