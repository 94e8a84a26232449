"""Fetches many items by id in batches; a batch that fails is halved until the bad item is alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Generic, TypeVar

from confluence_pipeline.confluence.errors import (
    ConfluenceError,
    GoneError,
    RefusedError,
    ServerError,
    SiteUnavailableError,
    TooLargeError,
)

Item = TypeVar("Item")

MOST_FAILURES_WITHOUT_SUCCESS = 8
"""Single items that may fail in a row before anything works: past that the site is down, not the item."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An item that could not be fetched even alone."""

    item_id: str
    error: ConfluenceError


@dataclass
class Fetched(Generic[Item]):
    """What a batch gave: the records, and the items that failed."""

    records: list[Item] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


def fetch_halving(ids: Sequence[str], fetch: Callable[[Sequence[str]], list[Item]]) -> Fetched[Item]:
    """Fetch ``ids`` in one request if possible, in halves where that fails.

    What fails tends to lie together (one import, one author), so halves are taken of the ids in an order that has
    nothing to do with their own; then a success shows early that the site is well.

    Args:
        ids: What to fetch; never empty.
        fetch: Asks for some of them, best with the patience of :meth:`ConfluenceClient.api_for
            <confluence_pipeline.confluence.ConfluenceClient.api_for>`; raises :class:`ServerError` or
            :class:`RefusedError` where one of them spoils the answer, :class:`TooLargeError` where they are too many.

    Returns:
        The records that came, in no particular order, and a failure for each item that fails alone.

    Raises:
        SiteUnavailableError: Everything fails, so it is the site and not an item.
        RefusedError: Everything is refused, so it is the call and not an item.
        ConfluenceError: What ``fetch`` raises that halving cannot mend.
    """
    outcome: Fetched[Item] = Fetched()
    succeeded = False
    waiting = [sorted(ids, key=_shuffled)]
    while waiting:
        batch = waiting.pop()
        try:
            outcome.records.extend(fetch(batch))
            succeeded = True  # even with no record: what is not there (any more) is no failure
        except GoneError:
            raise  # the endpoint is gone, for every item alike
        except (ServerError, RefusedError, TooLargeError) as error:
            if len(batch) > 1:
                middle = len(batch) // 2
                waiting += [batch[middle:], batch[:middle]]
                continue
            outcome.failures.append(Failure(batch[0], error))
            if not succeeded and len(outcome.failures) >= MOST_FAILURES_WITHOUT_SUCCESS:
                if not error.retryable:
                    raise
                raise SiteUnavailableError(
                    f"The site fails for every content it is asked for; the last answer: {error}",
                    status=error.status,
                    attempts=error.attempts,
                ) from error
    return outcome


def _shuffled(item_id: str) -> bytes:
    return blake2b(item_id.encode(), digest_size=8).digest()
