"""Processes that share one budget against a real site with a limit, as the site itself counts it."""

import multiprocessing
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise, takewhile

import pytest

from confluence_pipeline.confluence import ApiToken, ConfluenceClient, Connection, Cost, SiteUnavailableError
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.server import SiteOptions

Asked = tuple[list[float], Cost]


def ask(url: str, email: str, token: str, begin: float, seconds: float, cap: float | None = None) -> Asked:
    """Ask who we are on all threads of a client; return the moments of the answers, and the cost."""
    connection = Connection(url, ApiToken(email, token), max_requests_per_second=cap, product="cloud")
    time.sleep(max(0.0, begin - time.monotonic()))
    with ConfluenceClient(connection) as client:
        end = time.monotonic() + seconds
        tries = takewhile(lambda moment: moment < end, iter(time.monotonic, None))

        def answered_at(_: float) -> float:
            client.log_in()
            return time.monotonic()

        return list(client.in_parallel(answered_at, tries)), client.cost


@pytest.fixture
def processes() -> Iterator[ProcessPoolExecutor]:
    """Two processes that have nothing in common but the machine."""
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        list(pool.map(time.sleep, [0.5, 0.5]))
        yield pool


def ask_twice(pool: ProcessPoolExecutor, site: SiteProcess, seconds: float, cap: float | None = None) -> list[Asked]:
    """Let both processes ask at the same time."""
    begin = time.monotonic() + 0.5
    futures = [pool.submit(ask, site.base_url, site.email, site.api_token, begin, seconds, cap) for _ in range(2)]
    return [future.result(timeout=seconds + 60) for future in futures]


def test_two_processes_use_most_of_a_limit_and_are_seldom_refused(processes: ProcessPoolExecutor) -> None:
    """From a cold start, with wide margins for a busy machine; the figures of a steady limit are below."""
    limit, seconds = 40, 10.0
    with SiteProcess(options=SiteOptions(latency_ms=20, requests_per_second=limit, burst=limit)) as site:
        asked = ask_twice(processes, site, seconds)
        counts = site.control.request_counts()
    refused = counts.statuses.get("429", 0)
    assert counts.total - refused == sum(len(moments) for moments, _ in asked)
    assert counts.total - refused > 0.6 * limit * seconds
    assert 1 <= refused < 0.06 * counts.total
    assert all(len(moments) > 0.1 * limit * seconds for moments, _ in asked)
    assert sum(cost.pace_seconds + cost.asked_seconds for _, cost in asked) > 1


@pytest.mark.slow
def test_two_processes_hold_nine_tenths_of_a_steady_limit(processes: ProcessPoolExecutor) -> None:
    """Once they have learned it, they use more than 0.9 of a limit, and less than 1 % of their requests is refused."""
    limit, learning, seconds = 20, 20.0, 80.0
    with SiteProcess(options=SiteOptions(latency_ms=20, requests_per_second=limit, burst=10)) as site:
        learned = threading.Timer(0.5 + learning, site.control.reset_requests)
        learned.start()
        asked = ask_twice(processes, site, learning + seconds)
        counts = site.control.request_counts()
    moments = sorted(moment for moments, _ in asked for moment in moments)
    steady = [moment for moment in moments if moment > moments[0] + learning]
    assert len(steady) / (steady[-1] - steady[0]) > 0.9 * limit
    assert counts.statuses.get("429", 0) < 0.01 * counts.total


def test_a_pause_that_the_site_asks_of_one_process_holds_back_both(processes: ProcessPoolExecutor) -> None:
    """One refusal is drawn, and for as long as it says nothing is answered to anybody."""
    refusal = FaultRule("rate_limited", retry_after="seconds", seconds=1.5, skip=100, count=1)
    with SiteProcess(options=SiteOptions(latency_ms=20, faults=[refusal])) as site:
        asked = ask_twice(processes, site, 4)
        counts = site.control.request_counts()
    assert counts.statuses["429"] == 1
    moments = sorted(moment for moments, _ in asked for moment in moments)
    assert max(later - earlier for earlier, later in pairwise(moments)) > 1.3
    assert all(cost.asked_seconds > 1 for _, cost in asked)


def fail(url: str, email: str, token: str, begin: float) -> str:
    """Ask on all threads of a client; return the message of the error that must come."""
    with pytest.raises(SiteUnavailableError) as refused:
        ask(url, email, token, begin, 5)
    return str(refused.value)


def test_a_pause_too_long_to_wait_for_is_obeyed_by_everybody(processes: ProcessPoolExecutor) -> None:
    """What is under way when it is told draws the only refusals; whoever comes later sends nothing, and says why."""
    refusal = FaultRule("rate_limited", retry_after="seconds", seconds=1800, skip=20)
    with SiteProcess(options=SiteOptions(latency_ms=20, faults=[refusal])) as site:
        way_in = site.base_url, site.email, site.api_token
        begin = time.monotonic() + 0.5
        messages = [future.result(60) for future in [processes.submit(fail, *way_in, begin) for _ in range(2)]]
        drawn = site.control.request_counts().statuses["429"]
        messages += [fail(*way_in, 0.0) for _ in range(3)]
        assert site.control.request_counts().statuses["429"] == drawn <= 8
    assert all("left alone until" in message and "UTC" in message for message in messages)


def test_a_cap_is_one_for_both_processes(processes: ProcessPoolExecutor) -> None:
    """Together they send what the cap allows, and no more."""
    with SiteProcess() as site:
        asked = ask_twice(processes, site, 3, cap=30)
        total = site.control.request_counts().total
    moments = sorted(moment for moments, _ in asked for moment in moments)
    assert 0.6 * 90 < total <= 30 * (moments[-1] - moments[0]) + 8
    assert all(cost.rate_cap_seconds > 1 for _, cost in asked)
