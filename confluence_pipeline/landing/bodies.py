"""Bodies in storage format, in immutable files of a batch each, named by what they hold."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

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
        digest = hashlib.sha256()
        rows = []
        for body in sorted(bodies, key=lambda body: body.body_id):
            record = encode(body.record)
            digest.update(f"{record}\x1f{body.storage}\x1e".encode())
            rows.append(
                {
                    "content_id": body.body_id,
                    "version_number": body.version_number,
                    "record": record,
                    "storage": body.storage,
                }
            )
        name = f"{digest.hexdigest()[:32]}.parquet"
        with self._lake.parquet_writer(f"{self._folder}/{name}", SCHEMA) as writer:
            writer.write(pa.RecordBatch.from_pylist(rows, schema=SCHEMA))
        release_memory()
        return {body.body_id: landed_body(body.storage, name) for body in bodies}

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
        found: dict[str, str] = {}
        for batch in self._lake.scan(
            f"{self._folder}/{name}", columns=["content_id", "storage"], filter=pc.field("content_id").isin(ids)
        ):
            found.update(zip(batch["content_id"].to_pylist(), batch["storage"].to_pylist(), strict=True))
        return found

    def drop_all_but(self, keep: Iterable[str]) -> None:
        """Remove the files that nothing refers to any more."""
        for name in self.names() - set(keep):
            self._lake.remove(f"{self._folder}/{name}")

    def _paths(self) -> list[str]:
        return [path for path in self._lake.list_files(self._folder) if path.endswith(".parquet")]


def landed_body(storage: str, file: str) -> LandedBody:
    """Return what is to be known of a body that landed in ``file``."""
    data = storage.encode()
    return LandedBody(file, hashlib.sha256(data).hexdigest(), len(data), tuple(sorted(mentioned_accounts(storage))))
