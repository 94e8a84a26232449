"""What a collector sees of a space, and what it returns."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, TypeVar

from confluence_pipeline.confluence import ConfluenceClient, ContentRecord, Scope
from confluence_pipeline.confluence.cql import IDS_IN_A_QUERY, all_of, any_of, groups
from confluence_pipeline.landing.doubts import Refusal
from confluence_pipeline.landing.entries import Entry
from confluence_pipeline.landing.kinds import Kind
from confluence_pipeline.landing.listing import Listed
from confluence_pipeline.landing.recent import Looked, RecentItems, seen_until
from confluence_pipeline.landing.record_file import Landed, carried_over
from confluence_pipeline.landing.removals import Removal
from confluence_pipeline.landing.selection import Selection
from confluence_pipeline.landing.store import SpaceLanding
from confluence_pipeline.tables.report import LedgerEntry, Run

Record = TypeVar("Record")


@dataclass(frozen=True)
class SpaceView:
    """A space while it is synced: its contents are known, and everything on them is to come.

    Attributes:
        client: The site.
        scope: What is asked for.
        landing: Where the space lands, with what landed before.
        space_id: The space's id.
        contents: The contents to commit, by id.
        listed: What the listing said of them.
        gone: What became of contents that are not there any more, by id; those that moved are not in it.
        moved: The ids of contents that are in another space of the scope now.
        is_there: Whether the space is in scope and the caller can see it; if not, nothing of it can be asked for.
        holds: Returns why nothing may be removed only because it cannot be seen; None if it may.
        selection: What is wanted.
        recent: What was modified last on the site.
        run: The run that rows are stamped with.
        full: Whether nothing that landed before is to be trusted.
        work: The id of the run that began what this one goes on with; None where this one began it.
        accepted: Whether a person said that whatever is gone may be removed.
        walks_site: Whether a list of the site's own that was never read for this space is walked to its end, so that
            nothing is missed that the index lost; else only what is newest in it is looked at.
    """

    client: ConfluenceClient
    scope: Scope
    landing: SpaceLanding
    space_id: str
    contents: Mapping[str, Entry]
    listed: Listed
    gone: Mapping[str, Removal]
    moved: frozenset[str]
    is_there: bool
    holds: Callable[[], Refusal | None]
    selection: Selection
    recent: RecentItems
    run: Run
    full: bool = False
    accepted: bool = False
    walks_site: bool = False
    work: str | None = None

    @property
    def is_in_scope(self) -> bool:
        """Whether the scope includes the space."""
        return self.scope.allows_space(self.landing.space_key)

    @property
    def is_whole(self) -> bool:
        """Whether the scope takes the space whole, so that it can be asked for whole."""
        return self.scope.lists_whole_spaces

    @cached_property
    def records(self) -> dict[str, ContentRecord]:
        """The records of the contents, by id, in the order of ids."""
        return {content_id: self.contents[content_id].record for content_id in sorted(self.contents)}

    @cached_property
    def unverified(self) -> frozenset[str]:
        """The ids of contents that are not listed and stay as they landed, with everything on them."""
        return frozenset(self.contents.keys() - self.listed.contents.keys())

    @property
    def asks(self) -> bool:
        """Whether there is anything whose parts the site can be asked for."""
        return self.is_there and bool(self.listed.contents)

    def queries(self, clause: str, containers: Iterable[str] | None = None) -> list[str]:
        """Return the CQL that finds what ``clause`` says on the contents in scope; none where there are none.

        Args:
            clause: A condition without ``or``.
            containers: What it may stand on, where the space cannot be asked for whole; the contents by default.
        """
        if not self.asks:
            return []
        space = any_of("space", [self.landing.space_key])
        if self.is_whole:
            return [all_of(space, clause)]
        ids = sorted(self.contents if containers is None else containers)
        return [all_of(space, clause, any_of("container", some)) for some in groups(ids, IDS_IN_A_QUERY)]

    def lately(self, kind: Kind[Any], location: str, containers: Collection[str], *, everything: bool) -> Looked:
        """Return what one of the site's own lists holds that this space may not know.

        Args:
            kind: What the list is of.
            location: footer or inline for comments, or attachment.
            containers: What it may stand on.
            everything: Whether to walk the list to its end in any case.
        """
        since = seen_until(self.landing).get(location) if self.landing.records(kind).is_landed else None
        everything = everything or self.full or (self.walks_site and since is None)
        return self.recent.on(location, containers, since, everything=everything)

    def landed(
        self,
        kind: Kind[Record],
        records: Iterable[Record],
        before: Mapping[str, Landed[Record]] | None = None,
    ) -> dict[str, Landed[Record]]:
        """Return records as they land, by key, with the run that landed them first where nothing changed.

        Args:
            kind: The kind of record.
            records: What there is now.
            before: What landed before, by key; read from the landing unless given.
        """
        known = self.landing.records(kind).read() if before is None else before
        return carried_over(known, {kind.key(record): Landed(record, self.run) for record in records})


@dataclass(frozen=True)
class Collected(Generic[Record]):
    """The records of one kind that a space has now.

    Attributes:
        landed: What is to land, by key.
        ledger: What should be among it and is not, or is as it was before.
        removals: What is gone.
        stale: Keys among ``landed`` that are as they were before because of an entry in ``ledger``.
        short: How many more there are by the site's own count, by the id of the content that lacks them; None for
            the space as a whole.
        seen: Up to when each of the site's own lists was read for it, by location.
        moving: Keys among ``landed`` of what is in another space of the scope where it has not landed yet, each with
            that space's key.
    """

    landed: Mapping[str, Landed[Record]]
    ledger: tuple[LedgerEntry, ...] = ()
    removals: tuple[Removal, ...] = ()
    stale: frozenset[str] = field(default_factory=frozenset)
    short: Mapping[str | None, int] = field(default_factory=dict)
    seen: Mapping[str, datetime] = field(default_factory=dict)
    moving: Mapping[str, str] = field(default_factory=dict)

    @property
    def expected(self) -> int:
        """How many records there should be."""
        return len(self.landed) + len(self.ledger) - len(self.stale) + sum(self.short.values())


def batches(ids: Iterable[str], size: int) -> list[Sequence[str]]:
    """Return ids in order, in stretches of at most ``size``."""
    return list(groups(sorted(ids), size))
