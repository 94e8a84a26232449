"""The truth about a site, to judge readers of its API by.

Written apart from the API's own code: straight from the records, with permissions worked out anew in the simplest
way. Nothing here pages, caches or knows of HTTP. There is a kind for every table that mirrors the site, with the
columns of that table as far as the site can know them: no Markdown, no text, no stamps.

Rows are of what tables hold, which is current and archived, in spaces that can be seen; only ``pages``,
``blog_posts``, ``tree_nodes`` and ``attachments``, whose rows tell their status, are of every status.
"""

import json
from collections.abc import Callable, Iterator, Mapping

from confluence_pipeline.site.data_center.installation import Installation
from confluence_pipeline.site.store import Store
from confluence_pipeline.site.truth import access, contents, people, talk, tasks
from confluence_pipeline.site.truth.data_center import told
from confluence_pipeline.site.truth.eyes import Eyes, Row

__all__ = ["KINDS", "truth_lines"]

_ROWS: Mapping[str, Callable[[Eyes], Iterator[Row]]] = {
    "spaces": contents.spaces,
    "pages": contents.pages,
    "blog_posts": contents.blog_posts,
    "page_versions": contents.page_versions,
    "tree_nodes": contents.tree_nodes,
    "comments": talk.comments,
    "attachments": talk.attachments,
    "labels": talk.labels,
    "users": people.users,
    "groups": access.groups,
    "group_members": access.group_members,
    "space_permissions": access.space_permissions,
    "restrictions": access.restrictions,
    "effective_access": access.effective_access,
    "tasks": tasks.tasks,
    "properties": contents.properties,
    "likes": contents.likes,
    "views": contents.views,
}
_encode = json.JSONEncoder(ensure_ascii=False).encode
KINDS = tuple(_ROWS)
"""What there is truth about."""


def truth_lines(
    store: Store, kind: str, account: str | None, base_url: str = "", installation: Installation | None = None
) -> Iterator[bytes]:
    """Yield the rows of a kind as lines of JSON: all, or those that ``account`` may see.

    Args:
        store: what there is.
        kind: one of :data:`KINDS`.
        account: an account id, on a Data Center a user key; None sees all.
        base_url: what addresses begin with: the site's own, with ``/wiki`` or the context path.
        installation: what a Data Center is, of which the truth is what it can tell; None is Cloud.
    """
    for row in _ROWS[kind](Eyes.of(store, account, base_url, installation)):
        yield _encode(row if installation is None else told(kind, row)).encode() + b"\n"
