"""Records as v1 writes them: what is not expanded is named under ``_expandable`` instead."""

from collections.abc import Collection, Sequence
from typing import Any

from confluence_pipeline.site.model import (
    Content,
    Group,
    Label,
    Restriction,
    Space,
    User,
    Version,
    restrictions_of,
)
from confluence_pipeline.site.store import Store

Json = dict[str, Any]

_PICTURE = {"path": "/wiki/aa-avatar/default", "width": 48, "height": 48, "isDefault": True}


def anonymous() -> Json:
    """Return the user that v1 shows to a caller who is not logged in."""
    return {
        "type": "anonymous",
        "profilePicture": _PICTURE,
        "displayName": "Anonymous",
        "operations": [],
        "_expandable": {"operations": ""},
        "_links": {},
    }


def user(store: Store, account_id: str) -> Json:
    """Return a v1 ``User``; of a deleted account only the id is left."""
    record = store.users.get(account_id)
    if record is None:
        return {
            "type": "known",
            "accountId": account_id,
            "accountType": "",
            "email": "",
            "publicName": "Former user (Deleted)",
            "displayName": "Former user (Deleted)",
            "profilePicture": _PICTURE,
            "isExternalCollaborator": False,
            "_expandable": {"operations": "", "personalSpace": ""},
            "_links": {},
        }
    return _known_user(record)


def _known_user(record: User) -> Json:
    return {
        "type": "known",
        "accountId": record.account_id,
        "accountType": record.account_type if record.account_type != "customer" else "",
        "email": record.email if record.email_visible else "",
        "publicName": record.display_name,
        "displayName": record.display_name,
        "timeZone": record.time_zone,
        "profilePicture": _PICTURE,
        "isExternalCollaborator": record.account_type == "customer",
        "_expandable": {"operations": "", "personalSpace": ""},
        "_links": {"self": f"/wiki/rest/api/user?accountId={record.account_id}"},
    }


def group(record: Group) -> Json:
    """Return a v1 ``Group``."""
    return {"type": "group", "name": record.name, "id": record.group_id, "_links": {}}


def label(record: Label) -> Json:
    """Return a v1 ``Label``."""
    return {"prefix": record.prefix, "name": record.name, "id": str(record.label_id), "label": record.name}


def page_of(results: Sequence[Json], *, start: int = 0, limit: int = 200) -> Json:
    """Return a v1 list that is part of something else: at most ``limit`` of the results, from ``start`` on."""
    shown = list(results[start : start + limit])
    return {"results": shown, "start": start, "limit": limit, "size": len(shown), "_links": {}}


def space(record: Space) -> Json:
    """Return a v1 ``Space`` with nothing expanded."""
    expandable = (
        "settings",
        "metadata",
        "operations",
        "lookAndFeel",
        "permissions",
        "icon",
        "description",
        "theme",
        "history",
        "homepage",
        "identifiers",
    )
    return {
        "id": record.space_id,
        "key": record.key,
        "alias": record.key,
        "name": record.name,
        "type": record.space_type,
        "status": record.status,
        "_expandable": dict.fromkeys(expandable, ""),
        "_links": {"webui": f"/spaces/{record.key}", "self": f"/wiki/rest/api/space/{record.key}"},
    }


def version(store: Store, record: Version) -> Json:
    """Return a v1 ``Version``."""
    return {
        "by": user(store, record.author_id),
        "when": record.created_at,
        "friendlyWhen": record.created_at[:10],
        "message": record.message,
        "number": record.number,
        "minorEdit": record.minor_edit,
        "contentTypeModified": False,
        "_expandable": {"content": "", "collaborators": ""},
        "_links": {},
    }


MOST_PRINCIPALS = 100
"""How many users, and how many groups, a restriction shows at once (v1 specification, default of ``limit``)."""


def restriction(
    store: Store,
    operation: str,
    record: Restriction,
    content_id: int,
    *,
    parts: Collection[str] = ("user", "group"),
    start: int = 0,
    limit: int = MOST_PRINCIPALS,
) -> Json:
    """Return a v1 ``ContentRestriction`` with its users and groups; both empty: unrestricted at this level.

    Args:
        store: knows users and groups by id.
        operation: ``read`` or ``update``.
        record: who is named.
        content_id: what is restricted.
        parts: which of ``user`` and ``group`` to show; the others are named under ``_expandable``.
        start: from which user and group on.
        limit: at most so many of each.
    """
    named = {
        "user": [user(store, account) for account in record.users],
        "group": [group(store.groups[known]) for known in record.groups if known in store.groups],
    }
    shown = {part: page_of(named[part], start=start, limit=limit) for part in named if part in parts}
    at = f"/rest/api/content/{content_id}"
    return {
        "operation": operation,
        "restrictions": {**shown, "_expandable": {part: "" for part in named if part not in parts}},
        "_expandable": {"content": at},
        "_links": {"self": f"/wiki{at}/restriction/byOperation/{operation}"},
    }


def restrictions_by_operation(
    store: Store, content: Content, *, start: int = 0, limit: int = MOST_PRINCIPALS
) -> dict[str, Json]:
    """Return the restrictions of both operations by name, as ``restriction/byOperation`` answers."""
    return {
        operation: restriction(store, operation, record, content.content_id, start=start, limit=limit)
        for operation, record in restrictions_of(content)
    }
