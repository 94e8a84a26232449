"""How much of each kind of thing a generated site has."""

from dataclasses import dataclass

_SHARES = ("blog_posts", "folders", "restricted", "hidden", "archived", "trashed")
_AVERAGES = ("labels", "comments", "attachments", "edits", "likes")


@dataclass(frozen=True, slots=True)
class Rates:
    """How much of each kind of thing a generated site has.

    Shares lie between 0 and 1. "A page" means an average, which may exceed 1. Body sizes are in characters of
    storage format and follow a log-normal distribution with the given median and mean; every body has at least
    an opening paragraph, whatever the maximum.

    Raises:
        ValueError: if a share lies outside 0 to 1, an average is negative, or the body sizes are not in the
            order median, mean, maximum.
    """

    median_body: int = 2_000
    mean_body: int = 8_000
    max_body: int = 500_000
    labels: float = 1.0
    """Labels a page, from a vocabulary where a few labels are very common."""
    comments: float = 0.5
    """Comments a page, footer and inline; replies come on top."""
    attachments: float = 0.3
    """Attachments a page."""
    edits: float = 1.0
    """Earlier versions a page."""
    likes: float = 0.3
    """Likes a page."""
    blog_posts: float = 0.03
    """Blog posts a page; they come on top of the pages."""
    folders: float = 0.01
    """Folders a page; they come on top of the pages."""
    restricted: float = 0.05
    """Share of pages with a view restriction, which everything below them inherits."""
    hidden: float = 0.25
    """Share of the restricted pages that the default caller may not see."""
    archived: float = 0.02
    """Share of pages that are archived; they have no children."""
    trashed: float = 0.01
    """Share of pages that are in the trash; they have no children."""

    def __post_init__(self) -> None:
        for name in _SHARES:
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"rate {name!r} must lie between 0 and 1, not {getattr(self, name)}")
        for name in _AVERAGES:
            if not getattr(self, name) >= 0:
                raise ValueError(f"rate {name!r} must not be negative, not {getattr(self, name)}")
        if not 0 < self.median_body < self.mean_body <= self.max_body:
            raise ValueError("body sizes must satisfy 0 < median_body < mean_body <= max_body")


DEFAULT_RATES = Rates()
