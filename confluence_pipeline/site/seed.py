"""What a local site is filled with: plain facts, before the site gives them ids, versions and links.

A source of content (the demo wiki, a corpus folder, the generator) is a function that returns a
:class:`Seed`. The site's store takes the seed in, numbers what has no id, and serves it. People, groups and
contents refer to each other by the names given here, so a source needs no knowledge of the site.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

ContentStatus = Literal["current", "archived", "trashed", "draft"]
NodeType = Literal["page", "blogpost", "folder", "whiteboard", "database", "embed"]


@dataclass(frozen=True, slots=True)
class SeedUser:
    """A person or app of the site; ``account_id`` is what contents name as author."""

    account_id: str
    display_name: str
    email: str
    time_zone: str = "UTC"
    account_type: Literal["atlassian", "app", "customer"] = "atlassian"
    account_status: Literal["active", "inactive", "closed"] = "active"
    api_token: str | None = None
    """With it, the user can log in (Basic: email and token); without it, nobody can log in as them."""
    is_admin: bool = False
    user_name: str = ""
    """What they log in with on a Data Center, which is told apart from the address."""


@dataclass(frozen=True, slots=True)
class SeedGroup:
    """A group and its members' account ids."""

    name: str
    members: Sequence[str]


@dataclass(frozen=True, slots=True)
class SeedRestriction:
    """Who alone may ``read`` (view) or ``update`` (edit) a content; empty means unrestricted at this level."""

    operation: Literal["read", "update"]
    users: Sequence[str] = ()
    groups: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class SeedVersion:
    """One earlier state of a content or comment, oldest first in its ``history``."""

    author_id: str
    created_at: datetime
    body_storage: str
    message: str = ""
    minor_edit: bool = False


@dataclass(frozen=True, slots=True)
class SeedComment:
    """A comment with its replies, in its newest state; ``inline_selection`` makes it an inline comment on that text.

    With a ``history``, the oldest state in it tells who made the comment and when; ``author_id`` and ``created_at``
    are those of the newest state.
    """

    author_id: str
    body_storage: str
    created_at: datetime
    inline_selection: str | None = None
    inline_marker_ref: str | None = None
    resolution_status: Literal["open", "reopened", "resolved", "dangling"] = "open"
    replies: Sequence["SeedComment"] = ()
    history: Sequence[SeedVersion] = ()
    likes: Sequence[str] = ()


class BytesLoader(Protocol):
    """Gives the bytes of an attachment, whole or as they come."""

    def read(self) -> bytes:
        """Return the whole file."""
        ...

    def stream(self, start: int) -> Iterator[bytes]:
        """Yield the file from a byte on; a loader of big files yields it in pieces and never holds it whole."""
        yield self.read()[start:]


@dataclass(frozen=True, slots=True)
class SeedFile:
    """One earlier file of an attachment, oldest first in :attr:`SeedAttachment.history`."""

    author_id: str
    created_at: datetime
    size: int
    load: BytesLoader
    comment: str = ""


@dataclass(frozen=True, slots=True)
class SeedAttachment:
    """A file on a content, in its newest version; ``load`` is called when its bytes are asked for.

    Without ``author_id`` and ``created_at``, the newest version of the content it is on tells them. ``size`` is how
    many bytes ``load`` gives; ``reported_size`` is what the API says instead, where that is not the truth. With a
    ``history``, the oldest file in it tells who first attached it and when.
    """

    filename: str
    media_type: str
    size: int
    load: BytesLoader
    comment: str = ""
    labels: Sequence[str] = ()
    author_id: str | None = None
    created_at: datetime | None = None
    comments: Sequence[SeedComment] = ()
    history: Sequence[SeedFile] = ()
    reported_size: int | None = None


@dataclass(frozen=True, slots=True)
class SeedContent:
    """A page, blog post or other tree node, in its newest state.

    ``key`` is a name unique in the seed that ``parent`` refers to; ``content_id`` fixes the id where the source
    has one (a corpus does). A content's version number is ``len(history) + 1``. Labels are names, or
    ``prefix:name``, everywhere in a seed; without a prefix they are ``global`` (``team`` on a space). Account ids
    need not be among the seed's users: such an account is gone. ``views`` is how often the content was viewed, and
    by how many people.
    """

    key: str
    space_key: str
    title: str
    author_id: str
    created_at: datetime
    updated_at: datetime
    node_type: NodeType = "page"
    parent: str | None = None
    content_id: str | None = None
    position: int = 0
    status: ContentStatus = "current"
    body_storage: str = ""
    version_message: str = ""
    minor_edit: bool = False
    labels: Sequence[str] = ()
    restrictions: Sequence[SeedRestriction] = ()
    comments: Sequence[SeedComment] = ()
    attachments: Sequence[SeedAttachment] = ()
    history: Sequence[SeedVersion] = ()
    likes: Sequence[str] = ()
    properties: Sequence[tuple[str, object]] = ()
    embed_url: str | None = None
    views: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class SeedSpace:
    """A space; ``viewer_groups`` and ``viewer_users`` may see it (both empty: every logged-in user).

    ``is_anonymous`` opens it to visitors who are not logged in, and so to everybody.
    """

    key: str
    name: str
    author_id: str
    created_at: datetime
    space_type: Literal["global", "personal", "collaboration", "knowledge_base"] = "global"
    status: Literal["current", "archived"] = "current"
    description: str = ""
    homepage: str | None = None
    labels: Sequence[str] = ()
    viewer_groups: Sequence[str] = ()
    viewer_users: Sequence[str] = ()
    is_anonymous: bool = False
    properties: Sequence[tuple[str, object]] = ()


@dataclass(frozen=True)
class Seed:
    """Everything one site starts with. ``contents`` is consumed once, parents before children."""

    title: str
    users: Sequence[SeedUser]
    groups: Sequence[SeedGroup]
    spaces: Sequence[SeedSpace]
    contents: Iterator[SeedContent]
    time_zone: str = "UTC"
    caller: str = field(default="")
    """The account id that the demo, tests and benchmarks log in as by default."""
