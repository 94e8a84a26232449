"""One budget for all threads and clients: how many send, how fast, and when nobody does."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.confluence.budget import Budget, Caps, ClosedError, Pass
from confluence_pipeline.confluence.errors import SiteUnavailableError
from confluence_pipeline.confluence.quota import Quota
from confluence_pipeline.confluence.shared_file import SharedFile
from confluence_pipeline.cost import Cost


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
        waiting: list[Future[None] | Future[Cost]] = [
            pool.submit(enter),
            pool.submit(enter),
            pool.submit(budget.wait, 600),
        ]
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


def sent_within(budget: Budget, seconds: float, threads: int = 8, points: int = 1) -> tuple[list[float], Cost]:
    """Send as fast as the budget allows; return the moments from the beginning, and what was waited."""
    moments: list[float] = []
    costs: list[Cost] = []
    began = time.monotonic()

    def send(_: int) -> None:
        while time.monotonic() < began + seconds:
            with budget.slot("pages") as given:
                moments.append(time.monotonic() - began)
                costs.append(given.waited)
                time.sleep(0.005)
            budget.succeeded()
            budget.answered(given, 0.01, points)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(send, range(threads)))
    return sorted(moments), sum(costs, Cost())


def test_a_cap_of_requests_a_second_is_kept_evenly() -> None:
    """Two seconds at forty a second see eighty requests, no tenth of a second more than its share of them."""
    moments, waited = sent_within(Budget(8, caps=Caps(requests_per_second=40)), 2)
    assert 60 <= len(moments) <= 2 * 40 + 8 + 2
    assert all(sum(tenth / 10 <= moment < (tenth + 1) / 10 for moment in moments) <= 4 + 4 for tenth in range(20))
    assert waited.rate_cap_seconds > 1
    assert waited.throttled_seconds == pytest.approx(waited.rate_cap_seconds)


def test_a_cap_of_points_holds_back_by_what_answers_cost() -> None:
    """With forty points a second, answers of twenty come two a second, once the first few have gone."""
    per_hour = 40 * 3600 / 0.9
    budget = Budget(8, caps=Caps(points_per_hour=per_hour))
    with budget.slot("all spaces") as given:
        budget.answered(given, 0.01, round(0.05 * per_hour))
    moments, waited = sent_within(budget, 1, threads=2, points=20)
    assert 1 <= len(moments) <= 2 + 2 + 2
    assert waited.points_cap_seconds > 1
    assert waited.throttled_seconds == pytest.approx(waited.points_cap_seconds)


def test_a_quota_that_is_nearly_spent_slows_everybody_down() -> None:
    """Twenty requests for ten seconds: two a second until the reset."""
    budget = Budget(8)
    with budget.slot() as given:
        pass
    budget.answered(given, 0.01, 1, Quota(20, 10, points=False))
    moments, waited = sent_within(budget, 1, threads=2)
    assert len(moments) <= 2 + 2 + 1
    assert waited.pace_seconds > 0.5


def test_answers_that_get_slower_halve_the_allowance_but_never_stop_it() -> None:
    """Twelve slow answers after quick ones are a queue; two may always be under way."""
    watch = Watch()
    budget = Budget(8, clock=watch)
    with budget.slot("pages") as given:
        pass
    for second in range(20):
        watch.now = float(second)
        budget.answered(given, 0.2, 1)
    assert budget.allowed == 8
    for _ in range(12):
        budget.answered(given, 2.0, 1)
    assert budget.allowed == 4
    for _ in range(60):
        budget.answered(given, 2.0, 1)
    assert budget.allowed == 2


def test_answers_that_get_slower_never_raise_the_allowance() -> None:
    """Where refusals have cut it to one, slow answers leave it there."""
    watch = Watch()
    budget = Budget(8, start=1, clock=watch)
    for _ in range(12):
        budget.answered(Pass("pages", 0, 1, Cost()), 0.01, 1)
    for _ in range(12):
        budget.answered(Pass("pages", 0, 1, Cost()), 1.0, 1)
    assert budget.allowed == 1


def test_a_pause_that_is_too_long_to_wait_for_ends_requests_unsent() -> None:
    """With a sentence that says until when; once little of it is left, it is waited for; a day is the longest."""
    watch = Watch()
    budget = Budget(4, longest_pause=900, clock=watch)
    budget.throttled(1800)
    watch.now = 600
    with (
        pytest.raises(SiteUnavailableError, match=r"left alone until .* UTC, for 1200 seconds") as refused,
        budget.slot(),
    ):
        pass
    assert refused.value.until is not None
    watch.now = 1801
    with budget.slot():
        pass
    budget.throttled(10 * 86400)
    watch.now += 86401
    with budget.slot():
        pass


def test_refusals_of_requests_sent_before_a_pause_bring_no_news() -> None:
    """However late they come, they halve nothing again; those sent after it do."""
    watch = Watch()
    budget = Budget(8, clock=watch)
    with budget.slot() as early:
        pass
    budget.throttled(1, episode=early.episode)
    watch.now = 2
    budget.throttled(1, episode=early.episode)
    assert budget.allowed == 4
    watch.now = 4
    with budget.slot() as late:
        pass
    budget.throttled(1, episode=late.episode)
    assert budget.allowed == 2


@pytest.fixture
def shared(tmp_path: Path) -> Callable[[], SharedFile]:
    """Opens one file as each process would."""
    return lambda: SharedFile(tmp_path / "limits" / "site.json")


def test_a_pause_that_one_client_was_told_holds_back_the_others(shared: Callable[[], SharedFile]) -> None:
    """At once, even those that wait for their turn."""
    told, other = (Budget(4, caps=Caps(requests_per_second=20), store=shared()) for _ in range(2))
    with told.slot() as given, other.slot():
        pass
    began = time.monotonic()
    told.throttled(0.4, episode=given.episode)
    with other.slot() as held_back:
        assert time.monotonic() - began >= 0.4
    assert held_back.waited.asked_seconds > 0.2


def test_a_client_that_comes_later_keeps_to_what_was_learned(shared: Callable[[], SharedFile]) -> None:
    """A run that starts after another has ended neither breaks its pause nor learns the rate anew."""
    first = Budget(4, store=shared())
    moments, _ = sent_within(first, 0.2)
    first.throttled(0.3, too_fast=True)
    first.close()
    began = time.monotonic()
    second = Budget(4, store=shared())
    with second.slot():
        assert time.monotonic() - began >= 0.25
    later, waited = sent_within(second, 0.5)
    assert len(later) / 0.5 < 0.8 * len(moments) / 0.2
    assert waited.pace_seconds > 0


def test_clients_share_the_places_and_the_cap(shared: Callable[[], SharedFile]) -> None:
    """Two that want all get half the places each, and together send no faster than the cap; one alone gets all."""
    caps = Caps(requests_per_second=40)
    budgets = [Budget(8, caps=caps, store=shared()) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        sent = list(pool.map(lambda budget: len(sent_within(budget, 1.5)[0]), budgets))
    assert 40 <= sum(sent) <= 1.5 * 40 + 2 * 8 + 4
    assert min(sent) >= 10
    assert [budget.allowed for budget in budgets] == [4, 4]
    budgets[0].close()
    with budgets[1].slot():
        pass
    time.sleep(0.15)
    with budgets[1].slot():
        pass
    assert budgets[1].allowed == 8
