"""The kinds of record that land besides contents themselves; a new kind is one line here and a collector."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from confluence_pipeline.confluence import (
    AttachmentRecord,
    CommentRecord,
    ContentRecord,
    GroupRecord,
    LikeRecord,
    MemberRecord,
    PermissionRecord,
    PropertyRecord,
    RestrictionRecord,
    TaskRecord,
    TreeNodeRecord,
    VersionRecord,
    ViewsRecord,
)
from confluence_pipeline.landing.files import AttachmentFileRecord

Record = TypeVar("Record")
_SEARCH = "the search's totalSize, and the site's own list of what was modified last"


def _nobody(_record: object) -> Iterable[str | None]:
    return ()


def _nothing(_record: object) -> str | None:
    return None


@dataclass(frozen=True)
class Kind(Generic[Record]):
    """One kind of record.

    Attributes:
        name: The name of its file, in the landing of a space or of the site.
        record: The class of its records.
        parts: What tells one record from another, as text or numbers, in the order of the table's key.
        people: The account ids of everybody who appears in a record.
        part_of: The table that its records complete; None where they are rows of the table of its name.
        stands_on: The id of the content or attachment that a record goes with; None where it is none.
        counted_by: The question, other than the one that its records came from, that tells how many there are; None
            where the API has none.
    """

    name: str
    record: type[Record]
    parts: Callable[[Record], tuple[str | int, ...]]
    people: Callable[[Record], Iterable[str | None]] = _nobody
    part_of: str | None = None
    stands_on: Callable[[Record], str | None] = _nothing
    counted_by: str | None = None

    def key(self, record: Record) -> str:
        """Return the parts as one text, whose order among texts is the order of the table's rows."""
        return "\x1f".join(f"{part:012d}" if isinstance(part, int) else part for part in self.parts(record))


COMMENTS = Kind(
    "comments",
    CommentRecord,
    lambda comment: (comment.comment_id,),
    lambda comment: (comment.author_id, comment.version_author_id),
    stands_on=lambda comment: comment.container_id,
    counted_by=_SEARCH,
)
ATTACHMENTS = Kind(
    "attachments",
    AttachmentRecord,
    lambda file: (file.attachment_id,),
    lambda file: (file.author_id, file.version_author_id),
    stands_on=lambda file: file.container_id,
    counted_by=_SEARCH,
)
ATTACHMENT_FILES = Kind(
    "attachment_files",
    AttachmentFileRecord,
    lambda file: (file.attachment_id,),
    part_of=ATTACHMENTS.name,
    stands_on=lambda file: file.attachment_id,
)
"""What landed of attachments' bytes and text."""

PAGE_VERSIONS = Kind(
    "page_versions",
    VersionRecord,
    lambda version: (version.content_id, version.version_number),
    lambda version: (version.author_id,),
    stands_on=lambda version: version.content_id,
    counted_by="the number of each content's newest version",
)
PROPERTIES = Kind(
    "properties",
    PropertyRecord,
    lambda held: (held.content_id, held.key),
    stands_on=lambda held: held.content_id,
)
TASKS = Kind(
    "tasks",
    TaskRecord,
    lambda task: (task.task_id,),
    lambda task: (task.created_by, task.assigned_to, task.completed_by),
    stands_on=lambda task: task.content_id,
)
LIKES = Kind(
    "likes",
    LikeRecord,
    lambda like: (like.content_id, like.account_id),
    lambda like: (like.account_id,),
    stands_on=lambda like: like.content_id,
)
VIEWS = Kind(
    "views",
    ViewsRecord,
    lambda views: (views.content_id,),
    stands_on=lambda views: views.content_id,
    counted_by="the listing of contents",
)
SPACE_PERMISSIONS = Kind(
    "space_permissions",
    PermissionRecord,
    lambda grant: (grant.permission_id,),
    lambda grant: (grant.principal_id if grant.principal_type == "user" else None,),
)
RESTRICTIONS = Kind(
    "restrictions",
    RestrictionRecord,
    lambda named: (named.content_id, named.operation, named.principal_type, named.principal_id),
    lambda named: (named.principal_id if named.principal_type == "user" else None,),
    stands_on=lambda named: named.content_id,
)
TREE_NODES = Kind(
    "tree_nodes",
    TreeNodeRecord,
    lambda node: (node.node_id,),
    lambda node: (node.author_id, node.owner_id, node.version_author_id),
    counted_by="the search's totalSize, and the parents of what is listed",
)
ANCESTORS = Kind("ancestors", ContentRecord, lambda page: (page.content_id,))
"""Pages above those in scope that are not in scope themselves."""

GROUPS = Kind("groups", GroupRecord, lambda group: (group.group_id,))
GROUP_MEMBERS = Kind(
    "group_members",
    MemberRecord,
    lambda member: (member.group_id, member.account_id),
    lambda member: (member.account_id,),
)

SPACE_KINDS: tuple[Kind[Any], ...] = (
    COMMENTS,
    ATTACHMENTS,
    ATTACHMENT_FILES,
    PAGE_VERSIONS,
    PROPERTIES,
    TASKS,
    LIKES,
    VIEWS,
    SPACE_PERMISSIONS,
    RESTRICTIONS,
    TREE_NODES,
    ANCESTORS,
)
"""The kinds that every space may have a file of."""
