"""Dagster resources: the connection with its credentials, the scope, the tables chosen, the lake and the warehouse.

Secrets come from environment variables by name (``EnvVar``), are resolved when a run starts, and never show.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import dagster as dg
from pydantic import Field, PrivateAttr

from confluence_pipeline.auth_settings import AuthSettings, product_of
from confluence_pipeline.auth_variants import SECRET, AuthVariant, BasicAuth
from confluence_pipeline.confluence import ConfluenceClient, Connection, RetryPolicy, Scope, Timeouts
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import RemovalGuard
from confluence_pipeline.landing.selection import MEGABYTE, Selection
from confluence_pipeline.selections import ATTACHMENT_MAX_MB, DEFAULT, selection_of, tables_of
from confluence_pipeline.settings import SETTINGS, Settings
from confluence_pipeline.warehouse import Warehouse, default_warehouse_uri, open_warehouse

_IMPATIENT = RetryPolicy(attempts=2, longest_wait_seconds=10)
_SHORT = Timeouts(connect=5, read=15, whole=20)


class ConfluenceResource(dg.ConfigurableResource["ConfluenceResource"]):
    """A Confluence site and how to log in to it.

    ``auth`` is the way in; without it, ``user_name`` and ``api_token`` beside it are those of ``basic``.
    """

    server_url: str = Field(description=SETTINGS["CONFLUENCE_SERVER_URL"].description)
    user_name: str | None = Field(
        default=None, description=f"For `basic`, as in that variant: {SETTINGS['CONFLUENCE_USER_NAME'].description}"
    )
    api_token: str | None = Field(
        default=None,
        description=f"For `basic`, as in that variant: {SETTINGS['CONFLUENCE_API_TOKEN'].description}",
        repr=False,
        json_schema_extra=SECRET,
    )
    auth: AuthVariant = Field(
        default=BasicAuth(), discriminator="variant", description="The way in, with what it needs."
    )
    product: str | None = Field(default=None, description=SETTINGS["CONFLUENCE_PRODUCT"].description)
    cloud_id: str | None = Field(default=None, description=SETTINGS["CONFLUENCE_CLOUD_ID"].description)
    gateway_url: str = Field(
        default=AuthSettings.gateway_url, description=SETTINGS["CONFLUENCE_GATEWAY_URL"].description
    )
    login_url: str = Field(default=AuthSettings.login_url, description=SETTINGS["CONFLUENCE_LOGIN_URL"].description)
    ca_bundle: str | None = Field(default=None, description=SETTINGS["CONFLUENCE_CA_BUNDLE"].description)
    max_concurrency: int = Field(
        default=Settings.max_concurrency, description=SETTINGS["CONFLUENCE_MAX_CONCURRENCY"].description
    )
    max_requests_per_second: float | None = Field(
        default=None, gt=0, description=SETTINGS["CONFLUENCE_MAX_REQUESTS_PER_SECOND"].description
    )
    max_points_per_hour: float | None = Field(
        default=None, gt=0, description=SETTINGS["CONFLUENCE_MAX_POINTS_PER_HOUR"].description
    )

    _client: ConfluenceClient | None = PrivateAttr(default=None)

    def client(self) -> ConfluenceClient:
        """Return the client that every step of this run shares; it is closed when the run ends.

        Raises:
            SettingError: The address or the credentials are missing or not of the form expected.
            SiteUnavailableError: The site had to be asked where its API is, and cannot be reached.
        """
        if self._client is None:
            self._client = ConfluenceClient(self._connection())
        return self._client

    def impatient_client(self) -> ConfluenceClient:
        """Return a client for a sensor, whose tick Dagster ends after a minute; the caller closes it.

        Raises:
            SettingError: The address or the credentials are missing or not of the form expected.
            SiteUnavailableError: The site had to be asked where its API is, and cannot be reached.
        """
        return ConfluenceClient(replace(self._connection(), retries=_IMPATIENT, timeouts=_SHORT))

    def _connection(self) -> Connection:
        return Connection(
            server_url=self.server_url,
            auth=self.auth_settings().auth(),
            max_concurrency=self.max_concurrency,
            max_requests_per_second=self.max_requests_per_second,
            max_points_per_hour=self.max_points_per_hour,
            product=product_of(self.product),
            cloud_id=self.cloud_id,
            gateway_url=self.gateway_url,
            ca_bundle=self.ca_bundle,
        )

    def auth_settings(self) -> AuthSettings:
        """Return what is given for the way in."""
        beside = AuthSettings(
            user_name=self.user_name,
            api_token=self.api_token,
            cloud_id=self.cloud_id,
            gateway_url=self.gateway_url,
            login_url=self.login_url,
            ca_bundle=self.ca_bundle,
        )
        return self.auth.added_to(beside)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["ConfluenceResource"]:  # noqa: ARG002
        """Give the resource to a run, and close its client afterwards."""
        try:
            yield self
        finally:
            if self._client is not None:
                self._client.close()


class ScopeResource(dg.ConfigurableResource[None]):
    """Which contents are asked for; all given conditions must hold."""

    space_keys: list[str] = Field(default=[], description=SETTINGS["CONFLUENCE_SPACE_KEY"].description)
    page_ids: list[str] = Field(default=[], description=SETTINGS["CONFLUENCE_PAGE_IDS"].description)
    cql: str | None = Field(default=None, description=SETTINGS["CONFLUENCE_CQL"].description)
    labels: list[str] = Field(default=[], description=SETTINGS["CONFLUENCE_LABEL"].description)
    exclude_space_keys: list[str] = Field(default=[], description=SETTINGS["CONFLUENCE_EXCLUDE_SPACE_KEY"].description)
    exclude_page_ids: list[str] = Field(default=[], description=SETTINGS["CONFLUENCE_EXCLUDE_PAGE_IDS"].description)
    exclude_labels: list[str] = Field(default=[], description=SETTINGS["CONFLUENCE_EXCLUDE_LABEL"].description)

    @classmethod
    def of(cls, scope: Scope) -> "ScopeResource":
        """Return the resource that gives ``scope``."""
        return cls(
            space_keys=list(scope.space_keys),
            page_ids=list(scope.page_ids),
            cql=scope.cql,
            labels=list(scope.labels),
            exclude_space_keys=list(scope.exclude_space_keys),
            exclude_page_ids=list(scope.exclude_page_ids),
            exclude_labels=list(scope.exclude_labels),
        )

    def scope(self) -> Scope:
        """Return the scope.

        Raises:
            SettingError: A key or id is not of the form that Confluence uses.
        """
        return Scope(
            space_keys=tuple(self.space_keys),
            page_ids=tuple(self.page_ids),
            cql=self.cql,
            labels=tuple(self.labels),
            exclude_space_keys=tuple(self.exclude_space_keys),
            exclude_page_ids=tuple(self.exclude_page_ids),
            exclude_labels=tuple(self.exclude_labels),
        )


class SelectionResource(dg.ConfigurableResource[None]):
    """Which tables are filled, and which of their optional parts."""

    tables: list[str] = Field(default=[DEFAULT], description=SETTINGS["CONFLUENCE_TABLES"].description)
    attachment_bodies: bool = Field(default=False, description=SETTINGS["CONFLUENCE_ATTACHMENT_BODIES"].description)
    attachment_text: bool = Field(default=False, description=SETTINGS["CONFLUENCE_ATTACHMENT_TEXT"].description)
    attachment_max_mb: int = Field(
        default=ATTACHMENT_MAX_MB, description=SETTINGS["CONFLUENCE_ATTACHMENT_MAX_MB"].description
    )
    version_bodies: bool = Field(default=False, description=SETTINGS["CONFLUENCE_VERSION_BODIES"].description)

    @classmethod
    def of(cls, selection: Selection) -> "SelectionResource":
        """Return the resource that gives ``selection``."""
        return cls(
            tables=[table.name for table in tables_of(selection)],
            attachment_bodies=selection.attachment_bodies,
            attachment_text=selection.attachment_text,
            attachment_max_mb=selection.attachment_max_bytes // MEGABYTE,
            version_bodies=selection.version_bodies,
        )

    def selection(self) -> Selection:
        """Return the selection.

        Raises:
            SettingError: A name is no table, or a part is asked for of a table that is not chosen.
        """
        return selection_of(
            self.tables,
            attachment_bodies=self.attachment_bodies,
            attachment_text=self.attachment_text,
            attachment_max_mb=self.attachment_max_mb,
            version_bodies=self.version_bodies,
        )


class RemovalsResource(dg.ConfigurableResource[None]):
    """How much may vanish from a space at once."""

    max_share: int = Field(
        default=Settings.max_removed_share,
        ge=1,
        le=100,
        description=SETTINGS["CONFLUENCE_MAX_REMOVED_SHARE"].description,
    )

    def guard(self) -> RemovalGuard:
        """Return what decides how much is too much."""
        return RemovalGuard(most_share=self.max_share / 100)


class LakeResource(dg.ConfigurableResource[None]):
    """Where the Parquet files lie."""

    uri: str = Field(default=Settings.lake, description=SETTINGS["CONFLUENCE_LAKE"].description)

    def lake(self) -> Lake:
        """Return the lake.

        Raises:
            LakeError: The address is none that can be reached.
        """
        return Lake(self.uri)


class WarehouseResource(dg.ConfigurableResource[None]):
    """Where the tables are loaded to."""

    uri: str | None = Field(default=None, description=SETTINGS["CONFLUENCE_WAREHOUSE"].description)

    def warehouse(self, lake: Lake) -> Warehouse:
        """Return the warehouse; the embedded one beside ``lake`` where no address was given.

        Raises:
            WarehouseError: The address is of a kind that is not supported.
        """
        return open_warehouse(self.uri or default_warehouse_uri(lake.uri))
