"""Everything on a space's contents, collected kind by kind and landed together.

A new kind is a collector, and a line in :func:`wanted_kinds` and in ``_COLLECTORS``.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from confluence_pipeline.confluence import (
    AccessError,
    ListingError,
    RefusedError,
    ServerError,
    UnsupportedError,
)
from confluence_pipeline.landing.answers import drop_answers
from confluence_pipeline.landing.collect.attachments import collect_attachments, collect_files
from confluence_pipeline.landing.collect.comments import collect_comments
from confluence_pipeline.landing.collect.of_contents import (
    collect_likes,
    collect_properties,
    collect_versions,
    collect_views,
)
from confluence_pipeline.landing.collect.of_space import collect_permissions, collect_tasks
from confluence_pipeline.landing.collect.tree import collect_tree, collected_nodes, collected_restrictions
from confluence_pipeline.landing.collect.view import Collected, SpaceView
from confluence_pipeline.landing.kinds import (
    ANCESTORS,
    ATTACHMENT_FILES,
    ATTACHMENTS,
    COMMENTS,
    LIKES,
    PAGE_VERSIONS,
    PROPERTIES,
    RESTRICTIONS,
    SPACE_KINDS,
    SPACE_PERMISSIONS,
    TASKS,
    TREE_NODES,
    VIEWS,
    Kind,
)
from confluence_pipeline.landing.ledger import ledger_entry, short_entry
from confluence_pipeline.landing.recent import note_seen
from confluence_pipeline.landing.removals import Removal
from confluence_pipeline.landing.selection import Selection
from confluence_pipeline.landing.store import SpaceLanding
from confluence_pipeline.tables.report import LedgerEntry

__all__ = ["Collection", "SpaceView", "collect", "drop_unwanted", "wanted_kinds"]

Record = TypeVar("Record")
_GROUPS_AT_ONCE = 4


@dataclass
class Collection:
    """What was collected of a space, ready to land.

    Attributes:
        parts: What each kind holds now; a kind that is not in it stays as it landed.
        ledger: What was asked for and is not there.
        removals: What is gone.
        incomplete: The tables whose listing failed as a whole.
    """

    parts: list[tuple[Kind[Any], Collected[Any]]] = field(default_factory=list)
    ledger: list[LedgerEntry] = field(default_factory=list)
    removals: list[Removal] = field(default_factory=list)
    incomplete: set[str] = field(default_factory=set)

    def add(self, kind: Kind[Record], collected: Collected[Record]) -> Collected[Record]:
        """Take what one kind holds now."""
        self.parts.append((kind, collected))
        self.ledger += collected.ledger
        self.ledger += [
            short_entry(
                kind.name, short, f"{kind.name} of {f'content {content_id}' if content_id else 'the space'}", content_id
            )
            for content_id, short in collected.short.items()
        ]
        self.removals += collected.removals
        return collected

    def land(self, landing: SpaceLanding) -> None:
        """Land every kind, and drop the bodies and answers that nothing needs any more.

        Raises:
            LakeError: The lake cannot be written; a kind is replaced whole or not at all.
        """
        for kind, collected in self.parts:
            landing.land_records(kind, collected.landed)
            note_seen(landing, collected.seen)
        drop_answers(landing)

    @property
    def expected(self) -> dict[str, int]:
        """How many records of each kind there should be, by the kind's name, as far as another question tells."""
        return {kind.name: collected.expected for kind, collected in self.parts if kind.counted_by is not None}

    @property
    def moving(self) -> dict[str, str]:
        """What is in another space of the scope and has not landed there yet, by id, each with that space's key."""
        return {key: space for _, collected in self.parts for key, space in collected.moving.items()}

    @property
    def stale(self) -> Mapping[str, int]:
        """How many rows of each table are as they were before, or lack a part, because of the ledger."""
        counted: Counter[str] = Counter()
        for kind, collected in self.parts:
            counted[kind.part_of or kind.name] += len(collected.stale)
        return +counted


def collect(view: SpaceView, only: Container[str] | None = None) -> Collection:
    """Collect all that the selection asks for of a space; a few kinds are under way side by side.

    A kind that the site refuses to list goes to the ledger, and stays as it landed. The grants on the space come last:
    that they are listed proves that the space can still be seen.

    Args:
        view: The space.
        only: The names of tables; if given, only what is collected together with one of them.

    Raises:
        ConfluenceError: The site cannot be asked anything.
        LakeError: Bodies cannot be landed.
    """
    collection = Collection()
    with ThreadPoolExecutor(_GROUPS_AT_ONCE, thread_name_prefix="kinds") as pool:
        for collectors in (_COLLECTORS, _COLLECTORS_AT_LAST):
            for part in pool.map(lambda group: group(view), _groups(collectors, view.selection, only)):
                collection.parts += part.parts
                collection.ledger += part.ledger
                collection.removals += part.removals
                collection.incomplete |= part.incomplete
    return collection


Group = Callable[[SpaceView], Collection]


def wanted_kinds(selection: Selection) -> frozenset[Kind[Any]]:
    """Return the kinds that the chosen tables are made from; nothing is asked of the site for the others."""
    wants = selection.has
    access = selection.asks_restrictions
    tree = access or wants("tree_nodes")
    asked: dict[Kind[Any], bool] = {
        ATTACHMENTS: wants("attachments", "comments", "labels"),
        ATTACHMENT_FILES: selection.downloads,
        COMMENTS: wants("comments"),
        TREE_NODES: tree,
        ANCESTORS: tree,
        RESTRICTIONS: access,
        SPACE_PERMISSIONS: wants("space_permissions", "effective_access"),
        TASKS: wants("tasks"),
        PAGE_VERSIONS: wants("page_versions"),
        PROPERTIES: wants("properties"),
        LIKES: wants("likes"),
        VIEWS: wants("views"),
    }
    return frozenset(kind for kind, is_wanted in asked.items() if is_wanted)


def drop_unwanted(landing: SpaceLanding, selection: Selection) -> None:
    """Remove what landed of a space for tables that are not chosen any more.

    Raises:
        LakeError: The lake cannot be written.
    """
    for kind in set(SPACE_KINDS) - wanted_kinds(selection):
        landing.drop_records(kind)


def _groups(
    collectors: Mapping[tuple[Kind[Any], ...], Group], selection: Selection, only: Container[str] | None
) -> Iterator[Group]:
    """Yield what to collect; the kinds of one group build on each other."""
    wanted = wanted_kinds(selection)
    for kinds, group in collectors.items():
        if any(kind in wanted and (only is None or kind.name in only) for kind in kinds):
            yield group


def _single(kind: Kind[Record], collector: Callable[[SpaceView], Collected[Record]]) -> Group:
    def group(view: SpaceView) -> Collection:
        collection = Collection()
        with _told(collection, kind.name):
            collection.add(kind, collector(view))
        return collection

    return group


def _files_and_comments(view: SpaceView) -> Collection:
    collection = Collection()
    with _told(collection, ATTACHMENTS.name, COMMENTS.name):
        files = collection.add(ATTACHMENTS, collect_attachments(view))
        if view.selection.downloads:
            collection.add(ATTACHMENT_FILES, collect_files(view, files))
        if view.selection.has(COMMENTS.name):
            with _told(collection, COMMENTS.name):
                collection.add(COMMENTS, collect_comments(view, files))
    return collection


def _tree(view: SpaceView) -> Collection:
    collection = Collection()
    with _told(collection, TREE_NODES.name, RESTRICTIONS.name):
        tree = collect_tree(view)
        collection.add(TREE_NODES, collected_nodes(view, tree))
        collection.add(ANCESTORS, Collected(view.landed(ANCESTORS, tree.ancestors.values())))
        if view.selection.asks_restrictions:
            collection.add(RESTRICTIONS, collected_restrictions(view, tree))
    return collection


@contextmanager
def _told(collection: Collection, *tables: str) -> Iterator[None]:
    """Put it into the ledger that the site refuses to list a kind; what stops every request goes on up.

    A kind that the product has no call for is no fault that anybody could mend, so its table is not incomplete.
    """
    try:
        yield
    except UnsupportedError as error:
        collection.ledger += [ledger_entry(table, "list", error, str(error)) for table in tables]
    except (AccessError, RefusedError, ServerError, ListingError) as error:
        for table in tables:
            if table not in {kind.name for kind, _ in collection.parts}:
                collection.incomplete.add(table)
                collection.ledger.append(ledger_entry(table, "list", error, f"{table} could not be listed: {error}"))


_COLLECTORS: dict[tuple[Kind[Any], ...], Group] = {
    (ATTACHMENTS, COMMENTS): _files_and_comments,
    (TREE_NODES, RESTRICTIONS): _tree,
    (TASKS,): _single(TASKS, collect_tasks),
    (PAGE_VERSIONS,): _single(PAGE_VERSIONS, collect_versions),
    (PROPERTIES,): _single(PROPERTIES, collect_properties),
    (LIKES,): _single(LIKES, collect_likes),
    (VIEWS,): _single(VIEWS, collect_views),
}
"""What is collected together."""

_COLLECTORS_AT_LAST: dict[tuple[Kind[Any], ...], Group] = {
    (SPACE_PERMISSIONS,): _single(SPACE_PERMISSIONS, collect_permissions),
}
"""What is collected once all the others are."""
