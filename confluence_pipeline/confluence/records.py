"""The plain records every dialect gives: one shape for Cloud and Data Center.

Times are aware and in UTC; ids are strings exactly as the API writes them.
"""

from dataclasses import dataclass, field
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
    """A user as the caller may see them.

    Attributes:
        account_id: The Atlassian account id; on Data Center the user key, which stays when the user is renamed.
        username: The name to log in by, on Data Center only.
    """

    account_id: str
    display_name: str | None
    public_name: str | None
    account_type: str | None
    account_status: str | None
    email: str | None
    time_zone: str | None
    is_external_collaborator: bool | None
    source_url: str
    username: str | None = None


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


@dataclass(frozen=True, slots=True)
class RestrictionRecord:
    """One user or group that a view (``read``) or edit (``update``) restriction on a content names."""

    content_id: str
    operation: str
    principal_type: str
    principal_id: str
    principal_name: str | None
    source_url: str


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A content that a search found, with what it was asked to tell of it.

    Attributes:
        content_id: The content's id.
        content_type: Its type as CQL names it: page, blogpost, folder, whiteboard, database, embed.
        labels: Its labels; None if they were not asked for.
        restrictions: What is restricted on the content itself; None if it was not asked for.
    """

    content_id: str
    content_type: str
    labels: tuple[Label, ...] | None
    restrictions: tuple[RestrictionRecord, ...] | None


@dataclass(frozen=True, slots=True)
class ChangeHit:
    """A thing of any type that a search found, as far as it tells that the thing changed.

    Attributes:
        item_id: Its content id; those of comments and attachments are of their own.
        space_key: The space it is in.
        version_number: Its version; None where the site does not tell.
        modified_at: When that version was made; None where the site does not tell.
    """

    item_id: str
    space_key: str
    version_number: int | None
    modified_at: datetime | None


@dataclass(frozen=True, slots=True)
class CommentRecord:
    """A comment or a reply, without its body.

    Attributes:
        container_id: The page, blog post or attachment it stands on, replies too.
        container_type: page, blogpost or attachment.
        parent_comment_id: What it replies to; None at the top of a thread.
        location: footer or inline.
        resolution_status: open, reopened, resolved or dangling; None for footer comments.
        author_id: Who wrote its first version.
        created_at: When its first version was written.
    """

    comment_id: str
    container_id: str
    container_type: str
    parent_comment_id: str | None
    location: str
    status: str
    resolution_status: str | None
    inline_original_selection: str | None
    inline_marker_ref: str | None
    author_id: str | None
    created_at: datetime | None
    version_number: int
    version_author_id: str | None
    updated_at: datetime | None
    web_url: str | None
    source_url: str


@dataclass(frozen=True, slots=True)
class CommentBody:
    """A comment with its body in storage format."""

    comment: CommentRecord
    storage: str


@dataclass(frozen=True, slots=True)
class AttachmentRecord:
    """An attachment in its current version, without its bytes.

    Attributes:
        attachment_id: As the API writes it, ``att98460``.
        container_id: The page or blog post it is on.
        container_type: page or blogpost.
        file_size: What the site says of its size, in bytes.
        file_id: The media id that ADF names it by.
        author_id: Who uploaded its first version.
        created_at: When its first version was uploaded.
        updated_at: When its current version was uploaded.
        download_url: Where its bytes are: the REST resource that sends a redirect to them.
    """

    attachment_id: str
    container_id: str
    container_type: str
    status: str
    title: str
    media_type: str | None
    file_size: int | None
    file_id: str | None
    version_number: int
    version_author_id: str | None
    author_id: str | None
    created_at: datetime | None
    updated_at: datetime | None
    comment: str | None
    download_url: str
    web_url: str | None
    source_url: str


@dataclass(frozen=True, slots=True)
class LabelledAttachment:
    """An attachment with its labels."""

    attachment: AttachmentRecord
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class RecentItem:
    """A comment or attachment in the listing of what was modified last.

    Attributes:
        item_id: Its id.
        container_id: What it stands on; None where that is neither page, blog post nor attachment.
        location: footer or inline for a comment; attachment for an attachment.
        version_number: Its current version.
        modified_at: When that was made, if the listing tells; no part of what the item is.
    """

    item_id: str
    container_id: str | None
    location: str
    version_number: int
    modified_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """One version of a page or blog post; ``storage`` is None unless bodies were asked for."""

    content_id: str
    content_type: ContentType
    version_number: int
    author_id: str | None
    created_at: datetime | None
    message: str | None
    minor_edit: bool | None
    storage: str | None
    source_url: str


@dataclass(frozen=True, slots=True)
class PropertyRecord:
    """A content property; ``value`` is its JSON as text, keys sorted."""

    content_id: str
    content_type: ContentType
    property_id: str
    key: str
    value: str
    version_number: int | None
    source_url: str


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """An inline task of a page or blog post; ``storage`` is its own body in storage format."""

    task_id: str
    content_id: str
    content_type: ContentType
    local_id: str | None
    status: str
    storage: str | None
    created_by: str | None
    assigned_to: str | None
    completed_by: str | None
    created_at: datetime | None
    updated_at: datetime | None
    due_at: datetime | None
    completed_at: datetime | None
    source_url: str


@dataclass(frozen=True, slots=True)
class LikeRecord:
    """A like of a page or blog post."""

    content_id: str
    content_type: ContentType
    account_id: str
    source_url: str


@dataclass(frozen=True, slots=True)
class ViewsRecord:
    """How often, and by how many, a page or blog post was viewed since it was made."""

    content_id: str
    content_type: ContentType
    view_count: int
    viewer_count: int
    source_url: str


@dataclass(frozen=True, slots=True)
class PermissionRecord:
    """A grant on a space; ``principal_type`` is user, group or role."""

    permission_id: str
    principal_type: str
    principal_id: str
    operation: str
    target_type: str
    source_url: str


@dataclass(frozen=True, slots=True)
class TreeNodeRecord:
    """A folder, whiteboard, database or embed of the page tree; the API has no contents of it."""

    node_id: str
    type: str
    space_id: str
    status: str
    title: str
    parent_id: str | None
    parent_type: str | None
    position: int | None
    author_id: str | None
    owner_id: str | None
    created_at: datetime | None
    version_number: int | None
    version_author_id: str | None
    updated_at: datetime | None
    embed_url: str | None
    web_url: str | None
    source_url: str


@dataclass(frozen=True, slots=True)
class NodeHit:
    """A node of the page tree that a search found: enough to tell whether it must be read again.

    ``restrictions`` is what is restricted on the node itself; None if the search could not tell.
    """

    node_id: str
    type: str
    status: str
    title: str
    parent_id: str | None
    version_number: int | None
    restrictions: tuple[RestrictionRecord, ...] | None


@dataclass(frozen=True, slots=True)
class SpaceHits:
    """Everything in a space that one search found, each kind as the search for it alone would have told it.

    Attributes:
        contents: Pages and blog posts, with the facts asked for.
        attachments: Attachments, with their labels.
        comments: Comments and replies, without bodies.
        nodes: Folders, whiteboards, databases and embeds.
    """

    contents: tuple[SearchHit, ...]
    attachments: tuple[LabelledAttachment, ...]
    comments: tuple[CommentRecord, ...]
    nodes: tuple[NodeHit, ...]


@dataclass(frozen=True, slots=True)
class GroupRecord:
    """A group."""

    group_id: str
    name: str
    source_url: str


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """A member of a group."""

    group_id: str
    account_id: str
    source_url: str
