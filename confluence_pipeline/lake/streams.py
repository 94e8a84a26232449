"""Writes a file of any size piece by piece."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from confluence_pipeline.lake.storage import Pending

Explained = Callable[[str], AbstractContextManager[None]]
"""Given a path, a block that raises what fails in it as :class:`LakeError`."""


class StreamWriter:
    """A file that is being written; see :meth:`Lake.stream_writer`.

    Attributes:
        path: Where the file goes when the block ends.
        size: How many bytes were written so far.
    """

    def __init__(self, file: Pending, path: str, explained: Explained) -> None:
        self.path = path
        self.size = 0
        self._file = file
        self._explained = explained

    def write(self, data: bytes) -> None:
        """Append bytes.

        Raises:
            LakeError: If the storage fails, as when a disk is full.
        """
        with self._explained(self.path):
            self._file.write(data)
        self.size += len(data)

    def restart(self) -> None:
        """Forget all bytes written so far.

        Raises:
            LakeError: If the storage fails.
        """
        with self._explained(self.path):
            self._file.restart()
        self.size = 0

    def publish_as(self, path: str) -> None:
        """Let the file go to another path than the one it was begun for, as when its name tells what it holds.

        Raises:
            LakeError: If there can be no such file.
            ValueError: If the path could lead out of the lake.
        """
        with self._explained(path):
            self._file.publish_as(path)
        self.path = path

    def discard(self) -> None:
        """Publish nothing: what lies at the path stays as it is."""
        self._file.discard()
