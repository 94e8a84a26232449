"""A Confluence site as a Dagster component: a second front door to the same definitions."""

import dagster as dg
from pydantic import ConfigDict, Field

from confluence_pipeline.auth_setting_list import Variant
from confluence_pipeline.auth_settings import AuthSettings, product_of
from confluence_pipeline.auth_variants import (
    AuthVariant,
    BasicAuth,
    OAuthAuth,
    OAuthClientCredentialsAuth,
    PersonalAccessTokenAuth,
    ScopedTokenAuth,
)
from confluence_pipeline.confluence import SettingError
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

_VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"


def _needed(value: str | None, attribute: str, variant: Variant) -> str:
    if not value:
        raise SettingError(f"{attribute} is not given, and needed for auth: {variant}", setting=attribute)
    return value


def _described(setting: str) -> str:
    return SETTINGS[setting].description


class ConfluenceSite(dg.Component, dg.Model, dg.Resolvable):
    """Pages, blog posts and all that belongs to them, from one Confluence site to Parquet and DuckDB.

    Secrets are given by the *name* of an environment variable, never by value: what a ``defs.yaml`` resolves,
    Dagster keeps and shows.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    server_url: str = Field(description=_described("CONFLUENCE_SERVER_URL"))
    auth: Variant = Field(default="basic", description="The way in.")
    user_name: str | None = Field(default=None, description=_described("CONFLUENCE_USER_NAME"))
    api_token_variable: str = Field(
        default="CONFLUENCE_API_TOKEN",
        pattern=_VARIABLE,
        description="The name of the environment variable that holds the API token.",
    )
    oauth_client_id: str | None = Field(default=None, description=_described("CONFLUENCE_OAUTH_CLIENT_ID"))
    oauth_client_secret_variable: str = Field(
        default="CONFLUENCE_OAUTH_CLIENT_SECRET",
        pattern=_VARIABLE,
        description="The name of the environment variable that holds the OAuth app's secret.",
    )
    oauth_refresh_token_variable: str | None = Field(
        default=None,
        pattern=_VARIABLE,
        description="The name of the environment variable that holds a refresh token to begin with, if any.",
    )
    token_store: str | None = Field(default=None, description=_described("CONFLUENCE_TOKEN_STORE"))
    personal_access_token_variable: str = Field(
        default="CONFLUENCE_PERSONAL_ACCESS_TOKEN",
        pattern=_VARIABLE,
        description="The name of the environment variable that holds the personal access token.",
    )
    product: str | None = Field(default=None, description=_described("CONFLUENCE_PRODUCT"))
    cloud_id: str | None = Field(default=None, description=_described("CONFLUENCE_CLOUD_ID"))
    gateway_url: str = Field(default=AuthSettings.gateway_url, description=_described("CONFLUENCE_GATEWAY_URL"))
    login_url: str = Field(default=AuthSettings.login_url, description=_described("CONFLUENCE_LOGIN_URL"))
    ca_bundle: str | None = Field(default=None, description=_described("CONFLUENCE_CA_BUNDLE"))
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
            SettingError: A space key or page id is not of the form that Confluence uses, a table is none, or the way in
                needs more than is given.
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
                auth=self._way_in(),
                product=product_of(self.product),
                cloud_id=self.cloud_id,
                gateway_url=self.gateway_url,
                login_url=self.login_url,
                ca_bundle=self.ca_bundle,
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

    def _way_in(self) -> AuthVariant:
        """Return the way in with secrets as names of variables.

        Raises:
            SettingError: The way in needs an attribute that is not given.
        """
        secret = dg.EnvVar(self.oauth_client_secret_variable)
        match self.auth:
            case "basic":
                user_name = _needed(self.user_name, "user_name", self.auth)
                return BasicAuth(user_name=user_name, api_token=dg.EnvVar(self.api_token_variable))
            case "scoped_token":
                return ScopedTokenAuth(user_name=self.user_name, api_token=dg.EnvVar(self.api_token_variable))
            case "oauth":
                start = self.oauth_refresh_token_variable
                return OAuthAuth(
                    client_id=_needed(self.oauth_client_id, "oauth_client_id", self.auth),
                    client_secret=secret,
                    refresh_token=dg.EnvVar(start) if start else None,
                    token_store=self.token_store,
                )
            case "oauth_client_credentials":
                client_id = _needed(self.oauth_client_id, "oauth_client_id", self.auth)
                return OAuthClientCredentialsAuth(client_id=client_id, client_secret=secret)
            case "personal_access_token":
                return PersonalAccessTokenAuth(token=dg.EnvVar(self.personal_access_token_variable))

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:  # noqa: ARG002
        """Return the pipeline's definitions."""
        return build_definitions(self.config())
