"""The files of a lake: each is replaced whole or not at all."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from confluence_pipeline.lake import paths
from confluence_pipeline.lake.address import open_storage
from confluence_pipeline.lake.errors import explained
from confluence_pipeline.lake.local import LocalStorage
from confluence_pipeline.lake.locks import held, shared_lock_folder
from confluence_pipeline.lake.parquet import BYTES_IN_GROUP, PartWriter, custom_metadata, opened, row_groups
from confluence_pipeline.lake.storage import Entry
from confluence_pipeline.lake.streams import StreamWriter
from confluence_pipeline.tables.report import FileFacts

_CHUNK = 1024**2


class LakeFiles:
    """Files under one folder, bucket or prefix.

    Every write replaces a file whole or not at all: a reader sees the old file or the new one, at any moment and
    after any crash. Paths are relative to the root, with ``/``.

    Attributes:
        uri: The root's address, absolute, without a trailing slash and without secrets; a plain path if local.
    """

    def __init__(self, uri: str, storage_options: Mapping[str, Any] | None = None) -> None:
        """Name a lake; nothing is read or written yet.

        Args:
            uri: A local path (relative to the working folder, ``~`` allowed) or any fsspec URI.
            storage_options: What fsspec's file system takes, such as ``key`` and ``secret`` for S3.

        Raises:
            LakeError: If the address is empty, of an unknown kind, or needs a package that is not installed.
        """
        self._storage = open_storage(uri, dict(storage_options or {}))
        self.uri = self._storage.uri

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.uri!r})"

    @property
    def local_root(self) -> Path | None:
        """The root as a folder of this machine, or None if it is elsewhere."""
        return self._storage.root if isinstance(self._storage, LocalStorage) else None

    def _explained(self, action: str, *, reading: bool = False) -> AbstractContextManager[None]:
        return explained(self.uri, action, self._storage.secrets, reading=reading)

    def _reading(self, path: str) -> AbstractContextManager[None]:
        return self._explained(f"read {paths.checked(path)}", reading=True)

    def _writing(self, path: str) -> AbstractContextManager[None]:
        return self._explained(f"write {paths.checked(path)}")

    def check_writable(self) -> None:
        """Prove that files can be written, by writing one; a local root is made if it is not there.

        Raises:
            LakeError: If they cannot.
        """
        with self._explained("write there"):
            self._storage.check_writable()

    def drop_leftovers(self) -> None:
        """Remove what writers who died have left half written, anywhere in the lake; no reader ever saw it.

        What a living writer has in hand stays. On a file system that is not of this machine and where an upload
        shows while it runs, what is younger than a day stays, too.

        Raises:
            LakeError: If the lake cannot be listed, or a file not be removed.
        """
        with self._explained("tidy up"):
            self._storage.drop_leftovers()

    def exists(self, path: str) -> bool:
        """Tell whether there is a file at ``path``."""
        with self._reading(path):
            return self._storage.exists(path)

    def list_files(self, folder: str) -> list[str]:
        """Return the paths of all files under a folder, sorted; [] if there is no such folder.

        Files and folders whose names begin with a dot are the lake's own and are left out.
        """
        with self._reading(folder):
            return self._storage.list_files(folder)

    def read_bytes(self, path: str) -> bytes:
        """Return a file's bytes.

        Raises:
            FileNotFoundError: If there is no such file.
            LakeError: If it cannot be read.
        """
        with self._reading(path), self._storage.open_snapshot(path) as file:
            return file.read()

    def write_bytes(self, path: str, data: bytes) -> None:
        """Replace a file, at once and whole; on object stores with a single upload.

        Raises:
            LakeError: If it cannot be written; what was there is there still.
        """
        with self._writing(path), self._storage.replace(path) as pending:
            pending.write(data)

    def remove(self, path: str) -> None:
        """Remove a file; no error if there is none."""
        with self._writing(path):
            self._storage.remove(path)

    def entries(self, folder: str) -> dict[str, Entry]:
        """Return the files of :meth:`list_files`, each with its size and a stamp that changes when it is replaced.

        Both are found by listing, without reading the files.
        """
        with self._reading(folder):
            return self._storage.entries(folder)

    def sha256(self, path: str) -> str:
        """Return the SHA-256 of a file's bytes, as hex.

        Raises:
            FileNotFoundError: If there is no such file.
        """
        digest = hashlib.sha256()
        with self._reading(path), self._storage.open_snapshot(path) as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
        return digest.hexdigest()

    @contextmanager
    def stream_writer(self, path: str) -> Iterator[StreamWriter]:
        """Write a file piece by piece; it takes its place when the block ends without an exception.

        Args:
            path: Where the file goes, unless the writer is told another path; its folder also holds what is being
                written, under a hidden name.

        Yields:
            The writer.

        Raises:
            LakeError: If the storage fails; what was there is there still, and nothing else.
        """
        with ExitStack() as stack:
            with self._writing(path):
                pending = stack.enter_context(self._storage.replace(path))
            writer = StreamWriter(pending, path, self._writing)
            yield writer
            with self._writing(writer.path):
                stack.close()

    @contextmanager
    def local_copy(self, path: str) -> Iterator[Path]:
        """Give a file a path on this machine for the length of the block: its own, or that of a temporary copy.

        Raises:
            FileNotFoundError: If there is no such file.
            LakeError: If it cannot be read.
        """
        with self._reading(path):
            file = self._storage.open_snapshot(path)
        with file, ExitStack() as stack:
            if self.local_root:
                yield self.local_root / path
                return
            copy = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "copy"
            with self._reading(path), open(copy, "wb") as target:
                shutil.copyfileobj(file, target, _CHUNK)
            yield copy

    @contextmanager
    def parquet_writer(
        self,
        path: str,
        schema: pa.Schema,
        metadata: Mapping[str, str] | None = None,
        *,
        group_bytes: int = BYTES_IN_GROUP,
    ) -> Iterator[PartWriter]:
        """Write a Parquet file that takes the place of ``path`` when the block ends without an exception.

        The same rows give the same bytes, however they are cut into batches. Row groups hold at most 1,024 rows
        and about ``group_bytes``, zstd-compressed, with statistics; memory stays within a few of them. The descriptions
        and sources in the schema are kept in the file.

        Args:
            path: Where the file goes.
            schema: Its columns; what is written must fit.
            metadata: Key-values for the file's footer; see :meth:`parquet_metadata`.
            group_bytes: The most bytes of values in a row group, unless one row has more; 4 MiB by default.

        Yields:
            The writer. After the block its ``facts`` tell the file's rows and size.

        Raises:
            LakeError: If the storage fails; what was there is there still, and nothing else.
        """
        with ExitStack() as stack:
            with self._writing(path):
                pending = stack.enter_context(self._storage.replace(path))
                writer = PartWriter(
                    pending, path, schema, metadata or {}, lambda: self._writing(path), group_bytes=group_bytes
                )
            try:
                yield writer
            except BaseException:
                writer.abandon()
                raise
            if writer.discarded:
                writer.abandon()
                return
            with self._writing(path):
                size = writer.finish()
                stack.close()
        writer.facts = FileFacts(self._address(writer.path), writer.rows, size)

    def _address(self, path: str) -> str:
        return str(self.local_root / path) if self.local_root else f"{self.uri}/{path}"

    def parquet_metadata(self, path: str) -> dict[str, str]:
        """Return the key-values a Parquet file was written with; {} if there is no such file."""
        try:
            with self._reading(path), opened(self._storage.open_tail(path)) as parquet:
                return custom_metadata(parquet)
        except FileNotFoundError:
            return {}

    def facts(self, path: str) -> FileFacts | None:
        """Return a Parquet file's address, rows and size; None if there is no such file."""
        try:
            with self._reading(path), opened(self._storage.open_tail(path)) as parquet:
                rows = parquet.metadata.num_rows
                return FileFacts(self._address(path), rows, self._storage.size(path))
        except FileNotFoundError:
            return None

    def scan(
        self,
        path: str,
        *,
        columns: Sequence[str] | None = None,
        filter: pc.Expression | None = None,  # noqa: A002 - as pyarrow calls it
    ) -> Iterator[pa.RecordBatch]:
        """Read a Parquet file in batches, a row group at a time; nothing if there is no such file.

        All batches are of one version of the file, even if it is replaced meanwhile.

        Args:
            path: The file.
            columns: The columns to read; all by default.
            filter: Which rows to read. Row groups that its statistics rule out are not read at all.

        Raises:
            LakeError: If the file cannot be read.
        """
        try:
            with self._reading(path):
                file = self._storage.open_snapshot(path)
        except FileNotFoundError:
            return
        with file:
            yield from self._batches(file, path, columns, filter)

    def _batches(
        self,
        file: BinaryIO,
        path: str,
        columns: Sequence[str] | None = None,
        condition: pc.Expression | None = None,
    ) -> Iterator[pa.RecordBatch]:
        batches = row_groups(file, columns, condition)
        while True:
            with self._reading(path):
                batch = next(batches, None)
            if batch is None:
                return
            yield batch

    def read(self, path: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Return a Parquet file's rows, all at once.

        Raises:
            FileNotFoundError: If there is no such file.
            LakeError: If it cannot be read.
        """
        with self._reading(path):
            file = self._storage.open_snapshot(path)
            with opened(file) as parquet:
                return parquet.read(columns=columns and list(columns))

    @contextmanager
    def lock(self, name: str, *, wait_seconds: float = 0) -> Iterator[None]:
        """Be the only writer of something, among the processes and threads of this machine, for a block.

        The lock is freed when the process dies, however it dies. It is advisory: it keeps out who asks for it. A
        folder has it beside its files; for an object store, or any other URI, it lies among this user's temporary
        files, so processes of other machines and of other users are not kept out: have one machine write such a
        lake. Should two write it nevertheless, every file is still one of theirs, whole; but which one is chance, and
        what one file names in another may be gone, which the next sync mends.

        Args:
            name: What is written: a space key, or a word such as ``"sync"``.
            wait_seconds: How long to wait for another holder; by default not at all.

        Raises:
            LakeBusyError: If another writer holds it; the message says which, and since when.
            LakeError: If the lock's file cannot be made.
            ValueError: If the name has characters that a space key cannot have.
        """
        folder = self.local_root / ".locks" if self.local_root else shared_lock_folder(self.uri)
        holding = held(folder, paths.quoted(name), self.uri, wait_seconds)
        with ExitStack() as stack:
            with self._explained(f"take the lock {name}"):
                stack.enter_context(holding)
            yield
