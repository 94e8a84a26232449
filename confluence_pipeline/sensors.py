"""What watches: the spaces of the site, and what is missing or out of date."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

import dagster as dg

from confluence_pipeline.confluence import ConfluenceError
from confluence_pipeline.jobs import SYNC
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import SpaceLanding, discover_spaces
from confluence_pipeline.landing.changes import Changes, recent_changes
from confluence_pipeline.partitions import SPACES, few_ranges, range_tags, space_keys
from confluence_pipeline.resources import ConfluenceResource, LakeResource, ScopeResource
from confluence_pipeline.schedules import NO_SPACES
from confluence_pipeline.tables import TABLES, Table
from confluence_pipeline.watching import Asked, Watch, change_key

_EVERY_SECONDS = 3600
_WATCH_SECONDS = 300
_MOST_RUNS = 4  # a process each; spaces that lie between two changed ones are in the range, and left alone

_UNFINISHED = dg.RunsFilter(
    job_name=SYNC,
    statuses=[
        dg.DagsterRunStatus.QUEUED,
        dg.DagsterRunStatus.NOT_STARTED,
        dg.DagsterRunStatus.STARTING,
        dg.DagsterRunStatus.STARTED,
        dg.DagsterRunStatus.CANCELING,
    ],
)

_RUN_KEY_TAG = "dagster/run_key"
_FAILED = (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)


@dg.sensor(
    name="space_discovery",
    minimum_interval_seconds=_EVERY_SECONDS,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Keeps the partitions in step with the site's spaces; it starts no runs.",
)
def space_discovery(
    context: dg.SensorEvaluationContext, confluence: ConfluenceResource, scope: ScopeResource, lake: LakeResource
) -> dg.SensorResult:
    """Add the spaces that appeared in scope, and remove those that are gone once their rows are, too."""
    found = [space.key for space in discover_spaces(confluence.client(), scope.scope())]
    new, gone = partition_changes(found, space_keys(context.instance), lake.lake())
    requests: list[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest] = []
    if new:
        requests.append(SPACES.build_add_request(new))
    if gone:
        requests.append(SPACES.build_delete_request(gone))
    skip = None if requests else dg.SkipReason(f"The partitions are in step with the site's {len(found)} spaces")
    return dg.SensorResult(dynamic_partitions_requests=requests, skip_reason=skip)


def partition_changes(found: Collection[str], known: Collection[str], lake: Lake) -> tuple[list[str], list[str]]:
    """Return the keys to add to the partitions and those to remove.

    A space that is gone from the site stays until a sync has emptied it: its rows leave with a reason, and a
    partition is needed to see that happen.

    Args:
        found: The spaces in scope.
        known: The partitions there are.
        lake: Where the rows are.
    """
    new = [key for key in found if key not in set(known)]
    gone = [key for key in known if key not in set(found) and not holds_rows(lake, key)]
    return new, gone


def holds_rows(lake: Lake, space_key: str) -> bool:
    """Return whether the lake still has contents of a space, landed or in a table that mirrors the site."""
    mirrors = [table for table in TABLES.values() if table.by_space and not table.log]
    return bool(SpaceLanding(lake, space_key).listing()) or any(_rows(lake, table, space_key) for table in mirrors)


def _rows(lake: Lake, table: Table, space_key: str) -> int:
    facts = lake.part_facts(table, space_key)
    return facts.rows if facts else 0


@dg.sensor(
    name="watch",
    job_name=SYNC,
    minimum_interval_seconds=_WATCH_SECONDS,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Syncs the spaces in which the site's search shows changes; the daily sync finds what it cannot show.",
)
def watch(
    context: dg.SensorEvaluationContext, confluence: ConfluenceResource, scope: ScopeResource
) -> dg.SensorResult | dg.SkipReason:
    """Ask what changed since the last look, and request runs for the spaces with changes not seen before.

    While a sync is under way, or the site does not answer, it waits: the next look goes back to the last one. A run
    that it asked for and that failed is asked for again, whatever the search shows by then.
    """
    known = space_keys(context.instance)
    if not known:
        return dg.SkipReason(NO_SPACES)
    if context.instance.get_run_records(_UNFINISHED, limit=1):
        return dg.SkipReason("A sync is under way; what changes meanwhile is looked for after it")
    before, now = Watch.of_cursor(context.cursor), datetime.now(UTC)
    try:
        with confluence.impatient_client() as client:
            minutes = before.minutes(now, first=_WATCH_SECONDS // 60)
            changes = recent_changes(client, scope.scope(), minutes)
    except ConfluenceError as error:
        return dg.SkipReason(f"The site could not be asked what changed: {error}")
    new = runs_to_ask_for(known, changes, before, now)
    waiting, again = _follow_up(context.instance, before.asked, now)
    again = [one for one in again if one.first in known and one.last in known]
    requests = [run_request(one) for one in (*new, *again)]
    return dg.SensorResult(
        run_requests=requests,
        skip_reason=None if requests else dg.SkipReason(f"Nothing new in the last {minutes} minutes"),
        cursor=Watch(now, changes.marks, (*waiting, *again, *new)).as_cursor(),
    )


def _follow_up(instance: dg.DagsterInstance, asked: Sequence[Asked], now: datetime) -> tuple[list[Asked], list[Asked]]:
    """Return the runs that are still to be waited for, and those to ask for in place of runs that failed."""
    waiting, again = [], []
    for one in asked:
        status = _status(instance, one)
        if status in _FAILED and one.is_due(now):
            again.append(one.again(now))
        elif status != dg.DagsterRunStatus.SUCCESS and one.is_worth_waiting_for(now):
            waiting.append(one)
    return waiting, again


def _status(instance: dg.DagsterInstance, asked: Asked) -> dg.DagsterRunStatus | None:
    """Return what became of a run that was asked for; None while there is none, or if it was deleted."""
    runs = instance.get_runs(dg.RunsFilter(job_name=SYNC, tags={_RUN_KEY_TAG: asked.run_key}), limit=1)
    return runs[0].status if runs else None


def runs_to_ask_for(known: Sequence[str], changes: Changes, before: Watch, now: datetime) -> list[Asked]:
    """Return the runs for spaces with changes that were not seen before: a few, however many spaces there are.

    Args:
        known: The partitions, in Dagster's order.
        changes: What changed lately.
        before: What was seen at the last look.
        now: The present.
    """
    new = changes.since(dict(before.seen))
    spaces = known if new and changes.is_cut else [key for key in known if key in new]
    runs = []
    for stretch in few_ranges(known, spaces, _MOST_RUNS):
        key = change_key({space: new[space] for space in stretch if space in new})
        wanted = tuple(space for space in stretch if space in spaces)
        runs.append(Asked(f"{stretch[0]}-{key}", stretch[0], stretch[-1], 1, now, wanted))
    return runs


def run_request(asked: Asked) -> dg.RunRequest:
    """Return the request of a run that covers a range of spaces, and asks the site about some of them alone.

    What the search shows says nothing of groups, so these are left to the daily sync as well.
    """
    only = {"config": {"space_keys": list(asked.spaces)}}
    ops = {"sync_spaces": only, "sync_content": only, "build_tables": only} if asked.spaces else {}
    return dg.RunRequest(
        run_key=asked.run_key,
        tags=range_tags([asked.first, asked.last]),
        run_config={"ops": {**ops, "sync_users": {"config": {"groups": False}}}},
    )


automation = dg.AutomationConditionSensorDefinition(
    name="fill_new_spaces",
    target=dg.AssetSelection.all(),
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Lands spaces that were just added, and builds what follows from what landed.",
)
