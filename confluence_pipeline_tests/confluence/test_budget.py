"""One budget for all threads: how many send, and when nobody does."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.confluence.budget import Budget, ClosedError


class Watch:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@given(st.integers(1, 16), st.integers(1, 16), st.lists(st.sampled_from(["good", "bad", "late"]), max_size=60))
def test_the_allowance_stays_between_one_and_the_most(most: int, start: int, events: list[str]) -> None:
    """Whatever the site says, somebody may send, and never more than the most."""
    watch = Watch()
    budget = Budget(most, start=start, clock=watch)
    for event in events:
        if event == "good":
            budget.succeeded()
        else:
            watch.now += 10 if event == "late" else 0
            budget.throttled(5)
        assert 1 <= budget.allowed <= most


def test_it_halves_once_for_one_sign_and_grows_by_one_for_a_full_window() -> None:
    """Additive increase, multiplicative decrease; refusals of requests already under way are the same sign."""
    watch = Watch()
    budget = Budget(8, clock=watch)
    for _ in range(5):
        budget.throttled(10)
    assert budget.allowed == 4
    watch.now = 11
    budget.throttled(1)
    assert budget.allowed == 2
    for _ in range(2 + 3 + 1):
        budget.succeeded()
    assert 3 <= budget.allowed <= 4


def test_never_more_than_allowed_are_under_way() -> None:
    """Forty jobs on sixteen threads never hold more than three slots at once, and all get one."""
    budget, lock, under_way, peak = Budget(3), threading.Lock(), [0], [0]

    def job(_: int) -> None:
        with budget.slot():
            with lock:
                under_way[0] += 1
                peak[0] = max(peak[0], under_way[0])
            time.sleep(0.002)
            with lock:
                under_way[0] -= 1

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(job, range(40)))
    assert peak[0] == 3


def test_a_pause_holds_back_every_thread_and_is_counted() -> None:
    """After one thread is told to wait, none enters before the time is over."""
    budget = Budget(8)
    began = time.monotonic()
    budget.throttled(0.15)

    def enter(_: int) -> tuple[float, float]:
        with budget.slot() as given:
            return time.monotonic() - began, given.waited.asked_seconds

    with ThreadPoolExecutor(8) as pool:
        entered = list(pool.map(enter, range(8)))
    assert all(at >= 0.15 for at, _ in entered)
    assert sum(paused for _, paused in entered) > 0.1


def test_a_slot_is_given_back_when_the_work_fails() -> None:
    """An exception does not eat the budget."""
    budget = Budget(1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), budget.slot():
            raise ZeroDivisionError
    with budget.slot():
        pass


def test_closing_wakes_everybody_who_waits() -> None:
    """A thread in a long pause, one in a queue and one that backs off all stop at once."""
    budget = Budget(1)
    budget.throttled(600)

    def enter() -> None:
        with budget.slot():
            raise AssertionError

    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(enter), pool.submit(enter), pool.submit(budget.wait, 600)]
        time.sleep(0.05)
        began = time.monotonic()
        budget.close()
        for future in waiting:
            with pytest.raises(ClosedError):
                future.result(timeout=2)
    assert time.monotonic() - began < 1
    with pytest.raises(ClosedError):
        budget.check_open()


def test_a_budget_of_nothing_is_a_mistake() -> None:
    """It could never send."""
    with pytest.raises(ValueError, match="0 requests"):
        Budget(0)
