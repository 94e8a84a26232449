"""fsspec file systems that behave badly, or that count what is asked of them."""

import errno
from typing import Any, ClassVar

from fsspec.implementations.memory import MemoryFileSystem


class ObjectStore(MemoryFileSystem):  # type: ignore[misc] # fsspec is untyped
    """An object store: an upload shows when it is complete. It can be told to run full.

    Attributes:
        calls: The names and paths of calls that change something.
        full: Whether uploads fail.
    """

    protocol: ClassVar[str | tuple[str, ...]] = ("teststore", "s3")
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]
    calls: ClassVar[list[tuple[str, str]]] = []
    full: ClassVar[bool] = False

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return "/" + path.removeprefix("teststore://").removeprefix("testserver://").strip("/")

    def pipe_file(self, path: str, value: bytes, **kwargs: Any) -> None:
        """Store an object."""
        type(self).calls.append(("put", path))
        if type(self).full:
            self._run_full(path, value)
        super().pipe_file(path, value, **kwargs)

    def mv(self, path1: str, path2: str, **_options: Any) -> None:
        """Rename a file."""
        type(self).calls.append(("rename", path2))
        self.store[path2] = self.store.pop(path1)

    def _run_full(self, path: str, _value: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", path)


class FileServer(ObjectStore):
    """A server of files, such as SFTP: an upload shows while it runs, and stops halfway when the disk is full."""

    protocol = "testserver"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]
    calls: ClassVar[list[tuple[str, str]]] = []
    full: ClassVar[bool] = False

    def _run_full(self, path: str, value: bytes) -> None:
        MemoryFileSystem.pipe_file(self, path, value[: len(value) // 2])
        super()._run_full(path, value)
