"""The tables that belong to no space: spaces and users."""

from datetime import UTC, datetime

from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import landed_space_records, landed_users
from confluence_pipeline.normalize.logs import append_sync_runs
from confluence_pipeline.normalize.part import rebuilt
from confluence_pipeline.tables import SITE_PART, SPACES, USERS, Table
from confluence_pipeline.tables.merge import Row
from confluence_pipeline.tables.report import Run, TableReport
from confluence_pipeline.tables.rows import Stamp, space_row, user_row


def build_spaces(lake: Lake, run: Run) -> TableReport:
    """Build ``spaces`` from the spaces that landed.

    Raises:
        LakeError: The lake cannot be written; what was there stays.
    """
    rows = [
        space_row(space.record, space.labels, Stamp(run.run_id, space.run.started_at, space.record.source_url))
        for space in landed_space_records(lake).values()
    ]
    return _build(lake, SPACES, rows, run)


def build_users(lake: Lake, run: Run) -> TableReport:
    """Build ``users`` from the users that landed.

    Raises:
        LakeError: The lake cannot be written; what was there stays.
    """
    rows = [
        user_row(user, Stamp(run.run_id, landed.started_at, user.source_url))
        for user, landed in landed_users(lake).values()
    ]
    return _build(lake, USERS, rows, run)


def _build(lake: Lake, table: Table, rows: list[Row], run: Run) -> TableReport:
    started_at = datetime.now(UTC)
    with lake.lock(SITE_PART, wait_seconds=60):  # the tables of the site share a part of sync_runs
        with rebuilt(lake, table) as part:
            part.add(part.old(None), rows)
        report = TableReport(
            table=table.name,
            space_key=SITE_PART,
            expected_rows=len(rows),
            extracted_rows=part.merge.rows,
            inserted=part.merge.inserted,
            updated=part.merge.updated,
            unchanged=part.merge.unchanged,
            removed=part.merge.removed,
            ledger_rows=0,
            complete=part.merge.rows == len(rows),
            file=part.file,
            started_at=started_at,
            finished_at=datetime.now(UTC),
        )
        append_sync_runs(lake, SITE_PART, run, [report])
    return report
