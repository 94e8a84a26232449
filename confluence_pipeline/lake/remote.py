"""A lake on an object store, or on any other file system that fsspec knows."""

import errno
import hashlib
import io
import re
import secrets as random_names
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, cast

from fsspec.spec import AbstractFileSystem

from confluence_pipeline.lake.storage import Entry

_MEBIBYTE = 1024**2
_ONE_REQUEST = 8 * _MEBIBYTE
"""Up to this size a file is sent and fetched as one piece in memory; above it, through a temporary file on disk."""

_ATOMIC_PUT = frozenset(
    {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "oss", "oci", "ocilake", "obs", "cos", "r2", "memory"}
)
"""Schemes of stores where an object shows only once its upload, in one part or many, is complete."""

_TEMPORARY = re.compile(r"/\.[^/]+\.[0-9a-f]{12}\.tmp$")
_LONGEST_UPLOAD = timedelta(days=1)

_CHECK_FILE = "_writable"
_WHOLE_FILE = "whole"  # get_file() and put_file() take paths, and not every store an open file


def _is_old(facts: Mapping[str, Any]) -> bool:
    """Tell from a listing whether a file was written long ago; a store that does not say when keeps it."""
    written = facts.get("mtime")
    if isinstance(written, int | float):
        written = datetime.fromtimestamp(written, UTC)
    return isinstance(written, datetime) and datetime.now(UTC) - written.astimezone(UTC) > _LONGEST_UPLOAD


class _Spool:
    """Bytes that wait, in memory and then in a temporary local file, to be sent whole."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.file = tempfile.SpooledTemporaryFile(max_size=_ONE_REQUEST)  # noqa: SIM115 - replace() closes it
        self.discarded = False

    def write(self, data: bytes) -> int:
        return self.file.write(data)

    def restart(self) -> None:
        self.file.seek(0)
        self.file.truncate()

    def publish_as(self, path: str) -> None:
        self.path = path

    def discard(self) -> None:
        self.discarded = True


class RemoteStorage:
    """Files under a prefix of an fsspec file system.

    On an object store a file is published by one upload. On other file systems (SFTP, SMB, HDFS …) an upload
    shows while it runs, so it goes to a temporary name beside and is then renamed.
    """

    def __init__(self, file_system: AbstractFileSystem, root: str, uri: str, secrets: frozenset[str]) -> None:
        self.uri = uri
        self.secrets = secrets
        self._files = file_system
        self._root = root
        protocol = file_system.protocol
        self._put_is_atomic = not _ATOMIC_PUT.isdisjoint({protocol} if isinstance(protocol, str) else protocol)

    def _full(self, path: str) -> str:
        return f"{self._root}/{path}"

    def _info(self, path: str) -> dict[str, Any]:
        self._files.invalidate_cache()  # another process may have written since the last listing
        info: dict[str, Any] = self._files.info(self._full(path))
        if info["type"] != "file":
            raise FileNotFoundError(path)
        return info

    def exists(self, path: str) -> bool:
        """Tell whether there is a file."""
        try:
            self._info(path)
        except FileNotFoundError:
            return False
        return True

    def list_files(self, folder: str) -> list[str]:
        """Return the files under a folder at any depth, sorted, without hidden ones."""
        return list(self._found(folder))

    def _found(self, folder: str) -> dict[str, dict[str, Any]]:
        self._files.invalidate_cache()
        start = len(self._full(""))
        try:
            found = {path[start:]: facts for path, facts in self._files.find(self._full(folder), detail=True).items()}
        except FileNotFoundError:
            return {}
        hidden = {path for path in found if any(step.startswith(".") for step in path.split("/"))}
        return {path: found[path] for path in sorted(found.keys() - hidden - {folder})}

    def size(self, path: str) -> int:
        """Return a file's size in bytes."""
        return int(self._info(path)["size"])

    def entries(self, folder: str) -> dict[str, Entry]:
        """Return each file's size, and as a stamp a digest of all the listing says: time, the ETag if it has one."""
        return {
            path: Entry(int(facts["size"]), hashlib.sha256(repr(sorted(facts.items())).encode()).hexdigest())
            for path, facts in self._found(folder).items()
        }

    def open_snapshot(self, path: str) -> BinaryIO:
        """Fetch a file in one piece, so that a replacement meanwhile cannot mix two versions."""
        if self.size(path) <= _ONE_REQUEST:
            return io.BytesIO(self._files.cat_file(self._full(path)))
        with tempfile.TemporaryDirectory() as folder:
            fetched = Path(folder) / _WHOLE_FILE
            self._files.get_file(self._full(path), str(fetched))
            spool = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
            with open(fetched, "rb") as file:
                shutil.copyfileobj(file, spool, _MEBIBYTE)
        spool.seek(0)
        return cast(BinaryIO, spool)

    def open_tail(self, path: str) -> BinaryIO:
        """Open a file with reads by range; a small one is fetched whole."""
        if self.size(path) <= _MEBIBYTE:
            return self.open_snapshot(path)
        return cast(BinaryIO, self._files.open(self._full(path), "rb", block_size=_MEBIBYTE))

    @contextmanager
    def replace(self, path: str) -> Iterator[_Spool]:
        """Write a file that takes the place of ``path`` at the end of the block."""
        pending = _Spool(path)
        with pending.file:
            yield pending
            if not pending.discarded:
                self._publish(pending.file, pending.path)

    def _publish(self, spool: Any, path: str) -> None:
        if self._put_is_atomic:
            self._put(spool, self._full(path))
            return
        folder, _, name = self._full(path).rpartition("/")
        temporary = f"{folder}/.{name}.{random_names.token_hex(6)}.tmp"
        self._files.makedirs(folder, exist_ok=True)
        try:
            self._put(spool, temporary)
            self._files.mv(temporary, self._full(path))
        except BaseException:
            with suppress(Exception):  # the first failure is the one to tell
                self._files.rm_file(temporary)
            raise

    def _put(self, spool: Any, full_path: str) -> None:
        if spool.tell() <= _ONE_REQUEST:
            spool.seek(0)
            self._files.pipe_file(full_path, spool.read())
            return
        spool.seek(0)
        with tempfile.TemporaryDirectory() as folder:
            whole = Path(folder) / _WHOLE_FILE
            with open(whole, "wb") as file:
                shutil.copyfileobj(spool, file, _MEBIBYTE)
            self._files.put_file(str(whole), full_path)

    def remove(self, path: str) -> None:
        """Remove a file; no error if there is none."""
        with suppress(FileNotFoundError):
            self._files.rm_file(self._full(path))

    def drop_leftovers(self) -> None:
        """Remove temporary files that are older than any upload; where uploads are atomic there are none.

        A dead writer cannot be told from a living one from here, but no file takes a day.
        """
        if self._put_is_atomic:
            return
        self._files.invalidate_cache()
        for path, facts in self._files.find(self._root, detail=True).items():
            if _TEMPORARY.search(path) and _is_old(facts):
                with suppress(FileNotFoundError):
                    self._files.rm_file(path)

    def can_swap_folders(self) -> bool:
        """Return False: there are no folders, or none that can be swapped in one step."""
        return False

    def link(self, path: str, new_path: str) -> None:
        """Refuse; see :meth:`can_swap_folders`."""
        raise _no_folders(path, new_path)

    def swap_folders(self, staged: str, folder: str) -> None:
        """Refuse; see :meth:`can_swap_folders`."""
        raise _no_folders(staged, folder)

    def move_folder(self, folder: str, new_folder: str) -> None:
        """Refuse; see :meth:`can_swap_folders`."""
        raise _no_folders(folder, new_folder)

    def remove_folder(self, folder: str) -> None:
        """Do nothing: no folder was ever staged here."""

    def check_writable(self) -> None:
        """Write a small file and remove it."""
        with self.replace(_CHECK_FILE) as pending:
            pending.write(b"ok")
        self.remove(_CHECK_FILE)


def _no_folders(path: str, other: str) -> OSError:
    return OSError(errno.ENOTSUP, f"{path} cannot take the place of {other} in one step")
