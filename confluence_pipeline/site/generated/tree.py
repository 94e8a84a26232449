"""Where each content of a generated space goes: trees that mix flat and deep parts, as large sites do."""

from collections import Counter
from random import Random

MAX_DEPTH = 8
"""Levels below a homepage."""
_SHAPES = ((0.5, 0.2), (0.1, 0.6), (0.2, 0.2))
"""Shares of contents that go directly below the homepage, and below one of the newest parents."""

Place = tuple[str, int]
"""Key and depth of a content that may have children."""


class Tree:
    """The contents of one space that may have children; the first one planted is the homepage."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._flat, self._deep = rng.choice(_SHAPES)
        self._parents: list[Place] = []
        self._children: Counter[str] = Counter()

    @property
    def root(self) -> Place:
        """The homepage."""
        return self._parents[0]

    def plant(self, key: str, parent: Place | None) -> Place:
        """Let a content have children from now on, and return it as a place."""
        place = (key, parent[1] + 1 if parent else 0)
        self._parents.append(place)
        return place

    def draw(self) -> Place:
        """Return the parent of the next content: one that has room for a level below it."""
        draw = self._rng.random()
        if draw < self._flat:
            return self.root
        if draw < self._flat + self._deep:
            spot = -1 - min(int(self._rng.expovariate(0.3)), len(self._parents) - 1)
        else:
            spot = int(self._rng.random() ** 2 * len(self._parents))
        parent = self._parents[spot]
        return parent if parent[1] < MAX_DEPTH else self.root

    def next_position(self, parent: Place | None) -> int:
        """Return the number of a content among its siblings; each call is for a new one."""
        if parent is None:
            return 0
        self._children[parent[0]] += 1
        return self._children[parent[0]] - 1
