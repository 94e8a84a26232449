"""The asset graph: what landed, the tables in the lake, the tables in the warehouse."""

import dagster as dg

from confluence_pipeline.assets.contents import content_assets
from confluence_pipeline.assets.policies import RETRIES
from confluence_pipeline.assets.spaces import space_assets
from confluence_pipeline.assets.tables import table_assets
from confluence_pipeline.assets.users import user_assets
from confluence_pipeline.assets.warehouse import warehouse_assets
from confluence_pipeline.landing.selection import Selection
from confluence_pipeline.selections import default_selection

__all__ = ["RETRIES", "all_assets"]


def all_assets(selection: Selection | None = None, retries: dg.RetryPolicy = RETRIES) -> list[dg.AssetsDefinition]:
    """Return every asset, in the order of the flow; each item is one step of a run.

    Args:
        selection: Which tables there are assets for; the default ones if not given.
        retries: What steps that talk to the site do when it stays away.
    """
    selection = selection or default_selection()
    return [
        space_assets(retries),
        content_assets(retries),
        user_assets(selection, retries),
        table_assets(selection),
        warehouse_assets(selection),
    ]
