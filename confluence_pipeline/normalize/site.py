"""The tables that belong to no space: spaces, users, groups and their members."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime

from confluence_pipeline.confluence import MemberRecord
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import Landed, drop_groups, landed_space_records, landed_users, site_records
from confluence_pipeline.landing.kinds import GROUP_MEMBERS as MEMBER_RECORDS
from confluence_pipeline.landing.kinds import GROUPS as GROUP_RECORDS
from confluence_pipeline.landing.ledger import COUNT
from confluence_pipeline.landing.site_reports import site_report
from confluence_pipeline.normalize.deselected import drop_part
from confluence_pipeline.normalize.logs import append_site_ledger, append_sync_runs
from confluence_pipeline.normalize.part import Part, rebuilt
from confluence_pipeline.normalize.stretches import rebuild, stretches
from confluence_pipeline.tables import GROUP_MEMBERS, GROUPS, SITE_PART, SPACES, USERS, Table
from confluence_pipeline.tables.merge import Row
from confluence_pipeline.tables.record_rows import group_row, member_row
from confluence_pipeline.tables.report import Run, TableReport
from confluence_pipeline.tables.rows import Stamp, space_row, user_row

_MEMBERS_AT_ONCE = 1024


def build_spaces(lake: Lake, run: Run) -> TableReport:
    """Build ``spaces`` from the spaces that landed.

    Raises:
        LakeError: The lake cannot be written; what was there stays.
    """
    rows = [
        space_row(space.record, space.labels, Stamp(run.run_id, space.run.started_at, space.record.source_url))
        for space in landed_space_records(lake).values()
    ]
    return _build(lake, SPACES, run, lambda part: part.add(part.old(None), rows))


def build_users(lake: Lake, run: Run) -> TableReport:
    """Build ``users`` from the users that landed.

    Raises:
        LakeError: The lake cannot be written; what was there stays.
    """
    rows = [
        user_row(user, Stamp(run.run_id, landed.started_at, user.source_url))
        for user, landed in landed_users(lake).values()
    ]
    return _build(lake, USERS, run, lambda part: part.add(part.old(None), rows))


def build_groups(lake: Lake, run: Run) -> TableReport:
    """Build ``groups`` from the groups that landed.

    Raises:
        LakeError: The lake cannot be written; what was there stays.
    """
    file = site_records(lake, GROUP_RECORDS)
    rows = [
        group_row(landed.record, Stamp(run.run_id, landed.run.started_at, landed.record.source_url))
        for landed in file.scan()
    ]
    return _build(lake, GROUPS, run, lambda part: part.add(part.old(None), rows), is_landed=file.is_landed)


def build_group_members(lake: Lake, run: Run) -> TableReport:
    """Build ``group_members`` from the members that landed, a stretch of groups in memory at a time.

    Raises:
        LakeError: The lake cannot be written; what was there stays.
    """
    names = {landed.record.group_id: landed.record.name for landed in site_records(lake, GROUP_RECORDS).scan()}

    def rows(stretch: Sequence[Landed[MemberRecord]], _old: Sequence[Row]) -> Iterable[Row]:
        for landed in stretch:
            stamp = Stamp(run.run_id, landed.run.started_at, landed.record.source_url)
            yield member_row(landed.record, names.get(landed.record.group_id), stamp)

    file = site_records(lake, MEMBER_RECORDS)

    def write(part: Part) -> None:
        stretched = stretches(file.scan(), lambda landed: landed.record.group_id, most=_MEMBERS_AT_ONCE)
        rebuild(part, stretched, rows)

    return _build(lake, GROUP_MEMBERS, run, write, is_landed=file.is_landed)


def _build(lake: Lake, table: Table, run: Run, write: Callable[[Part], None], *, is_landed: bool = True) -> TableReport:
    started_at = datetime.now(UTC)
    with lake.lock(SITE_PART, wait_seconds=60):  # the tables of the site share a part of sync_runs
        with rebuilt(lake, table) as part:
            write(part)
        merge, landed = part.merge, site_report(lake, table.name)
        fresh = merge.rows - (landed.stale if landed else 0)
        missing = sum(entry.operation != COUNT for entry in landed.ledger) if landed else 0
        report = TableReport(
            table=table.name,
            space_key=SITE_PART,
            expected_rows=landed.expected if landed else None,
            extracted_rows=fresh,
            inserted=merge.inserted,
            updated=merge.updated,
            unchanged=merge.unchanged,
            removed=merge.removed,
            ledger_rows=missing,
            complete=is_landed and (landed is None or landed.expected in (None, fresh + missing)),
            file=part.file,
            started_at=started_at,
            finished_at=datetime.now(UTC),
        )
        append_sync_runs(lake, SITE_PART, run, [report])
        if landed is not None and landed.ledger:
            append_site_ledger(lake, landed)
    return report


def drop_deselected_site(lake: Lake, run: Run, tables: Collection[str]) -> list[TableReport]:
    """Remove the tables of people that are not chosen any more, and what landed for them alone.

    Users land whatever is chosen, since bodies mention them by name; only their table goes.

    Args:
        lake: Where the tables and the landing are.
        run: The run that removes them.
        tables: The names of the chosen tables.

    Returns:
        What was removed; it is in ``sync_runs``, too.

    Raises:
        LakeError: The lake cannot be written.
    """
    if GROUP_MEMBERS.name not in tables:
        drop_groups(lake, members_only=GROUPS.name in tables)
    with lake.lock(SITE_PART, wait_seconds=60):
        others = (table for table in (USERS, GROUPS, GROUP_MEMBERS) if table.name not in tables)
        dropped = [report for table in others if (report := drop_part(lake, table)) is not None]
        if dropped:
            append_sync_runs(lake, SITE_PART, run, dropped)
    return dropped
