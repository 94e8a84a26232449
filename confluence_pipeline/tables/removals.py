"""The ``removals`` table."""

import pyarrow as pa

from confluence_pipeline.tables.schema import TIMESTAMP, Table, column

_SYNC = "raw_content.sync"

REMOVALS = Table(
    name="removals",
    description="A content that was in the tables and is not now, with the reason and what proved it.",
    key=("content_id", "removed_at"),
    log=True,
    requests="none: told by the sync",
    columns=(
        column("content_id", pa.string(), "The id of what was removed.", source=_SYNC, nullable=False),
        column("removed_at", TIMESTAMP, "When the sync saw that it was gone.", source=_SYNC, nullable=False),
        column(
            "content_type",
            pa.string(),
            "page, blogpost, comment, attachment, folder, whiteboard, database or embed.",
            source=_SYNC,
        ),
        column("space_key", pa.string(), "The space it was in.", source=_SYNC, nullable=False),
        column("title", pa.string(), "Its last known title.", source=_SYNC),
        column("last_version_number", pa.int64(), "The last version that was extracted.", source=_SYNC),
        column(
            "reason",
            pa.string(),
            "trashed, purged, archived, moved_out_of_scope, filtered_out, access_lost or unknown.",
            source=_SYNC,
            nullable=False,
        ),
        column("evidence", pa.string(), "The answer that proved it.", source=_SYNC, nullable=False),
    ),
)
