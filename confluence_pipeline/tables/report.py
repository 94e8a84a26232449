"""What a run reports of each table it wrote: the rows of ``sync_runs``, as plain facts."""

from dataclasses import dataclass, field
from datetime import datetime

from confluence_pipeline.cost import Cost


@dataclass(frozen=True, slots=True)
class Run:
    """The run that rows are stamped with.

    Attributes:
        run_id: The Dagster run's id.
        started_at: The moment, in UTC, that rows written by this run carry as ``_extracted_at``.
    """

    run_id: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One thing that was asked for and is not in its table; see the ``ledger`` table for the columns."""

    table: str
    operation: str
    reason: str
    message: str
    content_id: str | None = None
    http_status: int | None = None
    attempts: int = 1
    retryable: bool = True


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A table's part as it lies in the lake: its address, rows and size in bytes."""

    uri: str
    rows: int
    size: int


@dataclass(frozen=True, slots=True)
class TableReport:
    """What one run did to one table's part; see the ``sync_runs`` table for the columns."""

    table: str
    space_key: str
    expected_rows: int | None
    extracted_rows: int
    inserted: int
    updated: int
    unchanged: int
    removed: int
    ledger_rows: int
    complete: bool
    file: FileFacts | None
    mode: str = "incremental"
    cost: Cost = field(default_factory=Cost)
    started_at: datetime | None = None
    finished_at: datetime | None = None
