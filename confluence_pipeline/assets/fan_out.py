"""Work over several spaces side by side, where one that fails does not stop the others."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from typing import Generic, TypeVar

from confluence_pipeline.confluence import AccessError, ConfluenceError, SettingError, SiteUnavailableError
from confluence_pipeline.lake import LakeBusyError, LakeError

Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Result_co]):
    """What became of one space: a result, or an error.

    Attributes:
        space_key: The space.
        result: What the work returned; None if it failed or was not begun.
        error: What stopped it; None if it succeeded.
    """

    space_key: str
    result: Result_co | None = None
    error: ConfluenceError | LakeError | None = None


def is_site_wide(error: ConfluenceError | LakeError) -> bool:
    """Return whether an error that one space met would meet every other as well."""
    if isinstance(error, LakeError):
        return not isinstance(error, LakeBusyError)
    return isinstance(error, SiteUnavailableError | SettingError) and not isinstance(error, AccessError)


@contextmanager
def stopping(stop: Callable[[], None]) -> Iterator[None]:
    """Call ``stop`` if the block is interrupted: by Dagster when somebody terminates the run, or by Ctrl-C.

    Both arrive as exceptions that are no :class:`Exception`, on the main thread alone; other threads would go on.
    """
    try:
        yield
    except (Exception, GeneratorExit):
        raise
    except BaseException:
        stop()
        raise


def over_spaces(
    keys: Sequence[str], work: Callable[[str], Result], *, threads: int, stop: Callable[[], None] = lambda: None
) -> Iterator[Outcome[Result]]:
    """Yield an outcome for every space, in the order in which they are done.

    After an error that would meet every space, none is begun any more; those not begun get that error.

    Args:
        keys: The spaces.
        work: What to do with one, on a thread of its own.
        threads: The most spaces under way at once.
        stop: Called when the run is interrupted; what is under way has to end soon then, since it is waited for.

    Raises:
        Exception: What ``work`` raises other than :class:`ConfluenceError` and :class:`LakeError`.
    """
    stopped = Event()
    stop_errors: list[ConfluenceError | LakeError] = []

    def attempt(key: str) -> Outcome[Result]:
        if stopped.is_set():
            return Outcome(key, error=stop_errors[0])
        try:
            return Outcome(key, result=work(key))
        except (ConfluenceError, LakeError) as error:
            if is_site_wide(error):
                stop_errors.append(error)
                stopped.set()
            return Outcome(key, error=error)

    with ThreadPoolExecutor(max(1, min(threads, len(keys))), thread_name_prefix="spaces") as pool:
        futures = [pool.submit(attempt, key) for key in keys]
        try:
            with stopping(stop):
                for future in as_completed(futures):
                    yield future.result()
        finally:
            for future in futures:
                future.cancel()
