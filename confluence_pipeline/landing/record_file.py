"""Records of one kind as they landed: one file each for a space, or for the site, replaced whole."""

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import pyarrow as pa

from confluence_pipeline.confluence import Label
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing.bodies import LandedBody
from confluence_pipeline.landing.codec import decode, decode_labels, encode, encode_labels
from confluence_pipeline.landing.kinds import Kind
from confluence_pipeline.tables.report import Run
from confluence_pipeline.tables.schema import STRINGS, TIMESTAMP

SCHEMA = pa.schema(
    [
        pa.field("key", pa.string(), nullable=False),
        pa.field("record", pa.string(), nullable=False),
        pa.field("labels", pa.string()),
        pa.field("body_file", pa.string()),
        pa.field("body_sha256", pa.string()),
        pa.field("body_bytes", pa.int64()),
        pa.field("accounts", STRINGS),
        pa.field("run_id", pa.string(), nullable=False),
        pa.field("extracted_at", TIMESTAMP, nullable=False),
    ]
)
_FINGERPRINT, _PEOPLE = "fingerprint", "people"  # key-values of the file
_ROWS_AT_ONCE = 1000

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class Landed(Generic[Record]):
    """A record as it landed.

    Attributes:
        record: What the site said.
        run: The run that landed this state.
        labels: Its labels, where the kind has any.
        body: Where its body lies, where it has one.
    """

    record: Record
    run: Run
    labels: tuple[Label, ...] = ()
    body: LandedBody | None = None

    def same_facts(self, other: "Landed[Record]") -> bool:
        """Return whether they differ in nothing but the run and where the body lies."""
        mine, theirs = self.body and self.body.sha256, other.body and other.body.sha256
        return (self.record, self.labels, mine) == (other.record, other.labels, theirs)


class RecordFile(Generic[Record]):
    """The file of one kind of record.

    Args:
        lake: Where it lies.
        path: The file in it.
        kind: What is in it.
    """

    def __init__(self, lake: Lake, path: str, kind: Kind[Record]) -> None:
        self._lake = lake
        self._path = path
        self.kind = kind

    @property
    def is_landed(self) -> bool:
        """Whether anything of this kind ever landed, if only that there is none."""
        return self._lake.exists(self._path)

    @property
    def rows(self) -> int:
        """How many records landed, without reading them."""
        facts = self._lake.facts(self._path)
        return facts.rows if facts else 0

    def fingerprint(self) -> str:
        """Return a text that changes with every fact in the file; "" if it never landed."""
        return self._lake.parquet_metadata(self._path).get(_FINGERPRINT, "")

    def people(self) -> set[str]:
        """Return the account id of everybody who appears in what landed, without reading it."""
        return set(json.loads(self._lake.parquet_metadata(self._path).get(_PEOPLE, "[]")))

    def read_keys(self) -> set[str]:
        """Return the keys of what landed, without reading the records."""
        return {key for batch in self._lake.scan(self._path, columns=["key"]) for key in batch["key"].to_pylist()}

    def scan(self) -> Iterator[Landed[Record]]:
        """Yield what landed in the order of the key, a row group in memory at a time."""
        for batch in self._lake.scan(self._path):
            for row in batch.to_pylist():
                yield _landed(self.kind.record, row)

    def read(self) -> dict[str, Landed[Record]]:
        """Return what landed, by key; empty before the first time."""
        return {self.kind.key(landed.record): landed for landed in self.scan()}

    def replace(self, landed: Mapping[str, Landed[Record]]) -> bool:
        """Replace the file whole, unless it holds just that already.

        Args:
            landed: What it is to hold, by key.

        Returns:
            Whether it was written.

        Raises:
            LakeError: The lake cannot be written; the old file stays.
        """
        keys = sorted(landed)
        fingerprint = _fingerprint(landed[key] for key in keys)
        if self.is_landed and fingerprint == self.fingerprint():
            return False
        metadata = {_FINGERPRINT: fingerprint, _PEOPLE: json.dumps(sorted(self._people(landed.values())))}
        with self._lake.parquet_writer(self._path, SCHEMA, metadata) as writer:
            for start in range(0, max(len(keys), 1), _ROWS_AT_ONCE):
                rows = [_row(key, landed[key]) for key in keys[start : start + _ROWS_AT_ONCE]]
                writer.write(pa.RecordBatch.from_pylist(rows, schema=SCHEMA))
        return True

    def remove(self) -> None:
        """Remove the file, as if nothing of this kind had ever landed."""
        self._lake.remove(self._path)

    def _people(self, landed: Iterable[Landed[Record]]) -> set[str]:
        found: set[str | None] = set()
        for item in landed:
            found.update(self.kind.people(item.record), item.body.accounts if item.body else ())
        return {account_id for account_id in found if account_id}


def site_records(lake: Lake, kind: Kind[Record]) -> RecordFile[Record]:
    """Return the file of a kind of record that belongs to no space."""
    return RecordFile(lake, f"raw/{kind.name}.parquet", kind)


def carried_over(
    before: Mapping[str, Landed[Record]], after: Mapping[str, Landed[Record]]
) -> dict[str, Landed[Record]]:
    """Return ``after`` with the run that landed it first wherever the facts are those of ``before``."""
    return {
        key: Landed(landed.record, before[key].run, landed.labels, landed.body)
        if key in before and landed.same_facts(before[key])
        else landed
        for key, landed in after.items()
    }


def _fingerprint(ordered: Iterator[Landed[Any]]) -> str:
    """Fingerprint facts and where bodies lie, for both must be found again; not who landed them."""
    digest = hashlib.sha256()
    for landed in ordered:
        body = f"{landed.body.sha256}\x1f{landed.body.file}" if landed.body else ""
        digest.update(f"{encode(landed.record)}\x1f{encode_labels(list(landed.labels))}\x1f{body}\n".encode())
    return digest.hexdigest()


def _landed(kind: type[Record], row: dict[str, Any]) -> Landed[Record]:
    body = None
    if row["body_file"] is not None:
        accounts = tuple(map(sys.intern, row["accounts"] or ()))
        body = LandedBody(sys.intern(row["body_file"]), row["body_sha256"], row["body_bytes"], accounts)
    labels = tuple(decode_labels(row["labels"])) if row["labels"] else ()
    return Landed(decode(kind, row["record"]), Run(sys.intern(row["run_id"]), row["extracted_at"]), labels, body)


def _row(key: str, landed: Landed[Any]) -> dict[str, Any]:
    body = landed.body
    return {
        "key": key,
        "record": encode(landed.record),
        "labels": encode_labels(list(landed.labels)) if landed.labels else None,
        "body_file": body.file if body else None,
        "body_sha256": body.sha256 if body else None,
        "body_bytes": body.size if body else None,
        "accounts": list(body.accounts) if body else None,
        "run_id": landed.run.run_id,
        "extracted_at": landed.run.started_at,
    }
