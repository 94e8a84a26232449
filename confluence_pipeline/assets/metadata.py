"""What an event says of the work it stands for: rows, files, requests, and a short preview."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any

import dagster as dg

from confluence_pipeline.assets.markdown import markdown_table
from confluence_pipeline.confluence import Cost
from confluence_pipeline.lake import Lake
from confluence_pipeline.tables import Table
from confluence_pipeline.tables.report import FileFacts, TableReport
from confluence_pipeline.warehouse import LoadReport

Metadata = Mapping[str, Any]

_COUNTS = ("expected_rows", "inserted", "updated", "unchanged", "removed", "ledger_rows")
_MOST_SPACES = 20
_PREVIEW_ROWS = 5
_PREVIEW_COLUMNS = 8
_NOT_SHOWN = ("_", "body_", "email")


def cost_metadata(cost: Cost) -> Metadata:
    """Return what a piece of work asked of the site, and how long it waited for which reason."""
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in asdict(cost).items()}


def table_metadata(
    reports: Sequence[TableReport], rest: FileFacts | None = None, *, whole: bool = True
) -> dict[str, Any]:
    """Return what a run did to a table, all of the parts it dealt with together.

    Args:
        reports: One for each part; a table that is not kept by space has one part.
        rest: A part that this step did not deal with and that counts as well: a log's rows about the whole site.
        whole: Whether these are all parts of the table, so that their rows are its row count.
    """
    files = [file for file in (rest, *(report.file for report in reports)) if file is not None]
    rows = sum(file.rows for file in files)
    return {
        **({"dagster/row_count": rows} if whole else {}),
        "rows": rows,
        "file_size_bytes": sum(file.size for file in files),
        **{name: _sum(getattr(report, name) for report in reports) for name in _COUNTS},
        "complete": all(report.complete for report in reports),
    }


def _sum(counts: Iterable[int | None]) -> int | str:
    """Return the sum of counts, in words if one of them is not known."""
    known = list(counts)
    return "unknown" if None in known else sum(count for count in known if count is not None)


def by_space(reports: Sequence[TableReport]) -> dict[str, Any]:
    """Return how many spaces a run dealt with, and a table of those where anything happened."""
    changed = [report for report in reports if report.inserted or report.updated or report.removed]
    eventful = [
        report for report in reports if report.inserted or report.updated or report.removed or report.ledger_rows
    ]
    header = ("space", "rows", *_COUNTS)
    rows = [
        (report.space_key, report.file.rows if report.file else 0, *(_sum([getattr(report, name)]) for name in _COUNTS))
        for report in sorted(eventful, key=lambda report: (-report.ledger_rows, report.space_key))[:_MOST_SPACES]
    ]
    return {
        "spaces": len(reports),
        "spaces_changed": len(changed),
        **({"by_space": dg.MetadataValue.md(markdown_table(header, rows))} if rows else {}),
    }


def load_metadata(report: LoadReport) -> Metadata:
    """Return what was done to a table in the warehouse."""
    return {
        "dagster/row_count": report.rows,
        "inserted": report.inserted,
        "updated": report.updated,
        "deleted": report.deleted,
        "parts_loaded": report.parts_loaded,
        "parts_unchanged": report.parts_skipped,
    }


def shown(lake: Lake, table: Table) -> Metadata:
    """Return where a table lies, and its first rows without bodies, stamps and what is private."""
    names = [name for name in table.schema.names if not name.startswith(_NOT_SHOWN)][:_PREVIEW_COLUMNS]
    batches = (batch for key in lake.parts(table) for batch in lake.scan_part(table, key, columns=names))
    rows = (row for batch in batches for row in batch.to_pylist())
    first = [[row[name] for name in names] for row in islice(rows, _PREVIEW_ROWS)]
    return {
        "dagster/uri": f"{lake.uri}/tables/{table.name}",
        "preview": dg.MetadataValue.md(markdown_table(names, first)),
    }
