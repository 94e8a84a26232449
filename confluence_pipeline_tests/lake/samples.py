"""Small tables and rows that tests of the lake and the warehouse write."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from confluence_pipeline.lake import Lake
from confluence_pipeline.tables import Table, column
from confluence_pipeline.tables.schema import STRINGS, TIMESTAMP

NOTED_AT = datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC)

NOTES = Table(
    name="notes",
    description="A note somebody's pen left; it's here for tests.",
    key=("note_id",),
    columns=(
        column("note_id", pa.string(), "The note's id.", source="raw_notes.record", nullable=False),
        column("space_key", pa.string(), "The space's key.", source="raw_notes.record", nullable=False),
        column("title", pa.string(), "What it's called.", source=("raw_notes.record", "raw_notes.sync")),
        column("words", pa.int64(), "How many words."),
        column("tags", STRINGS, "Its tags."),
        column("noted_at", TIMESTAMP, "When."),
        column("pinned", pa.bool_(), "Whether it is pinned."),
        column("score", pa.float64(), "How good it is."),
    ),
)

PEOPLE = Table(
    name="people",
    description="A person.",
    key=("person_id",),
    by_space=False,
    columns=(
        column("person_id", pa.string(), "The person's id.", nullable=False),
        column("name", pa.string(), "The person's name."),
    ),
)


def note(number: int, space_key: str = "ENG", **changes: Any) -> dict[str, Any]:
    """Return a row of NOTES."""
    row = {
        "note_id": str(number),
        "space_key": space_key,
        "title": f"Note {number}",
        "words": number,
        "tags": [f"global:{number}", "é"] if number % 2 else None,
        "noted_at": NOTED_AT,
        "pinned": number % 3 == 0,
        "score": number / 4,
        "_run_id": "run-1",
        "_extracted_at": NOTED_AT,
        "_source_url": "/notes",
    }
    return row | changes


def person(number: int, **changes: Any) -> dict[str, Any]:
    """Return a row of PEOPLE."""
    stamps = {"_run_id": "run-1", "_extracted_at": NOTED_AT, "_source_url": "/people"}
    return {"person_id": str(number), "name": f"Person {number}", **stamps} | changes


def as_table(table: Table, rows: Sequence[dict[str, Any]]) -> pa.Table:
    """Return rows as Arrow."""
    return pa.Table.from_pylist(list(rows), schema=table.schema)


def write_part(lake: Lake, table: Table, rows: Iterable[dict[str, Any]], space_key: str | None = None) -> str:
    """Write a part of a table; returns its path."""
    path = lake.part_path(table, space_key)
    with lake.parquet_writer(path, table.schema) as writer:
        writer.write(as_table(table, list(rows)))
    return path
