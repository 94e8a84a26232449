"""List, diff, fetch, verify: one space's raw landing brought up to date."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from confluence_pipeline.confluence import (
    CONTENT_TYPES,
    ConfluenceClient,
    ContentRecord,
    ContentType,
    NotFoundError,
    Scope,
)
from confluence_pipeline.confluence.batches import Failure, Fetched, fetch_halving
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing.collect import Collection, SpaceView, collect
from confluence_pipeline.landing.diff import Diff, diff
from confluence_pipeline.landing.entries import Entry, Listing
from confluence_pipeline.landing.listing import Listed, Wanted, list_space
from confluence_pipeline.landing.recent import RecentItems
from confluence_pipeline.landing.removals import Verified, out_of_scope, verify_gone
from confluence_pipeline.landing.reports import TABLE_OF, SpaceSync, sync_report
from confluence_pipeline.landing.selection import Selection
from confluence_pipeline.landing.spaces import LandedSpace, landed_space_records
from confluence_pipeline.landing.store import SpaceLanding
from confluence_pipeline.tables.report import LedgerEntry, Run


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
) -> SpaceSync:
    """Bring one space's raw landing up to date, and commit it in one step.

    Bodies land as they come; the listing is replaced at the end, so a sync that dies leaves the old state whole
    and the next one continues with the bodies that landed. A space that is out of scope, or that the caller
    cannot see any more, is emptied: each of its contents becomes a removal with its reason.

    Args:
        client: The site.
        scope: What is asked for.
        lake: Where it lands.
        space_key: The space.
        run: The run that rows are stamped with.
        selection: Which tables the landing is for; the default ones unless given.
        recent: What was modified last on the site; give the same one to all spaces of a run.
        full: Fetch every body again.
        accept_removals: Remove even if a large share of the space would vanish without a nameable reason.

    Raises:
        LakeBusyError: Another run is writing this space.
        LakeError: The lake cannot be written.
        ConfluenceError: The site could not be asked; nothing is removed then, and what landed stays.
    """
    started_at = datetime.now(UTC)
    selection = selection or Selection()
    with lake.lock(space_key):
        part = client.metered()
        landing = SpaceLanding(lake, space_key)
        before = landing.listing()
        listed, space_id = _list(part, scope, lake, space_key, selection)
        plan = diff(before, listed.contents, landing.body_files(), full=full)
        plan = plan if full else _with_strays(landing, plan, before, run)
        fetched, failures = _fetch(part, landing, plan.fetch, run)
        verified = _verify(part, scope, space_key, plan.gone, listed, len(before), accept_removals=accept_removals)
        after = _merge(before, listed, plan, fetched, verified, run)
        collection = collect(
            SpaceView(
                client=part,
                landing=landing,
                space_id=space_id or "",
                contents=after,
                listed=listed,
                gone={removal.content_id: removal for removal in verified.removals},
                is_there=space_id is not None,
                is_whole=scope.lists_whole_spaces,
                selection=selection,
                recent=recent or RecentItems(part),
                run=run,
                full=full,
                walks_site=full or (scope.takes_whole_site and not landing.is_committed()),
            )
        )
        outcome = SpaceSync(
            space_key=space_key,
            mode="full" if full or not before else "incremental",
            listed=len(listed.contents),
            fetched=len(fetched),
            unchanged=sum(1 for i, entry in after.items() if i in before and entry.run == before[i].run),
            removed=len(verified.removals),
            ledger=(*_failed(plan.fetch, fetched, failures), *verified.ledger, *collection.ledger),
            cost=part.cost,
            started_at=started_at,
            finished_at=datetime.now(UTC),
        )
        report = sync_report(
            outcome,
            run,
            expected=_expected(listed, after, verified, landed_space_records(lake).get(space_key), collection),
            stale=collection.stale,
            incomplete=collection.incomplete,
            removals=(*verified.removals, *collection.removals),
        )
        collection.land(landing)
        if after != before or not landing.is_committed() or landing.titles().is_whole != listed.is_whole:
            landing.commit(after, report, is_whole=listed.is_whole)
        landing.write_sync(report)
        if plan.fetch or after != before:
            landing.drop_bodies(entry.body_file for entry in after.values() if entry.body_file)
    return outcome


def _list(
    client: ConfluenceClient, scope: Scope, lake: Lake, space_key: str, selection: Selection
) -> tuple[Listed, str | None]:
    """List what is in scope, and return the space's id with it.

    A space that is out of scope, or that the caller cannot see any more, holds nothing and has no id.
    """
    if not scope.allows_space(space_key):
        return Listed(), None
    wanted = Wanted(labels=selection.has("labels"), restrictions=selection.has("restrictions", "effective_access"))
    landed = landed_space_records(lake).get(space_key)
    if landed is not None:
        try:
            space_id = landed.record.space_id
            return list_space(client, scope, space_key, space_id, wanted), space_id
        except NotFoundError:
            pass  # what landed may be old: the site says below whether the space is gone
    space = next((space for space in client.api.spaces(keys=[space_key]) if space.key == space_key), None)
    if space is None:
        return Listed(), None
    return list_space(client, scope, space_key, space.space_id, wanted), space.space_id


def _with_strays(landing: SpaceLanding, plan: Diff, before: Listing, run: Run) -> Diff:
    """Take bodies that an earlier, unfinished sync landed out of what must be fetched."""
    if not plan.fetch:
        return plan
    wanted = {record.content_id: record for record in plan.fetch}
    reuse = dict(plan.reuse)
    referenced = (entry.body_file for entry in before.values() if entry.body_file)
    for stray in landing.stray_bodies(referenced, run):
        listed = wanted.get(stray.record.content_id)
        if listed is not None and listed.version_number == stray.record.version_number:
            reuse[listed.content_id] = stray
    return replace(plan, fetch=tuple(r for r in plan.fetch if r.content_id not in reuse), reuse=reuse)


def _fetch(
    client: ConfluenceClient, landing: SpaceLanding, records: Sequence[ContentRecord], run: Run
) -> tuple[Listing, list[Failure]]:
    """Fetch bodies in batches, side by side; each lands on the thread that fetched it, so few are in memory."""

    def fetch(batch: tuple[ContentType, list[str]]) -> Fetched[Entry]:
        content_type, ids = batch
        return fetch_halving(ids, lambda some: landing.land_bodies(client.api.bodies(content_type, some), run))

    home = {record.content_id: record.space_id for record in records}
    fetched: Listing = {}
    failures: list[Failure] = []
    for outcome in client.in_parallel(fetch, _batches(records, client.api.batch_size)):
        failures += outcome.failures
        for entry in outcome.records:
            if entry.record.space_id == home[entry.record.content_id]:  # else it moved away since it was listed
                fetched[entry.record.content_id] = entry
    return fetched, failures


def _batches(records: Iterable[ContentRecord], size: int) -> Iterator[tuple[ContentType, list[str]]]:
    for content_type in CONTENT_TYPES:
        ids = sorted(record.content_id for record in records if record.content_type == content_type)
        for start in range(0, len(ids), size):
            yield content_type, ids[start : start + size]


def _verify(
    client: ConfluenceClient,
    scope: Scope,
    space_key: str,
    gone: dict[str, Entry],
    listed: Listed,
    landed: int,
    *,
    accept_removals: bool,
) -> Verified:
    """Say what became of contents that are not listed; what the settings took away is not asked for."""
    if not scope.allows_space(space_key):
        return out_of_scope(gone, f"the scope does not include the space {space_key} any more; no request was made")
    excluded = {content_id: entry for content_id, entry in gone.items() if content_id in listed.excluded}
    absent = {content_id: entry for content_id, entry in gone.items() if content_id not in excluded}
    verified = verify_gone(client, scope, absent, landed=landed, accept_removals=accept_removals)
    evidence = "listed, and excluded by CONFLUENCE_EXCLUDE_PAGE_IDS or CONFLUENCE_EXCLUDE_LABEL"
    return replace(verified, removals=verified.removals + out_of_scope(excluded, evidence).removals)


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
            entry = before[content_id]  # its new body could not be fetched: the old state stays, and the ledger tells
        else:
            entry = Entry(record, labels, None, None, 0, (), run)
        old = before.get(content_id)
        same = old is not None and old.same_facts(entry)
        after[content_id] = replace(old, body_file=entry.body_file) if old is not None and same else entry
    return dict(sorted(after.items()))


def _failed(asked: Iterable[ContentRecord], fetched: Listing, failures: Iterable[Failure]) -> Iterator[LedgerEntry]:
    """Yield a ledger entry for each content whose body did not come."""
    errors = {failure.item_id: failure.error for failure in failures}
    for record in asked:
        if record.content_id in fetched:
            continue
        error = errors.get(record.content_id)
        name = f"{record.content_type} {record.title!r} ({record.content_id})"
        yield LedgerEntry(
            table=TABLE_OF[record.content_type],
            operation="fetch",
            reason=error.reason if error else "gone_meanwhile",
            message=f"{name}: {error}" if error else f"{name} was listed, but not there when its body was asked for",
            content_id=record.content_id,
            http_status=error.status if error else None,
            attempts=error.attempts if error else 1,
        )


def _expected(
    listed: Listed, after: Listing, verified: Verified, space: LandedSpace | None, collection: Collection
) -> dict[str, int]:
    """Return how many rows each table should have now."""
    expected = dict.fromkeys(TABLE_OF.values(), 0) | collection.expected
    for record in listed.contents.values():
        expected[TABLE_OF[record.content_type]] += 1
    for content_id in verified.kept:
        expected[TABLE_OF[after[content_id].record.content_type]] += 1
    expected["labels"] = sum(len(entry.labels) for entry in after.values() if entry.body_file)
    if space and after:
        expected["labels"] += len(space.labels)
    expected["labels"] += collection.labels
    return expected
