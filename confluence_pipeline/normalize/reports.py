"""What a build tells of each table, against what the newest sync expected of it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from confluence_pipeline.confluence import Cost
from confluence_pipeline.landing.ledger import COUNT
from confluence_pipeline.normalize.part import Part
from confluence_pipeline.normalize.sources import SpaceSources
from confluence_pipeline.tables import PAGES, TABLES
from confluence_pipeline.tables.report import FileFacts, TableReport


@dataclass(frozen=True, slots=True)
class Counts:
    """What happened to the rows of a part."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    file: FileFacts | None = None
    """The part, where it stayed as it was."""

    @property
    def rows(self) -> int:
        """How many rows there are now."""
        return self.inserted + self.updated + self.unchanged


def counts_of(part: Part) -> Counts:
    """Return what happened to a part that was rebuilt."""
    merge = part.merge
    return Counts(merge.inserted, merge.updated, merge.unchanged, merge.removed)


def untouched(sources: SpaceSources, name: str) -> Counts:
    """Return the counts of a part that was current, so that it was not even read."""
    file = sources.lake.part_facts(TABLES[name], sources.space_key)
    return Counts(unchanged=file.rows if file else 0, file=file)


def space_report(sources: SpaceSources, name: str, counts: Counts, started_at: datetime, *, stale: int) -> TableReport:
    """Say what was done to one table of a space.

    Args:
        sources: The space.
        name: The table.
        counts: What happened to its rows.
        started_at: When the work on the space began.
        stale: How many rows are as they were before although the newest sync knows that they changed.
    """
    sync = sources.sync
    ledger = [item for item in sync["ledger"] if item["table"] == name] if sync else []
    missing = [item for item in ledger if item["operation"] != COUNT]
    expected = sync["expected"].get(name) if sync else None
    mine = sync is not None and sync["run_id"] == sources.run.run_id
    fresh = counts.rows - stale
    is_listed = sync is not None and not sync["failed"] and name not in sync.get("incomplete", ())
    return TableReport(
        table=name,
        space_key=sources.space_key,
        expected_rows=expected,
        extracted_rows=fresh,
        inserted=counts.inserted,
        updated=counts.updated,
        unchanged=counts.unchanged,
        removed=counts.removed,
        ledger_rows=len(missing),
        complete=is_listed and expected in (None, fresh + len(missing)) and len(ledger) == len(missing),
        file=counts.file or sources.lake.part_facts(TABLES[name], sources.space_key),
        mode=sync["mode"] if sync and mine else "incremental",
        cost=Cost(**sync["cost"]) if sync and mine and name == PAGES.name else Cost(),
        started_at=started_at,
        finished_at=datetime.now(UTC),
    )
