"""A DuckDB file that is never changed in place: it is copied, the copy is changed, and the copy takes its place.

So whoever has the file open goes on reading the old one, and whoever opens it later finds the new one. DuckDB allows
either one process that writes a file or any number that only read it (DuckDB, "Concurrency"); this way a reader
never waits for a load, nor a load for a reader.
"""

import os
import secrets as random_names
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from confluence_pipeline.warehouse.base import SETTING, WarehouseError
from confluence_pipeline.warehouse.ddl import literal

DATABASE = "warehouse"
_MAGIC = slice(8, 12), b"DUCK"
_MOST_THREADS = 1
MEMORY_LIMITS = ("128MB", "512MB", "2GB", "80%")
"""What a load may use, tried in turn: bodies pass through little, but a primary key's index grows with the rows."""

_INTERRUPTED = "Query interrupted"

NEW_FILE_OPTIONS = "STORAGE_VERSION 'v1.2.0'"
"""Read by every DuckDB since 1.2, and the first with zstd for long texts: half the size and time of the default."""

WRITE_OPTIONS = "READ_WRITE, ROW_GROUP_SIZE 2048"
"""Rows that come are merged into the last group, which is held in memory and written anew: with bodies, the default of
122,880 rows is much."""


@contextmanager
def explained(uri: str) -> Iterator[None]:
    """Raise what the database or the file system cannot do as :class:`WarehouseError`."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        first_line = reason.strip().splitlines()[0]
        raise WarehouseError(
            f"{SETTING} ({uri}): cannot load the warehouse: {first_line} Nothing in it was changed."
        ) from error


@contextmanager
def connected(
    path: Path, *, read_only: bool = False, spill: Path | None = None, memory: str = MEMORY_LIMITS[0]
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Connect to a DuckDB file, made if it is not there, as the default database.

    Args:
        path: The file.
        read_only: Take no lock that keeps other readers out.
        spill: A folder for what does not fit the memory limit.
        memory: How much memory the database may use.

    Raises:
        KeyboardInterrupt: A signal whose handler raises came while DuckDB computed, which puts an error of its own in
            the place of the handler's.
    """
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,  # nothing is downloaded
        "memory_limit": memory,
        "preserve_insertion_order": False,
        "threads": min(_MOST_THREADS, os.cpu_count() or 1),
    }
    if spill:
        settings["temp_directory"] = str(spill)
    options = "READ_ONLY" if read_only else WRITE_OPTIONS
    if not path.exists():
        options += f", {NEW_FILE_OPTIONS}"
    with duckdb.connect(config=settings) as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"ATTACH {literal(str(path))} AS {DATABASE} ({options})")
        connection.execute(f"USE {DATABASE}")
        try:
            yield connection
        except RuntimeError as error:
            if str(error) != _INTERRUPTED:
                raise
            raise KeyboardInterrupt from error


def require_duckdb(path: Path, uri: str) -> None:
    """Refuse a file that is something else, before DuckDB tries to guess what.

    Raises:
        WarehouseError: If there is a file, and it is not a DuckDB database.
    """
    if not path.exists():
        return
    if path.is_dir():
        raise WarehouseError(f"{SETTING} ({uri}) is a folder; name a file in it, such as warehouse.duckdb.")
    where, magic = _MAGIC
    with open(path, "rb") as file:
        if file.read(16)[where] != magic:
            raise WarehouseError(
                f"{SETTING} ({uri}) is a file, but no DuckDB database; name another. It was not touched."
            )


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")


def _fold_log(path: Path, uri: str) -> None:
    """Put into the file what another program has written to it and left in its write-ahead log.

    Raises:
        WarehouseError: If that program still has the file open, or the log is of another version of the file.
    """
    if not _log_of(path).exists():
        return
    try:
        with connected(path) as connection:
            connection.execute(f"CHECKPOINT {DATABASE}")
    except duckdb.Error as error:
        first_line = str(error).strip().splitlines()[0]
        raise WarehouseError(
            f"{SETTING} ({uri}): another program has changes in {_log_of(path).name} that are not in the file yet "
            f"({first_line}). Close that program; if there is none, move {_log_of(path).name} away. "
            "Nothing was changed."
        ) from error


def _identity(path: Path) -> tuple[int, ...] | None:
    """Return what changes when anybody writes to the file."""
    if not path.exists():
        return None
    facts = path.stat()
    return facts.st_ino, facts.st_size, facts.st_mtime_ns, int(_log_of(path).exists())


class Replacement:
    """A copy of a DuckDB file that is being changed.

    Attributes:
        path: The copy; not there yet if there is no file to copy.
        spill: A folder for DuckDB's temporary files.
        wanted: Whether the copy shall take the file's place at the end.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / name
        self.spill = folder / "spill"
        self.wanted = True


@contextmanager
def replacement(path: Path, uri: str) -> Iterator[Replacement]:
    """Change a copy of a file, which takes the file's place at the end of the block, at once and whole.

    If the block raises, nothing has changed. The caller holds :func:`only_loader`.

    Raises:
        WarehouseError: If another program changes the file meanwhile.
    """
    folder = path.with_name(f".{path.name}.{random_names.token_hex(6)}.building")
    folder.mkdir()
    try:
        building = Replacement(folder, path.name)
        _fold_log(path, uri)
        before = _identity(path)
        if before:
            shutil.copy(path, building.path)
        yield building
        if building.wanted:
            if _identity(path) != before:
                raise WarehouseError(f"{SETTING} ({uri}): another program wrote to it during the load. Load again.")
            _publish(building.path, path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _publish(building: Path, path: Path) -> None:
    """Sync a finished file to disk and rename it into place."""
    _sync(building)
    os.replace(building, path)
    if sys.platform != "win32":
        _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def only_loader(path: Path, uri: str, wait_seconds: float) -> Iterator[None]:
    """Be the only process of this machine that loads a file; removes what loaders that died have left.

    Raises:
        WarehouseError: If another load runs for longer than ``wait_seconds``.
    """
    lock = FileLock(path.with_name(f".{path.name}.lock"), timeout=wait_seconds)
    try:
        lock.acquire()
    except Timeout:
        raise WarehouseError(f"{SETTING} ({uri}): another load is running; wait for it, then load again.") from None
    try:
        for left in path.parent.glob(f".{path.name}.*.building"):
            shutil.rmtree(left, ignore_errors=True)
        yield
    finally:
        lock.release()
