"""From an error of the site to the ledger's entry for it."""

from collections.abc import Iterable
from dataclasses import replace

from confluence_pipeline.confluence import ConfluenceError
from confluence_pipeline.tables.report import LedgerEntry

UNSUPPORTED = "unsupported"
"""The reason of an entry for a table that the product has no call for: nothing is missing that could be had."""
COUNT = "count"
"""The operation of an entry that stands for no row of its own: the site counts more than it lists."""


def ledger_entry(
    table: str, operation: str, error: ConfluenceError, message: str, content_id: str | None = None
) -> LedgerEntry:
    """Return the ledger's entry for an error of the site.

    Args:
        table: The table that lacks something because of it.
        operation: What was tried: list, count, fetch, download or verify.
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


def short_entry(table: str, short: int, whose: str, content_id: str | None = None) -> LedgerEntry:
    """Return the ledger's entry for a listing that the site's own count says is short.

    Args:
        table: The table that lacks rows.
        short: How many are missing.
        whose: What was listed, for the message.
        content_id: What they belong to, if not to the whole space or site.
    """
    message = f"{whose}: {short} more by the site's own count than any of its listings gave; not known which"
    return LedgerEntry(table, COUNT, "listing_short", message, content_id=content_id)


def with_earlier_attempts(entries: Iterable[LedgerEntry], earlier: Iterable[LedgerEntry]) -> list[LedgerEntry]:
    """Return entries with the attempts counted in that were made for the same things before.

    Args:
        entries: What failed now; the last answer is theirs.
        earlier: What failed before.
    """
    made = {(entry.table, entry.operation, entry.content_id): entry.attempts for entry in earlier}
    return [
        replace(entry, attempts=entry.attempts + made.get((entry.table, entry.operation, entry.content_id), 0))
        for entry in entries
    ]
