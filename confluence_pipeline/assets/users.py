"""Everybody who appears in what landed: fetched from the site, and built into the ``users`` table, in one step."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from confluence_pipeline import landing, normalize
from confluence_pipeline.assets.failures import explained, failure
from confluence_pipeline.assets.metadata import Metadata, cost_metadata, shown, table_metadata
from confluence_pipeline.assets.policies import API_POOL, WHEN_UPSTREAM_CHANGED
from confluence_pipeline.assets.runs import this_run
from confluence_pipeline.assets.specs import raw_spec, table_key, table_spec, with_code
from confluence_pipeline.confluence import ConfluenceClient, ConfluenceError
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing.selection import Selection
from confluence_pipeline.resources import ConfluenceResource, LakeResource
from confluence_pipeline.tables import USERS
from confluence_pipeline.tables.report import Run

RAW_USERS = dg.AssetKey("raw_users")


def user_assets(selection: Selection, retries: dg.RetryPolicy) -> dg.AssetsDefinition:
    """Build the assets ``raw_users`` and ``users``.

    Args:
        selection: Which tables are chosen; users land always, as bodies mention them by name.
        retries: What to do when the site stays away.
    """
    landed = raw_spec(
        RAW_USERS,
        "Every user who appears as author, editor, owner or mention, as the site gave them.",
        {"account_id": "The Atlassian account id.", "record": "The record as the site gave it."},
        deps=["raw_spaces", "raw_content"],
        automation_condition=WHEN_UPSTREAM_CHANGED,
    )
    built = [table_spec(USERS, automation_condition=WHEN_UPSTREAM_CHANGED)] if selection.has(USERS.name) else []

    @dg.multi_asset(
        name="sync_users",
        specs=[with_code(landed, landing.land_users), *(with_code(spec, normalize.build_users) for spec in built)],
        can_subset=True,
        retry_policy=retries,
        pool=API_POOL,
    )
    def sync_users(
        context: dg.AssetExecutionContext, confluence: ConfluenceResource, lake: LakeResource
    ) -> Iterator[dg.MaterializeResult[Any]]:
        """Land the users, and replace the ``users`` table if any of them changed.

        Tables need no more than the names of users, so they are built even where users could not be fetched:
        then this step fails at its end, with what landed before in place.
        """
        run = this_run(context)
        error: ConfluenceError | None = None
        if RAW_USERS in context.selected_asset_keys:
            last = context.retry_number >= retries.max_retries
            with explained():
                facts, error = _land(confluence.client(), lake.lake(), run, give_up=last)
            yield dg.MaterializeResult(asset_key=RAW_USERS, metadata=facts)
        if table_key(USERS) in context.selected_asset_keys:
            with explained():
                report = normalize.build_users(lake.lake(), run)
                facts = {**table_metadata([report]), **shown(lake.lake(), USERS)}
            yield dg.MaterializeResult(asset_key=table_key(USERS), metadata=facts)
        if error is not None:
            raise failure(error, allow_retries=False) from error

    return sync_users


def _land(client: ConfluenceClient, lake: Lake, run: Run, *, give_up: bool) -> tuple[Metadata, ConfluenceError | None]:
    """Land the users; return what to show of it, and the error if they could not be fetched.

    Args:
        client: The site.
        lake: Where they land.
        run: What rows are stamped with.
        give_up: Whether an error that may pass is returned; otherwise it is raised, to be tried again.
    """
    try:
        return cost_metadata(landing.land_users(client, lake, run)), None
    except ConfluenceError as error:
        if error.retryable and not give_up:
            raise
        return {"outcome": "failed", "error": str(error)}, error
