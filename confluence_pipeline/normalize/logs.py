"""The tables that grow with each run: removals, ledger and sync_runs."""

from collections.abc import Collection
from datetime import datetime

from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import SpaceLanding
from confluence_pipeline.landing.site_reports import SiteReport
from confluence_pipeline.normalize.part import rebuilt
from confluence_pipeline.tables import LEDGER, REMOVALS, SITE_PART, SYNC_RUNS, Table
from confluence_pipeline.tables.merge import Row
from confluence_pipeline.tables.report import Run, TableReport
from confluence_pipeline.tables.rows import Stamp, ledger_rows, removal_rows, sync_run_row

_ROWS = {LEDGER.name: ledger_rows, REMOVALS.name: removal_rows}
LOGS = (REMOVALS, LEDGER, SYNC_RUNS)


def append_logs(
    lake: Lake, landing: SpaceLanding, run: Run, reports: list[TableReport], tables: Collection[str]
) -> None:
    """Add what the landed syncs and this build tell to a space's part of the log tables.

    A sync that is in a log already is not added again, so a repeated run changes nothing.

    Args:
        lake: Where the logs are.
        landing: The space's raw landing.
        run: The run that builds.
        reports: What this run did to the space's content tables.
        tables: The names of the tables to build.
    """
    syncs = landing.syncs()
    for table in (LEDGER, REMOVALS):
        if table.name in tables:
            stamped = ((sync, _stamp(sync, landing)) for sync in syncs)
            _append(lake, table, landing.space_key, [row for pair in stamped for row in _ROWS[table.name](*pair)])
    if {LEDGER.name, REMOVALS.name} <= set(tables):
        landing.drop_logged_syncs()
    if SYNC_RUNS.name in tables:
        append_sync_runs(lake, landing.space_key, run, reports)


def append_sync_runs(lake: Lake, space_key: str, run: Run, reports: list[TableReport]) -> None:
    """Add a run's reports on one space, or on the site's tables, to ``sync_runs``."""
    rows = [sync_run_row(report, run, f"lake:tables/{report.table}") for report in reports]
    _append(lake, SYNC_RUNS, space_key, rows)


def append_site_ledger(lake: Lake, landed: SiteReport) -> None:
    """Add what could not be had of a table of the site to the site's part of ``ledger``, unless it is there already."""
    sync = landed.as_sync()
    stamp = Stamp(landed.run.run_id, landed.run.started_at, f"lake:raw/{landed.table}")
    _append(lake, LEDGER, SITE_PART, ledger_rows(sync, stamp))


def log_reports(lake: Lake, space_key: str, run: Run, tables: Collection[str]) -> dict[str, TableReport]:
    """Return what a run added to a space's part of the log tables, by name."""
    found = {}
    for table in LOGS:
        if table.name not in tables:
            continue
        file = lake.part_facts(table, space_key)
        added = sum(
            1
            for batch in lake.scan_part(table, space_key, columns=["_run_id"])
            for run_id in batch["_run_id"].to_pylist()
            if run_id == run.run_id
        )
        rows = file.rows if file else 0
        found[table.name] = TableReport(
            table.name, space_key, rows, rows, added, 0, rows - added, 0, 0, complete=True, file=file
        )
    return found


def _append(lake: Lake, table: Table, space_key: str, new: list[Row]) -> None:
    if not new and lake.part_files(table, space_key):
        return
    with rebuilt(lake, table, space_key) as part:
        old = part.old(None)
        known = {tuple(row[name] for name in table.key) for row in old}
        fresh = [row for row in new if tuple(row[name] for name in table.key) not in known]
        part.add(old, [*old, *fresh])


def _stamp(sync: Row, landing: SpaceLanding) -> Stamp:
    return Stamp(sync["run_id"], datetime.fromisoformat(sync["run_started_at"]), f"lake:{landing.folder}/syncs")
