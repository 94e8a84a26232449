"""Makes the contents of one space that has everything, in order of creation, parents before children."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Literal

from confluence_pipeline.site.generated import blocks, closed
from confluence_pipeline.site.generated.cast import Cast
from confluence_pipeline.site.generated.closed import RestrictionKind, Restrictions, restrictions
from confluence_pipeline.site.generated.parts import PartMaker, Portion, Portions
from confluence_pipeline.site.generated.profiles import Profile
from confluence_pipeline.site.generated.supply import Supply
from confluence_pipeline.site.generated.tree import MAX_DEPTH, Place, Tree
from confluence_pipeline.site.seed import ContentStatus, NodeType, SeedContent

_BEGIN = datetime(2019, 1, 7, 9, tzinfo=UTC)
_WRITING_TIME = timedelta(days=2_200)
_NODE_TYPES: Sequence[tuple[int, NodeType]] = (
    (1, "folder"), (1, "whiteboard"), (1, "folder"), (1, "database"),
    (1, "folder"), (1, "embed"), (1, "folder"), (1, "folder"),
)  # fmt: skip
_CROWDED_INDEX = 2

Role = RestrictionKind | Literal["archived", "trashed"]
"""What a page is besides a page."""


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a content goes, and who may see it; ``inner`` are restrictions for pages below it."""

    parent: Place | None
    own: Restrictions = ()
    status: ContentStatus = "current"
    inner: Sequence[Restrictions] = ()


class SpaceMaker:
    """Makes the contents of one space; the same ``cast`` gives the same contents.

    Args:
        key: the space's key.
        pages: how many pages it has.
        profile: how much there is of everything.
        cast: who does things in it.
        parts: what gives contents all that belongs to them.
    """

    def __init__(self, key: str, pages: int, profile: Profile, cast: Cast, parts: PartMaker) -> None:
        self._key = key
        self._page_count = pages
        self._profile = profile
        self._cast = cast
        self._parts = parts
        self._tree = Tree(cast.rng)
        self._roles: deque[Role] = deque()
        self._claimed: deque[_Spot] = deque()
        self._last_node: Place | None = None
        self._node_numbers, self._post_numbers = count(), count()

    def contents(self, *, crowd: int) -> Iterator[SeedContent]:
        """Yield the space's pages, the homepage first, with blog posts and other nodes of the tree in between.

        One of the pages has ``crowd`` comments more than its portion.
        """
        profile, roles = self._profile, self._supplies_of_roles()
        portions = Portions(profile)
        posts, nodes = Supply(profile.blog_posts, [(1, True)], True), Supply(profile.nodes, _NODE_TYPES, "folder")
        for index in range(self._page_count):
            for supply in roles:
                self._roles.extend(supply.deal())
            portion = portions.deal(last=index == self._page_count - 1)
            announced = any(posts.deal())
            page = self._page(index, Portion() if announced else portion)
            yield self._parts.crowded(page, crowd) if crowd and index == _CROWDED_INDEX else page
            if announced:
                yield self._blog_post(index, portion)
            for node_type in nodes.deal():
                yield self._node(node_type, self._created_at(index))

    def _supplies_of_roles(self) -> Sequence[Supply[Role]]:
        kinds: Sequence[tuple[int, Role]] = closed.ALL_KINDS if self._profile.odd else closed.SEEN_KINDS
        return (
            Supply(self._profile.restricted, kinds, "edit"),
            Supply(self._profile.archived, [(1, "archived")], "archived"),
            Supply(self._profile.trashed, [(1, "trashed")], "trashed"),
        )

    def _created_at(self, index: int) -> datetime:
        return _BEGIN + timedelta(seconds=int(_WRITING_TIME.total_seconds() * index / self._page_count))

    def _roomy(self, parent: Place) -> Place:
        """Return a place that has room for two levels below it."""
        return parent if parent[1] + 2 <= MAX_DEPTH else self._tree.root

    def _spot(self, index: int) -> _Spot:
        if index == 0:
            return _Spot(None)
        if self._claimed:
            return self._claimed.popleft()
        match self._roles.popleft() if self._roles else None:
            case None:
                return _Spot(self._tree.draw())
            case "archived" | "trashed" as status:
                return _Spot(self._tree.draw(), status=status)
            case kind:
                own, *inner = restrictions(kind, self._cast)
                return _Spot(self._roomy(self._tree.draw()), own, inner=inner)

    def _page(self, index: int, portion: Portion) -> SeedContent:
        spot, key = self._spot(index), f"{self._key}/{index}"
        if spot.status == "current":
            place = self._tree.plant(key, spot.parent)
            self._claimed.extend(_Spot(place, own) for own in spot.inner)
        bare = self._bare("page", key, blocks.page_title(index), self._created_at(index), spot)
        return self._parts.filled(bare, index, portion)

    def _blog_post(self, index: int, portion: Portion) -> SeedContent:
        number = next(self._post_numbers)
        kind: RestrictionKind = "other team" if number % 8 == 3 and self._profile.odd else "readers"
        spot = _Spot(None, restrictions(kind, self._cast)[0] if number % 4 == 3 else ())
        title, created_at = f"News of week {index}", self._created_at(index) + timedelta(hours=1)
        bare = self._bare("blogpost", f"{self._key}/blog-{index}", title, created_at, spot)
        return self._parts.filled(bare, index + 1, portion)

    def _node(self, node_type: NodeType, created_at: datetime) -> SeedContent:
        number = next(self._node_numbers)
        kind: RestrictionKind = "other team" if number % 14 == 8 and self._profile.odd else "readers"
        own = restrictions(kind, self._cast)[0] if number % 7 == 1 else ()
        above = self._last_node if number % 3 == 2 and self._last_node else self._tree.draw()
        spot, key = _Spot(self._roomy(above), own), f"{self._key}/node-{number}"
        if number % 5 != 4:
            self._last_node = self._tree.plant(key, spot.parent)
            self._claimed.append(_Spot(self._last_node))
        title = f"{blocks.TOPICS[number % len(blocks.TOPICS)]} {node_type} {number}"
        bare = self._bare(node_type, key, title, created_at, spot)
        return replace(bare, embed_url=f"https://{node_type}.example/{number}" if node_type == "embed" else None)

    def _bare(self, node_type: NodeType, key: str, title: str, created_at: datetime, spot: _Spot) -> SeedContent:
        return SeedContent(
            key=key,
            space_key=self._key,
            title=title,
            author_id=self._cast.anyone(),
            created_at=created_at,
            updated_at=created_at,
            node_type=node_type,
            parent=spot.parent[0] if spot.parent else None,
            position=self._tree.next_position(spot.parent),
            status=spot.status,
            restrictions=spot.own,
        )
