"""Locks that keep two processes of this machine from writing the same thing."""

import getpass
import hashlib
import json
import os
import platform
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from confluence_pipeline.lake.errors import SETTING, LakeBusyError

_POLL_SECONDS = 0.05


def shared_lock_folder(uri: str) -> Path:
    """Return where this user's processes on this machine keep the locks of a lake that is not a local folder."""
    digest = hashlib.sha256(uri.encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"confluence-pipeline-locks-{getpass.getuser()}" / digest


def _describe_holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return f"process {holder['process']} on {holder['host']}, since {holder['since']}"
    except (OSError, ValueError, KeyError, TypeError):  # it is just starting or ending
        return "another process"


def _write_holder(path: Path) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    holder = {"process": os.getpid(), "host": platform.node(), "since": now}
    path.write_text(json.dumps(holder), encoding="utf-8")


@contextmanager
def held(folder: Path, name: str, lake: str, wait_seconds: float) -> Iterator[None]:
    """Hold a lock for the length of the block; the operating system frees it when the process dies.

    Args:
        folder: Where the lock's file lies; made if it is not there.
        name: The lock's name, fit for a file name.
        lake: The lake's address, for the message.
        wait_seconds: How long to wait for another holder to finish.

    Raises:
        LakeBusyError: If another writer, in this process or another, holds the lock for longer than that.
        OSError: If the lock's file cannot be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    holder = folder / f"{name}.json"
    lock = FileLock(folder / f"{name}.lock", timeout=wait_seconds, poll_interval=_POLL_SECONDS)
    try:
        lock.acquire()
    except Timeout:
        raise LakeBusyError(
            f"{SETTING} ({lake}): {name} is being written by {_describe_holder(holder)}. "
            "Wait for it to end, or stop it; nothing was changed."
        ) from None
    try:
        _write_holder(holder)
        yield
    finally:
        with suppress(OSError):
            holder.unlink(missing_ok=True)
        lock.release()
