"""A worker process: asked a line at a time, and killed if it takes too long."""

import json
import os
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

_KEPT = (
    "PATH", "SYSTEMROOT", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME",
    "TMPDIR", "TEMP", "TMP",
)  # fmt: skip
_ONE_THREAD = {"TOKIO_WORKER_THREADS": "1", "RAYON_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
"""Threads reserve address space each, on a large machine more than a worker may have."""


@dataclass(frozen=True, slots=True)
class Died:
    """The worker gave no answer.

    Attributes:
        timed_out: Whether it was killed for taking too long.
        status: What it ended with: an exit status, or a signal's number with a minus before it.
    """

    timed_out: bool
    status: int


def _environment() -> dict[str, str]:
    """Return what a worker needs of our environment, which does not include anybody's credentials."""
    return {name: os.environ[name] for name in _KEPT if name in os.environ} | _ONE_THREAD


class Worker:
    """A process that answers tasks; started at once.

    Args:
        program: What to run.
        longest_answer: The most bytes that an answer can have.

    Raises:
        OSError: The process cannot be started.
    """

    def __init__(self, program: Sequence[str], longest_answer: int) -> None:
        self.is_fresh = True
        self._longest_answer = longest_answer
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            program,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,  # an interrupt at the terminal is for us to handle
        )

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked again."""
        return self._process.poll() is None

    def ask(self, task: Mapping[str, object], seconds: float) -> dict[str, Any] | Died:
        """Return the answer to a task, or how the worker died of it.

        Args:
            task: What to ask, fit for JSON.
            seconds: How long it may take; then the process is killed.
        """
        self.is_fresh = False
        too_late = threading.Event()

        def kill() -> None:
            too_late.set()
            self._process.kill()

        timer = threading.Timer(seconds, kill)
        timer.daemon = True
        timer.start()
        try:
            line = self._exchange(json.dumps(task).encode() + b"\n")
        finally:
            timer.cancel()
        if line.endswith(b"\n"):
            with suppress(ValueError):  # else it is broken, and said something else
                answer: dict[str, Any] = json.loads(line)
                return answer
        return Died(too_late.is_set(), self.close())

    def _exchange(self, task: bytes) -> bytes:
        tasks, answers = self._process.stdin, self._process.stdout
        if tasks is None or answers is None:
            return b""
        try:
            tasks.write(task)
            tasks.flush()
            return answers.readline(self._longest_answer)
        except OSError:  # it died, so the pipe is broken
            return b""

    def kill(self) -> None:
        """End the process, whatever it is doing, from any thread."""
        self._process.kill()

    def close(self) -> int:
        """End the process if it still runs; return what it ended with."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was not sent yet is for nobody
                    pipe.close()
        return self._process.wait()
