"""List, diff, fetch, verify: one space's raw landing brought up to date."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from confluence_pipeline.confluence import (
    CONTENT_TYPES,
    BodyRecord,
    ConfluenceClient,
    ConfluenceError,
    ContentRecord,
    ContentType,
    Cost,
    NotFoundError,
    Scope,
    SettingError,
)
from confluence_pipeline.confluence.batches import Failure, Fetched, fetch_halving
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing.diff import Diff, diff
from confluence_pipeline.landing.listing import Listed, list_space
from confluence_pipeline.landing.removals import Verified, out_of_scope, verify_gone
from confluence_pipeline.landing.spaces import LandedSpace, landed_space_records
from confluence_pipeline.landing.store import Entry, Listing, SpaceLanding, landed_body
from confluence_pipeline.tables.report import LedgerEntry, Run

PAGES_TABLE = "pages"
TABLE_OF: dict[ContentType, str] = {"page": PAGES_TABLE, "blogpost": "blog_posts"}


@dataclass(frozen=True, slots=True)
class SpaceSync:
    """What a sync did to one space's raw landing.

    Attributes:
        space_key: The space.
        mode: ``full`` where every body was fetched, else ``incremental``.
        listed: Contents in scope.
        fetched: Bodies fetched by this sync.
        unchanged: Contents that stayed as they had landed.
        removed: Contents that are gone.
        ledger: What was asked for and is not there.
        cost: What the site was asked.
        started_at: When it began, in UTC.
        finished_at: When it was committed, in UTC.
    """

    space_key: str
    mode: str
    listed: int
    fetched: int
    unchanged: int
    removed: int
    ledger: tuple[LedgerEntry, ...]
    cost: Cost
    started_at: datetime
    finished_at: datetime


def sync_space(
    client: ConfluenceClient,
    scope: Scope,
    lake: Lake,
    space_key: str,
    run: Run,
    *,
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
        full: Fetch every body again.
        accept_removals: Remove even if a large share of the space would vanish without a nameable reason.

    Raises:
        LakeBusyError: Another run is writing this space.
        LakeError: The lake cannot be written.
        ConfluenceError: The site could not be asked; nothing is removed then, and what landed stays.
    """
    started_at = datetime.now(UTC)
    with lake.lock(space_key):
        part = client.metered()
        landing = SpaceLanding(lake, space_key)
        before = landing.listing()
        listed = _list(part, scope, lake, space_key)
        plan = _with_strays(landing, diff(before, listed.contents, full=full), before, run, full=full)
        fetched, failures = _fetch(part, landing, plan.fetch, run)
        verified = _verify(part, scope, space_key, plan.gone, len(before), accept_removals=accept_removals)
        after = _merge(before, listed, plan, fetched, verified, run)
        ledger = (*_failed(plan.fetch, fetched, failures), *verified.ledger)
        _commit(landing, before, after)
        finished_at = datetime.now(UTC)
        outcome = SpaceSync(
            space_key=space_key,
            mode="full" if full or not before else "incremental",
            listed=len(listed.contents),
            fetched=len(fetched),
            unchanged=sum(1 for i, entry in after.items() if i in before and entry is before[i]),
            removed=len(verified.removals),
            ledger=ledger,
            cost=part.cost,
            started_at=started_at,
            finished_at=finished_at,
        )
        landing.write_sync(
            sync_name(run, started_at),
            _report(outcome, listed, after, verified, landed_space_records(lake).get(space_key), run),
        )
    return outcome


def sync_name(run: Run, started_at: datetime) -> str:
    """Return the name of a sync's report: in the order of time, and unique."""
    return f"{started_at:%Y%m%dT%H%M%S.%fZ}-{run.run_id}"


def _list(client: ConfluenceClient, scope: Scope, lake: Lake, space_key: str) -> Listed:
    """List what is in scope; nothing in a space that is out of scope or that the caller cannot see any more."""
    if not scope.allows_space(space_key):
        return Listed({}, {})
    landed = landed_space_records(lake).get(space_key)
    if landed is not None:
        try:
            return list_space(client, scope, space_key, landed.record.space_id)
        except NotFoundError:
            pass  # what landed may be old: the site says below whether the space is gone
    space = next((space for space in client.api.spaces(keys=[space_key]) if space.key == space_key), None)
    return list_space(client, scope, space_key, space.space_id) if space else Listed({}, {})


def _with_strays(landing: SpaceLanding, plan: Diff, before: Listing, run: Run, *, full: bool) -> Diff:
    """Take bodies that an earlier, unfinished sync landed out of what must be fetched."""
    if full or not plan.fetch:
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

    def fetch(batch: tuple[ContentType, list[str]]) -> tuple[list[Entry], list[Failure]]:
        content_type, ids = batch
        outcome: Fetched[BodyRecord] = fetch_halving(ids, lambda some: client.api.bodies(content_type, some))
        if not outcome.records:
            return [], outcome.failures
        name = landing.write_bodies(outcome.records)
        return [landed_body(body, name, run) for body in outcome.records], outcome.failures

    fetched: Listing = {}
    failures: list[Failure] = []
    for entries, failed in client.in_parallel(fetch, _batches(records, client.api.batch_size)):
        failures += failed
        fetched |= {entry.record.content_id: entry for entry in entries}
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
    landed: int,
    *,
    accept_removals: bool,
) -> Verified:
    if not scope.allows_space(space_key):
        return out_of_scope(gone, f"the scope does not include the space {space_key} any more; no request was made")
    return verify_gone(client, scope, gone, landed=landed, accept_removals=accept_removals)


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
            entry = Entry(record, labels, None, None, (), run)
        old = before.get(content_id)
        after[content_id] = old if old is not None and old.same_facts(entry) else entry
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


def _commit(landing: SpaceLanding, before: Listing, after: Listing) -> None:
    changed = len(before) != len(after) or any(before.get(i) is not entry for i, entry in after.items())
    if changed or not before:
        landing.write_listing(after)
        landing.drop_bodies(entry.body_file for entry in after.values() if entry.body_file)


def _report(
    outcome: SpaceSync, listed: Listed, after: Listing, verified: Verified, space: LandedSpace | None, run: Run
) -> dict[str, Any]:
    expected = dict.fromkeys(TABLE_OF.values(), 0)
    for record in listed.contents.values():
        expected[TABLE_OF[record.content_type]] += 1
    for content_id in verified.kept:
        expected[TABLE_OF[after[content_id].record.content_type]] += 1
    expected["labels"] = sum(len(entry.labels) for entry in after.values() if entry.body_file)
    if space and after:
        expected["labels"] += len(space.labels)
    return _sync_facts(
        outcome, run, failed=False, expected=expected, removals=[removal.as_json() for removal in verified.removals]
    )


def _sync_facts(
    outcome: SpaceSync, run: Run, *, failed: bool, expected: dict[str, int], removals: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "run_started_at": run.started_at,
        "space_key": outcome.space_key,
        "mode": outcome.mode,
        "started_at": outcome.started_at,
        "finished_at": outcome.finished_at,
        "failed": failed,
        "expected": expected,
        "cost": asdict(outcome.cost),
        "ledger": [asdict(entry) for entry in outcome.ledger],
        "removals": removals,
    }


def land_failure(lake: Lake, space_key: str, run: Run, error: Exception, started_at: datetime) -> SpaceSync:
    """Land that a space's sync failed as a whole, so that the ledger tells; nothing else of it changes.

    Args:
        lake: Where it lands.
        space_key: The space.
        run: The run that failed.
        error: What it failed with; its text is shown.
        started_at: When the sync of the space began.

    Returns:
        The failed sync, with one ledger entry.

    Raises:
        LakeError: The lake cannot be written.
    """
    entry = LedgerEntry(
        table=PAGES_TABLE,
        operation="list",
        reason=error.reason if isinstance(error, ConfluenceError) else type(error).__name__,
        message=f"The sync of space {space_key} failed: {error}",
        http_status=error.status if isinstance(error, ConfluenceError) else None,
        attempts=error.attempts if isinstance(error, ConfluenceError) else 1,
        retryable=not isinstance(error, SettingError),
    )
    now = datetime.now(UTC)
    outcome = SpaceSync(space_key, "incremental", 0, 0, 0, 0, (entry,), Cost(), started_at, now)
    facts = _sync_facts(outcome, run, failed=True, expected={}, removals=[])
    SpaceLanding(lake, space_key).write_sync(sync_name(run, started_at), facts)
    return outcome
