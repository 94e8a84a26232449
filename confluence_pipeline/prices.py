"""What a sync asks of a site, table by table, from counts that a site tells cheaply: pure arithmetic.

The sizes of lists are those of the Confluence Cloud REST API: 250 items a page, 200 groups or members, 50 bodies of
comments.
"""

from dataclasses import dataclass
from math import ceil

from confluence_pipeline.landing.selection import Selection
from confluence_pipeline.selections import TABLES_SETTING
from confluence_pipeline.tables import (
    ATTACHMENTS,
    BLOG_POSTS,
    COMMENTS,
    GROUP_MEMBERS,
    GROUPS,
    LABELS,
    LIKES,
    PAGE_VERSIONS,
    PAGES,
    PROPERTIES,
    RESTRICTIONS,
    SPACE_PERMISSIONS,
    SPACES,
    TABLES,
    TASKS,
    TREE_NODES,
    USERS,
    VIEWS,
)

_PAGE_SIZE = 250
_GROUPS_A_PAGE = 200
_CONTAINERS_A_QUERY = 100
_COMMENT_BODIES = 50
_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_CONTENTS_FOR_USERS = 2500  # a page of 250 users for so many contents: few people write most of them


@dataclass(frozen=True, slots=True)
class SiteCounts:
    """How much there is in scope.

    Attributes:
        spaces: Spaces.
        pages: Pages; archived ones are not counted.
        blog_posts: Blog posts.
        comments: Comments and replies.
        attachments: Attachments.
        attachment_bytes: How large they are together, in bytes; None if nothing tells.
        tree_nodes: Folders, whiteboards, databases and embeds.
        groups: Groups of the site; None if the account may not list them.
        narrowed: Whether only some contents of the spaces are in scope; then comments, attachments and nodes are
            those of the whole spaces, which is more.
    """

    spaces: int
    pages: int = 0
    blog_posts: int = 0
    comments: int = 0
    attachments: int = 0
    attachment_bytes: int | None = None
    tree_nodes: int = 0
    groups: int | None = None
    narrowed: bool = False

    @property
    def contents(self) -> int:
        """Pages and blog posts."""
        return self.pages + self.blog_posts


@dataclass(frozen=True, slots=True)
class Price:
    """About how many requests a table, or an optional part of one, takes.

    Attributes:
        name: The table, or words for the part.
        chosen: Whether it is on.
        first: Requests of a first sync.
        unchanged: Requests of a sync where nothing changed.
        note: What else there is to say of it: how to turn it on, or why there is nothing.
    """

    name: str
    chosen: bool
    first: int
    unchanged: int
    note: str = ""


def prices(counts: SiteCounts, selection: Selection) -> list[Price]:
    """Return the price of every table that takes requests, and of every optional part, in the order of tables.

    Args:
        counts: How much there is.
        selection: What is chosen.
    """
    requests = _requests(counts, selection)
    names = [name for name in TABLES if name in requests]
    tables = [Price(name, selection.has(name), *requests[name], _note(name, counts, selection)) for name in names]
    return [*tables, _attachment_bytes(counts, selection)]


def _note(name: str, counts: SiteCounts, selection: Selection) -> str:
    if name in {GROUPS.name, GROUP_MEMBERS.name} and counts.groups is None:
        return "this account may not list groups"
    return "" if selection.has(name) else f"add it to {TABLES_SETTING}"


def _attachment_bytes(counts: SiteCounts, selection: Selection) -> Price:
    note = "" if selection.downloads else "CONFLUENCE_ATTACHMENT_BODIES=1"
    return Price("attachment bytes", selection.downloads, counts.attachments, 0, note)


def total(quoted: list[Price]) -> tuple[int, int]:
    """Return the requests of what is chosen: of a first sync, and where nothing changed."""
    chosen = [price for price in quoted if price.chosen]
    return sum(price.first for price in chosen), sum(price.unchanged for price in chosen)


def _requests(counts: SiteCounts, selection: Selection) -> dict[str, tuple[int, int]]:
    """Return the requests of each table, of a first sync and where nothing changed."""
    pages, posts = _listed(counts, counts.pages), _listed(counts, counts.blog_posts)
    facts = _listed(counts, counts.contents)  # labels and restrictions come with one search
    comments, attachments = _on_contents(counts, counts.comments), _on_contents(counts, counts.attachments)
    groups = counts.groups or 0
    people = max(1, ceil(counts.contents / _CONTENTS_FOR_USERS))
    found = {
        SPACES.name: (spaces := 1 + ceil(counts.spaces / _PAGE_SIZE) + counts.spaces, spaces),
        PAGES.name: (pages + ceil(counts.pages / _PAGE_SIZE), pages),
        BLOG_POSTS.name: (posts + ceil(counts.blog_posts / _PAGE_SIZE), posts),
        LABELS.name: (facts, facts),
        COMMENTS.name: (2 + comments + ceil(counts.comments / _COMMENT_BODIES), 2 + comments),
        ATTACHMENTS.name: (1 + attachments, 1 + attachments),
        PAGE_VERSIONS.name: (counts.contents, 0),
        PROPERTIES.name: (counts.contents, counts.contents),
        TASKS.name: (counts.spaces, counts.spaces),
        LIKES.name: (counts.contents, counts.contents),
        VIEWS.name: (2 * counts.contents, 2 * counts.contents),
        USERS.name: (people, people),
        GROUPS.name: (members := max(1, ceil(groups / _GROUPS_A_PAGE)), members),
        GROUP_MEMBERS.name: (groups, groups),
        SPACE_PERMISSIONS.name: (counts.spaces, counts.spaces),
        TREE_NODES.name: (counts.spaces + counts.tree_nodes, counts.spaces),
    }
    if not selection.has(LABELS.name):
        found[RESTRICTIONS.name] = found[LABELS.name]
    return found


def _listed(counts: SiteCounts, items: int) -> int:
    """Return the requests of a listing of every space: each space's last page is not full."""
    return max(counts.spaces, ceil(items / _PAGE_SIZE) + counts.spaces - 1)


def _on_contents(counts: SiteCounts, items: int) -> int:
    """Return the requests of a listing of what is on contents, which are named in groups unless all are asked for."""
    if not counts.narrowed:
        return _listed(counts, items)
    return max(_listed(counts, items), ceil(counts.contents / _CONTAINERS_A_QUERY))


def in_units(size: float) -> str:
    """Return a number of bytes as people write it, in powers of 1,000."""
    for unit in _UNITS[:-1]:
        if size < 1000:
            return f"{size:,.0f} {unit}" if unit == _UNITS[0] or size >= 10 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:,.0f} {_UNITS[-1]}"
