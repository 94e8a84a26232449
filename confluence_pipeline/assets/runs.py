"""What a step knows of the run it is part of."""

from collections.abc import Sequence
from datetime import UTC, datetime

import dagster as dg

from confluence_pipeline.partitions import RANGE_END_TAG, RANGE_START_TAG, space_keys
from confluence_pipeline.tables.report import Run


def this_run(context: dg.AssetExecutionContext) -> Run:
    """Return what rows are stamped with."""
    return Run(run_id=context.run.run_id, started_at=datetime.now(UTC))


def spaces_of_run(context: dg.AssetExecutionContext) -> Sequence[str] | None:
    """Return the spaces that a run was started for, also to a step without partitions; None for no selection."""
    tags = context.run.tags
    if "dagster/partition" in tags:
        return [tags["dagster/partition"]]
    if RANGE_START_TAG not in tags:
        return None
    known = list(space_keys(context.instance))
    return known[known.index(tags[RANGE_START_TAG]) : known.index(tags[RANGE_END_TAG]) + 1]
