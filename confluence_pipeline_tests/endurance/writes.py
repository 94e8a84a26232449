"""Changes of the file system as Python tells of them before it makes them, to die or to run out of room at one."""

import errno
import os
import signal
import sys
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link")


@dataclass
class Writes:
    """Counts the changes that this process makes from now on; see :func:`sys.addaudithook`.

    A file that is opened to be written, renamed or removed is a change each; what is written into it is not seen.

    Attributes:
        killed_at: The process is killed just before this change; 0 for never.
        full_at: From this change on the disk that holds the lake is full, but not for removing; 0 for never.
        full_at_flush: From this flush of a file or folder on, what was written does not fit; 0 for never.
        lake: The lake's folder.
        count: How many changes there were.
        landing: Which of them put a file of a space's raw landing in its place.
        flushes: How many files and folders were flushed, if that is counted.
    """

    killed_at: int = 0
    full_at: int = 0
    full_at_flush: int = 0
    lake: str = ""
    count: int = 0
    landing: list[int] = field(default_factory=list)
    flushes: int = 0
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        sys.addaudithook(self._hear)
        if self.full_at_flush:
            os.fsync = self._flush  # no audit event tells of it

    def _flush(self, fd: object) -> None:  # noqa: ARG002 - as os.fsync
        with self._lock:
            self.flushes += 1
            is_full = self.flushes >= self.full_at_flush
        if is_full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event not in _CHANGES and not (event == "open" and _is_to_be_written(arguments)):
            return
        with self._lock:
            self.count += 1
            number = self.count
            if event == "os.rename" and "/raw/content/" in str(arguments[0]):
                self.landing.append(number)
        if number == self.killed_at:
            os.kill(os.getpid(), signal.SIGKILL)
        is_full = self.full_at and number >= self.full_at and event not in ("os.remove", "os.rmdir")
        if is_full and str(arguments[0]).startswith(self.lake):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(arguments[0]))


def _is_to_be_written(arguments: tuple[Any, ...]) -> bool:
    path, _, flags = arguments
    return isinstance(path, str) and bool(flags & _WRITING) and not path.startswith("/dev/null")
