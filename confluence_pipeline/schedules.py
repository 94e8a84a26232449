"""The daily refresh: one run over every space that Dagster knows."""

import dagster as dg

from confluence_pipeline.confluence import SettingError
from confluence_pipeline.jobs import SYNC
from confluence_pipeline.partitions import range_tags, space_keys

NO_SPACES = "No space is known yet: turn on the sensor space_discovery, or run confluence-pipeline sync"


def daily_sync(cron: str, time_zone: str) -> dg.ScheduleDefinition:
    """Return the schedule of the daily refresh, off until a person turns it on.

    Args:
        cron: When it runs, as five fields.
        time_zone: The IANA zone of the hours in it.

    Raises:
        SettingError: ``cron`` is not a cron expression.
    """

    def request(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        keys = space_keys(context.instance)
        return dg.RunRequest(tags=range_tags(keys)) if keys else dg.SkipReason(NO_SPACES)

    try:
        return dg.ScheduleDefinition(
            name="daily_sync",
            job_name=SYNC,
            cron_schedule=cron,
            execution_timezone=time_zone,
            execution_fn=request,
            default_status=dg.DefaultScheduleStatus.STOPPED,
            description="Refreshes every space in one run; what did not change is listed, and not fetched.",
        )
    except dg.DagsterInvalidDefinitionError as error:
        raise SettingError(
            f"CONFLUENCE_SCHEDULE is {cron!r}; set it to a cron expression, for example '0 3 * * *'",
            setting="CONFLUENCE_SCHEDULE",
        ) from error
