"""The ``ledger`` table."""

import pyarrow as pa

from confluence_pipeline.tables.schema import Table, column

_SYNC = "raw_content.sync"

LEDGER = Table(
    name="ledger",
    description="A thing that was asked for and is not in its table: skipped, failed or cut short.",
    key=("_run_id", "ordinal"),
    log=True,
    requests="none: told by the sync",
    columns=(
        column("_run_id", pa.string(), "The Dagster run that met it.", source=_SYNC, nullable=False),
        column("ordinal", pa.int64(), "Its number, unique within the run.", source=_SYNC, nullable=False),
        column("table", pa.string(), "The table it is missing from.", source=_SYNC, nullable=False),
        column("content_id", pa.string(), "The content, account or group, where it is about one.", source=_SYNC),
        column("space_key", pa.string(), "The space, or _site.", source=_SYNC, nullable=False),
        column(
            "operation",
            pa.string(),
            "What was tried: list, fetch, download, verify or convert; count where the site counts more than it lists.",
            source=_SYNC,
        ),
        column("reason", pa.string(), "What went wrong, as one of a few words.", source=_SYNC, nullable=False),
        column("http_status", pa.int64(), "The status of the last answer, if there was one.", source=_SYNC),
        column("attempts", pa.int64(), "How many requests were made for it.", source=_SYNC),
        column("message", pa.string(), "What happened, for a person.", source=_SYNC),
        column("retryable", pa.bool_(), "Whether a later sync may succeed.", source=_SYNC),
    ),
)
