"""Where a person finds things in a browser, and a program the bytes of a file."""

from urllib.parse import quote_plus

from confluence_pipeline.site.model import Attachment, Comment, Content
from confluence_pipeline.site.truth import data_center
from confluence_pipeline.site.truth.eyes import Eyes


def space_url(eyes: Eyes, key: str) -> str:
    """Return the address of a space."""
    if eyes.installation:
        return data_center.space_url(eyes.base_url, eyes.installation, key)
    return f"{eyes.base_url}/spaces/{key}"


def content_url(eyes: Eyes, content: Content) -> str:
    """Return the address of a page, blog post or other node: with a blog post's day, and a title but for nodes."""
    if eyes.installation:
        return data_center.content_url(eyes.base_url, eyes.installation, eyes.key_of(content), content)
    kind, number = content.node_type, str(content.content_id)
    if kind == "page":
        parts = ["pages", number, _title(content)]
    elif kind == "blogpost":
        parts = ["blog", *content.created_at[:10].split("-"), number, _title(content)]
    else:
        parts = [kind, number]
    return "/".join([space_url(eyes, eyes.key_of(content)), *parts])


def _title(content: Content) -> str:
    return quote_plus(content.title, safe="+")


def attachment_url(eyes: Eyes, file: Attachment) -> str:
    """Return the address of a preview of an attachment."""
    if eyes.installation:
        return data_center.attachment_url(content_url(eyes, eyes.store.contents[file.content_id]), file)
    preview = quote_plus(f"/{file.content_id}/{file.attachment_id}/") + quote_plus(file.title).replace("+", "%20")
    return f"{eyes.base_url}/pages/viewpageattachments.action?pageId={file.content_id}&preview={preview}"


def comment_url(eyes: Eyes, comment: Comment, content: Content, file: Attachment | None) -> str:
    """Return the address of what a comment is on, opened at the comment."""
    if eyes.installation:
        return data_center.comment_url(attachment_url(eyes, file) if file else content_url(eyes, content), comment)
    where = f"focusedCommentId={comment.comment_id}"
    return f"{attachment_url(eyes, file)}&{where}" if file else f"{content_url(eyes, content)}?{where}"


def download_url(eyes: Eyes, file: Attachment) -> str:
    """Return the resource that leads to the bytes of an attachment."""
    if eyes.installation:
        return data_center.download_url(eyes.base_url, file)
    at = f"{eyes.base_url}/rest/api/content/{file.content_id}/child/attachment"
    return f"{at}/att{file.attachment_id}/download"
