"""What watches: the spaces of the site, and what is missing or out of date."""

from collections.abc import Collection

import dagster as dg

from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import SpaceLanding, discover_spaces
from confluence_pipeline.partitions import SPACES, space_keys
from confluence_pipeline.resources import ConfluenceResource, LakeResource, ScopeResource
from confluence_pipeline.tables import TABLES, Table

_EVERY_SECONDS = 3600


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
    facts = lake.facts(lake.part_path(table, space_key))
    return facts.rows if facts else 0


automation = dg.AutomationConditionSensorDefinition(
    name="fill_new_spaces",
    target=dg.AssetSelection.all(),
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Lands spaces that were just added, and builds what follows from what landed.",
)
