"""Two folders exchange their names in one step, where the system has a call for that.

Linux has ``renameat2`` with ``RENAME_EXCHANGE`` (kernel 3.15, glibc 2.28), macOS ``renamex_np`` with ``RENAME_SWAP``
(10.12); on either the file system must support it, too: see rename(2) and renameatx_np(2). Windows has none.
"""

import ctypes
import errno
import os
import secrets as random_names
import shutil
import sys
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_RENAME_SWAP = 2


def exchange(one: Path, other: Path) -> None:
    """Let two folders of one file system exchange their places; at any moment both names lead to one of them.

    Raises:
        OSError: The system or the file system cannot do that, or a folder is missing; nothing has changed.
    """
    if _call(os.fsencode(one), os.fsencode(other)):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(one), None, str(other))


def _call(one: bytes, other: bytes) -> int:
    """Make the system's call; returns 0 if it was done, and else leaves the reason in ctypes' ``errno``."""
    if sys.platform != "win32":
        library = ctypes.CDLL(None, use_errno=True)
        if hasattr(library, "renameat2"):
            return int(library.renameat2(_AT_FDCWD, one, _AT_FDCWD, other, _RENAME_EXCHANGE))
        if hasattr(library, "renamex_np"):
            return int(library.renamex_np(one, other, _RENAME_SWAP))
    ctypes.set_errno(errno.ENOSYS)
    return -1


def can_exchange(folder: Path) -> bool:
    """Tell whether two folders inside ``folder`` can, by trying; makes ``folder`` if it is not there.

    Raises:
        OSError: Nothing can be written there at all.
    """
    trial = folder / f"trial-{random_names.token_hex(6)}"
    one, other = trial / "one", trial / "other"
    (one / "mark").mkdir(parents=True)
    other.mkdir()
    try:
        exchange(one, other)
        return (other / "mark").exists()  # a file system may take the call and only move
    except OSError:
        return False
    finally:
        shutil.rmtree(trial, ignore_errors=True)
