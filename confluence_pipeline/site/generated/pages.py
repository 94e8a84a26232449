"""Makes the contents of one generated space, in order of creation, parents before children."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from confluence_pipeline.site.generated import blocks
from confluence_pipeline.site.generated.details import DetailMaker
from confluence_pipeline.site.generated.rates import Rates
from confluence_pipeline.site.generated.tree import Place, Tree
from confluence_pipeline.site.seed import ContentStatus, NodeType, SeedContent

_BEGIN = datetime(2019, 1, 7, 9, tzinfo=UTC)
_WRITING_TIME = timedelta(days=2_500)


class PageMaker:
    """Makes the contents of one space; the same ``rng`` gives the same contents."""

    def __init__(self, space_key: str, pages: int, rng: Random, details: DetailMaker, rates: Rates) -> None:
        self._space_key = space_key
        self._page_count = pages
        self._rng = rng
        self._details = details
        self._rates = rates
        self._tree = Tree(rng)

    def contents(self) -> Iterator[SeedContent]:
        """Yield the space's pages, the homepage first, with blog posts and folders in between."""
        yield self._page(0, None, "current")
        for index in range(1, self._page_count):
            yield self._page(index, self._tree.draw(), self._status())
            if self._rng.random() < self._rates.folders:
                yield self._folder(index, self._tree.draw())
            if self._rng.random() < self._rates.blog_posts:
                title = f"News of week {index}"
                yield self._written("blogpost", f"{self._space_key}/blog-{index}", title, index, None, "current")

    def _status(self) -> ContentStatus:
        draw = self._rng.random()
        if draw < self._rates.trashed:
            return "trashed"
        return "archived" if draw < self._rates.trashed + self._rates.archived else "current"

    def _created_at(self, index: int) -> datetime:
        return _BEGIN + timedelta(seconds=int(_WRITING_TIME.total_seconds() * index / self._page_count))

    def _page(self, index: int, parent: Place | None, status: ContentStatus) -> SeedContent:
        key = f"{self._space_key}/{index}"
        if status == "current":
            self._tree.plant(key, parent)
        return self._written("page", key, blocks.page_title(index), index, parent, status)

    def _folder(self, index: int, parent: Place) -> SeedContent:
        key, created_at = f"{self._space_key}/folder-{index}", self._created_at(index)
        self._tree.plant(key, parent)
        return SeedContent(
            key=key,
            space_key=self._space_key,
            title=f"{self._rng.choice(blocks.TOPICS)} folder {index}",
            author_id=self._details.person(),
            created_at=created_at,
            updated_at=created_at,
            node_type="folder",
            parent=parent[0],
            position=self._tree.next_position(parent),
        )

    def _written(
        self,
        node_type: NodeType,
        key: str,
        title: str,
        index: int,
        parent: Place | None,
        status: ContentStatus,
    ) -> SeedContent:
        details, created_at = self._details, self._created_at(index)
        history, updated_at = details.history(title, created_at)
        comments, markers = details.comments(title, created_at)
        return SeedContent(
            key=key,
            space_key=self._space_key,
            title=title,
            author_id=details.person(),
            created_at=created_at,
            updated_at=updated_at,
            node_type=node_type,
            parent=parent[0] if parent else None,
            position=self._tree.next_position(parent),
            status=status,
            body_storage=details.body(title, self._page_count, markers),
            version_message="Refined" if history else "",
            minor_edit=bool(history) and self._rng.random() < 0.2,
            labels=details.labels(),
            restrictions=details.restrictions() if parent else (),
            comments=comments,
            attachments=details.attachments(),
            history=history,
            likes=details.likes(),
        )
