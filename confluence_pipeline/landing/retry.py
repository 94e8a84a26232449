"""Fetches again just what the ledger of a space names, and nothing else."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from confluence_pipeline.confluence import CONTENT_TYPES, ConfluenceClient, ContentRecord, RestrictionRecord, Scope
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing.collect import Collection as CollectedParts
from confluence_pipeline.landing.collect import SpaceView, collect, mend
from confluence_pipeline.landing.collect.mend import GoneMeanwhileError
from confluence_pipeline.landing.doubts import RemovalGuard
from confluence_pipeline.landing.entries import Listing, SyncReport
from confluence_pipeline.landing.expected import amended_rows
from confluence_pipeline.landing.fetch import fetch_bodies
from confluence_pipeline.landing.kinds import ATTACHMENT_FILES, ATTACHMENTS, PAGE_VERSIONS, RESTRICTIONS
from confluence_pipeline.landing.ledger import COUNT, UNSUPPORTED, with_earlier_attempts
from confluence_pipeline.landing.listing import Listed
from confluence_pipeline.landing.matching import still_matching
from confluence_pipeline.landing.recent import RecentItems
from confluence_pipeline.landing.reports import PAGES_TABLE, TABLE_OF, SpaceSync, sync_report
from confluence_pipeline.landing.selection import Selection
from confluence_pipeline.landing.spaces import landed_space_records
from confluence_pipeline.landing.store import SpaceLanding
from confluence_pipeline.landing.sync import Syncing
from confluence_pipeline.landing.turns import turn
from confluence_pipeline.tables.report import LedgerEntry, Run

FOR_A_PERSON = frozenset({"mass_removal", "rights_changed", "space_unseen"})
"""Reasons that only a person can settle, with ``--accept-removals``: asking again changes nothing."""
SETTLED = FOR_A_PERSON | {UNSUPPORTED}
"""Reasons why nothing is asked again: those, and that the product has no call for a table."""


def open_entries(lake: Lake, space_key: str) -> list[LedgerEntry]:
    """Return what is missing from a space's tables now: the ledger of its newest sync or retry.

    Every sync looks at everything, so what an earlier one missed is there by now or is missed again; a retry takes
    over what it could not mend.

    Raises:
        LakeError: The lake cannot be read.
    """
    newest = SpaceLanding(lake, space_key).newest_sync()
    return [LedgerEntry(**entry) for entry in newest["ledger"]] if newest else []


def retry_space(
    client: ConfluenceClient,
    scope: Scope,
    lake: Lake,
    space_key: str,
    run: Run,
    *,
    selection: Selection | None = None,
    recent: RecentItems | None = None,
    guard: RemovalGuard | None = None,
    wait_seconds: float = 0,
) -> SpaceSync:
    """Fetch just what the newest ledger of a space names, and bring its raw landing up to date with it.

    Contents, comments, attachments, bytes, versions and so on are asked for one by one or in batches; a table whose
    listing failed is listed again; a space whose sync failed as a whole is synced. What comes leaves the ledger; what
    fails again stays in it, with all its attempts and the last answer. A space with nothing to retry costs nothing and
    lands nothing. A retry itself removes nothing: where something that it asks for is not in the space any more, the
    space is synced, which lists it, and says of everything what became of it.

    Args:
        client: The site.
        scope: What is asked for.
        lake: Where it lands.
        space_key: The space.
        run: The run that rows are stamped with.
        selection: Which tables the landing is for; what is missing of others is forgotten.
        recent: What was modified last on the site; give the same one to all spaces of a run.
        guard: How much may vanish at once.
        wait_seconds: How long to wait for another run that is writing this space, before it is left to that one.

    Returns:
        What was done; ``mode`` is ``retry`` unless the space was synced, and ``ledger`` holds what is still missing.

    Raises:
        LakeBusyError: Another run is writing this space, and did not end in that time.
        LakeError: The lake cannot be written.
        ConfluenceError: The site could not be asked; the ledger stays as it was.
    """
    selection = selection or Selection()
    with turn(client, lake, space_key, wait_seconds):
        part = client.metered()
        recent = recent or RecentItems(part)
        landing = SpaceLanding(lake, space_key)
        sync = Syncing(part, scope, landing, run, selection, recent, guard=guard or RemovalGuard())
        retry = _Retry(part, scope, landing, run, selection, recent)
        newest = landing.newest_report()
        if newest is None:
            return retry.nothing(())
        if _needs_a_sync(newest.facts, scope, lake, space_key):
            return sync.bring_up_to_date()
        try:
            return retry.mend(newest)
        except GoneMeanwhileError:
            return sync.bring_up_to_date()


def _needs_a_sync(newest: Mapping[str, Any], scope: Scope, lake: Lake, space_key: str) -> bool:
    """Return whether it is not known what exactly is missing, so that only a whole sync helps."""
    if newest["failed"]:
        return True
    if not newest["ledger"] and not newest["incomplete"]:
        return False
    is_there = scope.allows_space(space_key) and space_key in landed_space_records(lake)
    undecided = any(entry["reason"] in FOR_A_PERSON for entry in newest["ledger"])
    unlisted = not undecided and not set(TABLE_OF.values()).isdisjoint(newest["incomplete"])
    short = any(entry["operation"] == COUNT and entry["table"] == PAGES_TABLE for entry in newest["ledger"])
    return unlisted or short or not is_there


@dataclass
class _Retry:
    """One retry of one space, under its lock."""

    client: ConfluenceClient
    scope: Scope
    landing: SpaceLanding
    run: Run
    selection: Selection
    recent: RecentItems
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def nothing(self, ledger: Iterable[LedgerEntry]) -> SpaceSync:
        """Return the outcome of a retry without anything to ask for."""
        return self._outcome(self.landing.listing(), {}, tuple(ledger))

    def mend(self, newest: SyncReport) -> SpaceSync:
        """Ask for what is missing, and land it with a report that takes over what is still missing.

        Raises:
            GoneMeanwhileError: Some of it is not in the space any more; nothing of the retry has landed.
        """
        entries = [LedgerEntry(**entry) for entry in newest.facts["ledger"]]
        mine = [entry for entry in entries if entry.table in self.selection.tables]
        waiting = [entry for entry in mine if entry.reason in SETTLED]
        asked = [entry for entry in mine if entry.reason not in SETTLED]
        unlisted = {*newest.facts["incomplete"]} & self.selection.tables - set(TABLE_OF.values())
        unlisted |= {entry.table for entry in asked if entry.operation == COUNT and entry.content_id is None}
        if not asked and not unlisted:
            return self.nothing(entries)
        before = self.landing.listing()
        contents = self._mend_contents(
            before, {e.content_id for e in asked if e.table in TABLE_OF.values() and e.content_id}
        )
        collection = self._mend_parts(contents, asked, unlisted)
        ledger = with_earlier_attempts([*contents.ledger, *collection.ledger], asked)
        after = contents.after
        outcome = self._outcome(after, contents.fetched, (*waiting, *ledger))
        report = sync_report(
            outcome,
            self.run,
            expected=amended_rows(newest.facts["expected"], after, collection),
            stale=_stale(newest.facts["stale"], asked, collection),
            incomplete=({*newest.facts["incomplete"]} - unlisted) | collection.incomplete,
            removals=(),
            listed_at=newest.facts["listed_at"],
            moving={**newest.facts["moving"], **collection.moving},
            tables=newest.facts["tables"],
            caller=newest.facts["caller"],
        )
        collection.land(self.landing)
        if after != before:
            self.landing.commit(after, report, is_whole=self.landing.titles().is_whole)
        self.landing.write_sync(report)
        if contents.fetched or after != before:
            self.landing.drop_bodies(entry.body_file for entry in after.values() if entry.body_file)
        return outcome

    def _mend_contents(self, before: Listing, ids: set[str]) -> "_Contents":
        """Ask for contents by id, and fetch the bodies of those that are there.

        Raises:
            GoneMeanwhileError: One that had landed is not in the space any more.
        """
        if not ids:
            return _Contents(before)
        found = self._found(sorted(ids))
        matching = still_matching(self.client, self.scope, list(found))
        space_id = landed_space_records(self.landing.lake)[self.landing.space_key].record.space_id
        here = {i: found[i] for i in matching if found[i].space_id == space_id}
        if not ids & before.keys() <= here.keys():
            raise GoneMeanwhileError
        stands = {i for i, record in here.items() if _has_body(before, record)}
        fetched, failed = fetch_bodies(
            self.client, self.landing, [here[i] for i in sorted(here) if i not in stands], self.run
        )
        after = before | {i: replace(before[i], record=here[i]) for i in stands}
        after |= {i: replace(entry, labels=before[i].labels if i in before else ()) for i, entry in fetched.items()}
        return _Contents(dict(sorted(after.items())), fetched, tuple(failed))

    def _found(self, ids: list[str]) -> dict[str, ContentRecord]:
        size = self.client.api.batch_size
        return {
            record.content_id: record
            for content_type in CONTENT_TYPES
            for start in range(0, len(ids), size)
            for record in self.client.api.contents_by_id(content_type, ids[start : start + size])
        }

    def _mend_parts(
        self,
        contents: "_Contents",
        asked: Collection[LedgerEntry],
        unlisted: Collection[str],
    ) -> CollectedParts:
        """List what could not be listed, and read what could not be read, of all that stands on contents.

        Raises:
            GoneMeanwhileError: Something is not in the space any more.
        """
        view = self._view(contents)
        collection = collect(view, only=unlisted) if unlisted else CollectedParts()
        if collection.removals:
            raise GoneMeanwhileError
        done = {kind for kind, _ in collection.parts}

        def ids_of(table: str, *operations: str) -> set[str]:
            some = (entry for entry in asked if entry.table == table)
            return {e.content_id for e in some if e.content_id and (not operations or e.operation in operations)}

        for kind, mended in mend.MENDS.items():
            ids = ids_of(kind.name)
            if kind is PAGE_VERSIONS and self.selection.has(kind.name):
                ids |= contents.fetched.keys()  # the sync that missed their newest version saw no new one
            if ids and kind not in done:
                collection.add(kind, mended(view, ids))
        if ATTACHMENTS not in done and ids_of("attachments"):
            files = collection.add(ATTACHMENTS, mend.mend_attachments(view, ids_of("attachments", "fetch")))
            if self.selection.downloads:
                downloads = ids_of("attachments", "download", "fetch")
                collection.add(ATTACHMENT_FILES, mend.mend_files(view, downloads, files.landed))
        return collection

    def _view(self, contents: "_Contents") -> SpaceView:
        """Return the space as it landed, so that nothing of it need be listed."""
        restrictions: dict[str, list[RestrictionRecord]] = {}
        for landed in self.landing.records(RESTRICTIONS).scan():
            restrictions.setdefault(landed.record.content_id, []).append(landed.record)
        records = {i: entry.record for i, entry in contents.after.items()}
        return SpaceView(
            client=self.client,
            scope=self.scope,
            landing=self.landing,
            space_id=landed_space_records(self.landing.lake)[self.landing.space_key].record.space_id,
            contents=contents.after,
            listed=Listed(records, restrictions={i: tuple(named) for i, named in restrictions.items() if i in records}),
            gone={},
            moved=frozenset(),
            is_there=True,
            holds=lambda: None,
            selection=self.selection,
            recent=self.recent,
            run=self.run,
        )

    def _outcome(
        self,
        after: Listing,
        fetched: Listing,
        ledger: tuple[LedgerEntry, ...],
    ) -> SpaceSync:
        return SpaceSync(
            space_key=self.landing.space_key,
            mode="retry",
            listed=len(after),
            fetched=len(fetched),
            unchanged=len(after) - len(fetched),
            removed=0,
            ledger=ledger,
            cost=self.client.cost,
            started_at=self.started_at,
            finished_at=datetime.now(UTC),
        )


@dataclass(frozen=True)
class _Contents:
    """What asking for contents again came to."""

    after: Listing
    fetched: Listing = field(default_factory=dict)
    ledger: tuple[LedgerEntry, ...] = ()


def _has_body(before: Listing, record: ContentRecord) -> bool:
    entry = before.get(record.content_id)
    return entry is not None and entry.body_file is not None and entry.record.version_number == record.version_number


def _stale(before: Mapping[str, int], asked: Iterable[LedgerEntry], collection: CollectedParts) -> dict[str, int]:
    """Return how many rows of each table are not as they should be: those of retried tables are counted anew."""
    retried = {entry.table for entry in asked} | collection.incomplete | set(collection.expected)
    kept = {table: rows for table, rows in before.items() if table not in retried}
    return kept | dict(collection.stale)
