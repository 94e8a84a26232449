"""A run that somebody terminates in the interface: it stops within seconds, and what there was is whole."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest

from confluence_pipeline.jobs import SYNC
from confluence_pipeline.partitions import range_tags
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline_tests.browser import Browser, serving
from confluence_pipeline_tests.pipeline import SMALL_SPACES, Pipeline, small_pipeline

SETTINGS = """
telemetry:
  enabled: false
run_coordinator:
  module: dagster._core.run_coordinator
  class: DefaultRunCoordinator
"""
WITHIN_SECONDS = 10
LAUNCH = """mutation($params: ExecutionParams!) { launchRun(executionParams: $params) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
TERMINATE = """mutation($run: String!) { terminateRun(runId: $run, terminatePolicy: SAFE_TERMINATE) { __typename } }"""
STATUS = """query($run: ID!) { runOrError(runId: $run) { ... on Run { status } } }"""


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    """A small site."""
    with small_pipeline(tmp_path) as pipeline:
        yield pipeline


@pytest.fixture
def browser(pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """The interface on an instance on disk, after one sync."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text(SETTINGS)
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    with dg.DagsterInstance.get() as instance:
        assert pipeline.sync(instance=instance).complete
    with serving(dict(os.environ)) as browser:
        yield browser


def waited_for(condition: Callable[[], bool], seconds: float) -> float:
    """Return how many seconds it took until something was so."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"not within {seconds:g} seconds"
        time.sleep(0.05)
    return time.monotonic() - began


def status(browser: Browser, run: str) -> str:
    """Return the status of a run."""
    return str(browser.ask(STATUS, run=run)["runOrError"]["status"])


def digests(pipeline: Pipeline) -> dict[str, str]:
    """Return the digest of every file of the tables, but for the one that tells what each run did."""
    paths = pipeline.lake.list_files("tables")
    return {path: pipeline.lake.sha256(path) for path in paths if not path.startswith("tables/sync_runs/")}


def launch(browser: Browser) -> str:
    """Begin a sync of every space; return the run's id."""
    tags = [{"key": key, "value": value} for key, value in range_tags(SMALL_SPACES).items()]
    job = {
        "repositoryLocationName": "confluence_pipeline",
        "repositoryName": "__repository__",
        "jobName": SYNC,
    }
    answer = browser.ask(LAUNCH, params={"selector": job, "mode": "default", "executionMetadata": {"tags": tags}})
    return str(answer["launchRun"]["run"]["runId"])


@pytest.mark.timeout(600)
def test_a_run_that_hangs_on_the_wire_stops_within_seconds(browser: Browser, pipeline: Pipeline) -> None:
    """Every request hangs; the run is cancelled, no table has changed, and the next sync goes through."""
    site = pipeline.site
    before = digests(pipeline)
    site.control.set_faults(FaultRule("drip", path="/spaces/.*/(pages|blogposts)|/search", seconds=30))
    run = launch(browser)
    locks = Path(pipeline.lake.uri) / ".locks"
    waited_for(lambda: len(list(locks.glob("*.json"))) == len(SMALL_SPACES), 90)  # all of them are being synced
    time.sleep(1)
    assert status(browser, run) == "STARTED"
    assert browser.ask(TERMINATE, run=run)["terminateRun"]["__typename"] == "TerminateRunSuccess"
    waited_for(lambda: status(browser, run) == "CANCELED", WITHIN_SECONDS)
    assert digests(pipeline) == before
    site.control.set_faults()
    run = launch(browser)
    waited_for(lambda: status(browser, run) in ("SUCCESS", "FAILURE", "CANCELED"), 120)
    assert status(browser, run) == "SUCCESS"
    assert pipeline.rows("ledger") == []
