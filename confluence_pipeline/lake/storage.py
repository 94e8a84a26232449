"""Where files lie: the small set of verbs a lake needs, for a local folder and for any fsspec file system."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Protocol


@dataclass(frozen=True, slots=True)
class Entry:
    """What a listing tells of a file.

    Attributes:
        size: Its size in bytes.
        stamp: A short text that is another one once the file was replaced.
    """

    size: int
    stamp: str


class Pending(Protocol):
    """A file that is being written and that nobody sees before it is published."""

    def write(self, data: bytes) -> int:
        """Append ``data``; returns the number of bytes."""

    def restart(self) -> None:
        """Forget all that was written so far."""

    def publish_as(self, path: str) -> None:
        """Publish under another path than the one that was named at first."""

    def discard(self) -> None:
        """Do not publish: what lay under the name before stays."""


class Storage(Protocol):
    """Files by path, relative to a root. Methods raise what the storage raises; missing is FileNotFoundError.

    Attributes:
        uri: The root's address, absolute and fit to be shown to people.
        secrets: Strings that errors of this storage might repeat and that must not be shown.
    """

    uri: str
    secrets: frozenset[str]

    def exists(self, path: str) -> bool:
        """Tell whether there is a file."""

    def list_files(self, folder: str) -> list[str]:
        """Return the files under a folder at any depth, sorted, without hidden ones; [] if it is not there."""

    def size(self, path: str) -> int:
        """Return a file's size in bytes."""

    def entries(self, folder: str) -> dict[str, Entry]:
        """Return what a listing tells of each of :meth:`list_files`; reads no file."""

    def open_snapshot(self, path: str) -> BinaryIO:
        """Open a file for reading; what is read is one version of it, even if it is replaced meanwhile."""

    def open_tail(self, path: str) -> BinaryIO:
        """Open a file to read a little near its end, where fetching all of it would be a waste."""

    def replace(self, path: str) -> AbstractContextManager[Pending]:
        """Write a file that takes the place of ``path`` at the end of the block, at once and whole.

        If the block raises, or discards, or publishing fails, what was there before stays, and nothing else.
        """

    def remove(self, path: str) -> None:
        """Remove a file; no error if there is none."""

    def drop_leftovers(self) -> None:
        """Remove what writers who died have left half written; what a living one writes stays."""

    def can_swap_folders(self) -> bool:
        """Tell whether the four methods that follow work here; without them a part of a table is one file."""

    def link(self, path: str, new_path: str) -> None:
        """Give a file a second path in a folder that is to be swapped in, without copying it if that can be."""

    def swap_folders(self, staged: str, folder: str) -> None:
        """Put a folder in the place of another, in one step; the other lies in its place then, if there was one."""

    def move_folder(self, folder: str, new_folder: str) -> None:
        """Give a folder another name, in one step."""

    def remove_folder(self, folder: str) -> None:
        """Remove a folder with all in it; no error if there is none."""

    def check_writable(self) -> None:
        """Write a small file and remove it; make the root if it is not there."""
