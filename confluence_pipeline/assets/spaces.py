"""The list of spaces: landed from the site, and built into the ``spaces`` table, in one step."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from pydantic import Field

from confluence_pipeline import landing, normalize
from confluence_pipeline.assets.failures import explained, tried_again
from confluence_pipeline.assets.metadata import cost_metadata, shown, table_metadata
from confluence_pipeline.assets.policies import API_POOL, WHEN_UPSTREAM_CHANGED
from confluence_pipeline.assets.runs import this_run
from confluence_pipeline.assets.specs import raw_spec, table_key, table_spec, with_code
from confluence_pipeline.resources import ConfluenceResource, LakeResource, ScopeResource
from confluence_pipeline.tables import SPACES

RAW_SPACES = dg.AssetKey("raw_spaces")


class SpacesConfig(dg.Config):
    """Which spaces to look at closely."""

    space_keys: list[str] = Field(
        default=[], description="Ask for the labels of these spaces only, and of those that are new; if empty, of all."
    )


def space_assets(retries: dg.RetryPolicy) -> dg.AssetsDefinition:
    """Build the assets ``raw_spaces`` and ``spaces``.

    Args:
        retries: What to do when the site stays away.
    """
    landed = raw_spec(
        RAW_SPACES,
        "The spaces in scope as the site gave them, archived and personal ones too.",
        {"space_id": "The space's id.", "record": "The record as the site gave it.", "labels": "Its labels."},
    )
    built = table_spec(SPACES, automation_condition=WHEN_UPSTREAM_CHANGED)

    @dg.multi_asset(
        name="sync_spaces",
        specs=[with_code(landed, landing.land_spaces), with_code(built, normalize.build_spaces)],
        can_subset=True,
        pool=API_POOL,
    )
    def sync_spaces(
        context: dg.AssetExecutionContext,
        config: SpacesConfig,
        confluence: ConfluenceResource,
        scope: ScopeResource,
        lake: LakeResource,
    ) -> Iterator[dg.MaterializeResult[Any]]:
        """Land the spaces in scope, and replace the ``spaces`` table if any of them changed."""
        run = this_run(context)
        if RAW_SPACES in context.selected_asset_keys:
            with tried_again(context, retries), explained():
                only = config.space_keys or None
                cost = landing.land_spaces(confluence.client(), scope.scope(), lake.lake(), run, only=only)
            yield dg.MaterializeResult(asset_key=RAW_SPACES, metadata=cost_metadata(cost))
        if table_key(SPACES) in context.selected_asset_keys:
            with explained():
                report = normalize.build_spaces(lake.lake(), run)
                facts = {**table_metadata([report]), **shown(lake.lake(), SPACES)}
            yield dg.MaterializeResult(asset_key=table_key(SPACES), metadata=facts)

    return sync_spaces
