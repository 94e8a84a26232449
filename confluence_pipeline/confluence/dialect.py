"""What the pipeline asks of a Confluence product; one class for each product answers it."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from confluence_pipeline.confluence.records import (
    BodyRecord,
    Caller,
    ChangeHit,
    CommentBody,
    CommentRecord,
    ContentRecord,
    ContentType,
    GroupRecord,
    Label,
    LabelledAttachment,
    LikeRecord,
    MemberRecord,
    NodeHit,
    PermissionRecord,
    PropertyRecord,
    RecentItem,
    RestrictionRecord,
    SearchHit,
    SiteFacts,
    SpaceHits,
    SpaceRecord,
    TaskRecord,
    TreeNodeRecord,
    UserRecord,
    VersionRecord,
    ViewsRecord,
)

CONTENT_TYPES: tuple[ContentType, ...] = ("page", "blogpost")

NODE_TYPES = ("folder", "whiteboard", "database", "embed")
"""The types of what stands in the page tree and is no page."""

IN_SCOPE_STATUSES = ("current", "archived")
GONE_STATUSES = ("trashed", "deleted")


@dataclass(frozen=True, slots=True)
class Download:
    """The bytes of an attachment as they come.

    Attributes:
        start: From which byte on these are; 0 where the server did not resume.
        chunks: The bytes, a bounded piece at a time; raises :class:`ConfluenceError` where they break off.
    """

    start: int
    chunks: Iterator[bytes]


class Dialect(Protocol):
    """The reading calls of one product. All raise :class:`ConfluenceError` by its subclasses."""

    product: str
    batch_size: int
    """The most ids that one request may name."""
    comment_batch_size: int
    """The most comments whose bodies one request brings."""
    users_url: str
    """The REST resource that user records are read from."""
    proof_of_absence: str
    """What :meth:`visible_types` is answered about an id that is missing or hidden, in words for evidence."""

    def caller(self) -> Caller:
        """Return who the credentials log in as; never raises for an anonymous caller."""
        ...

    def site_facts(self) -> SiteFacts:
        """Return what the site says of itself, with None for what the caller may not see."""
        ...

    def spaces(self, *, keys: Sequence[str] = (), ids: Sequence[str] = ()) -> Iterator[SpaceRecord]:
        """Yield the spaces the caller can see, of every type and status, narrowed to ``keys`` or ``ids``."""
        ...

    def space_labels(self, space_id: str) -> list[Label]:
        """Return the labels (categories) of a space."""
        ...

    def contents(self, content_type: ContentType, space_id: str) -> Iterator[ContentRecord]:
        """Yield every content of a space that is current or archived, without bodies, each once."""
        ...

    def contents_by_id(
        self, content_type: ContentType, ids: Sequence[str], statuses: Sequence[str] = IN_SCOPE_STATUSES
    ) -> list[ContentRecord]:
        """Return those of at most ``batch_size`` ids that exist in one of ``statuses`` and are visible."""
        ...

    def bodies(self, content_type: ContentType, ids: Sequence[str]) -> list[BodyRecord]:
        """Return those of at most ``batch_size`` ids that are visible, with their bodies."""
        ...

    def search(self, cql: str) -> Iterator[tuple[str, str]]:
        """Yield the id and type of every content, archived ones too, that the index finds for ``cql``."""
        ...

    def search_spaces(self, cql: str) -> set[str]:
        """Return the keys of the spaces in which the index finds anything for ``cql``."""
        ...

    def search_facts(self, cql: str, *, labels: bool, restrictions: bool) -> Iterator[SearchHit]:
        """Yield every content that the index finds for ``cql``, with the facts asked for as the database has them.

        Args:
            cql: What to find: pages and blog posts, or nodes of the page tree.
            labels: Whether to tell labels.
            restrictions: Whether to tell what is restricted on the content itself.
        """
        ...

    def space_hits(self, space_key: str, *, labels: bool, restrictions: bool) -> SpaceHits | None:
        """Return everything in a space that the index finds, with the facts that the searches for each kind tell.

        Args:
            space_key: The space.
            labels: Whether to tell the labels of pages and blog posts.
            restrictions: Whether to tell what is restricted on pages and blog posts.

        Returns:
            What was found; None where the kinds cannot be asked for together, so that each is to be by itself.
        """
        ...

    def search_changes(self, cql: str) -> Iterator[ChangeHit]:
        """Yield everything that the index finds for ``cql``, of whatever type, with its space and version."""
        ...

    def count(self, cql: str) -> int:
        """Return how many contents the index finds for ``cql``; costs one request."""
        ...

    def content_labels(self, content_type: ContentType, content_id: str) -> list[Label]:
        """Return the labels of one content, from the database and not the index."""
        ...

    def users(self, account_ids: Sequence[str]) -> list[UserRecord]:
        """Return those of at most ``batch_size`` account ids that the site still knows."""
        ...

    def visible_types(self, ids: Sequence[str]) -> dict[str, str | None]:
        """Return the type of each content id; None where it is missing or hidden from the caller."""
        ...

    def restrictions(self, content_id: str) -> list[RestrictionRecord]:
        """Return what is restricted on one content itself, of any type of the page tree.

        Raises:
            NotFoundError: The content is gone, or hidden from the caller.
        """
        ...

    def tree_nodes(self, cql: str) -> Iterator[NodeHit]:
        """Yield the folders, whiteboards, databases and embeds that the index finds for ``cql``.

        A site whose search does not know these types yields none.
        """
        ...

    def tree_node(self, node_type: str, node_id: str) -> TreeNodeRecord:
        """Return a folder, whiteboard, database or embed.

        Raises:
            NotFoundError: It is gone, or hidden from the caller.
        """
        ...

    def comments(self, cql: str) -> Iterator[CommentRecord]:
        """Yield every comment and reply, resolved ones too, that the index finds for ``cql``, without bodies."""
        ...

    def comment_bodies(self, ids: Sequence[str]) -> list[CommentBody]:
        """Return those of at most ``comment_batch_size`` comments that the index finds, with their bodies."""
        ...

    def comment(self, item: RecentItem) -> CommentBody:
        """Return one comment from the database and not the index: one request, one more after fifty edits.

        Raises:
            NotFoundError: It is gone, or hidden from the caller.
        """
        ...

    def recent_comments(self, location: str) -> Iterator[list[RecentItem]]:
        """Yield pages of the site's comments and replies from the database, what was modified last first.

        Args:
            location: footer or inline.
        """
        ...

    def attachments(self, cql: str) -> Iterator[LabelledAttachment]:
        """Yield every current attachment that the index finds for ``cql``, with its labels."""
        ...

    def attachment(self, item: RecentItem) -> LabelledAttachment:
        """Return one attachment from the database and not the index: one request, more where fifty labels do not do.

        Raises:
            NotFoundError: It is gone, or hidden from the caller.
        """
        ...

    def recent_attachments(self) -> Iterator[list[RecentItem]]:
        """Yield pages of the site's attachments from the database, what was modified last first."""
        ...

    def download(self, url: str, start: int = 0) -> AbstractContextManager[Download]:
        """Open the bytes of an attachment from ``start`` on; the redirect is followed without credentials.

        Args:
            url: The attachment's ``download_url``.
            start: How many bytes the caller has already; a server that cannot resume begins anew.

        Raises:
            NotFoundError: The attachment is gone.
            ConfluenceError: The bytes cannot be had.
        """
        ...

    def tasks(self, *, space_id: str | None = None, ids: Sequence[str] = ()) -> Iterator[TaskRecord]:
        """Yield the tasks of a space, or of at most ``batch_size`` pages and blog posts, complete ones too."""
        ...

    def space_permissions(self, space_id: str) -> Iterator[PermissionRecord]:
        """Yield the grants on a space."""
        ...

    def versions(self, content_type: ContentType, content_id: str, *, bodies: bool) -> Iterator[VersionRecord]:
        """Yield every version of a page or blog post, with bodies in storage format if asked for."""
        ...

    def properties(self, content_type: ContentType, content_id: str) -> Iterator[PropertyRecord]:
        """Yield the properties of a page or blog post."""
        ...

    def likes(self, content_type: ContentType, content_id: str) -> Iterator[LikeRecord]:
        """Yield who likes a page or blog post."""
        ...

    def views(self, content_type: ContentType, content_id: str) -> ViewsRecord:
        """Return the view counts of a page or blog post: two requests."""
        ...

    def groups(self) -> Iterator[GroupRecord]:
        """Yield the groups that the caller can see."""
        ...

    def groups_of(self, account_id: str) -> Iterator[GroupRecord]:
        """Yield the groups that an account is in, as far as the caller can see them."""
        ...

    def group_members(self, group_id: str) -> Iterator[MemberRecord]:
        """Yield the members of a group."""
        ...
