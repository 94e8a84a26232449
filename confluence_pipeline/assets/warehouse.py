"""The tables in the warehouse, loaded from the lake in one step."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from confluence_pipeline.assets.failures import explained
from confluence_pipeline.assets.metadata import load_metadata
from confluence_pipeline.assets.policies import LAKE_POOL, WHEN_UPSTREAM_CHANGED
from confluence_pipeline.assets.specs import warehouse_key, warehouse_spec, with_code
from confluence_pipeline.resources import LakeResource, WarehouseResource
from confluence_pipeline.tables import TABLES
from confluence_pipeline.warehouse import open_warehouse


@dg.multi_asset(
    name="load_warehouse",
    specs=[
        with_code(warehouse_spec(table, automation_condition=WHEN_UPSTREAM_CHANGED), open_warehouse)
        for table in TABLES.values()
    ],
    can_subset=True,
    pool=LAKE_POOL,
)
def warehouse_assets(
    context: dg.AssetExecutionContext, lake: LakeResource, warehouse: WarehouseResource
) -> Iterator[dg.MaterializeResult[Any]]:
    """Load what changed in the lake since the last load."""
    chosen = [table for table in TABLES.values() if warehouse_key(table) in context.selected_asset_keys]
    with explained():
        store = lake.lake()
        target = warehouse.warehouse(store)
        reports = target.load(store, chosen)
    for report in reports:
        yield dg.MaterializeResult(
            asset_key=warehouse_key(TABLES[report.table]),
            metadata={**load_metadata(report), "dagster/uri": target.uri},
        )
