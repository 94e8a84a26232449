"""Fetches the bodies of a space's contents; each lands as it comes, so that an unfinished sync loses nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from confluence_pipeline.confluence import CONTENT_TYPES, ConfluenceClient, ContentRecord, ContentType
from confluence_pipeline.confluence.batches import Failure, Fetched, fetch_halving
from confluence_pipeline.landing.codec import shared
from confluence_pipeline.landing.diff import Diff
from confluence_pipeline.landing.entries import Entry, Listing
from confluence_pipeline.landing.reports import TABLE_OF
from confluence_pipeline.landing.store import SpaceLanding
from confluence_pipeline.tables.report import LedgerEntry, Run


def with_strays(landing: SpaceLanding, plan: Diff, before: Listing, run: Run) -> Diff:
    """Take bodies that an earlier, unfinished sync landed out of what must be fetched."""
    if not plan.fetch:
        return plan
    wanted = {record.content_id: record for record in plan.fetch}
    reuse = dict(plan.reuse)
    referenced = (entry.body_file for entry in before.values() if entry.body_file)
    for stray in landing.stray_bodies(referenced, run):
        listed = wanted.get(stray.record.content_id)
        if listed is not None and listed.version_number == stray.record.version_number:
            reuse[listed.content_id] = stray
    return replace(plan, fetch=tuple(r for r in plan.fetch if r.content_id not in reuse), reuse=reuse)


def fetch_bodies(
    client: ConfluenceClient, landing: SpaceLanding, records: Sequence[ContentRecord], run: Run
) -> tuple[Listing, list[LedgerEntry]]:
    """Fetch bodies in batches, side by side; each lands on the thread that fetched it, so few are in memory.

    Args:
        client: The site.
        landing: Where they land.
        records: The contents, as they were listed.
        run: The run that they are stamped with.

    Returns:
        What came, by id, without labels; and a ledger entry for each that did not.

    Raises:
        ConfluenceError: The site cannot be asked for any.
        LakeError: The lake cannot be written.
    """

    def fetch(batch: tuple[ContentType, list[str]]) -> Fetched[Entry]:
        content_type, ids = batch
        return fetch_halving(
            ids, lambda some: landing.land_bodies(client.api_for(len(some)).bodies(content_type, some), run)
        )

    listed = {record.content_id: record for record in records}
    found: Listing = {}
    failures: list[Failure] = []

    def fetch_all(some: Sequence[ContentRecord]) -> None:
        for outcome in client.in_parallel(fetch, _batches(some, client.api.batch_size)):
            failures.extend(outcome.failures)
            found.update({entry.record.content_id: _as_listed(entry, listed) for entry in outcome.records})

    fetch_all(records)
    told = {failure.item_id for failure in failures}
    # A batch is a listing of several pages, too: what moves between them while they are read is in none.
    fetch_all([record for record in records if record.content_id not in found and record.content_id not in told])
    fetched = {
        i: entry for i, entry in found.items() if entry.record.space_id == listed[i].space_id
    }  # others moved away
    return fetched, list(_failed(records, fetched, failures))


def _as_listed(entry: Entry, listed: Mapping[str, ContentRecord]) -> Entry:
    """Return an entry with the record that was listed, if it is the same: one of two equal ones is enough memory."""
    record = listed[entry.record.content_id]
    return replace(entry, record=record if record == entry.record else shared(entry.record))


def _batches(records: Iterable[ContentRecord], size: int) -> Iterator[tuple[ContentType, list[str]]]:
    for content_type in CONTENT_TYPES:
        ids = sorted(record.content_id for record in records if record.content_type == content_type)
        for start in range(0, len(ids), size):
            yield content_type, ids[start : start + size]


def _failed(asked: Iterable[ContentRecord], fetched: Listing, failures: Iterable[Failure]) -> Iterator[LedgerEntry]:
    """Yield a ledger entry for each content whose body did not come."""
    errors = {failure.item_id: failure.error for failure in failures}
    for record in asked:
        if record.content_id in fetched:
            continue
        error = errors.get(record.content_id)
        name = f"{record.content_type} {record.title!r} ({record.content_id})"
        yield LedgerEntry(
            table=TABLE_OF[record.content_type],
            operation="fetch",
            reason=error.reason if error else "gone_meanwhile",
            message=f"{name}: {error}" if error else f"{name} was listed, but not there when its body was asked for",
            content_id=record.content_id,
            http_status=error.status if error else None,
            attempts=error.attempts if error else 1,
        )
