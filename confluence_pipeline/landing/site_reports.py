"""What landing a table of the site did: how many rows there should be, and what could not be had."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from confluence_pipeline.lake import Lake
from confluence_pipeline.tables.report import LedgerEntry, Run
from confluence_pipeline.tables.schema import SITE_PART


@dataclass(frozen=True, slots=True)
class SiteReport:
    """What the newest landing of a table of the site told.

    Attributes:
        table: The table.
        run: The run that landed it.
        started_at: When that was, as ISO 8601 in UTC.
        expected: How many rows there should be, by another question than the rows came from; None where the API has
            no other.
        stale: How many rows are as they were before, because of the ledger.
        ledger: What was asked for and is not there, or not as it is now.
    """

    table: str
    run: Run
    started_at: str
    expected: int | None
    stale: int
    ledger: tuple[LedgerEntry, ...]

    def as_sync(self) -> dict[str, Any]:
        """Return it in the form of the report on a space, from which the ledger's rows are made."""
        return {
            "run_id": self.run.run_id,
            "run_started_at": self.run.started_at.isoformat(),
            "space_key": SITE_PART,
            "started_at": f"{self.started_at} {self.table}",
            "ledger": [asdict(entry) for entry in self.ledger],
        }


def land_site_report(
    lake: Lake,
    table: str,
    run: Run,
    *,
    expected: int | None,
    stale: int = 0,
    ledger: tuple[LedgerEntry, ...] = (),
) -> None:
    """Land what landing a table of the site did, in place of what was known of it; see :class:`SiteReport`.

    Where nothing is missing and nothing changed, nothing is written.

    Raises:
        LakeError: The lake cannot be written.
    """
    known = site_report(lake, table)
    if known is not None and not ledger and (known.expected, known.stale, known.ledger) == (expected, stale, ledger):
        return
    facts = {
        "run_id": run.run_id,
        "run_started_at": run.started_at.isoformat(),
        "started_at": datetime.now(UTC).isoformat(),
        "expected": expected,
        "stale": stale,
        "ledger": [asdict(entry) for entry in ledger],
    }
    lake.write_bytes(_path(table), json.dumps(facts).encode())


def site_report(lake: Lake, table: str) -> SiteReport | None:
    """Return what the newest landing of a table of the site told; None if there was none.

    Raises:
        LakeError: The lake cannot be read.
    """
    if not lake.exists(_path(table)):
        return None
    facts = json.loads(lake.read_bytes(_path(table)))
    return SiteReport(
        table,
        Run(facts["run_id"], datetime.fromisoformat(facts["run_started_at"])),
        facts["started_at"],
        facts["expected"],
        facts["stale"],
        tuple(LedgerEntry(**entry) for entry in facts["ledger"]),
    )


def missing_from_site(lake: Lake, table: str) -> Iterator[str]:
    """Yield the ids of what the newest landing of a table of the site could not read as it is now."""
    report = site_report(lake, table)
    for entry in report.ledger if report else ():
        if entry.content_id is not None:
            yield entry.content_id


def site_is_short(lake: Lake) -> bool:
    """Return whether anything could not be had of users, groups or their members.

    Raises:
        LakeError: The lake cannot be read.
    """
    reports = (site_report(lake, table) for table in ("users", "groups", "group_members"))
    return any(report is not None and report.ledger for report in reports)


def drop_site_report(lake: Lake, table: str) -> None:
    """Forget what was known of a table of the site, which is not chosen any more.

    Raises:
        LakeError: The lake cannot be written.
    """
    lake.remove(_path(table))


def _path(table: str) -> str:
    return f"raw/reports/{table}.json"
