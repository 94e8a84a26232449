"""A run that somebody terminates in the interface: it stops within seconds, and what there was is whole."""

import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import dagster as dg
import pytest
import requests

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


def is_in(browser: Browser, run: str, *statuses: str) -> bool:
    """Return whether a run is in one of some statuses."""
    return status(browser, run) in statuses


def has_failed_once(pipeline: Pipeline) -> bool:
    """Return whether the site has answered with a fault since its counts were reset."""
    return "503" in pipeline.site.control.request_counts().statuses


def edit(pipeline: Pipeline, page_id: str, body: str) -> None:
    """Save a new version of a page."""
    now = pipeline.get(f"/api/v2/pages/{page_id}")
    changed = {
        "body": {"representation": "storage", "value": body},
        "version": {"number": now["version"]["number"] + 1},
    }
    content = {"id": page_id, "status": "current", "title": now["title"], **changed}
    site = pipeline.site
    address, way_in = f"{site.base_url}/api/v2/pages/{page_id}", (site.email, site.api_token)
    requests.put(address, auth=way_in, json=content, timeout=30).raise_for_status()


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


PHASES = {
    "listing": "/spaces/.*/(pages|blogposts)|/search",
    "bodies": "body-format",
    "what stands on contents": "/(footer|inline)-comments|/attachments",
    "people": "/group",
}
"""What hangs in each part of a sync, as patterns of paths with their queries.

People are asked for once all spaces have landed, and before their tables are built.
"""


@pytest.mark.timeout(600)
def test_a_run_that_hangs_on_the_wire_stops_within_seconds(browser: Browser, pipeline: Pipeline) -> None:
    """Whatever it asks for then hangs; the run is cancelled, no table has changed, and the next sync goes through."""
    site, before = pipeline.site, digests(pipeline)
    page = next(row for row in pipeline.rows("pages") if row["space_key"] == "FOG" and row["status"] == "current")
    edit(pipeline, page["page_id"], "<p>Newer</p>")
    for name, hangs in PHASES.items():
        once = FaultRule("error", path=hangs, status=503, count=1)  # which tells that it has begun
        site.control.set_faults(once, FaultRule("drip", path=hangs, seconds=30))
        site.control.reset_requests()
        run = launch(browser)
        waited_for(partial(has_failed_once, pipeline), 90)
        time.sleep(2)
        assert status(browser, run) == "STARTED", name
        assert browser.ask(TERMINATE, run=run)["terminateRun"]["__typename"] == "TerminateRunSuccess"
        waited_for(partial(is_in, browser, run, "CANCELED"), WITHIN_SECONDS)
        assert digests(pipeline) == before, name
    site.control.set_faults()
    run = launch(browser)
    waited_for(partial(is_in, browser, run, "SUCCESS", "FAILURE", "CANCELED"), 120)
    assert status(browser, run) == "SUCCESS"
    assert pipeline.rows("ledger") == []
    newer = next(row for row in pipeline.rows("pages") if row["page_id"] == page["page_id"])
    assert newer["body_storage"] == "<p>Newer</p>"
