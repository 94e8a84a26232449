"""How much of everything a generated site of the full kind has."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

ProfileName = Literal["full", "budget"]
"""``full`` has every kind of thing, however odd; ``budget`` is one plain space to count requests with."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Amounts a page: a space of P pages has ``P * amount`` of a thing, rounded down.

    What lies on pages lies on blog posts too, and is counted together.
    """

    odd: bool = True
    """Whether there is what few sites have: pages closed to the caller, hostile file names, talk about files."""
    people: int = 320
    """Accounts of the site, without the caller."""
    labels: float = 1.0
    """Labels a page."""
    comments: float = 0.5
    """Comments a page, replies counted; those on attachments come on top."""
    attachments: float = 0.3
    """Attachments a page."""
    restricted: float = 0.05
    """Restricted pages a page, to view or to edit."""
    nodes: float = 0.032
    """Folders, whiteboards, databases and embeds a page, five of eight being folders."""
    blog_posts: float = 0.03
    """Blog posts a page; they come on top of the pages."""
    archived: float = 0.02
    """Archived pages a page; they have no children."""
    trashed: float = 0.01
    """Pages in the trash a page; they have no children."""
    tasks: float = 0.2
    """Task lists a page, of one to four tasks."""
    crowded: int = 2_000
    """Comments of one page of the site, on top of the others, if it has at least ``crowded_from`` pages."""
    crowded_from: int = 500


PROFILES: Mapping[ProfileName, Profile] = MappingProxyType(
    {
        "full": Profile(),
        "budget": Profile(
            people=12, odd=False, tasks=0.05, nodes=0.004, blog_posts=0.01, archived=0.01, trashed=0, crowded=0
        ),
    }
)
"""The profiles that have a name."""
