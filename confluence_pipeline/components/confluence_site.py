"""A Confluence site as a Dagster component: a second front door to the same definitions."""

import dagster as dg
from pydantic import ConfigDict, Field

from confluence_pipeline.definitions import PipelineConfig, build_definitions
from confluence_pipeline.resources import (
    ConfluenceResource,
    LakeResource,
    RemovalsResource,
    ScopeResource,
    SelectionResource,
    WarehouseResource,
)
from confluence_pipeline.selections import ATTACHMENT_MAX_MB, DEFAULT
from confluence_pipeline.settings import SETTINGS, Settings


def _described(setting: str) -> str:
    return SETTINGS[setting].description


class ConfluenceSite(dg.Component, dg.Model, dg.Resolvable):
    """Pages, blog posts and all that belongs to them, from one Confluence site to Parquet and DuckDB.

    Secrets are given by the *name* of an environment variable, never by value: what a ``defs.yaml`` resolves,
    Dagster keeps and shows.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    server_url: str = Field(description=_described("CONFLUENCE_SERVER_URL"))
    user_name: str = Field(description=_described("CONFLUENCE_USER_NAME"))
    api_token_variable: str = Field(
        default="CONFLUENCE_API_TOKEN",
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="The name of the environment variable that holds the API token.",
    )
    space_key: list[str] = Field(default=[], description=_described("CONFLUENCE_SPACE_KEY"))
    page_ids: list[str] = Field(default=[], description=_described("CONFLUENCE_PAGE_IDS"))
    cql: str | None = Field(default=None, description=_described("CONFLUENCE_CQL"))
    label: list[str] = Field(default=[], description=_described("CONFLUENCE_LABEL"))
    exclude_space_key: list[str] = Field(default=[], description=_described("CONFLUENCE_EXCLUDE_SPACE_KEY"))
    exclude_page_ids: list[str] = Field(default=[], description=_described("CONFLUENCE_EXCLUDE_PAGE_IDS"))
    exclude_label: list[str] = Field(default=[], description=_described("CONFLUENCE_EXCLUDE_LABEL"))
    tables: list[str] = Field(default=[DEFAULT], description=_described("CONFLUENCE_TABLES"))
    attachment_bodies: bool = Field(default=False, description=_described("CONFLUENCE_ATTACHMENT_BODIES"))
    attachment_text: bool = Field(default=False, description=_described("CONFLUENCE_ATTACHMENT_TEXT"))
    attachment_max_mb: int = Field(
        default=ATTACHMENT_MAX_MB, ge=1, description=_described("CONFLUENCE_ATTACHMENT_MAX_MB")
    )
    version_bodies: bool = Field(default=False, description=_described("CONFLUENCE_VERSION_BODIES"))
    lake: str = Field(default=Settings.lake, description=_described("CONFLUENCE_LAKE"))
    warehouse: str | None = Field(default=None, description=_described("CONFLUENCE_WAREHOUSE"))
    max_concurrency: int = Field(
        default=Settings.max_concurrency, ge=1, description=_described("CONFLUENCE_MAX_CONCURRENCY")
    )
    max_requests_per_second: float | None = Field(
        default=None, gt=0, description=_described("CONFLUENCE_MAX_REQUESTS_PER_SECOND")
    )
    max_points_per_hour: float | None = Field(
        default=None, gt=0, description=_described("CONFLUENCE_MAX_POINTS_PER_HOUR")
    )
    max_removed_share: int = Field(
        default=Settings.max_removed_share, ge=1, le=100, description=_described("CONFLUENCE_MAX_REMOVED_SHARE")
    )
    schedule: str = Field(default=Settings.schedule, description=_described("CONFLUENCE_SCHEDULE"))
    time_zone: str = Field(default=Settings.time_zone, description=_described("CONFLUENCE_TIME_ZONE"))

    def config(self) -> PipelineConfig:
        """Return the configuration that these attributes make.

        Raises:
            SettingError: A space key or page id is not of the form that Confluence uses, or a table is none.
        """
        scope = ScopeResource(
            space_keys=self.space_key,
            page_ids=self.page_ids,
            cql=self.cql,
            labels=self.label,
            exclude_space_keys=self.exclude_space_key,
            exclude_page_ids=self.exclude_page_ids,
            exclude_labels=self.exclude_label,
        )
        selection = SelectionResource(
            tables=self.tables,
            attachment_bodies=self.attachment_bodies,
            attachment_text=self.attachment_text,
            attachment_max_mb=self.attachment_max_mb,
            version_bodies=self.version_bodies,
        )
        return PipelineConfig(
            confluence=ConfluenceResource(
                server_url=self.server_url,
                user_name=self.user_name,
                api_token=dg.EnvVar(self.api_token_variable),
                max_concurrency=self.max_concurrency,
                max_requests_per_second=self.max_requests_per_second,
                max_points_per_hour=self.max_points_per_hour,
            ),
            scope=ScopeResource.of(scope.scope()),
            selection=SelectionResource.of(selection.selection()),
            removals=RemovalsResource(max_share=self.max_removed_share),
            lake=LakeResource(uri=self.lake),
            warehouse=WarehouseResource(uri=self.warehouse),
            schedule=self.schedule,
            time_zone=self.time_zone,
        )

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:  # noqa: ARG002
        """Return the pipeline's definitions."""
        return build_definitions(self.config())
