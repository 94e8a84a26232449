"""People, groups, spaces, versions and restrictions as a Data Center writes them.

Links in ``_expandable`` are paths without the context path; ``_links.self`` is a whole address.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from confluence_pipeline.site import shapes_v1
from confluence_pipeline.site.data_center.installation import Installation
from confluence_pipeline.site.model import Group, Label, Restriction, Space, User, Version
from confluence_pipeline.site.shapes_v1 import Json
from confluence_pipeline.site.shapes_v1_content import Expand
from confluence_pipeline.site.store import Store

_PICTURE = {"path": "/images/icons/profilepics/default.svg", "width": 48, "height": 48, "isDefault": True}
_REST = "/rest/api"
MOST_PRINCIPALS = 200
"""How many users, and how many groups, an expanded restriction shows (example of the official document)."""


class Shapes:
    """Writes the small records of one site.

    Args:
        store: what there is.
        installation: how the server writes times and addresses.
        base_url: the site's address with the context path.
    """

    def __init__(self, store: Store, installation: Installation, base_url: str) -> None:
        self.store = store
        self.installation = installation
        self.base_url = base_url

    def at(self, path: str) -> Json:
        """Return the ``_links`` of something below ``/rest/api``."""
        return {"self": f"{self.base_url}{_REST}{path}"}

    def time(self, wire_time: str) -> str:
        """Write a stored time in the server's zone."""
        return self.installation.time(wire_time)

    # -- people --------------------------------------------------------------------------------------------------

    def anonymous(self) -> Json:
        """Return the visitor who is not logged in."""
        return {"type": "anonymous", "profilePicture": _PICTURE, "displayName": "Anonymous"}

    def user(self, key: str, expand: Expand | None = None) -> Json:
        """Return a user; somebody whose account is gone is ``unknown``, with nothing but the key.

        Args:
            key: the user key.
            expand: with ``status`` in it, whether the account is still in use is told.
        """
        record = self.store.users.get(key)
        if record is None:
            name = f"Unknown User ({key})"
            return {"type": "unknown", "username": "", "userKey": key, "profilePicture": _PICTURE, "displayName": name}
        shown: Json = {
            "type": "known",
            "username": record.login_name,
            "userKey": key,
            "profilePicture": _PICTURE,
            "displayName": record.display_name,
            "_links": self.at(f"/user?key={quote(key)}"),
            "_expandable": {"status": ""},
        }
        return {**shown, "status": _status(record), "_expandable": {}} if "status" in (expand or {}) else shown

    def group(self, record: Group) -> Json:
        """Return a group, which has a name and no id."""
        links = self.at(f"/group/{quote(record.name, safe='')}")
        return {"type": "group", "name": record.name, "_links": links, "_expandable": {}}

    # -- parts of contents ---------------------------------------------------------------------------------------

    def version(self, record: Version, content_id: int, *, content: Json | None = None) -> Json:
        """Return a version of a content, comment or attachment, with the content itself if it is given."""
        links = {"self": f"{self.base_url}/rest/experimental/content/{content_id}/version/{record.number}"}
        shown = {
            "by": self.user(record.author_id),
            "when": self.time(record.created_at),
            "message": record.message,
            "number": record.number,
            "minorEdit": record.minor_edit,
            "hidden": False,
            "_links": links,
            "_expandable": {} if content else {"content": f"{_REST}/content/{content_id}"},
        }
        return {**shown, "content": content} if content else shown

    def label(self, record: Label) -> Json:
        """Return a label."""
        return {**shapes_v1.label(record), "_links": self.at(f"/label/{quote(record.name, safe='')}")}

    def restriction(
        self,
        operation: str,
        record: Restriction,
        content_id: int,
        expand: Expand,
        *,
        start: int = 0,
        limit: int = MOST_PRINCIPALS,
    ) -> Json:
        """Return who alone may do an operation on a content.

        Args:
            operation: ``read`` or ``update``.
            record: who is named.
            content_id: what is restricted.
            expand: which of ``user`` and ``group`` to show, the others are named under ``_expandable``.
            start: from which user and group on.
            limit: at most so many of each.
        """
        groups = (self.store.groups[name] for name in record.groups if name in self.store.groups)
        named: dict[str, Sequence[Json]] = {
            "user": [self.user(key) for key in record.users],
            "group": [self.group(group) for group in groups],
        }
        shown: Json = {part: _part(named[part], start=start, limit=limit) for part in named if part in expand}
        shown["_expandable"] = {part: "" for part in named if part not in expand}
        return {
            "operation": operation,
            "restrictions": shown,
            "_links": self.at(f"/content/{content_id}/restriction/byOperation/{operation}"),
            "_expandable": {"content": f"{_REST}/content/{content_id}"},
        }

    # -- spaces --------------------------------------------------------------------------------------------------

    def space(self, record: Space, expand: Expand, homepage: Json | None = None) -> Json:
        """Return a space with the parts in ``expand``; the home page, shaped already, where it was asked for."""
        shown: Json = {
            "id": record.space_id,
            "key": record.key,
            "name": record.name,
            "status": record.status,
            "type": record.space_type,
            "creator": self.user(record.author_id),
            "creationDate": self.time(record.created_at),
            "lastModifier": self.user(record.author_id),
            "lastModificationDate": self.time(record.created_at),
        }
        if "description" in expand:
            shown["description"] = _description(record, expand["description"])
        if "metadata" in expand:
            shown["metadata"] = self._space_metadata(record, expand["metadata"])
        if homepage is not None:
            shown["homepage"] = homepage
        parts = {"metadata": "", "icon": "", "description": "", "retentionPolicy": ""}
        if record.homepage_id is not None:
            parts["homepage"] = f"{_REST}/content/{record.homepage_id}"
        shown["_links"] = {"webui": self.space_path(record), **self.at(f"/space/{quote(record.key)}")}
        shown["_expandable"] = {part: path for part, path in parts.items() if part not in shown}
        return shown

    def space_path(self, record: Space) -> str:
        """Return the ``webui`` link of a space."""
        way = "spaces" if self.installation.names_pages_by_id else "display"
        return f"/{way}/{quote(record.key)}"

    def _space_metadata(self, record: Space, expand: Expand) -> Json:
        if "labels" not in expand:
            return {"_expandable": {"labels": ""}}
        return {"labels": _part([self.label(label) for label in record.labels]), "_expandable": {}}


def _status(record: User) -> str:
    return "current" if record.account_status == "active" else "deactivated"


def _description(record: Space, expand: Expand) -> Json:
    shown: Json = {
        form: {"value": record.description, "representation": form, "_expandable": {}}
        for form in ("plain", "view")
        if form in expand
    }
    return {**shown, "_expandable": {form: "" for form in ("plain", "view") if form not in expand}}


def _part(results: Sequence[Json], *, start: int = 0, limit: int = MOST_PRINCIPALS) -> Json:
    page: dict[str, Any] = shapes_v1.page_of(results, start=start, limit=limit)
    page.pop("_links")
    return page
