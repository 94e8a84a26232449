"""How a run in this process tells whoever started it how far it is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Progress:
    """A step of a run has dealt with one more space.

    Attributes:
        step: What was done: ``sync`` (landed from the site) or ``tables`` (tables built).
        space_key: The space that is done.
        done: How many spaces this step has dealt with, this one included.
        total: How many spaces it deals with in this run.
        contents: Pages and blog posts in the space; 0 where it failed.
        fetched: How many of them had to be fetched.
        requests: Requests made so far by the run.
        error: What went wrong with the space, or None.
    """

    step: Literal["sync", "tables"]
    space_key: str
    done: int
    total: int
    contents: int = 0
    fetched: int = 0
    requests: int = 0
    error: str | None = None


Listener = Callable[[Progress], None]

_listener: ContextVar[Listener | None] = ContextVar("confluence_pipeline_progress", default=None)


@contextmanager
def listening(listener: Listener | None) -> Iterator[None]:
    """Have ``listener`` called, from the thread that executes the run, for runs started in this context."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def report(progress: Progress) -> None:
    """Tell the listener of this context, if there is one."""
    listener = _listener.get()
    if listener is not None:
        listener(progress)
