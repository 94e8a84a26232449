"""The raw records of everybody who appears in what landed."""

from collections.abc import Sequence

import pyarrow as pa

from confluence_pipeline.confluence import ConfluenceClient, Cost, UserRecord
from confluence_pipeline.confluence.batches import Failure, Fetched, fetch_halving
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing.codec import decode, encode
from confluence_pipeline.landing.entries import Entry
from confluence_pipeline.landing.kinds import GROUP_MEMBERS, SPACE_KINDS
from confluence_pipeline.landing.ledger import ledger_entry
from confluence_pipeline.landing.record_file import site_records
from confluence_pipeline.landing.site_reports import land_site_report
from confluence_pipeline.landing.spaces import landed_space_records
from confluence_pipeline.landing.store import SpaceLanding, landed_spaces
from confluence_pipeline.tables.report import LedgerEntry, Run
from confluence_pipeline.tables.schema import TIMESTAMP

_TABLE = "users"
_FILE = "raw/users.parquet"
_LOCK = "_users"  # no space's key begins so
_SCHEMA = pa.schema(
    [
        pa.field("account_id", pa.string(), nullable=False),
        pa.field("record", pa.string(), nullable=False),
        pa.field("run_id", pa.string(), nullable=False),
        pa.field("extracted_at", TIMESTAMP, nullable=False),
    ]
)


def land_users(client: ConfluenceClient, lake: Lake, run: Run) -> Cost:
    """Land everybody who appears anywhere in what landed: one request per 250.

    An account that the site no longer knows lands as a record with status unknown, so that references to it
    resolve. One that spoils the answer for its batch keeps what landed of it before, and goes to the ledger. Users
    whose facts did not change keep the run that landed them.

    Returns:
        What it cost.

    Raises:
        ConfluenceError: The site could not be asked.
        LakeError: The lake cannot be written.
    """
    part = client.metered()
    wanted = sorted(account_ids(lake))
    batches = [wanted[i : i + part.api.batch_size] for i in range(0, len(wanted), part.api.batch_size)]
    found, failures = _read(part, batches)
    with lake.lock(_LOCK, wait_seconds=60):
        before = landed_users(lake)
        landed = {}
        for account_id in wanted:
            if account_id in failures:
                continue
            record = found.get(account_id) or _unknown(account_id, part.api.users_url)
            old = before.get(account_id)
            landed[account_id] = old if old is not None and old[0] == record else (record, run)
        landed |= {account_id: before[account_id] for account_id in failures if account_id in before}
        ledger = tuple(_entry(failure) for failure in failures.values())
        stale = len(failures.keys() & before.keys())
        land_site_report(lake, _TABLE, run, expected=len(wanted), stale=stale, ledger=ledger)
        landed = dict(sorted(landed.items()))
        if landed != before or not lake.exists(_FILE):
            _write(lake, landed)
    return part.cost


def _read(client: ConfluenceClient, batches: list[list[str]]) -> tuple[dict[str, UserRecord], dict[str, Failure]]:
    """Return who the site knows, and who could not be read even alone, by account id."""
    found: dict[str, UserRecord] = {}
    failures: dict[str, Failure] = {}

    def read(batch: Sequence[str]) -> Fetched[UserRecord]:
        return fetch_halving(batch, lambda some: client.api_for(len(some)).users(some))

    for fetched in client.in_parallel(read, batches):
        found |= {user.account_id: user for user in fetched.records}
        failures |= {failure.item_id: failure for failure in fetched.failures}
    return found, failures


def _entry(failure: Failure) -> LedgerEntry:
    message = f"account {failure.item_id}: {failure.error}"
    return ledger_entry(_TABLE, "fetch", failure.error, message, failure.item_id)


def landed_users(lake: Lake) -> dict[str, tuple[UserRecord, Run]]:
    """Return the users that landed and the run that landed each, by account id."""
    rows = [row for batch in lake.scan(_FILE) for row in batch.to_pylist()]
    return {
        row["account_id"]: (decode(UserRecord, row["record"]), Run(row["run_id"], row["extracted_at"])) for row in rows
    }


def account_ids(lake: Lake) -> set[str]:
    """Return the account id of everybody who appears in what landed."""
    found: set[str | None] = set()
    for space in landed_space_records(lake).values():
        found |= {space.record.author_id, space.record.owner_id}
    for key in landed_spaces(lake):
        landing = SpaceLanding(lake, key)
        for entry in landing.listing().values():
            found |= accounts_of(entry)
        for kind in SPACE_KINDS:
            found |= landing.records(kind).people()
    found |= site_records(lake, GROUP_MEMBERS).people()
    return {account_id for account_id in found if account_id}


def accounts_of(entry: Entry) -> set[str | None]:
    """Return everybody who appears in one content."""
    record = entry.record
    return {record.author_id, record.owner_id, record.version_author_id, *entry.accounts}


def _unknown(account_id: str, source_url: str) -> UserRecord:
    return UserRecord(account_id, None, None, "unknown", "unknown", None, None, None, source_url)


def _write(lake: Lake, landed: dict[str, tuple[UserRecord, Run]]) -> None:
    rows = [
        {"account_id": account_id, "record": encode(user), "run_id": run.run_id, "extracted_at": run.started_at}
        for account_id, (user, run) in landed.items()
    ]
    with lake.parquet_writer(_FILE, _SCHEMA) as writer:
        writer.write(pa.RecordBatch.from_pylist(rows, schema=_SCHEMA))
