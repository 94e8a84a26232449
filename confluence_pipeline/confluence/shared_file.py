"""Where the processes of a machine keep what they know together of one site's limits.

A small file in the machine's temporary folder, changed under a lock that the operating system frees when a process
dies. It holds numbers only, can be read by its owner alone, and may be deleted at any time: whoever comes next puts
back what they know. Where it cannot be used at all, each process keeps to its own knowledge.
"""

import getpass
import hashlib
import json
import logging
import os
import stat
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from filelock import FileLock, Timeout

from confluence_pipeline.confluence.site_state import SiteState, state_from_json, state_to_json

Change = Callable[[SiteState], SiteState]

_LOG = logging.getLogger(__name__)
_POLL_SECONDS = 0.002
_KEPT_SECONDS = 3600.0
_CLOCKS_AGREE_SECONDS = 60.0
_RETRY_SECONDS = 10.0


class StateStore(Protocol):
    """Keeps one site's state."""

    def update(self, known: SiteState, change: Change) -> SiteState:
        """Change the state and return it.

        Args:
            known: The state as the caller knows it, for when there is no other.
            change: What to do to the state; a pure function.
        """

    def look(self, known: SiteState) -> SiteState:
        """Return the state as others have left it, without telling them anything; this costs next to nothing.

        Args:
            known: The state as the caller knows it, for when nobody has changed it.
        """


class OwnState:
    """The state of a client that shares it with nobody."""

    def update(self, known: SiteState, change: Change) -> SiteState:
        """Return the known state, changed."""
        return change(known)

    def look(self, known: SiteState) -> SiteState:
        """Return the known state."""
        return known


def shared_path(base: str) -> Path:
    """Return the file for a site: one for each user and site, with nothing in its name that tells which.

    Args:
        base: The site's base URL.
    """
    owner = str(os.getuid()) if hasattr(os, "getuid") else getpass.getuser()
    digest = hashlib.sha256(base.encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"confluence-pipeline-limits-{owner}" / f"{digest}.json"


class SharedFile:
    """One site's state in a file that all processes of a user on this machine share.

    Args:
        path: The file, in a folder of its own.
        clock: Seconds since some moment that is the same for all processes until the machine restarts.
        wall_clock: Seconds of the machine's calendar clock, which tells whether it was restarted.
        patience: Seconds to wait for another process to give the lock back.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
        patience: float = 0.5,
    ) -> None:
        self._path = path
        self._lock = FileLock(path.with_suffix(".lock"), timeout=patience, poll_interval=_POLL_SECONDS, mode=0o600)
        self._clock = clock
        self._wall_clock = wall_clock
        self._seen: tuple[int, int] | None = None
        self._unusable_until = float("-inf")

    def update(self, known: SiteState, change: Change) -> SiteState:
        """Change what the file holds, or what the caller knows if there is no file to be used."""
        if self._clock() < self._unusable_until:
            return change(known)
        try:
            _make_private(self._path.parent)
            with self._lock:
                state = change(self._read() or known)
                self._write(state)
                self._seen = self._version()
                return state
        except OSError as error:
            reason = "another process holds its lock" if isinstance(error, Timeout) else error.strerror
            _LOG.warning("Limits are not shared with other processes for now: %s: %s", self._path, reason)
            self._unusable_until = self._clock() + _RETRY_SECONDS
            return change(known)

    def look(self, known: SiteState) -> SiteState:
        """Return what the file holds, if it is another one than when it was last seen."""
        version = self._version()
        if version == self._seen or self._clock() < self._unusable_until:
            return known
        self._seen = version
        return self._read() or known

    def _version(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns

    def _read(self) -> SiteState | None:
        """Return the file's state; None if there is none, it cannot be read, or it is from before a restart."""
        try:
            data: Any = json.loads(self._path.read_bytes())
            written_at, written_on = float(data.pop("written_at")), float(data.pop("written_on"))
            state = state_from_json(data)
        except (OSError, ValueError, KeyError, AttributeError, TypeError):
            return None
        age = self._clock() - written_at
        same_boot = abs(age - (self._wall_clock() - written_on)) < _CLOCKS_AGREE_SECONDS
        is_of_use = age < _KEPT_SECONDS or state.resume_at > self._clock()
        return state if same_boot and age >= 0 and is_of_use else None

    def _write(self, state: SiteState) -> None:
        data = {**state_to_json(state), "written_at": self._clock(), "written_on": self._wall_clock()}
        new = self._path.with_suffix(".new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(data, file)
        new.replace(self._path)


def _make_private(folder: Path) -> None:
    """Make a folder that is ours alone.

    Raises:
        PermissionError: Somebody else made it, or can write to it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not hasattr(os, "getuid"):
        return
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise PermissionError(0, "the folder belongs to somebody else")
