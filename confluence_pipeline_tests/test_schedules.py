"""The daily schedule: one run over every space that Dagster knows, in the hours of its zone."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from confluence_pipeline.confluence import SettingError
from confluence_pipeline.definitions import PipelineConfig, build_definitions
from confluence_pipeline.partitions import PARTITIONS_NAME, RANGE_END_TAG, RANGE_START_TAG
from confluence_pipeline.schedules import daily_sync


def requested(home: Path, keys: list[str]) -> Any:
    """Return what the schedule asks for where Dagster knows ``keys``."""
    definitions = build_definitions(PipelineConfig.from_environment({})).get_repository_def()
    with dg.DagsterInstance.local_temp(str(home)) as instance:
        if keys:
            instance.add_dynamic_partitions(PARTITIONS_NAME, keys)
        with dg.build_schedule_context(instance=instance, repository_def=definitions) as context:
            return definitions.get_schedule_def("daily_sync").evaluate_tick(context)


@pytest.mark.parametrize("keys", [["B", "A", "~c"], ["ONLY"]], ids=len)
def test_one_run_covers_every_space_from_the_first_to_the_last(tmp_path: Path, keys: list[str]) -> None:
    """However many spaces there are, the schedule asks for one run over the whole range."""
    (request,) = requested(tmp_path, keys).run_requests
    assert (request.tags[RANGE_START_TAG], request.tags[RANGE_END_TAG]) == (keys[0], keys[-1])


def test_without_spaces_it_says_what_to_do(tmp_path: Path) -> None:
    """Before any space is known, nothing is started, and the reason names the way out."""
    tick = requested(tmp_path, [])
    assert not tick.run_requests
    assert "space_discovery" in str(tick.skip_message)


def test_the_hours_are_of_the_zone() -> None:
    """The schedule carries the expression and the zone it was given."""
    schedule = daily_sync("30 5 * * 1-5", "Europe/Berlin")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("30 5 * * 1-5", "Europe/Berlin")


@pytest.mark.parametrize("cron", ["61 3 * * *", "a b c d e", "0 3 * * 9"])
def test_what_is_no_cron_expression_names_its_setting(cron: str) -> None:
    """Five fields that make no sense are refused with the setting's name."""
    with pytest.raises(SettingError, match="CONFLUENCE_SCHEDULE"):
        daily_sync(cron, "UTC")
