"""Sensors: partitions follow the site's spaces, and new spaces fill themselves."""

from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pytest

from confluence_pipeline.definitions import PipelineConfig, build_definitions
from confluence_pipeline.lake import Lake
from confluence_pipeline.partitions import PARTITIONS_NAME, space_keys
from confluence_pipeline.sensors import partition_changes, space_discovery
from confluence_pipeline.tables import PAGES, TABLES
from confluence_pipeline_tests.pipeline import SMALL_SPACES, Pipeline, small_pipeline


def tick(pipeline: Pipeline) -> dg.SensorResult:
    """Evaluate the discovery sensor once, as the daemon does, and apply what it asks for."""
    config = PipelineConfig.from_environment()
    resources: dict[str, Any] = {"confluence": config.confluence, "scope": config.scope, "lake": config.lake}
    with dg.build_sensor_context(instance=pipeline.instance, resources=resources) as context:
        result = space_discovery(context)
    assert isinstance(result, dg.SensorResult)
    assert not result.run_requests
    for request in result.dynamic_partitions_requests or []:
        if isinstance(request, dg.AddDynamicPartitionsRequest):
            pipeline.instance.add_dynamic_partitions(PARTITIONS_NAME, request.partition_keys)
        else:
            for key in request.partition_keys:
                pipeline.instance.delete_dynamic_partition(PARTITIONS_NAME, key)
    return result


def test_partitions_follow_the_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """New spaces are added; one that is gone stays while the lake holds its rows, and goes when they are gone."""
    with small_pipeline(tmp_path) as pipeline:
        tick(pipeline)
        assert sorted(space_keys(pipeline.instance)) == sorted(SMALL_SPACES)
        assert tick(pipeline).skip_reason is not None
        monkeypatch.setenv("CONFLUENCE_SPACE_KEY", "FOG,OLD")
        tick(pipeline)
        assert sorted(space_keys(pipeline.instance)) == ["FOG", "OLD"]
        pipeline.sync()
        monkeypatch.setenv("CONFLUENCE_SPACE_KEY", "OLD")
        tick(pipeline)
        assert sorted(space_keys(pipeline.instance)) == ["FOG", "OLD"]
        pipeline.sync()
        tick(pipeline)
        assert list(space_keys(pipeline.instance)) == ["OLD"]


def test_changes_are_none_where_nothing_changed(tmp_path: Path) -> None:
    """A key is added once, and removed only where the lake has no rows of it."""
    lake = Lake(str(tmp_path))
    with lake.parquet_writer(lake.part_path(PAGES, "FULL"), PAGES.schema) as writer:
        writer.write(pa.RecordBatch.from_pylist([_page()], schema=PAGES.schema))
    assert partition_changes(["A", "B"], ["B", "A"], lake) == ([], [])
    assert partition_changes(["A", "NEW"], ["A", "EMPTY", "FULL"], lake) == (["NEW"], ["EMPTY"])


def _page() -> dict[str, Any]:
    """Return a row with something in every column that must not be null."""
    some: dict[str, Any] = {field.name: "x" for field in PAGES.schema if not field.nullable}
    return {**some, "_extracted_at": 0}


@pytest.mark.filterwarnings("ignore:Parameter `include_sources`:dagster.BetaWarning")
def test_new_spaces_fill_themselves(caplog: pytest.LogCaptureFixture) -> None:
    """A partition that appears is asked for by itself; what is computed from it follows at once, in one go."""
    caplog.set_level("ERROR")
    definitions = build_definitions(PipelineConfig.from_environment({}))
    content = dg.AssetKey("raw_content")
    followers = [key for key in definitions.resolve_asset_graph().get_all_asset_keys() if key.path[-1] in TABLES]
    followers = [key for key in followers if key.path[-1] != "spaces"]
    with dg.DagsterInstance.ephemeral() as instance:
        first = dg.evaluate_automation_conditions(definitions, instance)
        instance.add_dynamic_partitions(PARTITIONS_NAME, ["A", "B"])
        second = dg.evaluate_automation_conditions(definitions, instance, cursor=first.cursor)
        assert second.get_requested_partitions(content) == {"A", "B"}
        assert second.total_requested == 2
        for key in ("A", "B"):
            instance.report_runless_asset_event(dg.AssetMaterialization("raw_content", partition=key))
        third = dg.evaluate_automation_conditions(definitions, instance, cursor=second.cursor)
        assert third.get_requested_partitions(content) == set()
        assert {key for key in followers if third.get_num_requested(key) == 1} == set(followers)
        fourth = dg.evaluate_automation_conditions(definitions, instance, cursor=third.cursor)
        assert fourth.total_requested == 0
