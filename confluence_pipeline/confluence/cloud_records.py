"""From what Confluence Cloud answers to plain records."""

from confluence_pipeline.confluence.answers import Json
from confluence_pipeline.confluence.parsing import moment, optional_text, web_url
from confluence_pipeline.confluence.records import (
    BodyRecord,
    ContentRecord,
    ContentType,
    SpaceRecord,
    UserRecord,
)

V2 = "/api/v2"
USERS = f"{V2}/users-bulk"
COLLECTIONS: dict[ContentType, str] = {"page": "pages", "blogpost": "blogposts"}


class CloudRecords:
    """Reads items of API v2.

    Args:
        base: The site's base URL, for the records' addresses.
    """

    def __init__(self, base: str) -> None:
        self._base = base

    def _url(self, path: str) -> str:
        return f"{self._base}{path}"

    def space(self, data: Json) -> SpaceRecord:
        """Return the space of an item of v2 ``/spaces``."""
        plain = ((data.get("description") or {}).get("plain") or {}).get("value")
        return SpaceRecord(
            space_id=str(data["id"]),
            key=data["key"],
            name=data.get("name") or "",
            type=data.get("type"),
            status=data.get("status"),
            homepage_id=optional_text(data.get("homepageId")),
            description=plain,
            author_id=data.get("authorId"),
            owner_id=data.get("spaceOwnerId"),
            current_active_alias=data.get("currentActiveAlias"),
            created_at=moment(data.get("createdAt")),
            web_url=web_url(self._base, data),
            source_url=self._url(f"{V2}/spaces/{data['id']}"),
        )

    def content(self, content_type: ContentType, data: Json) -> ContentRecord:
        """Return the content of an item of v2 ``/pages`` or ``/blogposts``."""
        version = data.get("version") or {}
        return ContentRecord(
            content_id=str(data["id"]),
            content_type=content_type,
            space_id=str(data["spaceId"]),
            status=data["status"],
            title=data.get("title") or "",
            subtype=data.get("subtype"),
            parent_id=optional_text(data.get("parentId")),
            parent_type=data.get("parentType"),
            position=data.get("position"),
            author_id=data.get("authorId"),
            owner_id=data.get("ownerId"),
            created_at=moment(data.get("createdAt")),
            version_number=int(version["number"]),
            version_author_id=version.get("authorId"),
            updated_at=moment(version.get("createdAt")),
            version_message=version.get("message"),
            minor_edit=version.get("minorEdit"),
            web_url=web_url(self._base, data),
            source_url=self._url(f"{V2}/{COLLECTIONS[content_type]}/{data['id']}"),
        )

    def body(self, content_type: ContentType, data: Json) -> BodyRecord:
        """Return the content of such an item with its body, which must be there; it may be empty."""
        return BodyRecord(self.content(content_type, data), str(data["body"]["storage"]["value"]))

    def user(self, data: Json) -> UserRecord:
        """Return the user of an item of v2 ``users-bulk``."""
        return UserRecord(
            account_id=data["accountId"],
            display_name=data.get("displayName"),
            public_name=data.get("publicName"),
            account_type=data.get("accountType"),
            account_status=data.get("accountStatus"),
            email=data.get("email") or None,
            time_zone=data.get("timeZone"),
            is_external_collaborator=data.get("isExternalCollaborator"),
            source_url=self._url(USERS),
        )


def account_of(user: Json | None) -> str | None:
    """Return the account of a v1 user; None for an anonymous one."""
    return (user or {}).get("accountId")
