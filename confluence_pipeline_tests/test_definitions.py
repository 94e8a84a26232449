"""Definitions: they load with nothing configured, and the graph is what it was agreed to be."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from confluence_pipeline.definitions import PipelineConfig, build_definitions, defs
from confluence_pipeline.tables import TABLES

REPOSITORY = Path(__file__).resolve().parents[1]

LOG_TABLES = {"removals", "ledger", "sync_runs"}
SITE_TABLES = {"spaces", "users", "groups", "group_members"}
NOT_DEFAULT = {"page_versions", "properties", "likes", "views"}
DEFAULT = set(TABLES) - NOT_DEFAULT

UPSTREAM = {
    "raw_spaces": set(),
    "raw_content": {"raw_spaces"},
    "raw_users": {"raw_spaces", "raw_content"},
    "spaces": {"raw_spaces"},
    "users": {"raw_users"},
    "groups": {"raw_users"},
    "group_members": {"raw_users"},
    "pages": {"raw_content", "raw_users"},
    "blog_posts": {"raw_content", "raw_users"},
    "comments": {"raw_content", "raw_users"},
    "tasks": {"raw_content", "raw_users"},
    "effective_access": {"raw_content", "raw_users"},
}
"""What each asset is computed from; every other table of the lake is computed from ``raw_content``."""

RAW = {"raw_spaces", "raw_content", "raw_users"}

REFERRING = DEFAULT - LOG_TABLES - {"users", "groups"}
"""The default tables whose rows refer to rows of others."""


def definitions(tables: str = "") -> dg.Definitions:
    """Return the pipeline that an environment configures in which at most tables are chosen."""
    return build_definitions(PipelineConfig.from_environment({"CONFLUENCE_TABLES": tables}))


def graph(tables: str = "") -> dict[str, Any]:
    """Return its assets."""
    nodes = definitions(tables).resolve_asset_graph()
    return {key.to_user_string(): nodes.get(key) for key in nodes.get_all_asset_keys()}


def test_an_empty_environment_loads() -> None:
    """Nothing needs to be configured to load and validate the definitions."""
    dg.Definitions.validate_loadable(definitions())


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("", DEFAULT),
        ("default", DEFAULT),
        ("all", set(TABLES)),
        ("default,likes", DEFAULT | {"likes"}),
        ("pages,comments", {"pages", "comments", "spaces"} | LOG_TABLES),
    ],
)
def test_the_graph_is_what_was_agreed(words: str, names: set[str]) -> None:
    """There are assets for what is chosen and no more: the landing, tables of the lake, the same in the warehouse."""
    found = {name: {key.to_user_string() for key in node.parent_keys} for name, node in graph(words).items()}
    lake = {name: UPSTREAM.get(name, {"raw_content"}) for name in RAW | names}
    warehouse = {f"warehouse/{name}": {name} for name in names}
    views = {"warehouse/effective_user_access"} if "effective_access" in names else set()
    assert {name: parents for name, parents in found.items() if name not in views} == {**lake, **warehouse}
    assert views <= set(found)


def test_only_the_contents_of_spaces_have_partitions() -> None:
    """One partition is one space, and it belongs to what is fetched by space."""
    partitioned = {name: node.partitions_def for name, node in graph().items() if node.partitions_def}
    assert list(partitioned) == ["raw_content"]
    assert partitioned["raw_content"] == dg.DynamicPartitionsDefinition(name="confluence_space")
    assert graph()["raw_content"].backfill_policy == dg.BackfillPolicy.multi_run(25)


def test_every_part_of_the_graph_has_its_group_and_step() -> None:
    """Assets are grouped by where they lie, and there are only five steps."""
    assets = definitions().resolve_asset_graph().assets_defs
    steps = {asset.op.name: {key.to_user_string() for key in asset.keys} for asset in assets if asset.keys}
    assert {name: len(keys) for name, keys in steps.items()} == {
        "sync_spaces": 2,
        "sync_content": 1,
        "sync_users": 4,
        "build_tables": len(DEFAULT - SITE_TABLES),
        "load_warehouse": len(DEFAULT) + 1,
    }
    network = {"sync_spaces", "sync_content", "sync_users"}
    pools = {asset.op.name: asset.op.pool for asset in assets if asset.keys}
    assert {name for name, pool in pools.items() if pool == "confluence_api"} == network
    assert [asset.op.name for asset in assets if asset.keys and asset.op.retry_policy] == []  # see tried_again


def test_the_checks_are_what_was_agreed() -> None:
    """Keys everywhere, references and text where there are any, completeness of what mirrors the site."""
    nodes = definitions().resolve_asset_graph()
    found = {(key.asset_key.to_user_string(), key.name) for key in nodes.asset_check_keys}
    keys = {(name, "key_is_unique") for name in DEFAULT}
    references = {(name, "references_resolve") for name in REFERRING}
    complete = {(name, "extracted_equals_expected") for name in DEFAULT - LOG_TABLES}
    text = {(name, "text_is_kept") for name in ("pages", "blog_posts")}
    assert found == keys | references | complete | text | {("raw_content", "every_space_landed")}


def test_checks_are_of_what_is_chosen() -> None:
    """Nothing is checked of tables that are not filled, nor references to them."""
    nodes = definitions("pages,users").resolve_asset_graph()
    checks = {(key.asset_key.to_user_string(), key.name): key for key in nodes.asset_check_keys}
    assert {name for name, _ in checks} == {"raw_content", "pages", "users", "spaces", *LOG_TABLES}
    law = nodes.get_check_spec(checks["pages", "references_resolve"]).description or ""
    assert "author_id is in users.account_id" in law
    assert "tree_nodes" not in law


def test_what_starts_runs_is_off_until_a_person_turns_it_on() -> None:
    """Jobs, the schedule and the sensors by name; nothing runs by itself."""
    repository = definitions().get_repository_def()
    assert {job.name for job in repository.get_all_jobs()} == {"sync", "retry", "rebuild_tables", "__ASSET_JOB"}
    schedules = {schedule.name: schedule for schedule in repository.schedule_defs}
    sensors = {sensor.name: sensor for sensor in repository.sensor_defs}
    assert set(schedules) == {"daily_sync"}
    assert set(sensors) == {"space_discovery", "watch", "fill_new_spaces"}
    assert schedules["daily_sync"].default_status == dg.DefaultScheduleStatus.STOPPED
    assert {sensor.default_status for sensor in sensors.values()} == {dg.DefaultSensorStatus.STOPPED}


def test_the_environment_is_what_dagster_loads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The module's definitions read the environment, and ``.env`` of the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CONFLUENCE_SCHEDULE", raising=False)
    (tmp_path / ".env").write_text("CONFLUENCE_SCHEDULE=15 4 * * 1\n")
    try:
        loaded: Any = defs()
        assert loaded.get_repository_def().get_schedule_def("daily_sync").cron_schedule == "15 4 * * 1"
    finally:
        os.environ.pop("CONFLUENCE_SCHEDULE", None)


@pytest.mark.parametrize(
    "command",
    [
        ["dagster", "definitions", "validate", "-w", "workspace.yaml"],
        ["dagster_dg_cli.cli", "check", "defs"],
    ],
    ids=lambda command: command[0],
)
def test_the_projects_own_commands_find_no_fault(command: list[str]) -> None:
    """Both ways to validate succeed in an empty environment, without a warning about our code."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CONFLUENCE_")}
    reply = subprocess.run(
        [sys.executable, "-W", "default", "-m", *command],
        cwd=REPOSITORY,
        env={**environment, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    said = reply.stdout + reply.stderr
    assert reply.returncode == 0, said
    ours = [line for line in said.splitlines() if "confluence_pipeline/" in line and "Warning" in line]
    assert ours == []
