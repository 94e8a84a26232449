"""Arrow schemas of every table, and pure functions from raw records to rows.

Adding a table is one module with a :class:`Table` and its row function, and one line in :data:`TABLES`.
"""

from confluence_pipeline.tables.labels import LABELS
from confluence_pipeline.tables.ledger import LEDGER
from confluence_pipeline.tables.pages import BLOG_POSTS, PAGES
from confluence_pipeline.tables.removals import REMOVALS
from confluence_pipeline.tables.schema import SITE_PART, Table, column, description_of, sources_of
from confluence_pipeline.tables.spaces import SPACES
from confluence_pipeline.tables.structure import CODE_BLOCKS, HEADINGS, LINKS, MACROS, MENTIONS, PAGE_TABLES
from confluence_pipeline.tables.sync_runs import SYNC_RUNS
from confluence_pipeline.tables.users import USERS

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        SPACES,
        PAGES,
        BLOG_POSTS,
        LABELS,
        LINKS,
        MENTIONS,
        MACROS,
        HEADINGS,
        CODE_BLOCKS,
        PAGE_TABLES,
        USERS,
        REMOVALS,
        LEDGER,
        SYNC_RUNS,
    )
}
"""Every table by name, in the order people read them."""

__all__ = [
    "BLOG_POSTS",
    "CODE_BLOCKS",
    "HEADINGS",
    "LABELS",
    "LEDGER",
    "LINKS",
    "MACROS",
    "MENTIONS",
    "PAGES",
    "PAGE_TABLES",
    "REMOVALS",
    "SITE_PART",
    "SPACES",
    "SYNC_RUNS",
    "TABLES",
    "USERS",
    "Table",
    "column",
    "description_of",
    "sources_of",
]
