"""From an error of the site to the ledger's entry for it."""

from confluence_pipeline.confluence import ConfluenceError
from confluence_pipeline.tables.report import LedgerEntry


def ledger_entry(
    table: str, operation: str, error: ConfluenceError, message: str, content_id: str | None = None
) -> LedgerEntry:
    """Return the ledger's entry for an error of the site.

    Args:
        table: The table that lacks something because of it.
        operation: What was tried: list, fetch, download or verify.
        error: What the site answered.
        message: What happened, for the person who reads it.
        content_id: What it happened to, if not to the whole table.
    """
    return LedgerEntry(
        table=table,
        operation=operation,
        reason=error.reason,
        message=message,
        content_id=content_id,
        http_status=error.status,
        attempts=error.attempts,
        retryable=error.retryable,
    )
