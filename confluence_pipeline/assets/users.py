"""Everybody who appears in what landed, and groups with their members: landed, and built into tables, in one step."""

from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg
from pydantic import Field

from confluence_pipeline import landing, normalize
from confluence_pipeline.assets.failures import explained, failure, tried_again
from confluence_pipeline.assets.metadata import Metadata, cost_metadata, shown, table_metadata
from confluence_pipeline.assets.policies import API_POOL, WHEN_UPSTREAM_CHANGED
from confluence_pipeline.assets.runs import this_run
from confluence_pipeline.assets.specs import raw_spec, table_key, table_spec, with_code
from confluence_pipeline.confluence import ConfluenceClient, ConfluenceError, Cost
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing.selection import Selection
from confluence_pipeline.resources import ConfluenceResource, LakeResource
from confluence_pipeline.tables import GROUP_MEMBERS, GROUPS, TABLES, USERS
from confluence_pipeline.tables.report import Run, TableReport

RAW_USERS = dg.AssetKey("raw_users")


class UsersConfig(dg.Config):
    """What to ask of people."""

    groups: bool = Field(
        default=True, description="Ask for groups and their members, too; without, they stay as they landed."
    )


_BUILDERS: dict[str, Callable[[Lake, Run], TableReport]] = {
    GROUPS.name: normalize.build_groups,
    GROUP_MEMBERS.name: normalize.build_group_members,
    USERS.name: normalize.build_users,
}
"""The tables of people, each with what builds it."""


def user_assets(selection: Selection, retries: dg.RetryPolicy) -> dg.AssetsDefinition:
    """Build the asset ``raw_users``, and those of the tables of people that are chosen.

    Args:
        selection: Which tables are chosen; users land always, as bodies mention them by name.
        retries: What to do when the site stays away.
    """
    landed = raw_spec(
        RAW_USERS,
        "Every user who appears anywhere in what landed, and the groups with their members, as the site gave them.",
        {
            "account_id": "The Atlassian account id.",
            "record": "The record as the site gave it.",
            "groups": "The groups that the account can see.",
            "members": "The members of each.",
        },
        deps=["raw_spaces", "raw_content"],
        automation_condition=WHEN_UPSTREAM_CHANGED,
    )
    tables = [TABLES[name] for name in _BUILDERS if selection.has(name)]
    built = [table_spec(table, automation_condition=WHEN_UPSTREAM_CHANGED) for table in tables]

    @dg.multi_asset(
        name="sync_users",
        specs=[
            with_code(landed, landing.land_users, landing.land_groups),
            *(with_code(spec, _BUILDERS[table.name]) for spec, table in zip(built, tables, strict=True)),
        ],
        can_subset=True,
        pool=API_POOL,
    )
    def sync_users(
        context: dg.AssetExecutionContext, config: UsersConfig, confluence: ConfluenceResource, lake: LakeResource
    ) -> Iterator[dg.MaterializeResult[Any]]:
        """Land groups and users, and replace the tables of people in which any of them changed.

        Other tables need no more than the names of users, so they are built even where users could not be fetched:
        then this step fails at its end, with what landed before in place.
        """
        run = this_run(context)
        error: ConfluenceError | None = None
        if RAW_USERS in context.selected_asset_keys:
            last = context.retry_number >= retries.max_retries
            with tried_again(context, retries), explained():
                facts, error = _land(
                    confluence.client(), lake.lake(), run, selection, give_up=last, groups=config.groups
                )
            yield dg.MaterializeResult(asset_key=RAW_USERS, metadata=facts)
            with explained():
                normalize.drop_deselected_site(lake.lake(), run, selection.tables)
        for table in tables:
            if table_key(table) in context.selected_asset_keys:
                with explained():
                    report = _BUILDERS[table.name](lake.lake(), run)
                    facts = {**table_metadata([report]), **shown(lake.lake(), table)}
                yield dg.MaterializeResult(asset_key=table_key(table), metadata=facts)
        if error is not None:
            raise failure(error, allow_retries=False) from error

    return sync_users


def _land(
    client: ConfluenceClient, lake: Lake, run: Run, selection: Selection, *, give_up: bool, groups: bool
) -> tuple[Metadata, ConfluenceError | None]:
    """Land groups and users; return what to show of it, and the error if some could not be fetched.

    Groups come first, as their members are users. Where they cannot be fetched, users are all the same.

    Args:
        client: The site.
        lake: Where they land.
        run: What rows are stamped with.
        selection: Which tables are chosen.
        give_up: Whether an error that may pass is returned; otherwise it is raised, to be tried again.
        groups: Whether groups are asked for, too.
    """
    cost = Cost()
    error: ConfluenceError | None = None
    for land in _landings(selection, groups=groups):
        try:
            cost += land(client, lake, run)
        except ConfluenceError as met:
            if met.retryable and not give_up:
                raise
            error = error or met
    facts = cost_metadata(cost)
    return ({"outcome": "failed", "error": str(error), **facts} if error else facts), error


def _landings(selection: Selection, *, groups: bool) -> Iterator[Callable[[ConfluenceClient, Lake, Run], Cost]]:
    if groups and selection.has(GROUPS.name, GROUP_MEMBERS.name):
        members = selection.has(GROUP_MEMBERS.name)
        yield lambda client, lake, run: landing.land_groups(client, lake, run, members=members)
    yield landing.land_users
