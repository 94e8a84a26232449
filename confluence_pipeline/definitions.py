"""The table of contents: everything Dagster loads, built from one configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import dagster as dg

from confluence_pipeline.assets import RETRIES, all_assets
from confluence_pipeline.auth_variants import credentials_by_name
from confluence_pipeline.checks import all_checks
from confluence_pipeline.jobs import EXECUTOR, all_jobs
from confluence_pipeline.resources import (
    ConfluenceResource,
    LakeResource,
    RemovalsResource,
    ScopeResource,
    SelectionResource,
    WarehouseResource,
)
from confluence_pipeline.schedules import daily_sync
from confluence_pipeline.sensors import automation, space_discovery, watch
from confluence_pipeline.settings import Settings, load_env_file


@dataclass(frozen=True)
class PipelineConfig:
    """One pipeline: a site, what is asked of it, and where it goes.

    Attributes:
        confluence: The site and the login.
        scope: Which contents are asked for.
        selection: Which tables are filled; there are assets for these alone.
        removals: How much may vanish from a space at once.
        lake: Where the Parquet files lie.
        warehouse: Where the tables are loaded to.
        schedule: When the daily refresh runs, as a cron expression.
        time_zone: The IANA zone of the hours in it.
        retries: What steps that talk to the site do when it stays away.
    """

    confluence: ConfluenceResource
    scope: ScopeResource = field(default_factory=ScopeResource)
    selection: SelectionResource = field(default_factory=SelectionResource)
    removals: RemovalsResource = field(default_factory=RemovalsResource)
    lake: LakeResource = field(default_factory=LakeResource)
    warehouse: WarehouseResource = field(default_factory=WarehouseResource)
    schedule: str = Settings.schedule
    time_zone: str = Settings.time_zone
    retries: dg.RetryPolicy = RETRIES

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "PipelineConfig":
        """Return the configuration that the environment sets.

        Credentials and the addresses of lake and warehouse, which may hold some, stay names of variables: they are
        resolved when a run starts, and definitions load without them.

        Raises:
            SettingError: A value is not of the form expected, or credentials fit more than one way in.
        """
        settings = Settings.from_environment(environment)
        return cls(
            confluence=ConfluenceResource(
                server_url=dg.EnvVar("CONFLUENCE_SERVER_URL"),
                **credentials_by_name(settings.auth),
                product=settings.product,
                cloud_id=settings.auth.cloud_id,
                gateway_url=settings.auth.gateway_url,
                login_url=settings.auth.login_url,
                ca_bundle=settings.auth.ca_bundle,
                max_concurrency=settings.max_concurrency,
                max_requests_per_second=settings.max_requests_per_second,
                max_points_per_hour=settings.max_points_per_hour,
            ),
            scope=ScopeResource.of(settings.scope),
            selection=SelectionResource.of(settings.selection),
            removals=RemovalsResource(max_share=settings.max_removed_share),
            lake=LakeResource(uri=dg.EnvVar("CONFLUENCE_LAKE") if settings.lake != Settings.lake else settings.lake),
            warehouse=WarehouseResource(uri=dg.EnvVar("CONFLUENCE_WAREHOUSE") if settings.warehouse else None),
            schedule=settings.schedule,
            time_zone=settings.time_zone,
        )


def build_definitions(config: PipelineConfig) -> dg.Definitions:
    """Return everything Dagster needs to know of one pipeline.

    Args:
        config: The site, what is asked of it, and where it goes.

    Raises:
        SettingError: The schedule is not a cron expression, or the selection names what is no table.
    """
    selection = config.selection.selection()
    return dg.Definitions(
        assets=all_assets(selection, config.retries),
        asset_checks=all_checks(selection),
        jobs=all_jobs(selection),
        schedules=[daily_sync(config.schedule, config.time_zone)],
        sensors=[space_discovery, watch, automation],
        resources={
            "confluence": config.confluence,
            "scope": config.scope,
            "selection": config.selection,
            "removals": config.removals,
            "lake": config.lake,
            "warehouse": config.warehouse,
        },
        executor=EXECUTOR,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Return the pipeline that the environment and ``.env`` configure: what ``dagster dev`` loads."""
    load_env_file()
    return build_definitions(PipelineConfig.from_environment())
