"""Which column of which table refers to what: the edges between the tables, as data."""

from collections.abc import Iterator
from dataclasses import dataclass

from confluence_pipeline.landing.selection import Selection
from confluence_pipeline.tables import (
    ATTACHMENTS,
    BLOG_POSTS,
    COMMENTS,
    EFFECTIVE_ACCESS,
    GROUP_MEMBERS,
    GROUPS,
    LABELS,
    LIKES,
    MENTIONS,
    PAGE_VERSIONS,
    PAGES,
    PROPERTIES,
    RESTRICTIONS,
    SPACE_PERMISSIONS,
    SPACES,
    TASKS,
    TREE_NODES,
    USERS,
    VIEWS,
    Table,
)
from confluence_pipeline.tables.rows import STRUCTURE_TABLES

Target = tuple[Table, str]


@dataclass(frozen=True, slots=True)
class Reference:
    """A column whose values are ids of rows of other tables.

    Attributes:
        table: The table that refers.
        column: Its column; null refers to nothing.
        targets: Where its values may be found, each a table and a column.
        where: Only rows with this value in this column refer so; None for all rows.
        always: Whether a value that is nowhere is a fault; otherwise the account or the scope may hide what it
            leads to, and it is a warning.
    """

    table: str
    column: str
    targets: tuple[Target, ...]
    where: tuple[str, str] | None = None
    always: bool = True

    def __str__(self) -> str:
        """Say it as a sentence without its full stop."""
        found = " or ".join(f"{table.name}.{column}" for table, column in self.targets)
        of_these = f" (where {self.where[0]} is {self.where[1]})" if self.where else ""
        return f"{self.column}{of_these} is in {found}"


_SPACE = ((SPACES, "space_id"),)
_SPACE_KEY = ((SPACES, "space_key"),)
_CONTENT = ((PAGES, "page_id"), (BLOG_POSTS, "blog_post_id"))
_TREE = ((PAGES, "page_id"), (TREE_NODES, "node_id"))
_USER = ((USERS, "account_id"),)
_GROUP = ((GROUPS, "group_id"),)

_WHO: dict[str, tuple[str, ...]] = {
    SPACES.name: ("author_id", "owner_id"),
    PAGES.name: ("author_id", "owner_id", "version_author_id"),
    BLOG_POSTS.name: ("author_id", "owner_id", "version_author_id"),
    PAGE_VERSIONS.name: ("author_id",),
    COMMENTS.name: ("author_id", "version_author_id"),
    ATTACHMENTS.name: ("author_id", "version_author_id"),
    MENTIONS.name: ("account_id",),
    TASKS.name: ("created_by", "assigned_to", "completed_by"),
    LIKES.name: ("account_id",),
    GROUP_MEMBERS.name: ("account_id",),
    TREE_NODES.name: ("author_id", "owner_id", "version_author_id"),
}
_OF_A_CONTENT = (PAGE_VERSIONS, TASKS, PROPERTIES, LIKES, VIEWS, EFFECTIVE_ACCESS)
_WITH_PRINCIPALS = (SPACE_PERMISSIONS, RESTRICTIONS, EFFECTIVE_ACCESS)


def _all() -> Iterator[Reference]:
    for table in (PAGES, BLOG_POSTS, TREE_NODES):
        yield Reference(table.name, "space_id", _SPACE)
    for table in (PAGES, TREE_NODES):
        yield Reference(table.name, "parent_id", _TREE, always=False)
    for name in (*(table.name for table in _OF_A_CONTENT), *STRUCTURE_TABLES):
        yield Reference(name, "content_id", _CONTENT)
    yield Reference(ATTACHMENTS.name, "content_id", _CONTENT)
    yield Reference(COMMENTS.name, "content_id", (*_CONTENT, (ATTACHMENTS, "attachment_id")))
    yield Reference(COMMENTS.name, "parent_comment_id", ((COMMENTS, "comment_id"),), always=False)
    yield Reference(LABELS.name, "content_id", (*_CONTENT, (ATTACHMENTS, "attachment_id"), *_SPACE))
    # a narrowed scope keeps the restrictions of pages above it that are not in scope themselves
    yield Reference(RESTRICTIONS.name, "content_id", (*_CONTENT, (TREE_NODES, "node_id")), always=False)
    yield Reference(SPACE_PERMISSIONS.name, "space_key", _SPACE_KEY)
    yield Reference(GROUP_MEMBERS.name, "group_id", _GROUP)
    for name, columns in _WHO.items():
        for column in columns:
            yield Reference(name, column, _USER)
    for table in _WITH_PRINCIPALS:
        yield Reference(table.name, "principal_id", _USER, where=("principal_type", "user"))
        yield Reference(table.name, "principal_id", _GROUP, where=("principal_type", "group"), always=False)


REFERENCES: tuple[Reference, ...] = tuple(_all())
"""Every reference between tables."""


def references_of(table: Table, selection: Selection) -> tuple[Reference, ...]:
    """Return what a table refers to, as far as all that it may lead to is chosen, too.

    Args:
        table: The table that refers.
        selection: The chosen tables.
    """
    return tuple(
        reference
        for reference in REFERENCES
        if reference.table == table.name and all(target.name in selection.tables for target, _ in reference.targets)
    )
