"""What can go wrong with the lake, said for the person who can mend it.

LakeError              the lake cannot be read or written; the message names the setting and the path
└── LakeBusyError      another process is writing the same thing
"""

import errno
import traceback
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import pyarrow as pa

SETTING = "CONFLUENCE_LAKE"
HIDDEN = "***"

_ADVICE = {
    errno.ENOSPC: "The disk is full: free some space",
    errno.EDQUOT: "The disk quota is used up: free some space",
    errno.EFBIG: "The file would be larger than this system lets this process write: raise the limit",
    errno.EACCES: "Permission is denied: let this user write there",
    errno.EPERM: "Permission is denied: let this user write there",
    errno.EROFS: "The file system is read-only",
    errno.ENOTDIR: "A part of the path is a file, not a folder",
    errno.EEXIST: "A part of the path is a file, not a folder",
    errno.EISDIR: "A folder stands where the file should be",
    errno.ENAMETOOLONG: "The path is too long for this file system",
}


class LakeError(Exception):
    """The lake could not be read or written; nothing that was in it has changed."""


class LakeBusyError(LakeError):
    """Another writer holds the lock; the message says which process, and since when."""


def scrub(text: str, secrets: Collection[str]) -> str:
    """Return ``text`` with each of ``secrets`` hidden."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def _advice(error: Exception) -> str:
    advice = _ADVICE.get(getattr(error, "errno", None) or 0)
    return f"{advice}, or point {SETTING} elsewhere." if advice else ""


def explain(lake: str, action: str, error: Exception, secrets: Collection[str] = ()) -> LakeError:
    """Turn a failure of the storage into a sentence for people.

    Args:
        lake: The lake's address, fit to be shown.
        action: What was tried, as in ``"write tables/pages/part-0.parquet"``.
        error: What the storage raised.
        secrets: Strings that must not show, even where the storage itself repeats them.

    Returns:
        The error to raise.
    """
    reason = (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__
    first_line = reason.strip().splitlines()[0][:500]
    advice = _advice(error) or f"Check the folder or bucket that {SETTING} names."
    return LakeError(
        scrub(f"{SETTING} ({lake}): cannot {action}: {first_line}. {advice} Nothing was changed.", secrets)
    )


def _tells(error: BaseException, secrets: Collection[str]) -> bool:
    said = "".join(traceback.format_exception(error))
    return any(secret in said for secret in secrets)


@contextmanager
def explained(lake: str, action: str, secrets: Collection[str] = (), *, reading: bool = False) -> Iterator[None]:
    """Raise what fails in the block as :class:`LakeError`.

    The storage's own error is kept as the cause, unless it would show a secret in a traceback.

    Args:
        lake: The lake's address, fit to be shown.
        action: What is tried, as in ``"read raw/spaces.parquet"``.
        secrets: Strings that must not show.
        reading: Let ``FileNotFoundError`` through: the file that was asked for is not there.

    Raises:
        LakeError: If the block fails.
        FileNotFoundError: If the block fails so, and it only reads.
    """
    try:
        yield
    except LakeError:
        raise
    except pa.ArrowInvalid as error:
        raise LakeError(
            f"{SETTING} ({lake}): cannot {action}: {error}. If the file is damaged, delete it and sync its space again."
        ) from error
    except Exception as error:  # each store's library raises its own kinds
        if reading and isinstance(error, FileNotFoundError):
            raise
        cause = None if _tells(error, secrets) else error
        raise explain(lake, action, error, secrets) from cause
