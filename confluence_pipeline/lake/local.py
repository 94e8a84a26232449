"""A lake in a local folder."""

import errno
import os
import re
import secrets as random_names
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from confluence_pipeline.lake.exchange import can_exchange, exchange
from confluence_pipeline.lake.storage import Entry

if sys.platform != "win32":
    import fcntl

_CHECK_FILE = ".writable"
_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{12}\.tmp")
_TRIALS = ".staging"
_NO_LINKS = frozenset({errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.ENOSYS})
"""What file systems answer that have no hard links, or no more of them for a file."""


def _claim(descriptor: int, *, wait: bool) -> bool:
    """Take a file's advisory lock, which the kernel frees when its holder dies.

    Returns:
        False if somebody else has it, or if the file system has no such locks: a dead writer's file cannot be
        told from a live one's then, so neither is touched.
    """
    if sys.platform == "win32":
        return True  # there, a file that is open cannot be removed
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` survive a power cut."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:  # some network file systems cannot, and need not
            raise
    finally:
        os.close(descriptor)


class _PendingFile:
    """A temporary file beside its target."""

    def __init__(self, root: Path, path: str) -> None:
        self._root = root
        self._target = root / path
        self._file, self._path = _create_beside(self._target)
        self._discarded = False

    def write(self, data: bytes) -> int:
        return self._file.write(data)

    def restart(self) -> None:
        self._file.seek(0)
        self._file.truncate()

    def publish_as(self, path: str) -> None:
        self._target = self._root / path
        self._target.parent.mkdir(parents=True, exist_ok=True)

    def discard(self) -> None:
        self._discarded = True

    def finish(self) -> None:
        """Publish, unless discarded."""
        if self._discarded:
            self.drop()
            return
        self._file.flush()
        os.fsync(self._file.fileno())
        if sys.platform == "win32":
            self._file.close()  # an open file cannot be moved there
        os.replace(self._path, self._target)
        self._file.close()
        _sync_folder(self._target.parent)

    def drop(self) -> None:
        """Leave no trace."""
        if sys.platform == "win32":
            self._file.close()
        self._path.unlink(missing_ok=True)
        with suppress(OSError):  # the last buffer may not fit on a full disk, and is not wanted
            self._file.close()


def _create_beside(target: Path) -> tuple[BinaryIO, Path]:
    """Create and claim a temporary file for ``target``.

    The name begins with a dot, so readers of hive-partitioned folders do not see it, and does not end in
    ``.parquet``, so a glob does not either.
    """
    while True:
        path = target.with_name(f".{target.name}.{random_names.token_hex(6)}.tmp")
        file = open(path, "xb")  # noqa: SIM115 - the file outlives this function
        _claim(file.fileno(), wait=True)
        if path.exists():  # else another writer took it, before the claim, for a dead one's
            return file, path
        file.close()


def _remove_stale(target: Path) -> None:
    """Remove temporary files for ``target`` that writers who died have left."""
    for path in target.parent.glob(f".{target.name}.*.tmp"):
        _remove_if_dead(path)


def _remove_if_dead(path: Path) -> None:
    """Remove a temporary file, unless its writer lives."""
    with suppress(OSError), open(path, "rb") as file:  # gone already, or not ours to remove
        if _claim(file.fileno(), wait=False):
            path.unlink()


class LocalStorage:
    """Files in a folder of this machine; a replaced file is synced to disk and then renamed into place."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.uri = str(root)
        self.secrets: frozenset[str] = frozenset()

    def exists(self, path: str) -> bool:
        """Tell whether there is a file."""
        return (self.root / path).is_file()

    def list_files(self, folder: str) -> list[str]:
        """Return the files under a folder at any depth, sorted, without hidden ones."""
        found = []
        for parent, folders, names in os.walk(self.root / folder):
            folders[:] = [name for name in folders if not name.startswith(".")]
            relative = Path(parent).relative_to(self.root)
            found += [(relative / name).as_posix() for name in names if not name.startswith(".")]
        return sorted(found)

    def size(self, path: str) -> int:
        """Return a file's size in bytes."""
        return (self.root / path).stat().st_size

    def entries(self, folder: str) -> dict[str, Entry]:
        """Return each file's size, and a stamp of its size, time and inode."""
        found = {}
        for path in self.list_files(folder):
            with suppress(FileNotFoundError):  # removed since it was listed
                facts = (self.root / path).stat()
                found[path] = Entry(facts.st_size, f"{facts.st_size}-{facts.st_mtime_ns}-{facts.st_ino}")
        return found

    def open_snapshot(self, path: str) -> BinaryIO:
        """Open a file; a replaced file lives on for who has it open."""
        return open(self.root / path, "rb")

    def open_tail(self, path: str) -> BinaryIO:
        """Open a file."""
        return self.open_snapshot(path)

    @contextmanager
    def replace(self, path: str) -> Iterator[_PendingFile]:
        """Write a file that takes the place of ``path`` at the end of the block."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale(target)
        pending = _PendingFile(self.root, path)
        try:
            yield pending
            pending.finish()
        except BaseException:
            pending.drop()
            raise

    def remove(self, path: str) -> None:
        """Remove a file; no error if there is none."""
        target = self.root / path
        if target.exists():
            target.unlink(missing_ok=True)
            _sync_folder(target.parent)

    def drop_leftovers(self) -> None:
        """Remove the temporary files of writers who died."""
        for parent, _, names in os.walk(self.root):
            for name in names:
                if _TEMPORARY.fullmatch(name):
                    _remove_if_dead(Path(parent) / name)

    def can_swap_folders(self) -> bool:
        """Tell whether this system and file system let two folders exchange their names; found out once, by trying."""
        return self._swaps

    @cached_property
    def _swaps(self) -> bool:
        return can_exchange(self.root / _TRIALS)

    def link(self, path: str, new_path: str) -> None:
        """Make a hard link, or a copy with the same times where there are none."""
        target = self.root / new_path
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(self.root / path, target)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            shutil.copy2(self.root / path, target)

    def swap_folders(self, staged: str, folder: str) -> None:
        """Exchange the names of two folders; if there is nothing at ``folder`` yet, rename the other."""
        source, target = self.root / staged, self.root / folder
        _sync_folder(source)
        if target.exists():
            exchange(source, target)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.rename(source, target)
        _sync_folder(target.parent)
        _sync_folder(source.parent)

    def move_folder(self, folder: str, new_folder: str) -> None:
        """Rename a folder."""
        source, target = self.root / folder, self.root / new_folder
        target.parent.mkdir(parents=True, exist_ok=True)
        os.rename(source, target)
        _sync_folder(source.parent)

    def remove_folder(self, folder: str) -> None:
        """Remove a folder with all in it; no error if there is none."""
        with suppress(FileNotFoundError):
            shutil.rmtree(self.root / folder)

    def check_writable(self) -> None:
        """Write a small file and remove it; make the root if it is not there."""
        with self.replace(_CHECK_FILE) as pending:
            pending.write(b"ok")
            pending.discard()
