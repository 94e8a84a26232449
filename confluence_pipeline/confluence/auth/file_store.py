"""A login in a file that its owner alone can read."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click
from filelock import FileLock, Timeout

from confluence_pipeline.confluence.auth.stored_login import digest
from confluence_pipeline.confluence.errors import SettingError, SiteUnavailableError

_SETTING = "CONFLUENCE_TOKEN_STORE"
_LOCK_SECONDS = 150.0
_POLL_SECONDS = 0.02
_APP = "confluence-pipeline"


def default_file(client_id: str) -> Path:
    """Return where the login of an app is kept unless set otherwise: in the user's folder for settings."""
    named = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in client_id)
    return Path(click.get_app_dir(_APP)) / f"login-{named}.json"


class FileStore:
    """Keeps a login in a file of mode 0600, replaced as a whole, and durable when :meth:`save` returns.

    Texts are saved and removed under the lock only: whoever takes it next finishes what a process that died had begun.

    Args:
        path: The file; its folder is made, for the owner alone, if there is none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __str__(self) -> str:
        return str(self._path)

    def load(self) -> str | None:
        """Return the file's text; None if there is no file."""
        try:
            return self._text_of(self._path)
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise self._unusable("read", error) from error

    def _text_of(self, path: Path) -> str:
        with open(path, encoding="utf-8", opener=_without_links) as file:
            self._refuse_if_open_to_others(os.fstat(file.fileno()))
            return file.read()

    def _refuse_if_open_to_others(self, found: os.stat_result) -> None:
        if not hasattr(os, "getuid"):
            return
        if found.st_uid != os.getuid():
            raise SettingError(
                f"{self._path} holds a login but belongs to another user; make it your own, or set {_SETTING} to "
                "another place",
                setting=_SETTING,
            )
        if stat.S_IMODE(found.st_mode) & 0o077:
            raise SettingError(
                f"{self._path} holds a login and can be read by others; run `chmod 600 {self._path}`, and since "
                "somebody may have read it, `confluence-pipeline login` again",
                setting=_SETTING,
            )

    def save(self, text: str) -> None:
        """Replace the file's text, durably.

        The file is synced before it takes the old one's place, and the folder after, so that no crash leaves half.
        Its name tells what is to be in it, so that one a crash left behind is known to be whole or not.
        """
        new = self._path.with_name(f".{self._path.name}.{digest(text)}.new")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._path)
            _sync_folder(self._path.parent)
        except OSError as error:
            with suppress(OSError):
                new.unlink(missing_ok=True)
            raise self._unusable("written", error) from error

    def remove(self) -> None:
        """Remove the file, and what is left of saves that failed."""
        try:
            for path in (self._path, *self._left_behind()):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise self._unusable("removed", error) from error

    def _left_behind(self) -> list[Path]:
        """Return the new files that did not take the old one's place: a process died before, or could not."""
        before, after = f".{self._path.name}.", ".new"
        beside = self._path.parent.iterdir() if self._path.parent.is_dir() else ()
        return [path for path in beside if path.name.startswith(before) and path.name.endswith(after)]

    def _finish(self) -> None:
        """Let a whole file that was left behind take the old one's place: it may hold the only token that is good."""
        try:
            for path in self._left_behind():
                if self._is_whole(path):
                    path.replace(self._path)
                    _sync_folder(self._path.parent)
                else:
                    path.unlink(missing_ok=True)
        except OSError as error:
            raise self._unusable("written", error) from error

    def _is_whole(self, path: Path) -> bool:
        """Return whether a file that was left behind is ours and holds all that was to be in it."""
        try:
            return path.name.endswith(f".{digest(self._text_of(path))}.new")
        except (OSError, UnicodeDecodeError, SettingError):
            return False

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the lock beside the file, which the operating system frees when a process dies."""
        lock = FileLock(
            self._path.with_name(f"{self._path.name}.lock"),
            timeout=_LOCK_SECONDS,
            poll_interval=_POLL_SECONDS,
            mode=0o600,
            thread_local=False,
        )
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not os.access(self._path.parent, os.W_OK):  # or the lock would be waited for in vain
                raise self._unusable("written", PermissionError(errno.EACCES, "its folder is read-only"))
            lock.acquire()
        except Timeout:
            raise SiteUnavailableError(
                f"Another process has been renewing the login in {self._path} for {_LOCK_SECONDS:.0f} seconds; run "
                "this again later"
            ) from None
        except OSError as error:
            raise self._unusable("written", error) from error
        try:
            self._finish()
            yield
        finally:
            lock.release()

    def _unusable(self, verb: str, error: Exception) -> SettingError:
        why = (error.strerror or type(error).__name__) if isinstance(error, OSError) else "it is not text"
        return SettingError(
            f"{self._path} cannot be {verb} ({why}), and a login must be stored anew whenever its token is renewed; "
            f"set {_SETTING} to a file that you can write, in a folder that you can write",
            setting=_SETTING,
        )


def _without_links(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0))


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the operating system lets one."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
