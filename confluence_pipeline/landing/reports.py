"""What a sync of a space did: the outcome for the caller, and the report that lands for the log tables."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from confluence_pipeline.confluence import ConfluenceError, ContentType, Cost, SettingError
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing.entries import SyncReport
from confluence_pipeline.landing.removals import Removal
from confluence_pipeline.landing.store import SpaceLanding
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
        finished_at: When all of it was known and ready to be committed, in UTC.
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


def sync_report(
    sync: SpaceSync,
    run: Run,
    *,
    expected: Mapping[str, int],
    removals: tuple[Removal, ...],
    stale: Mapping[str, int] | None = None,
    incomplete: Collection[str] = (),
    listed_at: str | None = None,
    moving: Mapping[str, str] | None = None,
    tables: Collection[str] | None = None,
    caller: Mapping[str, object] | None = None,
    failed: bool = False,
) -> SyncReport:
    """Return what lands of a sync.

    Args:
        sync: What it did.
        run: The run it was part of.
        expected: How many rows there should be now, by table.
        removals: What is gone.
        stale: How many rows are as they were before although they should be newer, by table.
        incomplete: The tables of which not everything is known; what landed of them before stays.
        listed_at: When the listing that landed was begun, in ISO 8601; by default when the sync was.
        moving: Contents and nodes that are in another space by now and have not landed there yet, by id, each with
            that space's key.
        tables: The tables that were chosen; None where that was not looked at.
        caller: Whose view of the space landed, as a JSON object.
        failed: Whether it failed as a whole.
    """
    facts: dict[str, Any] = {
        "run_id": run.run_id,
        "run_started_at": run.started_at.isoformat(),
        "space_key": sync.space_key,
        "mode": sync.mode,
        "started_at": sync.started_at.isoformat(),
        "finished_at": sync.finished_at.isoformat(),
        "failed": failed,
        "expected": dict(expected),
        "stale": dict(stale or {}),
        "incomplete": sorted(incomplete),
        "listed_at": listed_at or sync.started_at.isoformat(),
        "moving": dict(moving or {}),
        "tables": None if tables is None else sorted(tables),
        "caller": dict(caller) if caller else None,
        "cost": asdict(sync.cost),
        "ledger": [asdict(entry) for entry in sync.ledger],
        "removals": [removal.as_json() for removal in removals],
    }
    return SyncReport(f"{sync.started_at:%Y%m%dT%H%M%S.%fZ}-{run.run_id}", facts)


def land_failure(lake: Lake, space_key: str, run: Run, error: Exception, started_at: datetime) -> SpaceSync:
    """Land that a space's sync failed as a whole, so that the ledger tells; nothing else of it changes.

    Args:
        lake: Where it lands.
        space_key: The space.
        run: The run that failed.
        error: What it failed with; its text is shown.
        started_at: When the sync of the space began, at the earliest: what another run landed since then counts as
            newer than the failure.

    Returns:
        The failed sync, with one ledger entry.

    Raises:
        LakeBusyError: Another run is writing this space.
        LakeError: The lake cannot be written.
    """
    with lake.lock(space_key):
        return write_failure(SpaceLanding(lake, space_key), run, error, started_at)


def write_failure(
    landing: SpaceLanding,
    run: Run,
    error: Exception,
    started_at: datetime,
    *,
    tables: Collection[str] = (PAGES_TABLE,),
    cost: Cost | None = None,
) -> SpaceSync:
    """Do what :func:`land_failure` does, for whoever is at work on the space already.

    Args:
        landing: The space.
        run: The run that failed.
        error: What it failed with; its text is shown.
        started_at: When the sync of the space began.
        tables: The tables that the ledger names.
        cost: What the site was asked, if that is known.

    Returns:
        The failed sync, with a ledger entry for each table.

    Raises:
        LakeError: The lake cannot be written.
    """
    known = error if isinstance(error, ConfluenceError) else None
    entries = tuple(
        LedgerEntry(
            table=table,
            operation="list",
            reason=known.reason if known else type(error).__name__,
            message=f"The sync of space {landing.space_key} failed: {error}",
            http_status=known.status if known else None,
            attempts=known.attempts if known else 1,
            retryable=not isinstance(error, SettingError),
        )
        for table in sorted(tables)
    )
    ended_at = datetime.now(UTC)
    sync = SpaceSync(landing.space_key, "incremental", 0, 0, 0, 0, entries, cost or Cost(), started_at, ended_at)
    known_before = landing.newest_sync() or {}
    report = sync_report(
        sync,
        run,
        expected={},
        removals=(),
        listed_at=known_before.get("listed_at"),
        moving=known_before.get("moving"),
        tables=known_before.get("tables"),
        caller=known_before.get("caller"),
        failed=True,
    )
    landing.write_sync(report)
    return sync
