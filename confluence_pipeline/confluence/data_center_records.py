"""From what a Data Center answers to plain records.

People are named by their user key, which stays when a user is renamed; the user name is kept in the users' records.
Groups have no id but their name. There is one resource for contents of every type.
"""

from dataclasses import dataclass
from urllib.parse import quote

from confluence_pipeline.confluence.answers import Json
from confluence_pipeline.confluence.calls import V1
from confluence_pipeline.confluence.parsing import moment, optional_text, web_url
from confluence_pipeline.confluence.records import (
    BodyRecord,
    ContentRecord,
    ContentType,
    SpaceRecord,
    UserRecord,
)

USERS = f"{V1}/user"
CONTENT_PARTS = ("space", "history", "version", "ancestors")
"""What is to be expanded of a content to tell all that a record holds."""
BODY_PART = "body.storage"
SPACE_PARTS = ("description.plain", "homepage")

_STATUSES = {"current": "active", "deactivated": "inactive", "unknown": "unknown"}


@dataclass(frozen=True)
class DataCenterRecords:
    """Reads spaces, contents and users.

    Attributes:
        base: The site's base URL, for the records' addresses.
    """

    base: str

    def space(self, data: Json) -> SpaceRecord:
        """Return the space of an item of ``space``, with :data:`SPACE_PARTS` expanded."""
        return SpaceRecord(
            space_id=str(data["id"]),
            key=data["key"],
            name=data.get("name") or "",
            type=data.get("type"),
            status=data.get("status"),
            homepage_id=optional_text((data.get("homepage") or {}).get("id")),
            description=((data.get("description") or {}).get("plain") or {}).get("value"),
            author_id=user_key(data.get("creator")),
            owner_id=None,
            current_active_alias=None,
            created_at=moment(data.get("creationDate")),
            web_url=web_url(self.base, data),
            source_url=f"{self.base}{V1}/space/{quote(data['key'], safe='~')}",
        )

    def content(self, content_type: ContentType, data: Json) -> ContentRecord:
        """Return the page or blog post of a ``Content`` with :data:`CONTENT_PARTS` expanded."""
        version, history, above = data["version"], data["history"], data.get("ancestors") or []
        return ContentRecord(
            content_id=str(data["id"]),
            content_type=content_type,
            space_id=str(data["space"]["id"]),
            status=data["status"],
            title=data.get("title") or "",
            subtype=None,
            parent_id=str(above[-1]["id"]) if above else None,
            parent_type=(above[-1].get("type") or "page") if above else None,
            position=_position(data),
            author_id=user_key(history.get("createdBy")),
            owner_id=None,
            created_at=moment(history.get("createdDate")),
            version_number=int(version["number"]),
            version_author_id=user_key(version.get("by")),
            updated_at=moment(version.get("when")),
            version_message=version.get("message"),
            minor_edit=version.get("minorEdit"),
            web_url=web_url(self.base, data),
            source_url=content_url(self.base, str(data["id"])),
        )

    def body(self, content_type: ContentType, data: Json) -> BodyRecord:
        """Return the page or blog post with its body, which must be there; it may be empty."""
        return BodyRecord(self.content(content_type, data), str(data["body"]["storage"]["value"]))

    def user(self, data: Json) -> UserRecord:
        """Return the user of an answer of ``user``, with ``status`` expanded."""
        status = data.get("status")
        return UserRecord(
            account_id=data["userKey"],
            display_name=data.get("displayName"),
            public_name=None,
            account_type=None,
            account_status=_STATUSES.get(status, status) if isinstance(status, str) else None,
            email=data.get("email") or None,
            time_zone=None,
            is_external_collaborator=None,
            source_url=f"{self.base}{USERS}",
            username=data.get("username"),
        )


def user_key(person: Json | None) -> str | None:
    """Return the user key of a ``Person``; None for an anonymous one."""
    return (person or {}).get("userKey")


def content_url(base: str, content_id: str) -> str:
    """Return the resource of a content of any type."""
    return f"{base}{content_path(content_id)}"


def content_path(content_id: str) -> str:
    """Return the resource of a content of any type, below the base."""
    return f"{V1}/content/{content_id}"


def _position(data: Json) -> int | None:
    """Return where a page stands among its siblings; one that nobody ever moved has ``none``, a blog post -1."""
    told = data.get("position", (data.get("extensions") or {}).get("position"))
    return told if isinstance(told, int) and told >= 0 else None
