"""The web interface as a process, asked through its GraphQL as a browser asks it, on an instance with a sync in it."""

import json
import os
from collections.abc import Iterator

import dagster as dg
import pytest

from confluence_pipeline.tables import SQL_VIEWS, TABLES
from confluence_pipeline_tests.browser import Browser, serving
from confluence_pipeline_tests.pipeline import SMALL_SPACES, small_pipeline

CANARY = "canary-5e0f-token"

GRAPH = """query { assetNodes {
    assetKey { path } groupName kinds description isPartitioned hasMaterializePermission
    owners { ... on TeamAssetOwner { team } } dependencyKeys { path }
    assetChecksOrError { ... on AssetChecks { checks {
        name executionForLatestMaterialization { status evaluation { success severity } } } } }
    metadataEntries { label __typename
        ... on TableSchemaMetadataEntry { schema { columns { name description } } } } } }"""

PARTITIONS = """query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
    assetPartitionStatuses { ... on DefaultPartitionStatuses { materializedPartitions failedPartitions } } } } }"""

RUNS = """query { runsOrError { ... on Runs { results { runId status runConfigYaml tags { key value } } } } }"""

LOGS = """query($run: ID!) { logsForRun(runId: $run) { ... on EventConnection { events { ... on MessageEvent {
    __typename message } } } } }"""

REPOSITORY_FACTS = """query { repositoriesOrError { ... on RepositoryConnection { nodes { name location { name }
    jobs { name } schedules { name scheduleState { status } } sensors { name sensorState { status } }
    allTopLevelResourceDetails { name configuredValues { key value type } } } } } }"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser on the project's own workspace, after one sync with an instance on disk."""
    home = tmp_path_factory.mktemp("home")
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    with small_pipeline(tmp_path_factory.mktemp("ui")) as pipeline, pytest.MonkeyPatch.context() as patch:
        pipeline.site.control.set_user("712020:ada", api_token=CANARY)
        patch.setenv("CONFLUENCE_API_TOKEN", CANARY)
        patch.setenv("DAGSTER_HOME", str(home))
        with dg.DagsterInstance.get() as instance:
            assert pipeline.sync(instance=instance).complete
        with serving(dict(os.environ)) as browser:
            yield browser


def test_the_graph_is_shown_with_all_that_describes_it(browser: Browser) -> None:
    """Every asset has its group, kinds, owner, dependencies and columns in the interface."""
    nodes = {"/".join(node["assetKey"]["path"]): node for node in browser.ask(GRAPH)["assetNodes"]}
    lake = {"raw_spaces", "raw_content", "raw_users", *TABLES}
    assert set(nodes) == lake | {f"warehouse/{name}" for name in (*TABLES, *SQL_VIEWS)}
    for name in TABLES:
        for key, kind in ((name, "parquet"), (f"warehouse/{name}", "duckdb")):
            node = nodes[key]
            assert kind in node["kinds"]
            assert node["description"] == TABLES[name].description
            assert node["owners"] == [{"team": "data"}]
            entries = [entry for entry in node["metadataEntries"] if entry["label"] == "dagster/column_schema"]
            columns = [column["name"] for column in entries[0]["schema"]["columns"]]
            assert columns == TABLES[name].schema.names
    assert [key for key, node in nodes.items() if node["isPartitioned"]] == ["raw_content"]
    assert nodes["warehouse/pages"]["dependencyKeys"] == [{"path": ["pages"]}]


def test_every_check_ran_and_passed(browser: Browser) -> None:
    """The interface shows a passed result for each check of each table of the lake."""
    nodes = {"/".join(node["assetKey"]["path"]): node for node in browser.ask(GRAPH)["assetNodes"]}
    for name in TABLES:
        checks = nodes[name]["assetChecksOrError"]["checks"]
        assert checks
        for check in checks:
            assert check["executionForLatestMaterialization"]["status"] == "SUCCEEDED", (name, check)


def test_every_space_is_a_materialized_partition(browser: Browser) -> None:
    """The partitions are the spaces of the site, each with what its sync did."""
    shown = browser.ask(PARTITIONS, key={"path": ["raw_content"]})
    statuses = shown["assetNodeOrError"]["assetPartitionStatuses"]
    assert sorted(statuses["materializedPartitions"]) == sorted(SMALL_SPACES)
    assert statuses["failedPartitions"] == []
    lamp = browser.newest("raw_content", partition="LAMP")
    assert lamp["outcome"] == "landed"
    assert lamp["requests"] > 0
    assert lamp["fetched"] == lamp["contents"]


def test_events_say_rows_size_place_and_a_preview(browser: Browser) -> None:
    """The newest event of a table has its row count, size, address and first rows."""
    pages = browser.newest("pages")
    assert pages["dagster/row_count"] == pages["inserted"] > 0
    assert pages["file_size_bytes"] > 0
    assert pages["dagster/uri"].endswith("tables/pages")
    assert "| page\\_id |" in pages["preview"] or "| page_id |" in pages["preview"]
    assert "Trim the wick" in pages["preview"]
    assert browser.newest("warehouse", "pages")["dagster/row_count"] == pages["dagster/row_count"]


def test_what_starts_runs_is_listed_and_off(browser: Browser) -> None:
    """The workspace loads under its name, with jobs, and a schedule and sensors that are off."""
    (repository,) = browser.ask(REPOSITORY_FACTS)["repositoriesOrError"]["nodes"]
    assert repository["location"]["name"] == "confluence_pipeline"
    assert {"sync", "retry", "rebuild_tables"} <= {job["name"] for job in repository["jobs"]}
    assert [s["scheduleState"]["status"] for s in repository["schedules"]] == ["STOPPED"]
    assert [s["sensorState"]["status"] for s in repository["sensors"]] == ["STOPPED"] * 3


def test_the_interface_never_shows_the_token(browser: Browser) -> None:
    """Resources show the variable's name, and neither runs nor their logs hold its value."""
    (repository,) = browser.ask(REPOSITORY_FACTS)["repositoriesOrError"]["nodes"]
    resources = {resource["name"]: resource for resource in repository["allTopLevelResourceDetails"]}
    token = {value["key"]: value for value in resources["confluence"]["configuredValues"]}["api_token"]
    assert token == {"key": "api_token", "value": "CONFLUENCE_API_TOKEN", "type": "ENV_VAR"}
    runs = browser.ask(RUNS)["runsOrError"]["results"]
    logs = [browser.ask(LOGS, run=run["runId"]) for run in runs]
    assert [run["status"] for run in runs] == ["SUCCESS"]
    assert len(logs[0]["logsForRun"]["events"]) > 50
    assert CANARY not in json.dumps([repository, runs, logs, browser.ask(GRAPH)])
