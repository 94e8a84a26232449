"""What is in a space as it landed: entries, and how they are written in the listing's file."""

import hashlib
import sys
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from confluence_pipeline.confluence import ContentRecord, Label
from confluence_pipeline.landing.bodies import LandedBody
from confluence_pipeline.landing.codec import decode, decode_labels, encode, encode_labels
from confluence_pipeline.tables.report import Run
from confluence_pipeline.tables.schema import STRINGS, TIMESTAMP

LISTING = pa.schema(
    [
        pa.field("content_id", pa.string(), nullable=False),
        pa.field("content_type", pa.string(), nullable=False),
        pa.field("record", pa.string(), nullable=False),
        pa.field("labels", pa.string(), nullable=False),
        pa.field("body_file", pa.string()),
        pa.field("body_sha256", pa.string()),
        pa.field("body_bytes", pa.int64()),
        pa.field("accounts", STRINGS),
        pa.field("run_id", pa.string(), nullable=False),
        pa.field("extracted_at", TIMESTAMP, nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A content as it landed.

    Attributes:
        record: What the listing says of it.
        labels: Its labels.
        body_file: The file its body is in; None where the body could not be fetched.
        body_sha256: SHA-256 of the body in UTF-8, as hex; None without a body.
        body_bytes: How many bytes of UTF-8 the body has; 0 without a body.
        accounts: The account ids its body mentions.
        run: The run that landed this state.
    """

    record: ContentRecord
    labels: tuple[Label, ...]
    body_file: str | None
    body_sha256: str | None
    body_bytes: int
    accounts: tuple[str, ...]
    run: Run

    def same_facts(self, other: "Entry") -> bool:
        """Return whether they differ in nothing but the run and where the body lies."""
        return (self.record, self.labels, self.body_sha256) == (other.record, other.labels, other.body_sha256)


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one sync did, as it lands.

    Attributes:
        name: In the order of time among the space's syncs, and unique.
        facts: A JSON object; the log tables are made from it.
    """

    name: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Titles:
    """What links into a space can be checked against.

    Attributes:
        fingerprint: Changes with everything that a link can resolve to; "" before the first sync.
        is_whole: Whether the landing has all contents of the space.
    """

    fingerprint: str
    is_whole: bool


Listing = dict[str, Entry]
"""The contents of a space by id, in the order of their ids as text."""


def landed_entry(record: ContentRecord, body: LandedBody, run: Run) -> Entry:
    """Return the entry, without labels, of a content whose body landed."""
    return Entry(record, (), body.file, body.sha256, body.size, body.accounts, run)


def titles_of(listing: Listing) -> str:
    """Return a fingerprint of everything that a link into the space can resolve to."""
    digest = hashlib.sha256()
    for content_id in sorted(listing):
        record = listing[content_id].record
        digest.update(f"{content_id}\x1f{record.content_type}\x1f{record.title}\x1f{record.web_url}\n".encode())
    return digest.hexdigest()


def generation(listing: Listing) -> str:
    """Return a fingerprint of the facts in a listing, the same whichever run landed them."""
    digest = hashlib.sha256()
    for content_id in sorted(listing):
        entry = listing[content_id]
        digest.update(
            f"{encode(entry.record)}\x1f{encode_labels(list(entry.labels))}\x1f{entry.body_sha256}\n".encode()
        )
    return digest.hexdigest()


def entry_of(row: dict[str, Any]) -> Entry:
    """Return the entry in a row of the listing's file."""
    return Entry(
        record=decode(ContentRecord, row["record"]),
        labels=tuple(decode_labels(row["labels"])),
        body_file=row["body_file"] and sys.intern(row["body_file"]),
        body_sha256=row["body_sha256"],
        body_bytes=row["body_bytes"] or 0,
        accounts=tuple(map(sys.intern, row["accounts"] or ())),
        run=Run(sys.intern(row["run_id"]), row["extracted_at"]),
    )


def row_of(entry: Entry) -> dict[str, Any]:
    """Return the row of the listing's file for an entry."""
    return {
        "content_id": entry.record.content_id,
        "content_type": entry.record.content_type,
        "record": encode(entry.record),
        "labels": encode_labels(list(entry.labels)),
        "body_file": entry.body_file,
        "body_sha256": entry.body_sha256,
        "body_bytes": entry.body_bytes,
        "accounts": list(entry.accounts),
        "run_id": entry.run.run_id,
        "extracted_at": entry.run.started_at,
    }
