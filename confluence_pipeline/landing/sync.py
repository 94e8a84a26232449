"""List, diff, fetch, verify: one space's raw landing brought up to date."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from confluence_pipeline.confluence import ConfluenceClient, NotFoundError, Scope
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing.announcement import Announcement, told_once
from confluence_pipeline.landing.collect import Collection, SpaceView, collect, drop_unwanted, wanted_kinds
from confluence_pipeline.landing.deselected import with_deselected
from confluence_pipeline.landing.diff import Diff, diff
from confluence_pipeline.landing.doubts import Doubts, Hold, RemovalGuard, doubts_about
from confluence_pipeline.landing.entries import Entry, Listing
from confluence_pipeline.landing.expected import expected_rows
from confluence_pipeline.landing.fetch import fetch_bodies, with_strays
from confluence_pipeline.landing.kinds import ATTACHMENTS, COMMENTS, SPACE_PERMISSIONS, TREE_NODES
from confluence_pipeline.landing.ledger import short_entry
from confluence_pipeline.landing.listing import Listed, Wanted, list_space
from confluence_pipeline.landing.recent import RecentItems
from confluence_pipeline.landing.removals import Removal, Verified, out_of_scope, verify_gone
from confluence_pipeline.landing.reports import PAGES_TABLE, TABLE_OF, SpaceSync, sync_report, write_failure
from confluence_pipeline.landing.rights import Callers
from confluence_pipeline.landing.selection import Selection
from confluence_pipeline.landing.spaces import landed_space
from confluence_pipeline.landing.store import SpaceLanding
from confluence_pipeline.landing.turns import turn
from confluence_pipeline.tables.report import LedgerEntry, Run

_MOST_TOGETHER = 200  # a page of the search holds 250, and there may be more than landed
_SEARCHED = (ATTACHMENTS, COMMENTS, TREE_NODES)


def sync_space(
    client: ConfluenceClient,
    scope: Scope,
    lake: Lake,
    space_key: str,
    run: Run,
    *,
    selection: Selection | None = None,
    recent: RecentItems | None = None,
    full: bool = False,
    accept_removals: bool = False,
    guard: RemovalGuard | None = None,
    work: str | None = None,
    wait_seconds: float = 0,
) -> SpaceSync:
    """Bring one space's raw landing up to date, and commit it in one step.

    Bodies, and what is asked for content by content, land as they come; the listing is replaced at the end, so a sync
    that dies leaves the old state whole and the next one continues with what landed. A space that is out of scope, or
    that the caller cannot see any more, is emptied: each of its contents becomes a removal with its reason. What landed
    for a table that is not chosen any more is dropped.

    Args:
        client: The site.
        scope: What is asked for.
        lake: Where it lands.
        space_key: The space.
        run: The run that rows are stamped with.
        selection: Which tables the landing is for; the default ones unless given.
        recent: What was modified last on the site; give the same one to all spaces of a run.
        full: Fetch every body again.
        accept_removals: Remove whatever is gone, however much that is, whoever asks, and though the listing is short.
        guard: How much may vanish at once.
        work: The id of the run that began what this one goes on with, whose answers then hold for an hour even where
            no version tells so; by default this run begins anew.
        wait_seconds: How long to wait for another run that is writing this space, before it is left to that one.

    Raises:
        LakeBusyError: Another run is writing this space, and did not end in that time.
        LakeError: The lake cannot be written.
        ConfluenceError: The site could not be asked; nothing is removed then, and what landed stays.
    """
    with turn(client, lake, space_key, wait_seconds):
        part = client.metered()
        sync = Syncing(
            client=part,
            scope=scope,
            landing=SpaceLanding(lake, space_key),
            run=run,
            selection=selection or Selection(),
            recent=recent or RecentItems(part),
            full=full,
            accept_removals=accept_removals,
            guard=guard or RemovalGuard(),
            work=work,
        )
        return sync.bring_up_to_date()


@dataclass
class Syncing:
    """One sync of one space, under its lock; see :func:`sync_space` for the attributes."""

    client: ConfluenceClient
    scope: Scope
    landing: SpaceLanding
    run: Run
    selection: Selection
    recent: RecentItems
    full: bool = False
    accept_removals: bool = False
    guard: RemovalGuard = field(default_factory=RemovalGuard)
    work: str | None = None
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def bring_up_to_date(self) -> SpaceSync:
        """List, diff, fetch, verify, collect; then land it all."""
        landing = self.landing
        announcement = Announcement(landing)
        untold = announcement.untold()
        before = landing.listing()
        listed, space_id = _list(self.client, self.scope, landing, self.selection, together=self._is_small(before))
        there = landing.body_files()
        plan = diff(before, listed.contents, there, full=self.full)
        plan = plan if self.full else with_strays(landing, plan, before, self.run)
        fetched, failed = fetch_bodies(self.client, landing, plan.fetch, self.run)
        caller = Callers(self.client, landing, self.run)
        doubts = self._doubts(before, caller, space_id, listed.short)
        verified = _verify(self.client, self.scope, landing.space_key, plan.gone, listed, len(before), doubts)
        after = _merge(before, listed, plan, fetched, verified, self.run)
        holds = Hold(lambda: verified.refusal or doubts.of_sight())
        gone = {removal.content_id: removal for removal in (*untold, *verified.removals)}
        collection = collect(self._view(listed, space_id, after, gone, verified.moved, holds))
        if self._was_cut_short(space_id, collection):
            return self._leave_as_it_was()
        seen_by = caller.to_remember(refused=bool(verified.refusal or holds.held))
        unseen_tables = self._unseen_tables(verified) if space_id is None else []
        outcome = SpaceSync(
            space_key=landing.space_key,
            mode="full" if self.full or not before else "incremental",
            listed=len(listed.contents),
            fetched=len(fetched),
            unchanged=sum(1 for i, entry in after.items() if i in before and entry.run == before[i].run),
            removed=len(verified.removals),
            ledger=(*failed, *verified.ledger, *_short(listed), *collection.ledger, *unseen_tables),
            cost=self.client.cost,
            started_at=self.started_at,
            finished_at=datetime.now(UTC),
        )
        gone_now = with_deselected((*verified.removals, *collection.removals), landing, before, self.selection.tables)
        removals = told_once(gone_now, collection, untold, after)
        report = sync_report(
            outcome,
            self.run,
            expected=expected_rows(after, collection, listed.short),
            stale=collection.stale,
            incomplete=collection.incomplete
            | (set(TABLE_OF.values()) if verified.refusal or listed.short else set())
            | {entry.table for entry in unseen_tables},
            removals=removals,
            moving={**verified.moving, **collection.moving},
            tables=self.selection.tables,
            caller=seen_by.as_json(),
        )
        after = landing.compacted(after)
        announcement.make(report.name, removals)
        collection.land(landing)
        drop_unwanted(landing, self.selection)
        if after != before or not landing.is_committed() or landing.titles().is_whole != listed.is_whole:
            landing.commit(after, report, is_whole=listed.is_whole)
        landing.write_sync(report)
        announcement.withdraw()
        needed = {entry.body_file for entry in after.values() if entry.body_file}
        if plan.fetch or after != before or not there <= needed:
            landing.drop_bodies(needed)
        return outcome

    def _was_cut_short(self, space_id: str | None, collection: Collection) -> bool:
        """Return whether the space went out of sight since this run saw it.

        A search in a space that the caller may not see finds nothing and does not say why, so nothing that was asked
        since then can be told from what is there. Grants, which are listed last, are those of a space that is seen;
        only where they are not chosen, or refused, does this take a request.
        """
        key = self.landing.space_key
        if space_id is None:  # a space that landed is judged content by content, when it was listed
            is_new = self.scope.allows_space(key) and not self.landing.is_committed()
            return is_new and landed_space(self.landing.lake, key) is not None
        searches = wanted_kinds(self.selection) or self.selection.has("labels")
        if not searches or any(kind is SPACE_PERMISSIONS for kind, _ in collection.parts):
            return False
        return not any(space.key == key for space in self.client.api.spaces(keys=[key]))

    def _leave_as_it_was(self) -> SpaceSync:
        """Land nothing of the space but that each of its tables was cut short."""
        gone = NotFoundError(
            "it could be seen when the sync began, and cannot be any more, so nothing of it landed; what landed before "
            "stays",
            status=404,
        )
        tables = self.selection.of_spaces
        return write_failure(self.landing, self.run, gone, self.started_at, tables=tables, cost=self.client.cost)

    def _unseen_tables(self, verified: Verified) -> list[LedgerEntry]:
        """Return the entries for what stays as it landed, since contents of a space that is not seen do."""
        reason = next((entry.reason for entry in verified.ledger if not entry.retryable), "")
        key, tables = self.landing.space_key, self.selection.of_spaces - set(TABLE_OF.values())
        return [
            LedgerEntry(table, "list", reason, f"{table} of space {key} stay with its contents", retryable=False)
            for table in sorted(tables if verified.refusal else ())
        ]

    def _is_small(self, before: Listing) -> bool:
        """Return whether one answer of the search likely holds all that is in the space, as it landed."""
        kinds = wanted_kinds(self.selection).intersection(_SEARCHED)
        landed = len(before) + sum(self.landing.records(kind).rows for kind in kinds)
        return bool(kinds) and self.landing.is_committed() and landed <= _MOST_TOGETHER

    def _doubts(self, before: Listing, caller: Callers, space_id: str | None, short: int) -> Doubts:
        return doubts_about(
            self.client,
            self.scope,
            self.landing,
            before,
            caller,
            space_id=space_id,
            short=short,
            guard=self.guard,
            accepted=self.accept_removals,
        )

    def _view(
        self,
        listed: Listed,
        space_id: str | None,
        after: Listing,
        gone: Mapping[str, Removal],
        moved: frozenset[str],
        holds: Hold,
    ) -> SpaceView:
        scope, landing = self.scope, self.landing
        return SpaceView(
            client=self.client,
            scope=scope,
            landing=landing,
            space_id=space_id or "",
            contents=after,
            listed=listed,
            gone=gone,
            moved=moved,
            is_there=space_id is not None,
            holds=holds,
            selection=self.selection,
            recent=self.recent,
            run=self.run,
            full=self.full,
            accepted=self.accept_removals,
            work=self.work,
            walks_site=self.full or scope.takes_whole_site,
        )


def _list(
    client: ConfluenceClient, scope: Scope, landing: SpaceLanding, selection: Selection, *, together: bool
) -> tuple[Listed, str | None]:
    """List what is in scope, and return the space's id with it.

    A space that is out of scope, or that the caller cannot see any more, holds nothing and has no id.
    """
    space_key = landing.space_key
    if not scope.allows_space(space_key):
        return Listed(), None
    wanted = Wanted(labels=selection.has("labels"), restrictions=selection.asks_restrictions)
    landed = landed_space(landing.lake, space_key)
    if landed is not None:
        try:
            space_id = landed.record.space_id
            return list_space(client, scope, space_key, space_id, wanted, together=together), space_id
        except NotFoundError:
            pass  # what landed may be old: the site says below whether the space is gone
    space = next((space for space in client.api.spaces(keys=[space_key]) if space.key == space_key), None)
    if space is None:
        return Listed(), None
    return list_space(client, scope, space_key, space.space_id, wanted), space.space_id


def _short(listed: Listed) -> list[LedgerEntry]:
    return [short_entry(PAGES_TABLE, listed.short, "pages and blog posts of the space")] if listed.short else []


def _verify(
    client: ConfluenceClient,
    scope: Scope,
    space_key: str,
    gone: dict[str, Entry],
    listed: Listed,
    landed: int,
    doubts: Doubts,
) -> Verified:
    """Say what became of contents that are not listed; what the settings took away is not asked for."""
    if not scope.allows_space(space_key):
        return out_of_scope(gone, f"the scope does not include the space {space_key} any more; no request was made")
    unnamed = {i for i in gone if scope.page_ids and i not in scope.page_ids}
    excluded = {i for i in gone if i in listed.excluded} - unnamed
    absent = {content_id: entry for content_id, entry in gone.items() if content_id not in unnamed | excluded}
    verified = verify_gone(client, scope, absent, landed=landed, doubts=doubts)
    filtered = {
        "listed, and excluded by CONFLUENCE_EXCLUDE_PAGE_IDS or CONFLUENCE_EXCLUDE_LABEL": excluded,
        "not among CONFLUENCE_PAGE_IDS any more; no request was made": unnamed,
    }
    removals = [
        removal
        for evidence, ids in filtered.items()
        for removal in out_of_scope({i: gone[i] for i in sorted(ids)}, evidence).removals
    ]
    return replace(verified, removals=(*verified.removals, *removals))


def _merge(before: Listing, listed: Listed, plan: Diff, fetched: Listing, verified: Verified, run: Run) -> Listing:
    """Return the listing to commit: what is in scope with the newest body there is, and what must stay."""
    after: Listing = {content_id: before[content_id] for content_id in verified.kept}
    for content_id, record in listed.contents.items():
        labels = listed.labels.get(content_id, ())
        if content_id in fetched:
            entry = replace(fetched[content_id], labels=labels)
        elif content_id in plan.reuse:
            entry = replace(plan.reuse[content_id], record=record, labels=labels, run=run)
        elif content_id in before:
            # its new body could not be fetched: the old state stays, and the ledger tells; labels are no part of it
            entry = replace(before[content_id], labels=labels, run=run)
        else:
            entry = Entry(record, labels, None, None, 0, (), run)
        old = before.get(content_id)
        same = old is not None and old.same_facts(entry)
        after[content_id] = replace(old, body_file=entry.body_file) if old is not None and same else entry
    return dict(sorted(after.items()))
