"""The truth about spaces, pages, blog posts, their versions and facts, and the other nodes of the page tree."""

import hashlib
import json
from collections.abc import Iterator

from confluence_pipeline.site.model import Content, Label, Version
from confluence_pipeline.site.truth.addresses import content_url, space_url
from confluence_pipeline.site.truth.eyes import IN_TABLES, Eyes, Row, text_id


def spaces(eyes: Eyes) -> Iterator[Row]:
    """Yield the rows of ``spaces``; labels as ``prefix:name``, sorted."""
    for space in eyes.spaces():
        yield {
            "space_id": str(space.space_id),
            "space_key": space.key,
            "name": space.name,
            "type": space.space_type,
            "status": space.status,
            "homepage_id": text_id(space.homepage_id),
            "description": space.description,
            "author_id": space.author_id,
            "owner_id": space.author_id,
            "current_active_alias": space.key,
            "created_at": space.created_at,
            "web_url": space_url(eyes, space.key),
            "labels": _label_names(space.labels),
        }


def pages(eyes: Eyes) -> Iterator[Row]:
    """Yield the rows of ``pages``, of every status."""
    for page in eyes.contents("page"):
        yield {
            **_both(eyes, page),
            "page_id": str(page.content_id),
            "subtype": "page",
            "owner_id": page.owner_id,
            **_place(eyes, page),
        }


def blog_posts(eyes: Eyes) -> Iterator[Row]:
    """Yield the rows of ``blog_posts``, of every status; the API tells no owner of a blog post."""
    for post in eyes.contents("blogpost"):
        yield {**_both(eyes, post), "blog_post_id": str(post.content_id), "owner_id": None}


def tree_nodes(eyes: Eyes) -> Iterator[Row]:
    """Yield the rows of ``tree_nodes``, of every status."""
    for node in eyes.contents("folder", "whiteboard", "database", "embed"):
        facts = _both(eyes, node)
        body = ("body_storage", "body_sha256", "version_message", "minor_edit")
        yield {
            **{name: value for name, value in facts.items() if name not in body},
            "node_id": str(node.content_id),
            "owner_id": node.owner_id,
            "embed_url": node.embed_url,
            **_place(eyes, node),
        }


def page_versions(eyes: Eyes) -> Iterator[Row]:
    """Yield the rows of ``page_versions``, bodies included."""
    for content in eyes.table_contents("page", "blogpost"):
        for version in content.versions:
            yield {
                **_on(eyes, content),
                "version_number": version.number,
                "author_id": version.author_id,
                "created_at": version.created_at,
                "message": version.message,
                "minor_edit": version.minor_edit,
                **body_of(version),
            }


def properties(eyes: Eyes) -> Iterator[Row]:
    """Yield the rows of ``properties``; the value is JSON, keys sorted."""
    for content in eyes.table_contents("page", "blogpost"):
        for held in content.properties:
            yield {
                **_on(eyes, content),
                "key": held.key,
                "property_id": str(held.property_id),
                "value": json.dumps(held.value, sort_keys=True, ensure_ascii=False),
                "version_number": held.version.number,
            }


def likes(eyes: Eyes) -> Iterator[Row]:
    """Yield the rows of ``likes``."""
    for content in eyes.table_contents("page", "blogpost"):
        for account_id in content.likes:
            yield {**_on(eyes, content), "account_id": account_id}


def views(eyes: Eyes) -> Iterator[Row]:
    """Yield the rows of ``views``, without ``as_of``, which is the reader's; nothing counts them on a Data Center."""
    if eyes.installation:
        return
    for content in eyes.table_contents("page", "blogpost"):
        view_count, viewer_count = eyes.store.views.get(content.content_id, (0, 0))
        yield {**_on(eyes, content), "view_count": view_count, "viewer_count": viewer_count}


def body_of(version: Version) -> Row:
    """Return the columns of a body."""
    body = version.body
    return {"body_storage": body, "body_sha256": hashlib.sha256(body.encode()).hexdigest()}


def _on(eyes: Eyes, content: Content) -> Row:
    return {
        "content_id": str(content.content_id),
        "content_type": content.node_type,
        "space_key": eyes.key_of(content),
    }


def _both(eyes: Eyes, content: Content) -> Row:
    last = content.versions[-1]
    return {
        "content_id": str(content.content_id),
        "type": content.node_type,
        "space_id": str(content.space_id),
        "space_key": eyes.key_of(content),
        "title": last.title,
        "status": content.status,
        "author_id": content.author_id,
        "created_at": content.created_at,
        "version_number": last.number,
        "version_author_id": last.author_id,
        "updated_at": last.created_at,
        "version_message": last.message,
        "minor_edit": last.minor_edit,
        "web_url": content_url(eyes, content),
        "labels": _label_names(content.labels),
        **body_of(last),
    }


def _place(eyes: Eyes, content: Content) -> Row:
    ids: list[str] = []
    titles: list[str | None] = []
    parent_id = content.parent_id
    while parent_id is not None:
        above = eyes.store.contents.get(parent_id)
        is_read = above is not None and above.status in IN_TABLES and eyes.content(above)
        ids.insert(0, str(parent_id))
        titles.insert(0, above.versions[-1].title if above and is_read else None)
        parent_id = above.parent_id if above and is_read else None
    parent = eyes.store.contents.get(content.parent_id or -1)
    return {
        "parent_id": text_id(content.parent_id),
        "parent_type": parent.node_type if parent else None,
        "position": content.position,
        "depth": len(ids),
        "ancestor_ids": ids,
        "ancestor_titles": titles,
    }


def _label_names(labels: list[Label]) -> list[str]:
    return sorted(f"{label.prefix}:{label.name}" for label in labels)
