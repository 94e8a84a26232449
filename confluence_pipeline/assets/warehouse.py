"""The tables and views in the warehouse, loaded from the lake in one step."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from confluence_pipeline.assets.failures import explained
from confluence_pipeline.assets.metadata import load_metadata
from confluence_pipeline.assets.policies import LAKE_POOL, WHEN_UPSTREAM_CHANGED
from confluence_pipeline.assets.specs import view_spec, warehouse_key, warehouse_spec, with_code
from confluence_pipeline.landing.selection import Selection
from confluence_pipeline.resources import LakeResource, WarehouseResource
from confluence_pipeline.selections import tables_of
from confluence_pipeline.tables import SQL_VIEWS, TABLES
from confluence_pipeline.warehouse import open_warehouse


def warehouse_assets(selection: Selection) -> dg.AssetsDefinition:
    """Build an asset in the warehouse for each chosen table, and for each view whose tables are all chosen.

    Args:
        selection: Which tables.
    """
    tables = tables_of(selection)
    views = [view for view in SQL_VIEWS.values() if {table.name for table in view.tables} <= selection.tables]
    specs = [warehouse_spec(table, automation_condition=WHEN_UPSTREAM_CHANGED) for table in tables]
    specs += [view_spec(view, automation_condition=WHEN_UPSTREAM_CHANGED) for view in views]

    @dg.multi_asset(
        name="load_warehouse",
        specs=[with_code(spec, open_warehouse) for spec in specs],
        can_subset=True,
        pool=LAKE_POOL,
    )
    def load_warehouse(
        context: dg.AssetExecutionContext, lake: LakeResource, warehouse: WarehouseResource
    ) -> Iterator[dg.MaterializeResult[Any]]:
        """Load what changed in the lake since the last load."""
        chosen = [table for table in tables if warehouse_key(table) in context.selected_asset_keys]
        with explained():
            store = lake.lake()
            target = warehouse.warehouse(store)
            reports = target.load(store, chosen)
        for report in reports[: len(chosen)]:  # what follows was emptied, and is an asset no more
            yield dg.MaterializeResult(
                asset_key=warehouse_key(TABLES[report.table]),
                metadata={**load_metadata(report), "dagster/uri": target.uri},
            )
        for key in (warehouse_key(view) for view in views):
            if key in context.selected_asset_keys:
                yield dg.MaterializeResult(asset_key=key, metadata={"dagster/uri": target.uri})

    return load_warehouse
