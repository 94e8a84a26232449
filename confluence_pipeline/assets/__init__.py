"""The asset graph: what landed, the tables in the lake, the tables in the warehouse."""

import dagster as dg

from confluence_pipeline.assets.contents import content_assets
from confluence_pipeline.assets.policies import RETRIES
from confluence_pipeline.assets.spaces import space_assets
from confluence_pipeline.assets.tables import table_assets
from confluence_pipeline.assets.users import user_assets
from confluence_pipeline.assets.warehouse import warehouse_assets

__all__ = ["RETRIES", "all_assets"]


def all_assets(retries: dg.RetryPolicy = RETRIES) -> list[dg.AssetsDefinition]:
    """Return every asset, in the order of the flow; each item is one step of a run.

    Args:
        retries: What steps that talk to the site do when it stays away.
    """
    return [
        space_assets(retries),
        content_assets(retries),
        user_assets(retries),
        table_assets,
        warehouse_assets,
    ]
