"""What can be run as a whole, and the executor that runs it."""

from typing import Any

import dagster as dg

from confluence_pipeline.assets.spaces import RAW_SPACES
from confluence_pipeline.assets.specs import table_key
from confluence_pipeline.landing.selection import Selection
from confluence_pipeline.selections import tables_of
from confluence_pipeline.tables import SPACES

SYNC = "sync"
RETRY = "retry"
REBUILD = "rebuild_tables"

EXECUTOR = dg.in_process_executor.configured(
    {"step_dependency_config": {"require_upstream_step_success": False}}, name="in_process"
)
"""All steps in one process; what follows a step runs as soon as its outputs are there.

A run is a process already, and one more for each step costs seconds. A step in which some spaces failed gives
its outputs and then fails, so that what the others brought is built and the run still ends as failed.
"""


def all_jobs(selection: Selection) -> list[Any]:
    """Return the jobs: everything for a range of spaces, what they lack, and the tables without asking the site.

    Args:
        selection: Which tables there are.
    """
    everything = dg.AssetSelection.all()
    tables = dg.AssetSelection.assets(*(table_key(table) for table in tables_of(selection)))
    return [
        dg.define_asset_job(
            SYNC,
            selection=everything,
            description="Bring everything up to date: the spaces of the run's partitions, and what follows.",
            executor_def=EXECUTOR,
        ),
        dg.define_asset_job(
            RETRY,
            selection=everything - dg.AssetSelection.assets(RAW_SPACES, table_key(SPACES)),
            description="Fetch just what the ledgers of the spaces of the run's partitions name as missing.",
            config={"ops": {"sync_content": {"config": {"retry": True}}}},
            executor_def=EXECUTOR,
        ),
        dg.define_asset_job(
            REBUILD,
            selection=tables | tables.downstream(),
            description="Build the tables again from what landed, and load the warehouse; for a new release.",
            executor_def=EXECUTOR,
        ),
    ]
