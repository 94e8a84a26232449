"""Reads text out of files by a few worker processes that are used again and replaced when they die."""

import queue
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from confluence_pipeline.extraction.errors import MissingPackageError, StoppedError
from confluence_pipeline.extraction.process import Died, Worker

_LIBRARY = "xberg"
_MEGABYTE = 1024**2
_BYTES_OF_AN_ESCAPE = 6  # a byte of text is at most \u0000 in an answer


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may cost.

    Attributes:
        seconds: How long it may take, by the clock; the time it may compute is as long.
        memory_bytes: How much address space a worker may have; 0 for no limit. Not kept on Windows.
        text_bytes: How much text, in UTF-8, is kept of a file.
    """

    seconds: float = 60.0
    memory_bytes: int = 2048 * _MEGABYTE
    text_bytes: int = 10 * _MEGABYTE


@dataclass(frozen=True, slots=True)
class Extracted:
    """What was read of a file.

    Attributes:
        text: Its text, "" if there is none in it, as in a scan; None if it could not be read.
        extractor: What read it, name and version, as in ``xberg 1.3.9``.
        error: Why it could not be read, or that the text is not whole, in one sentence; None if all went well.
    """

    text: str | None
    extractor: str
    error: str | None


def installed_extractor() -> str:
    """Return the name and version of the library that reads files.

    Raises:
        MissingPackageError: It is not installed.
    """
    try:
        return f"{_LIBRARY} {version(_LIBRARY)}"
    except PackageNotFoundError:
        raise MissingPackageError(
            "Reading text out of files needs a package that is not installed: pip install 'confluence-pipeline[text]'."
        ) from None


class TextExtractor:
    """Reads text out of files; use it as a context manager. Threads may share it.

    The same bytes give the same text with the same version of the library. No network is used, no code in a file
    is run, and documents inside a document are not opened. A file that crashes, hangs, or needs too much costs its
    worker and nothing else.

    Args:
        limits: What one file may cost.
        workers: The most files that are read at once.
        program: What a worker runs; by default the one of this package.

    Attributes:
        extractor: What reads the files, name and version.

    Raises:
        MissingPackageError: The extra ``text`` is not installed.
    """

    def __init__(self, limits: Limits | None = None, *, workers: int = 2, program: Sequence[str] | None = None) -> None:
        self.extractor = installed_extractor()
        self._limits = limits or Limits()
        ours = [sys.executable, "-P", str(Path(__file__).with_name("worker.py"))]
        self._program = [*(program or ours), str(self._limits.memory_bytes), str(self._limits.seconds)]
        self._places: queue.LifoQueue[Worker | None] = queue.LifoQueue()
        self._asked: set[Worker] = set()
        self._lock = threading.Lock()
        self._is_stopped = False
        self._count = workers
        for _ in range(workers):
            self._places.put(None)

    def extract(self, path: Path, media_type: str) -> Extracted:
        """Return the text of a file.

        Args:
            path: Where the file is; its name does not matter.
            media_type: What kind of file it is, as :func:`readable_as` says.

        Returns:
            The text, or why there is none; never raises for what the file holds.

        Raises:
            StoppedError: The extractor was stopped, now or while the file was being read.
        """
        task = {"path": str(path), "media_type": media_type, "most_bytes": self._limits.text_bytes}
        answer = self._ask(task)
        if isinstance(answer, Died):
            return Extracted(None, self.extractor, self._death(answer))
        if "error" in answer:
            return Extracted(None, self.extractor, f"The file cannot be read: {answer['error']}")
        cut = f"The text is longer than {_size(self._limits.text_bytes)}; the rest is left out"
        return Extracted(answer["text"], self.extractor, cut if answer["cut"] else None)

    def _ask(self, task: dict[str, object]) -> dict[str, Any] | Died:
        """Ask a worker; one that dies may have been hurt by an earlier file, so a fresh one is asked too."""
        worker = self._places.get()
        try:
            while True:
                self._check_not_stopped()
                if worker is None or not worker.is_alive:
                    worker = self._replaced(worker)
                was_fresh = worker.is_fresh
                with self._at_work(worker):
                    answer = worker.ask(task, self._limits.seconds)
                if not isinstance(answer, Died) or answer.timed_out or was_fresh:
                    return answer
        finally:
            self._places.put(worker)

    @contextmanager
    def _at_work(self, worker: Worker) -> Iterator[None]:
        """Have a worker killed if the extractor is stopped during the block."""
        with self._lock:
            self._check_not_stopped()
            self._asked.add(worker)
        try:
            yield
        finally:
            with self._lock:
                self._asked.remove(worker)
        self._check_not_stopped()

    def _check_not_stopped(self) -> None:
        if self._is_stopped:
            raise StoppedError

    def stop(self) -> None:
        """End all work at once: files that are being read, or wait to be, raise :class:`StoppedError`."""
        with self._lock:
            self._is_stopped = True
            for worker in self._asked:
                worker.kill()

    def _replaced(self, worker: Worker | None) -> Worker:
        if worker is not None:
            worker.close()
        return Worker(self._program, _BYTES_OF_AN_ESCAPE * self._limits.text_bytes + _MEGABYTE)

    def _death(self, died: Died) -> str:
        if died.timed_out or died.status == -getattr(signal, "SIGXCPU", 0):
            return f"The file cannot be read: it takes longer than {self._limits.seconds:g} seconds"
        how = f"signal {-died.status}" if died.status < 0 else f"status {died.status}"
        memory = _size(self._limits.memory_bytes) if self._limits.memory_bytes else "there is"
        return (
            f"The file cannot be read: it broke the program that reads it ({how}), or needs more memory than {memory}"
        )

    def close(self) -> None:
        """End all workers; files that are being read are waited for."""
        for _ in range(self._count):
            worker = self._places.get()
            if worker is not None:
                worker.close()
        for _ in range(self._count):
            self._places.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _size(count: int) -> str:
    return f"{count / _MEGABYTE:g} MB"
