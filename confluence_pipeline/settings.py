"""Every setting, described once, and what the environment makes of them.

:data:`SETTINGS` is the one list that the documentation, the messages and :class:`Settings` are made from.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import load_dotenv

from confluence_pipeline.auth_setting_list import AUTH_SETTINGS
from confluence_pipeline.auth_settings import AuthSettings, not_set, product_of
from confluence_pipeline.confluence import Connection, Scope, SettingError
from confluence_pipeline.confluence.product import Product
from confluence_pipeline.environment import Environment
from confluence_pipeline.landing import RemovalGuard
from confluence_pipeline.landing.selection import Selection
from confluence_pipeline.selections import ATTACHMENT_MAX_MB, default_selection, selection_of
from confluence_pipeline.setting import Setting

ENV_FILE = ".env"
_MOST_CONCURRENCY = 64
_MOST_ATTACHMENT_MB = 100_000


SETTINGS: dict[str, Setting] = {
    setting.name: setting
    for setting in (
        *AUTH_SETTINGS,
        Setting("CONFLUENCE_SPACE_KEY", "Only these spaces.", "ENG,HR", default="every space"),
        Setting("CONFLUENCE_PAGE_IDS", "Only these pages or blog posts.", "65641,65702", default="every page"),
        Setting("CONFLUENCE_CQL", "Only what this query finds.", "label = runbook and creator = currentUser()"),
        Setting("CONFLUENCE_LABEL", "Only what has one of these labels.", "public,runbook"),
        Setting("CONFLUENCE_EXCLUDE_SPACE_KEY", "None of these spaces.", "SANDBOX"),
        Setting("CONFLUENCE_EXCLUDE_PAGE_IDS", "None of these pages or blog posts.", "65999"),
        Setting("CONFLUENCE_EXCLUDE_LABEL", "Nothing that has one of these labels.", "draft,secret"),
        Setting(
            "CONFLUENCE_TABLES",
            "The tables to fill: `default` is all that cost requests by the space, `all` adds those that cost some for "
            "each page.",
            "default,page_versions",
            default="default",
        ),
        Setting(
            "CONFLUENCE_ATTACHMENT_BODIES",
            "Whether the bytes of attachments are downloaded into the lake, 1 or 0.",
            "1",
            default="0",
        ),
        Setting(
            "CONFLUENCE_ATTACHMENT_TEXT",
            "Whether their text is extracted, too, 1 or 0; needs the extra `text`.",
            "1",
            default="0",
        ),
        Setting(
            "CONFLUENCE_ATTACHMENT_MAX_MB",
            "The largest attachment that is downloaded, in MB of 1,048,576 bytes; a larger one is in the ledger.",
            "500",
            default="100",
        ),
        Setting(
            "CONFLUENCE_VERSION_BODIES",
            "Whether `page_versions` has the bodies of old versions, 1 or 0.",
            "1",
            default="0",
        ),
        Setting(
            "CONFLUENCE_LAKE",
            "Where the Parquet files go: a folder or any fsspec URI.",
            "s3://bucket/confluence",
            default="lake",
        ),
        Setting(
            "CONFLUENCE_WAREHOUSE",
            "Where the tables are loaded to.",
            "duckdb:///data/confluence.duckdb",
            default="a DuckDB file in the lake",
        ),
        Setting(
            "CONFLUENCE_MAX_CONCURRENCY",
            f"The most requests under way at once, 1 to {_MOST_CONCURRENCY}.",
            "4",
            default="8",
        ),
        Setting(
            "CONFLUENCE_MAX_REQUESTS_PER_SECOND",
            "The most requests a second, of all runs on this machine together.",
            "20",
            default="as many as the site takes",
        ),
        Setting(
            "CONFLUENCE_MAX_POINTS_PER_HOUR",
            "The most points an hour, as Atlassian counts them, of all runs on this machine together.",
            "50000",
            default="65,000 for OAuth apps, as Atlassian grants them; else as many as the site takes",
        ),
        Setting(
            "CONFLUENCE_MAX_REMOVED_SHARE",
            "The most of a space that may vanish at once, in percent, 1 to 100; what moved, or the settings took away, "
            f"does not count. More, if it is {RemovalGuard().fewest} contents, stays until `--accept-removals`.",
            "50",
            default="20",
        ),
        Setting(
            "CONFLUENCE_SCHEDULE",
            "When the daily schedule runs, as a cron expression of five fields.",
            "30 5 * * 1-5",
            default="0 3 * * *",
        ),
        Setting(
            "CONFLUENCE_TIME_ZONE",
            "The IANA time zone that the schedule's hours are in.",
            "Europe/Berlin",
            default="UTC",
        ),
    )
}
"""Every setting by name, in the order people meet them."""


def load_env_file(folder: Path | None = None) -> None:
    """Add what a folder's ``.env`` sets to this process's environment; what is set already wins.

    Args:
        folder: Where to look; the working folder unless given. A missing file is fine.

    Raises:
        SettingError: The file cannot be read as UTF-8 text.
    """
    path = (folder or Path.cwd()) / ENV_FILE
    if not path.is_file():
        return
    try:
        load_dotenv(path, override=False, interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{path} cannot be read as a UTF-8 text of NAME=value lines") from error


@dataclass(frozen=True)
class Settings:
    """What the environment sets, checked for form; nothing has been asked of the site yet.

    Attributes:
        server_url: The site's address; None where not set.
        auth: The way in.
        product: What the site runs; None to find out.
        scope: Which contents are asked for.
        selection: Which tables are filled, and which of their optional parts.
        lake: Where the Parquet files go.
        warehouse: Where the tables are loaded to; None for the embedded default.
        max_concurrency: The most requests under way at once.
        max_requests_per_second: The most requests a second; None for no limit of ours, as for the next one.
        max_points_per_hour: The most points an hour, as Atlassian counts them.
        max_removed_share: The most of a space that may vanish at once, in percent.
        schedule: The daily schedule as a cron expression.
        time_zone: The IANA zone of the schedule's hours.
    """

    server_url: str | None = None
    auth: AuthSettings = field(default_factory=AuthSettings)
    product: Product | None = None
    scope: Scope = field(default_factory=Scope)
    selection: Selection = field(default_factory=default_selection)
    lake: str = "lake"
    warehouse: str | None = None
    max_concurrency: int = 8
    max_requests_per_second: float | None = None
    max_points_per_hour: float | None = None
    max_removed_share: int = 20
    schedule: str = "0 3 * * *"
    time_zone: str = "UTC"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read and check the settings.

        Args:
            environment: Variables by name; this process's unless given. One that is empty counts as not set.

        Raises:
            SettingError: A value is not of the form expected; the message names the variable and the form.
        """
        given = Environment(os.environ if environment is None else environment)
        return cls(
            server_url=given.text("CONFLUENCE_SERVER_URL"),
            auth=AuthSettings.from_environment(given),
            product=product_of(given.text("CONFLUENCE_PRODUCT")),
            scope=Scope(
                space_keys=given.texts("CONFLUENCE_SPACE_KEY"),
                page_ids=given.texts("CONFLUENCE_PAGE_IDS"),
                cql=given.text("CONFLUENCE_CQL"),
                labels=given.texts("CONFLUENCE_LABEL"),
                exclude_space_keys=given.texts("CONFLUENCE_EXCLUDE_SPACE_KEY"),
                exclude_page_ids=given.texts("CONFLUENCE_EXCLUDE_PAGE_IDS"),
                exclude_labels=given.texts("CONFLUENCE_EXCLUDE_LABEL"),
            ),
            selection=selection_of(
                given.texts("CONFLUENCE_TABLES"),
                attachment_bodies=given.flag("CONFLUENCE_ATTACHMENT_BODIES"),
                attachment_text=given.flag("CONFLUENCE_ATTACHMENT_TEXT"),
                attachment_max_mb=given.number("CONFLUENCE_ATTACHMENT_MAX_MB", ATTACHMENT_MAX_MB, _MOST_ATTACHMENT_MB),
                version_bodies=given.flag("CONFLUENCE_VERSION_BODIES"),
            ),
            lake=given.text("CONFLUENCE_LAKE") or cls.lake,
            warehouse=given.text("CONFLUENCE_WAREHOUSE"),
            max_concurrency=given.number("CONFLUENCE_MAX_CONCURRENCY", cls.max_concurrency, _MOST_CONCURRENCY),
            max_requests_per_second=given.limit("CONFLUENCE_MAX_REQUESTS_PER_SECOND"),
            max_points_per_hour=given.limit("CONFLUENCE_MAX_POINTS_PER_HOUR"),
            max_removed_share=given.number("CONFLUENCE_MAX_REMOVED_SHARE", cls.max_removed_share, 100),
            schedule=given.cron("CONFLUENCE_SCHEDULE", cls.schedule),
            time_zone=given.time_zone("CONFLUENCE_TIME_ZONE", cls.time_zone),
        )

    def connection(self) -> Connection:
        """Return how to reach the site.

        Raises:
            SettingError: A setting that this needs is missing or not of the form expected.
        """
        missing = [*([] if self.server_url else ["CONFLUENCE_SERVER_URL"]), *self.auth.missing()]
        if missing or not self.server_url:
            raise not_set(missing, self.auth.chosen())
        return Connection(
            server_url=self.server_url,
            auth=self.auth.auth(),
            max_concurrency=self.max_concurrency,
            max_requests_per_second=self.max_requests_per_second,
            max_points_per_hour=self.max_points_per_hour,
            product=self.product,
            cloud_id=self.auth.cloud_id,
            gateway_url=self.auth.gateway_url,
            ca_bundle=self.auth.ca_bundle,
        )
