"""Spaces side by side: one that fails does not stop the others, unless all would fail."""

import threading
from collections.abc import Iterator

import pytest

from confluence_pipeline.assets.fan_out import is_site_wide, over_spaces, stopping
from confluence_pipeline.confluence import (
    AccessError,
    AddressError,
    AuthenticationError,
    ConfluenceError,
    ListingError,
    NotFoundError,
    QueryError,
    ServerError,
    SiteUnavailableError,
)
from confluence_pipeline.lake import LakeBusyError, LakeError

KEYS = [f"S{number}" for number in range(20)]


def test_every_space_has_one_outcome() -> None:
    """Results and errors of single spaces come back, one for each space."""

    def work(key: str) -> str:
        if key in {"S3", "S7"}:
            raise NotFoundError(f"no {key}")
        return key.lower()

    outcomes = {outcome.space_key: outcome for outcome in over_spaces(KEYS, work, threads=4)}
    assert sorted(outcomes) == sorted(KEYS)
    assert {key for key, outcome in outcomes.items() if outcome.error} == {"S3", "S7"}
    assert all(outcome.result == key.lower() for key, outcome in outcomes.items() if not outcome.error)


def test_after_an_error_that_all_would_meet_none_is_begun() -> None:
    """With one thread, what comes after the error is not tried, and says why."""
    begun: list[str] = []

    def work(key: str) -> str:
        begun.append(key)
        if key == "S2":
            raise SiteUnavailableError("the site is down")
        return key

    outcomes = list(over_spaces(KEYS, work, threads=1))
    assert begun == ["S0", "S1", "S2"]
    assert len(outcomes) == len(KEYS)
    assert {str(outcome.error) for outcome in outcomes[2:]} == {"the site is down"}


def test_an_interrupt_stops_what_is_under_way() -> None:
    """What Dagster or Ctrl-C raises on the main thread reaches the threads, and comes on; an early end does not."""
    interrupted = threading.Event()

    def work(key: str) -> str:
        assert interrupted.wait(30) or key == "S0"
        return key

    def outcomes() -> Iterator[str]:
        with stopping(interrupted.set):
            yield "first"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(outcomes())
    assert interrupted.is_set()
    assert len(list(over_spaces(KEYS, work, threads=2, stop=interrupted.set))) == len(KEYS)
    interrupted.clear()
    early = outcomes()
    next(early)
    early.close()  # type: ignore[attr-defined]
    assert not interrupted.is_set()


def test_what_nobody_foresaw_is_raised() -> None:
    """An error that is none of ours stops everything: it is a fault of the program."""

    def work(key: str) -> str:
        raise KeyError(key)

    with pytest.raises(KeyError):
        list(over_spaces(KEYS, work, threads=2))


def test_no_more_than_the_given_threads_work_at_once() -> None:
    """The number of spaces under way is bounded."""
    lock, under_way, most = threading.Lock(), 0, 0

    def work(_key: str) -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        threading.Event().wait(0.01)
        with lock:
            under_way -= 1

    list(over_spaces(KEYS, work, threads=3))
    assert 1 < most <= 3


@pytest.mark.parametrize(
    ("error", "site_wide"),
    [
        (AddressError("x"), True),
        (AuthenticationError("x"), True),
        (QueryError("x"), True),
        (SiteUnavailableError("x"), True),
        (LakeError("x"), True),
        (AccessError("x"), False),
        (ListingError("x"), False),
        (ServerError("x"), False),
        (NotFoundError("x"), False),
        (LakeBusyError("x"), False),
    ],
)
def test_which_errors_concern_every_space(error: ConfluenceError | LakeError, site_wide: bool) -> None:
    """A wrong login, an absent site and an unwritable lake concern all; a refusal or a lock only one."""
    assert is_site_wide(error) is site_wide


def test_no_spaces_are_no_work() -> None:
    """Nothing to do gives nothing."""
    assert list(over_spaces([], str.lower, threads=4)) == []
