"""The ``sync_runs`` table."""

import pyarrow as pa

from confluence_pipeline.tables.schema import TIMESTAMP, Table, column

_SYNC = "raw_content.sync"

SYNC_RUNS = Table(
    name="sync_runs",
    description="A table's part of a run over a space: what was expected, what came, and what it cost.",
    key=("_run_id", "space_key", "table"),
    log=True,
    requests="none: told by the sync",
    columns=(
        column("_run_id", pa.string(), "The Dagster run.", source=_SYNC, nullable=False),
        column("space_key", pa.string(), "The space, or _site.", source=_SYNC, nullable=False),
        column("table", pa.string(), "The table.", source=_SYNC, nullable=False),
        column(
            "mode",
            pa.string(),
            "full, incremental, retry, or deselected where the table is not chosen any more.",
            source=_SYNC,
        ),
        column(
            "expected_rows",
            pa.int64(),
            "Rows there should be, by another question than the rows came from; null where the API has no other.",
            source=_SYNC,
        ),
        column("extracted_rows", pa.int64(), "Rows that are there and up to date.", source=_SYNC),
        column("inserted", pa.int64(), "Rows that are new.", source=_SYNC),
        column("updated", pa.int64(), "Rows that changed.", source=_SYNC),
        column("unchanged", pa.int64(), "Rows that stayed as they were.", source=_SYNC),
        column("removed", pa.int64(), "Rows that went.", source=_SYNC),
        column("ledger_rows", pa.int64(), "Rows that are in the ledger instead.", source=_SYNC),
        column("requests", pa.int64(), "Requests made for the space (on its first table).", source=_SYNC),
        column("retries", pa.int64(), "Requests that had to be repeated.", source=_SYNC),
        column("throttled_seconds", pa.float64(), "Seconds waited for the site or to spare it.", source=_SYNC),
        column("bytes_received", pa.int64(), "Bytes of answers, after decompression.", source=_SYNC),
        column("started_at", TIMESTAMP, "When the work on the space began.", source=_SYNC),
        column("finished_at", TIMESTAMP, "When the table's part was in place.", source=_SYNC),
        column(
            "complete",
            pa.bool_(),
            "Whether all was listed without an error, and extracted_rows + ledger_rows is what was expected.",
            source=_SYNC,
        ),
    ),
)
