"""What a site holds, once it has ids: spaces, contents, comments, attachments, labels, people.

Ids are integers here and strings on the wire. Times are :func:`~confluence_pipeline.site.clock.wire_time`
strings. Contents, comments and attachments share one id space, as they do in Confluence.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from confluence_pipeline.site.seed import BytesLoader

Views = tuple[int, int]
"""How often something was viewed, and by how many people."""

NODE_TYPES = ("page", "blogpost", "folder", "whiteboard", "database", "embed")
"""The types of :class:`Content`, as ``convert-ids-to-types`` and the page tree name them."""


@dataclass(slots=True)
class User:
    """A person or an app. ``can_use`` False means: logs in, and is told 403 everywhere."""

    account_id: str
    display_name: str
    email: str
    time_zone: str
    account_type: str
    account_status: str
    api_token: str | None
    is_admin: bool
    can_use: bool = True
    email_visible: bool = False
    user_name: str = ""

    @property
    def login_name(self) -> str:
        """What a Data Center knows the person by: the user name, or the account id of somebody without one."""
        return self.user_name or self.account_id


@dataclass(slots=True)
class Group:
    """A group; ``group_id`` is what v1 calls ``id``, a UUID; on a Data Center it is the name."""

    group_id: str
    name: str
    members: list[str]


class Version:
    """One saved state of a content, comment or attachment; a body may be any size.

    Bodies are kept as UTF-8: a Python string with one typographic quote in it takes twice the memory, and they
    are most of what a large site takes.
    """

    __slots__ = ("_body", "author_id", "created_at", "message", "minor_edit", "number", "title")

    def __init__(
        self,
        number: int,
        author_id: str,
        created_at: str,
        message: str,
        minor_edit: bool,
        title: str,
        body: str,
    ) -> None:
        self.number = number
        self.author_id = author_id
        self.created_at = created_at
        self.message = message
        self.minor_edit = minor_edit
        self.title = title
        self._body = body.encode()

    @property
    def body(self) -> str:
        """The body in storage format."""
        return self._body.decode()

    def holds(self, text: str) -> bool:
        """Tell whether a text stands in the body just so, without unpacking the body."""
        return text.encode() in self._body


@dataclass(frozen=True, slots=True)
class Label:
    """A label as such, apart from what it is on."""

    label_id: int
    prefix: str
    name: str


@dataclass(slots=True)
class Restriction:
    """Who alone may do an operation on one content; both empty means nobody is kept out at this level."""

    users: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.users or self.groups)


@dataclass(slots=True)
class Property:
    """A content property: any JSON value under a key."""

    property_id: int
    key: str
    value: object
    version: Version


ANONYMOUS_USERS = "anonymous-users"
"""The role by which visitors who are not logged in are granted something (v2 specification, ``ACCESS_CLASS``)."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One thing that a ``user`` (account id), ``group`` (its id) or ``role`` may do in a space."""

    permission_id: int
    principal_type: str
    principal_id: str
    operation: str
    target_type: str

    @property
    def principal(self) -> tuple[str, str]:
        """The type and id of whom it is granted to."""
        return self.principal_type, self.principal_id

    @property
    def allowed(self) -> tuple[str, str]:
        """The operation and what it may be done to."""
        return self.operation, self.target_type


@dataclass(slots=True)
class Space:
    """A space. ``grants`` are changed by :meth:`set_grants` only; who may ``read`` the ``space`` sees it."""

    space_id: int
    key: str
    name: str
    author_id: str
    created_at: str
    space_type: str
    status: str
    description: str
    grants: Sequence[Grant] = ()
    readers: frozenset[tuple[str, str]] = frozenset()
    homepage_id: int | None = None
    labels: list[Label] = field(default_factory=list)
    properties: list[Property] = field(default_factory=list)

    def set_grants(self, grants: Iterable[Grant]) -> None:
        """Let these grants take the place of those before."""
        self.grants = tuple(grants)
        self.readers = frozenset(grant.principal for grant in self.grants if grant.allowed == ("read", "space"))


@dataclass(slots=True)
class Content:
    """A page, blog post or other tree node; its newest version is the last of ``versions``."""

    content_id: int
    node_type: str
    space_id: int
    status: str
    parent_id: int | None
    position: int
    author_id: str
    owner_id: str
    created_at: str
    versions: list[Version]
    embed_url: str | None = None
    read: Restriction | None = None
    update: Restriction | None = None
    labels: list[Label] = field(default_factory=list)
    likes: list[str] = field(default_factory=list)
    properties: list[Property] = field(default_factory=list)
    comments: list[int] = field(default_factory=list)
    attachments: list[int] = field(default_factory=list)
    draft: Version | None = None

    @property
    def current(self) -> Version:
        """The newest version."""
        return self.versions[-1]

    @property
    def title(self) -> str:
        """The title of the newest version."""
        return self.versions[-1].title


@dataclass(slots=True)
class Comment:
    """A footer or inline comment, or a reply.

    ``content_id`` is the page or blog post it stands on; with an ``attachment_id`` it stands on that attachment,
    and ``content_id`` is what the attachment is on.
    """

    comment_id: int
    location: str
    content_id: int
    parent_id: int | None
    versions: list[Version]
    children: list[int] = field(default_factory=list)
    likes: list[str] = field(default_factory=list)
    properties: list[Property] = field(default_factory=list)
    marker_ref: str | None = None
    original_selection: str | None = None
    resolution_status: str = "open"
    resolution_author_id: str | None = None
    resolution_at: str | None = None
    attachment_id: int | None = None

    @property
    def current(self) -> Version:
        """The newest version."""
        return self.versions[-1]


@dataclass(slots=True)
class AttachmentFile:
    """The bytes behind one version of an attachment; ``reported_size`` is what the API says of their number."""

    file_id: str
    size: int
    loader: BytesLoader
    reported_size: int


@dataclass(slots=True)
class Attachment:
    """A file on a page or blog post; ``files`` runs beside ``versions``, and a version's body is empty."""

    attachment_id: int
    content_id: int
    status: str
    media_type: str
    comment: str
    created_at: str
    versions: list[Version]
    files: list[AttachmentFile]
    labels: list[Label] = field(default_factory=list)
    properties: list[Property] = field(default_factory=list)
    comments: list[int] = field(default_factory=list)

    @property
    def current(self) -> Version:
        """The newest version."""
        return self.versions[-1]

    @property
    def title(self) -> str:
        """The file name."""
        return self.versions[-1].title

    @property
    def wire_id(self) -> str:
        """The id as the API writes it, ``att98460``."""
        return f"att{self.attachment_id}"


def restrictions_of(content: Content) -> Iterator[tuple[str, Restriction]]:
    """Yield ``(operation, restriction)`` for both operations, empty ones too, ``read`` first."""
    yield "read", content.read or Restriction()
    yield "update", content.update or Restriction()
