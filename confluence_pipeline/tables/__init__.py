"""Arrow schemas of every table, and pure functions from raw records to rows.

Adding a table is one module with a :class:`Table` and its row function, and one line in :data:`TABLES`.
"""

from confluence_pipeline.tables.attachments import ATTACHMENTS
from confluence_pipeline.tables.comments import COMMENTS
from confluence_pipeline.tables.effective_user_access import EFFECTIVE_USER_ACCESS
from confluence_pipeline.tables.facts import LIKES, PROPERTIES, VIEWS
from confluence_pipeline.tables.groups import GROUP_MEMBERS, GROUPS
from confluence_pipeline.tables.labels import LABELS
from confluence_pipeline.tables.ledger import LEDGER
from confluence_pipeline.tables.page_versions import PAGE_VERSIONS
from confluence_pipeline.tables.pages import BLOG_POSTS, PAGES
from confluence_pipeline.tables.permissions import EFFECTIVE_ACCESS, RESTRICTIONS, SPACE_PERMISSIONS
from confluence_pipeline.tables.removals import REMOVALS
from confluence_pipeline.tables.schema import SITE_PART, Table, View, column, description_of, sources_of
from confluence_pipeline.tables.spaces import SPACES
from confluence_pipeline.tables.structure import CODE_BLOCKS, HEADINGS, LINKS, MACROS, MENTIONS, PAGE_TABLES
from confluence_pipeline.tables.sync_runs import SYNC_RUNS
from confluence_pipeline.tables.tasks import TASKS
from confluence_pipeline.tables.tree_nodes import TREE_NODES
from confluence_pipeline.tables.users import USERS

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        SPACES,
        PAGES,
        BLOG_POSTS,
        TREE_NODES,
        PAGE_VERSIONS,
        COMMENTS,
        ATTACHMENTS,
        LABELS,
        TASKS,
        PROPERTIES,
        LIKES,
        VIEWS,
        LINKS,
        MENTIONS,
        MACROS,
        HEADINGS,
        CODE_BLOCKS,
        PAGE_TABLES,
        USERS,
        GROUPS,
        GROUP_MEMBERS,
        SPACE_PERMISSIONS,
        RESTRICTIONS,
        EFFECTIVE_ACCESS,
        REMOVALS,
        LEDGER,
        SYNC_RUNS,
    )
}
"""Every table by name, in the order people read them."""

DEFAULT_TABLES: frozenset[str] = frozenset(name for name, table in TABLES.items() if not table.per_content)
"""The tables that are filled unless others are chosen: all whose price does not grow with each page."""

SQL_VIEWS: dict[str, View] = {view.name: view for view in (EFFECTIVE_USER_ACCESS,)}
"""The views that a warehouse has beside the tables, by name."""

__all__ = [
    "ATTACHMENTS",
    "BLOG_POSTS",
    "CODE_BLOCKS",
    "COMMENTS",
    "DEFAULT_TABLES",
    "EFFECTIVE_ACCESS",
    "EFFECTIVE_USER_ACCESS",
    "GROUPS",
    "GROUP_MEMBERS",
    "HEADINGS",
    "LABELS",
    "LEDGER",
    "LIKES",
    "LINKS",
    "MACROS",
    "MENTIONS",
    "PAGES",
    "PAGE_TABLES",
    "PAGE_VERSIONS",
    "PROPERTIES",
    "REMOVALS",
    "RESTRICTIONS",
    "SITE_PART",
    "SPACES",
    "SPACE_PERMISSIONS",
    "SQL_VIEWS",
    "SYNC_RUNS",
    "TABLES",
    "TASKS",
    "TREE_NODES",
    "USERS",
    "VIEWS",
    "Table",
    "View",
    "column",
    "description_of",
    "sources_of",
]
