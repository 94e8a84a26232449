"""The plain records every dialect gives: one shape for Cloud and Data Center.

Times are aware and in UTC; ids are strings exactly as the API writes them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ContentType = Literal["page", "blogpost"]


@dataclass(frozen=True, slots=True)
class Label:
    """A label as it sits on something."""

    label_id: str
    prefix: str
    name: str


@dataclass(frozen=True, slots=True)
class SpaceRecord:
    """A space, without its labels."""

    space_id: str
    key: str
    name: str
    type: str | None
    status: str | None
    homepage_id: str | None
    description: str | None
    author_id: str | None
    owner_id: str | None
    current_active_alias: str | None
    created_at: datetime | None
    web_url: str | None
    source_url: str


@dataclass(frozen=True, slots=True)
class ContentRecord:
    """A page or blog post as a listing gives it: everything but the body."""

    content_id: str
    content_type: ContentType
    space_id: str
    status: str
    title: str
    subtype: str | None
    parent_id: str | None
    parent_type: str | None
    position: int | None
    author_id: str | None
    owner_id: str | None
    created_at: datetime | None
    version_number: int
    version_author_id: str | None
    updated_at: datetime | None
    version_message: str | None
    minor_edit: bool | None
    web_url: str | None
    source_url: str


@dataclass(frozen=True, slots=True)
class BodyRecord:
    """A content with its body in storage format."""

    content: ContentRecord
    storage: str


@dataclass(frozen=True, slots=True)
class UserRecord:
    """A user as the caller may see them."""

    account_id: str
    display_name: str | None
    public_name: str | None
    account_type: str | None
    account_status: str | None
    email: str | None
    time_zone: str | None
    is_external_collaborator: bool | None
    source_url: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Who the credentials log in as; ``anonymous`` where the site does not know them."""

    account_id: str | None
    display_name: str | None
    anonymous: bool


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What the site says of itself; None where the caller may not ask."""

    title: str | None
    time_zone: str | None
    edition: str | None
