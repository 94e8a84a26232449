"""Bodies in storage format, in immutable files of a batch each, named by what they hold."""

import hashlib
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from confluence_pipeline.lake import Lake, release_memory
from confluence_pipeline.landing.accounts import mentioned_accounts
from confluence_pipeline.landing.codec import decode, encode

SCHEMA = pa.schema(
    [
        pa.field("content_id", pa.string(), nullable=False),
        pa.field("version_number", pa.int64(), nullable=False),
        pa.field("record", pa.string(), nullable=False),
        pa.field("storage", pa.string(), nullable=False),
    ]
)

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class LandedBody:
    """Where a body lies, and what is worth knowing without reading it.

    Attributes:
        file: The file its batch is in.
        sha256: SHA-256 of the body in UTF-8, as hex.
        size: How many bytes of UTF-8 it has.
        accounts: The account ids it mentions, sorted.
    """

    file: str
    sha256: str
    size: int
    accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Body(Generic[Record]):
    """A body that is to land: whose it is, of which version, and the record it came with."""

    body_id: str
    version_number: int
    record: Record
    storage: str


class BodyFiles:
    """The body files of one folder.

    Args:
        lake: Where they lie.
        folder: The folder in it.
    """

    def __init__(self, lake: Lake, folder: str) -> None:
        self._lake = lake
        self._folder = folder

    def land(self, bodies: Sequence[Body[Record]]) -> dict[str, LandedBody]:
        """Land a batch in a file of its own; none make no file.

        Returns:
            Where each body lies, by its id.

        Raises:
            LakeError: The lake cannot be written.
        """
        if not bodies:
            return {}
        rows = [
            {
                "content_id": body.body_id,
                "version_number": body.version_number,
                "record": encode(body.record),
                "storage": body.storage,
            }
            for body in bodies
        ]
        name = self._write(rows)
        return {body.body_id: landed_body(body.storage, name) for body in bodies}

    def merge(self, parts: Mapping[str, Sequence[str]]) -> tuple[str, frozenset[str]]:
        """Copy bodies from several files into a new one; the old files stay.

        Args:
            parts: By file, the ids of the bodies to copy from it; a body that is not there is left out.

        Returns:
            The new file, and the ids of what is in it.

        Raises:
            LakeError: A file cannot be read, or the new one not be written.
        """
        rows = [row for name in sorted(parts) for row in self._rows(name, parts[name], SCHEMA.names)]
        return self._write(rows), frozenset(row["content_id"] for row in rows)

    def _write(self, rows: Iterable[dict[str, Any]]) -> str:
        """Write a file whose name tells what is in it; return the name."""
        ordered = sorted(rows, key=lambda row: row["content_id"])
        digest = hashlib.sha256()
        for row in ordered:
            digest.update(f"{row['record']}\x1f{row['storage']}\x1e".encode())
        name = f"{digest.hexdigest()[:32]}.parquet"
        with self._lake.parquet_writer(f"{self._folder}/{name}", SCHEMA) as writer:
            writer.write(pa.RecordBatch.from_pylist(ordered, schema=SCHEMA))
        release_memory()
        return name

    def names(self) -> frozenset[str]:
        """Return the names of the files that are there."""
        return frozenset(path.rpartition("/")[2] for path in self._paths())

    def strays(self, referenced: Iterable[str], kind: type[Record]) -> Iterator[tuple[Record, LandedBody]]:
        """Yield what is in the files that ``referenced`` does not name, which an unfinished sync left."""
        for name in sorted(self.names() - set(referenced)):
            for batch in self._lake.scan(f"{self._folder}/{name}", columns=["record", "storage"]):
                for row in batch.to_pylist():
                    yield decode(kind, row["record"]), landed_body(row["storage"], name)

    def read(self, name: str, ids: Sequence[str]) -> dict[str, str]:
        """Return the bodies of ``ids`` from one file, as far as they are there."""
        return {row["content_id"]: row["storage"] for row in self._rows(name, ids, ["content_id", "storage"])}

    def _rows(self, name: str, ids: Sequence[str], columns: Sequence[str]) -> Iterator[dict[str, Any]]:
        wanted = pc.field("content_id").isin(ids)
        for batch in self._lake.scan(f"{self._folder}/{name}", columns=columns, filter=wanted):
            yield from batch.to_pylist()

    def drop_all_but(self, keep: Iterable[str]) -> None:
        """Remove the files that nothing refers to any more."""
        for name in self.names() - set(keep):
            self._lake.remove(f"{self._folder}/{name}")

    def _paths(self) -> list[str]:
        return [path for path in self._lake.list_files(self._folder) if path.endswith(".parquet")]


def landed_body(storage: str, file: str) -> LandedBody:
    """Return what is to be known of a body that landed in ``file``."""
    data = storage.encode()
    return LandedBody(
        file, hashlib.sha256(data).hexdigest(), len(data), tuple(map(sys.intern, sorted(mentioned_accounts(storage))))
    )
