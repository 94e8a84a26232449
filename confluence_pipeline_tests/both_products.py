"""One generated site, once as Cloud and once as a Data Center, each read through its dialect; what differs is told."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from confluence_pipeline.confluence import ConfluenceClient, Connection
from confluence_pipeline.confluence.auth import ApiToken, Auth, PersonalAccessToken
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import Selection
from confluence_pipeline.site.data_center.installation import Installation
from confluence_pipeline.site.data_center.people import user_key
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.server import SiteOptions
from confluence_pipeline.site.sources import GeneratedSource
from confluence_pipeline.tables import TABLES
from confluence_pipeline.tables.report import Run
from confluence_pipeline_tests.laboratory import CONTENT_TABLES, HASTE, sync_everything

Row = dict[str, Any]
Tables = dict[str, list[Row]]

ROWS = "(rows)"
"""Stands for a column where rows are on one side only."""

_ATTACHMENT_ID = re.compile(r"att(\d+)")
_ID = re.compile(r"\b\d+:[\w-]+|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
"""An account id, or the id of a group."""
_MENTION = re.compile(r'ri:account-id="([^"]*)"')


@dataclass(frozen=True)
class Synced:
    """What a sync of a site gave.

    Attributes:
        base_url: The site's address.
        product: What the client takes it for.
        tables: The rows of each table.
    """

    base_url: str
    product: str
    tables: Tables


def synced(source: GeneratedSource, version: str | None, folder: Path, selection: Selection) -> Synced:
    """Sync a generated site whole, as its default caller, through the dialect that the client finds out.

    Args:
        source: What is on the site.
        version: Which Data Center it is; None for Cloud.
        folder: Where the lake goes.
        selection: Which tables are filled.
    """
    options = SiteOptions(installation=Installation(version=version) if version else None)
    with SiteProcess(source, options) as site:
        auth: Auth = ApiToken(site.email, site.api_token)
        if version:
            auth = PersonalAccessToken(site.personal_access_token)
        with ConfluenceClient(Connection(site.base_url, auth, retries=HASTE)) as client:
            lake = Lake(str(folder))
            sync_everything(client, lake, selection, Run("run-1", datetime.now(UTC)))
            tables = {name: lake.table(TABLES[name]).to_pylist() for name in TABLES}
            return Synced(site.base_url, client.api.product, tables)


class InOtherWords:
    """Says what Cloud's rows would be if people, groups, attachments and addresses had a Data Center's names.

    Args:
        cloud: What Cloud gave.
        data_center: What the Data Center gave, for its address and the user names.
    """

    def __init__(self, cloud: Synced, data_center: Synced) -> None:
        self._words: dict[str, str] = {}
        usernames = {user["account_id"]: user["username"] for user in data_center.tables["users"]}
        for user in cloud.tables["users"]:
            account_id, key = user["account_id"], user_key(user["account_id"])
            profile = f"{data_center.base_url}/display/~{usernames.get(key)}"
            if not usernames.get(key):
                profile = f"{data_center.base_url}/people/{key}"
            self._words[f"{cloud.base_url}/people/{account_id}"] = profile
            self._words[account_id] = key
        self._words |= {group["group_id"]: group["name"] for group in cloud.tables["groups"]}
        self._words |= dict(_addresses(cloud, data_center))
        self._bases = cloud.base_url, data_center.base_url
        self._nameable = re.compile(rf"{re.escape(cloud.base_url)}[^\s()<>\"#]*|{_ID.pattern}")

    def table(self, name: str, rows: list[Row]) -> dict[tuple[object, ...], Row]:
        """Return a table's rows in those words, by key."""
        found = [self._row(name, row) for row in rows]
        return {tuple(row[column] for column in TABLES[name].key): row for row in found}

    def _row(self, name: str, row: Row) -> Row:
        told = {column: self._value(column, value) for column, value in row.items() if not column.startswith("_")}
        if "body_sha256" in told and told.get("body_storage") is not None:
            told["body_sha256"] = hashlib.sha256(told["body_storage"].encode()).hexdigest()
        if name == "restrictions" and told["principal_name"] == "Former user (Deleted)":
            told["principal_name"] = f"Unknown User ({told['principal_id']})"
        if name == "space_permissions":
            named = ("space_key", "principal_type", "principal_id", "operation", "target_type")
            told["permission_id"] = ":".join(told[column] for column in named)
        return told

    def _value(self, column: str, value: Any) -> Any:
        if isinstance(value, list):
            return [self._value(column, one) for one in value]
        if not isinstance(value, str):
            return value
        if column.endswith("_id") and (match := _ATTACHMENT_ID.fullmatch(value)):
            return match[1]
        named = _MENTION.sub(lambda match: f'ri:userkey="{user_key(match[1])}"', value)
        return self._nameable.sub(self._word, named)

    def _word(self, match: re.Match[str]) -> str:
        return self._words.get(match[0], match[0].replace(*self._bases))


def _addresses(cloud: Synced, data_center: Synced) -> Iterator[tuple[str, str]]:
    """Yield the address of each thing on Cloud with that of the same thing on the Data Center."""
    for table in ("spaces", "pages", "blog_posts", "comments", "attachments"):
        (key,) = TABLES[table].key
        theirs = {row[key]: row["web_url"] for row in data_center.tables[table]}
        for row in cloud.tables[table]:
            address = theirs.get(row[key].removeprefix("att"))
            if address is not None:
                yield row["web_url"], address


def differences(cloud: Synced, data_center: Synced) -> dict[tuple[str, str], tuple[object, ...]]:
    """Return each table and column in which the two differ although named alike, with an example of how."""
    words = InOtherWords(cloud, data_center)
    found: dict[tuple[str, str], tuple[object, ...]] = {}
    for table in CONTENT_TABLES:
        ours, theirs = words.table(table, cloud.tables[table]), words.table(table, data_center.tables[table])
        for difference, example in _of_table(ours, theirs):
            found.setdefault((table, difference), example)
    return found


def _of_table(
    ours: Mapping[tuple[object, ...], Row], theirs: Mapping[tuple[object, ...], Row]
) -> Iterator[tuple[str, tuple[object, ...]]]:
    for key in sorted(ours.keys() ^ theirs.keys(), key=str):
        yield ROWS, (key, "Cloud only" if key in ours else "Data Center only")
    for key in sorted(ours.keys() & theirs.keys(), key=str):
        for column, value in ours[key].items():
            if theirs[key][column] != value:
                yield column, (key, value, theirs[key][column])
