"""The sync as a whole: the site as a process, Dagster for real, the lake and the warehouse as they come out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from confluence_pipeline import landing
from confluence_pipeline.confluence import SettingError
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import SpaceLanding, SpaceSync
from confluence_pipeline.partitions import space_keys
from confluence_pipeline.progress import Progress
from confluence_pipeline.runs import SyncOutcome, open_instance
from confluence_pipeline.sensors import run_request
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.tables import TABLES
from confluence_pipeline.watching import Asked
from confluence_pipeline_tests.pipeline import SMALL_SPACES, Pipeline, impatient_sync_job, small_pipeline


def content_bytes(lake: Lake) -> dict[str, bytes]:
    """Return the bytes of every file of every table that is no log."""
    mirrors = [table for table in TABLES.values() if not table.log]
    files = (path for table in mirrors for part in lake.parts(table).values() for path in part)
    return {path: lake.read_bytes(path) for path in files}


CANARY = "canary-0123456789-token"
"""The caller's API token in :func:`synced`; it must show nowhere."""


@dataclass(frozen=True)
class Synced:
    """A pipeline whose first sync is done, and what there was right after it, however many syncs followed.

    Attributes:
        pipeline: The pipeline.
        outcome: What the sync said.
        requests: How many requests the site counted.
        lake: Rows in the lake, by table.
        warehouse: Rows in the warehouse, by table.
        shown: Rows that the newest events tell of, by table.
    """

    pipeline: Pipeline
    outcome: SyncOutcome
    requests: int
    lake: dict[str, int]
    warehouse: dict[str, int]
    shown: dict[str, int]


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synced]:
    """A pipeline whose first sync is done; tests leave the site as it was."""
    with small_pipeline(tmp_path_factory.mktemp("synced")) as pipeline, pytest.MonkeyPatch.context() as patch:
        pipeline.site.control.set_user("712020:ada", api_token=CANARY)
        patch.setenv("CONFLUENCE_API_TOKEN", CANARY)
        pipeline.site.control.reset_requests()
        outcome = pipeline.sync()
        yield Synced(
            pipeline,
            outcome,
            requests=pipeline.site.control.request_counts().total,
            lake={name: len(pipeline.rows(name)) for name in TABLES},
            warehouse=warehouse_rows(outcome),
            shown={name: pipeline.metadata(name)["dagster/row_count"] for name in TABLES},
        )


def warehouse_rows(outcome: SyncOutcome) -> dict[str, int]:
    """Return how many rows each table has in the warehouse."""
    with duckdb.connect(outcome.warehouse_uri.removeprefix("duckdb://"), read_only=True) as warehouse:
        answers = {name: warehouse.execute(f'select count(*) from "{name}"').fetchall() for name in TABLES}  # noqa: S608
    return {name: answer[0][0] for name, answer in answers.items()}


@pytest.fixture
def pipeline(synced: Synced, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    """The synced pipeline, with its settings in the environment, and nothing going wrong any more afterwards."""
    pipeline = synced.pipeline
    for name, value in pipeline.settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CONFLUENCE_API_TOKEN", CANARY)
    pipeline.site.control.reset_requests()
    yield pipeline
    pipeline.site.control.set_faults()


def test_a_sync_brings_everything_the_site_shows(synced: Synced) -> None:
    """What the caller may see of the site is in the lake and in the warehouse, counted by the site itself."""
    pipeline, outcome = synced.pipeline, synced.outcome
    assert outcome.complete, outcome
    assert outcome.spaces == SMALL_SPACES
    truth = [page for page in pipeline.site.control.truth("pages") if page["status"] in {"current", "archived"}]
    assert sorted(row["page_id"] for row in pipeline.rows("pages")) == sorted(str(p["content_id"]) for p in truth)
    assert synced.warehouse == synced.lake


def test_the_outcome_counts_what_the_lake_holds(synced: Synced) -> None:
    """The summary names every table once with its rows in the lake, and every request that was made."""
    outcome = synced.outcome
    assert [summary.table for summary in outcome.tables] == list(TABLES)
    assert {summary.table: summary.rows for summary in outcome.tables} == synced.lake
    assert synced.shown == synced.lake
    assert outcome.requests == synced.requests


def test_a_second_sync_changes_no_byte_of_a_content_table(pipeline: Pipeline) -> None:
    """On an unchanged site only the logs grow, and the listener hears of every space once a step."""
    heard: list[Progress] = []
    before = content_bytes(pipeline.lake)
    outcome = pipeline.sync(listener=heard.append)
    assert outcome.complete
    assert content_bytes(pipeline.lake) == before
    assert {s.table for s in outcome.tables if s.inserted or s.updated or s.removed} == {"sync_runs"}
    for step in ("sync", "tables"):
        of_step = [progress for progress in heard if progress.step == step]
        assert sorted(progress.space_key for progress in of_step) == sorted(SMALL_SPACES)
        assert [progress.done for progress in of_step] == list(range(1, len(SMALL_SPACES) + 1))
        assert {progress.total for progress in of_step} == {len(SMALL_SPACES)}


def test_a_full_sync_fetches_every_body_again(pipeline: Pipeline) -> None:
    """``full`` asks for every body, and unchanged ones still change no byte."""
    before = content_bytes(pipeline.lake)
    pipeline.sync(full=True)
    assert content_bytes(pipeline.lake) == before
    contents = len(pipeline.rows("pages")) + len(pipeline.rows("blog_posts"))
    fetched = [pipeline.metadata("raw_content", partition=key)["fetched"] for key in SMALL_SPACES]
    assert sum(fetched) == contents


def test_only_the_asked_spaces_are_synced(pipeline: Pipeline) -> None:
    """A choice of spaces narrows the sync to them, even where they are not neighbours."""
    outcome = pipeline.sync(only=("FOG", "SAFE"))
    assert outcome.complete, outcome.failures
    assert outcome.spaces == ("FOG", "SAFE")
    assert {summary.table: summary.rows for summary in outcome.tables}["pages"] == 2
    runs = {row["space_key"] for row in pipeline.rows("sync_runs") if row["_run_id"] in outcome.run_ids}
    assert runs == {"FOG", "SAFE", "_site"}
    ids = {row["space_key"]: row["space_id"] for row in pipeline.rows("spaces")}
    asked = {key for key, space_id in ids.items() for path in paths_asked(pipeline) if f"/spaces/{space_id}/" in path}
    assert asked >= {"FOG", "SAFE"}
    listed = {key for key in asked if any(f"/spaces/{ids[key]}/pages" in path for path in paths_asked(pipeline))}
    assert listed == {"FOG", "SAFE"}


def paths_asked(pipeline: Pipeline) -> list[str]:
    """Return the paths that were asked of the site since its log was reset."""
    return [request["path"] for request in pipeline.site.control.recent_requests()]


def test_an_unknown_space_is_refused_by_name(pipeline: Pipeline) -> None:
    """A key that no space in scope has stops the sync before anything runs."""
    with pytest.raises(SettingError, match="NOPE"):
        pipeline.sync(only=("FOG", "NOPE"))


def test_a_wrong_token_is_refused_before_anything_runs(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials that the site does not accept stop the sync, naming the setting."""
    monkeypatch.setenv("CONFLUENCE_API_TOKEN", "another")
    with pytest.raises(SettingError) as refused:
        pipeline.sync()
    assert refused.value.setting == "CONFLUENCE_API_TOKEN"


def test_a_refusal_during_the_run_fails_at_once_and_the_secret_shows_nowhere(
    pipeline: Pipeline, capfd: pytest.CaptureFixture[str]
) -> None:
    """What only a person can mend is not tried again, names its setting, and no record of any run has the token."""
    pipeline.site.control.set_faults(FaultRule("error", path="/pages", status=401))
    outcome = pipeline.sync()
    assert outcome.setting_fault
    assert "CONFLUENCE_API_TOKEN" in outcome.failures[0]
    assert "STEP_UP_FOR_RETRY" not in event_types(pipeline, outcome)
    assert CANARY not in said_by(pipeline)
    assert CANARY not in repr(outcome)
    assert CANARY not in "".join(capfd.readouterr())
    files = [path for path in Path(pipeline.lake.uri).rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if CANARY.encode() in path.read_bytes()]


def test_a_failing_space_does_not_stop_the_others(tmp_path: Path) -> None:
    """One refused space: the others land and are built and loaded, the run fails, and the ledger says why."""
    with small_pipeline(tmp_path) as pipeline:
        fog = pipeline.space_id("FOG")
        pipeline.site.control.set_faults(FaultRule("error", path=f"/spaces/{fog}/pages", status=400))
        outcome = pipeline.sync()
        assert not outcome.succeeded
        assert not outcome.complete
        assert not outcome.setting_fault
        assert ["FOG" in failure for failure in outcome.failures] == [True]
        assert {row["space_key"] for row in pipeline.rows("pages")} == set(SMALL_SPACES) - {"FOG"}
        assert {(row["space_key"], row["operation"]) for row in outcome.ledger} == {("FOG", "list")}
        assert pipeline.metadata("warehouse", "pages")["dagster/row_count"] == len(pipeline.rows("pages"))
        assert failed_checks(pipeline, outcome) == {
            ("raw_content", "every_space_landed"),
            *(
                (name, "extracted_equals_expected")
                for name, table in TABLES.items()
                if table.by_space and not table.log
            ),
        }
        assert pipeline.metadata("raw_content", partition="FOG")["outcome"] == "failed"
        assert pipeline.metadata("raw_content", partition="LAMP")["outcome"] == "landed"
        pipeline.site.control.set_faults()
        healed = pipeline.sync()
        assert healed.complete, healed
        assert {row["space_key"] for row in pipeline.rows("pages")} == set(SMALL_SPACES)


def test_what_may_pass_is_tried_again_and_what_stays_is_in_the_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listing that cannot be trusted is tried again; when every space fails, the ledger still tells of each."""
    monkeypatch.setenv("CONFLUENCE_SPACE_KEY", "FOG")
    with small_pipeline(tmp_path) as pipeline:
        endless = FaultRule("empty_page", path=f"/spaces/{pipeline.space_id('FOG')}/pages")
        pipeline.site.control.set_faults(endless)
        pipeline.site.control.reset_requests()
        outcome = pipeline.sync()
        assert event_types(pipeline, outcome).count("STEP_UP_FOR_RETRY") == 1
        assert not outcome.succeeded
        assert [row["reason"] for row in outcome.ledger] == ["listing"]
        asked = pipeline.site.control.request_counts().requests["GET /wiki/api/v2/spaces/{id}/pages"]
        pipeline.site.control.set_faults(replace(endless, count=asked // 2))  # one of the two attempts
        healed = pipeline.sync()
        assert event_types(pipeline, healed).count("STEP_UP_FOR_RETRY") == 1
        assert healed.complete, healed


def test_what_is_not_chosen_is_neither_asked_for_nor_filled(tmp_path: Path) -> None:
    """A choice of a few tables fills these and those that are always there, and makes no request for any other."""
    with small_pipeline(tmp_path, tables="pages,comments") as pipeline:
        pipeline.site.control.reset_requests()
        outcome = pipeline.sync()
        assert outcome.complete, outcome
        asked = pipeline.site.control.request_counts()
        assert outcome.requests == asked.total
    filled = {table.name for table in TABLES.values() if pipeline.lake.parts(table)}
    assert filled == {"pages", "comments", "spaces", "removals", "ledger", "sync_runs"}
    assert {summary.table for summary in outcome.tables} == filled
    others = "task|permission|likes|propert|version|analytics|group|folder|whiteboard|database|embed"
    assert not [endpoint for endpoint in asked.requests if re.search(others, endpoint)]


def test_a_group_that_cannot_be_read_is_in_the_ledger_and_retried(tmp_path: Path) -> None:
    """The run brings all else, says which group and fails its check by a warning; a retry brings the group."""
    with small_pipeline(tmp_path, tables="pages,groups,group_members") as pipeline:
        broken = pipeline.site.control.set_group("lamplighters", ["712020:ada"])
        pipeline.site.control.set_faults(FaultRule("error", path=f"group/{broken}/membersByGroupId", status=400))
        outcome = pipeline.sync()
        assert not outcome.complete
        assert [(row["space_key"], row["content_id"]) for row in outcome.ledger] == [("_site", broken)]
        assert failed_checks(pipeline, outcome) == {("group_members", "extracted_equals_expected")}
        pipeline.site.control.set_faults()
        retried = pipeline.sync(retry=True)
        assert retried.complete, retried
        assert broken in {row["group_id"] for row in pipeline.rows("group_members")}
        assert pipeline.sync(retry=True).run_ids == ()


def test_tables_of_people_that_are_not_chosen_any_more_are_emptied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Users, groups and members leave lake and warehouse as other tables do."""
    people = {"users", "groups", "group_members"}
    with small_pipeline(tmp_path, tables="pages,users,groups,group_members") as pipeline:
        assert pipeline.sync().complete
        assert all(pipeline.rows(name) for name in people)
        monkeypatch.setenv("CONFLUENCE_TABLES", "pages")
        outcome = pipeline.sync()
        assert outcome.complete, outcome
        assert [name for name in people if pipeline.lake.parts(TABLES[name])] == []
    with duckdb.connect(outcome.warehouse_uri.removeprefix("duckdb://"), read_only=True) as warehouse:
        for name in people:
            assert warehouse.execute(f'select count(*) from "{name}"').fetchall() == [(0,)]  # noqa: S608


def test_a_scope_without_spaces_is_a_sync_of_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A label that nothing has leaves every table there and empty."""
    monkeypatch.setenv("CONFLUENCE_LABEL", "no-such-label")
    with small_pipeline(tmp_path) as pipeline:
        outcome = pipeline.sync()
        assert outcome.complete, outcome.failures
        assert outcome.spaces == ()
        assert pipeline.rows("pages") == []


def test_a_space_that_leaves_the_scope_is_emptied_with_reasons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of a space that is no longer in scope become removals, and its partition goes once it is empty."""
    with small_pipeline(tmp_path) as pipeline:
        monkeypatch.setenv("CONFLUENCE_SPACE_KEY", "FOG,OLD")
        pipeline.sync()
        monkeypatch.setenv("CONFLUENCE_SPACE_KEY", "OLD")
        outcome = pipeline.sync()
        assert outcome.succeeded, outcome.failures
        assert set(outcome.spaces) == {"FOG", "OLD"}
        assert {row["space_key"] for row in pipeline.rows("pages")} == {"OLD"}
        assert {row["reason"] for row in pipeline.rows("removals")} == {"filtered_out"}
        assert space_keys(pipeline.instance) == ["OLD"]


def failed_checks(pipeline: Pipeline, outcome: SyncOutcome) -> set[tuple[str, str]]:
    """Return asset and name of the checks that did not pass in a sync's runs."""
    entries = [entry for run_id in outcome.run_ids for entry in pipeline.instance.all_logs(run_id)]
    events = [entry.dagster_event for entry in entries if entry.dagster_event]
    found = [event.event_specific_data for event in events if event.event_type_value == "ASSET_CHECK_EVALUATION"]
    checks = [check for check in found if isinstance(check, dg.AssetCheckEvaluation)]
    return {(check.asset_key.to_user_string(), check.check_name) for check in checks if not check.passed}


def event_types(pipeline: Pipeline, outcome: SyncOutcome) -> list[str]:
    """Return the kinds of the events of a sync's runs."""
    entries = [entry for run_id in outcome.run_ids for entry in pipeline.instance.all_logs(run_id)]
    return [entry.dagster_event.event_type_value for entry in entries if entry.dagster_event]


def said_by(pipeline: Pipeline) -> str:
    """Return everything the instance holds of its runs, as text."""
    texts: list[Any] = []
    for run in pipeline.instance.get_runs():
        texts += [run, pipeline.instance.all_logs(run.run_id)]
        texts.append(pipeline.instance.get_job_snapshot(str(run.job_snapshot_id)))
        texts.append(pipeline.instance.get_execution_plan_snapshot(str(run.execution_plan_snapshot_id)))
    assert len(texts) > 4
    return repr(texts)


def test_without_a_home_the_instance_leaves_nothing_behind() -> None:
    """An instance that no ``DAGSTER_HOME`` names is in memory."""
    with open_instance() as instance:
        assert instance.is_ephemeral


def test_a_home_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``DAGSTER_HOME`` names the instance that keeps the runs."""
    (tmp_path / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with open_instance() as instance:
        assert isinstance(instance, dg.DagsterInstance)
        assert instance.root_directory == str(tmp_path)


def test_a_run_of_the_watch_asks_about_the_spaces_that_changed_alone(pipeline: Pipeline) -> None:
    """Spaces that its range of partitions covers besides cost no request, are not rewritten, and say so."""
    at = datetime(2026, 3, 1, tzinfo=UTC)
    request = run_request(Asked("key", SMALL_SPACES[0], SMALL_SPACES[-1], 1, at, (SMALL_SPACES[0], SMALL_SPACES[-1])))
    before = content_bytes(pipeline.lake)
    result = impatient_sync_job("watch").execute_in_process(
        instance=pipeline.instance, tags=request.tags, run_config=request.run_config, raise_on_error=False
    )
    assert result.success
    assert content_bytes(pipeline.lake) == before
    counted = pipeline.site.control.request_counts().requests
    of_spaces = {template: count for template, count in counted.items() if "/spaces/{id}/" in template}
    assert of_spaces["GET /wiki/api/v2/spaces/{id}/labels"] == 2
    assert max(of_spaces.values()) == 2
    assert not [template for template in counted if "group" in template]
    assert "no request" in pipeline.metadata("raw_content", partition=SMALL_SPACES[1])["why"]
    assert pipeline.metadata("raw_content", partition=SMALL_SPACES[0])["outcome"] == "landed"


def test_a_failed_space_that_another_run_writes_is_left_to_that_run(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The spaces that landed are built all the same, and the failed one is not said to have failed since."""
    failed, others = SMALL_SPACES[0], SMALL_SPACES[1:]
    (space_id,) = [row["space_id"] for row in pipeline.rows("spaces") if row["space_key"] == failed]
    reports = len(SpaceLanding(pipeline.lake, failed).syncs())
    land_failure = landing.land_failure

    def land_while_busy(lake: Lake, space_key: str, *rest: Any) -> SpaceSync:
        with lake.lock(space_key):
            return land_failure(lake, space_key, *rest)

    monkeypatch.setattr(landing, "land_failure", land_while_busy)
    pipeline.site.control.set_faults(FaultRule("error", path=f"/spaces/{space_id}/pages", status=400))
    outcome = pipeline.sync()
    assert not outcome.succeeded
    assert all(failed in message for message in outcome.failures)
    assert {summary.table for summary in outcome.tables} == set(TABLES)
    assert pipeline.metadata("raw_content", partition=others[0])["outcome"] == "landed"
    assert len(SpaceLanding(pipeline.lake, failed).syncs()) == reports
