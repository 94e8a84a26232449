"""Parts of tables that are not chosen any more: they leave the lake whole, since nothing keeps them up to date."""

from datetime import UTC, datetime

from confluence_pipeline.lake import Lake
from confluence_pipeline.normalize.sources import SpaceSources
from confluence_pipeline.tables import SITE_PART, TABLES, Table
from confluence_pipeline.tables.report import TableReport


def drop_deselected(sources: SpaceSources) -> list[TableReport]:
    """Remove a space's part of every table that its newest sync was not asked to fill.

    Log tables stay. A table that is chosen again is built from a landing that is fetched again.

    Args:
        sources: What landed of the space, and where the tables are.

    Returns:
        What was removed, for ``sync_runs``.

    Raises:
        LakeError: The lake cannot be written.
    """
    chosen = sources.sync.get("tables") if sources.sync else None
    if chosen is None:
        return []
    others = [table for table in TABLES.values() if table.by_space and not table.log and table.name not in chosen]
    dropped = (drop_part(sources.lake, table, sources.space_key) for table in others)
    return [report for report in dropped if report is not None]


def drop_part(lake: Lake, table: Table, space_key: str | None = None) -> TableReport | None:
    """Remove a part of a table that is not chosen any more.

    Args:
        lake: Where it is.
        table: The table.
        space_key: Which space's; None for a table that does not belong to spaces.

    Returns:
        What was removed; None if there was nothing.

    Raises:
        LakeError: The lake cannot be written.
    """
    started_at = datetime.now(UTC)
    facts = lake.part_facts(table, space_key)
    if facts is None:
        return None
    lake.remove_part(table, space_key)
    return TableReport(
        table=table.name,
        space_key=space_key or SITE_PART,
        expected_rows=0,
        extracted_rows=0,
        inserted=0,
        updated=0,
        unchanged=0,
        removed=facts.rows,
        ledger_rows=0,
        complete=True,
        file=None,
        mode="deselected",
        started_at=started_at,
        finished_at=datetime.now(UTC),
    )
