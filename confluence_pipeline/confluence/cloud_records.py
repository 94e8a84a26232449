"""From what Confluence Cloud answers to plain records; what is not of the documented form is refused."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import TypeVar

from confluence_pipeline.confluence.answers import Json
from confluence_pipeline.confluence.errors import ListingError
from confluence_pipeline.confluence.paging import is_whole
from confluence_pipeline.confluence.records import (
    BodyRecord,
    ContentRecord,
    ContentType,
    Label,
    SpaceRecord,
    UserRecord,
)

V2 = "/api/v2"
USERS = f"{V2}/users-bulk"
COLLECTIONS: dict[ContentType, str] = {"page": "pages", "blogpost": "blogposts"}

Record = TypeVar("Record")
Results = TypeVar("Results", list[Json], dict[str, str | None])


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


def moment(text: str | None) -> datetime | None:
    """Return an API time stamp, with whatever offset it carries, in UTC.

    Raises:
        ValueError: It is not ISO 8601 with an offset.
    """
    if not text:
        return None
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ValueError(f"the time {text!r} has no zone")
    return parsed.astimezone(UTC)


def results_of(data: Json, kind: type[Results], what: str) -> Results:
    """Return an answer's results; an answer without them says nothing about what is missing."""
    results = data.get("results")
    if not isinstance(results, kind):
        raise ListingError(f"The answer about {what} has no results; nothing can be concluded from it")
    return results


def parsed(page: Iterable[Json], parse: Callable[[Json], Record], what: str) -> Iterator[Record]:
    """Yield the records of a page's items.

    Raises:
        ListingError: An item is not of the documented form.
    """
    for data in page:
        try:
            yield parse(data)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            thing = data.get("content", data) if isinstance(data, dict) else None
            item = thing.get("id") if isinstance(thing, dict) else None
            raise ListingError(
                f"The listing of {what} holds an item ({item}) that is not of the documented form ({error!r})"
            ) from error


def once(
    pages: Iterable[list[Json]], parse: Callable[[Json], Record], what: str, identity: Callable[[Record], str]
) -> Iterator[Record]:
    """Yield the records of a listing's pages, each once: a listing may repeat what moves while it is walked."""
    seen: set[str] = set()
    for page in pages:
        for record in parsed(page, parse, what):
            if identity(record) not in seen:
                seen.add(identity(record))
                yield record


def optional_text(value: object) -> str | None:
    """Return an id as text, for v1 writes some as numbers."""
    return None if value is None else str(value)


def account_of(user: Json | None) -> str | None:
    """Return the account of a v1 user; None for an anonymous one."""
    return (user or {}).get("accountId")


def web_url(base: str, data: Json) -> str | None:
    """Return where people see a thing, from the link that v1 and v2 give relative to the base."""
    path = (data.get("_links") or {}).get("webui")
    return f"{base}{path}" if path else None


def label(data: Json) -> Label:
    """Return the label of an item of a listing of labels, v1 or v2."""
    return Label(str(data["id"]), data["prefix"], data["name"])


def labels_told(listed: object) -> tuple[Label, ...] | None:
    """Return the labels that a v1 expansion holds; None where it is missing or does not hold all there are."""
    if not isinstance(listed, dict) or "results" not in listed or not is_whole(listed):
        return None
    return tuple(label(item) for item in listed["results"])


def is_content(hit: Json) -> bool:
    """Return whether a hit of v1 ``search`` is a content, and not a space or a user."""
    return bool(hit.get("entityType", "content") == "content")
