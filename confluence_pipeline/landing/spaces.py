"""Which spaces are in scope, and their raw records."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from confluence_pipeline.confluence import (
    CONTENT_TYPES,
    ConfluenceClient,
    ContentRecord,
    Cost,
    Label,
    NotFoundError,
    Scope,
    SettingError,
    SpaceRecord,
    is_space_key,
)
from confluence_pipeline.confluence.dialect import GONE_STATUSES, IN_SCOPE_STATUSES
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing.codec import decode, decode_labels, encode, encode_labels
from confluence_pipeline.landing.rights import land_caller
from confluence_pipeline.tables.report import Run
from confluence_pipeline.tables.schema import TIMESTAMP

_FILE = "raw/spaces.parquet"
_SCHEMA = pa.schema(
    [
        pa.field("space_id", pa.string(), nullable=False),
        pa.field("space_key", pa.string(), nullable=False),
        pa.field("record", pa.string(), nullable=False),
        pa.field("labels", pa.string(), nullable=False),
        pa.field("run_id", pa.string(), nullable=False),
        pa.field("extracted_at", TIMESTAMP, nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class LandedSpace:
    """A space as it landed, with its labels and the run that landed it."""

    record: SpaceRecord
    labels: tuple[Label, ...]
    run: Run


def discover_spaces(client: ConfluenceClient, scope: Scope) -> list[SpaceRecord]:
    """Return the spaces that the scope includes, sorted by key.

    Whole-site scopes cost a request per 250 spaces; a label or query costs one per 250 hits.

    Args:
        client: The site.
        scope: What is asked for.

    Raises:
        SettingError: A space key or page id of the scope is not one the caller can see, or a space's key cannot
            be a partition.
        ConfluenceError: The site could not be asked.
    """
    spaces = sorted(_asked_for(client, scope), key=lambda space: space.key)
    for space in spaces:
        if not is_space_key(space.key):
            raise SettingError(
                f"The space {space.name!r} has the key {space.key!r}, which cannot be a partition key; leave it out "
                "with CONFLUENCE_EXCLUDE_SPACE_KEY",
                setting="CONFLUENCE_EXCLUDE_SPACE_KEY",
            )
    return spaces


def _asked_for(client: ConfluenceClient, scope: Scope) -> list[SpaceRecord]:
    if scope.space_keys:
        keys = [key for key in scope.space_keys if scope.allows_space(key)]
        found = list(client.api.spaces(keys=keys)) if keys else []
        _refuse_unknown("CONFLUENCE_SPACE_KEY", "space key", keys, {space.key for space in found})
        if not scope.page_ids:
            return found
    if scope.page_ids:
        _, space_ids = pages_by_id(client, scope)
        found = list(client.api.spaces(ids=sorted(space_ids))) if space_ids else []
    elif scope.needs_search:
        found_in = {key for query in scope.queries() for key in client.api.search_spaces(query)}
        if not found_in:
            client.log_in()  # a search finds nothing, and does not say so, for a token that the site does not know
        keys = sorted(key for key in found_in if scope.allows_space(key))
        found = list(client.api.spaces(keys=keys)) if keys else []
    else:
        found = list(client.api.spaces())
    return [space for space in found if scope.allows_space(space.key)]


def pages_by_id(client: ConfluenceClient, scope: Scope) -> tuple[list[ContentRecord], set[str]]:
    """Return the records of the scope's page ids, trashed ones included, and the ids of their spaces.

    Raises:
        SettingError: One of them does not exist or the caller may not see it.
    """
    records: list[ContentRecord] = []
    missing = list(scope.page_ids)
    for content_type in CONTENT_TYPES:
        for start in range(0, len(missing), client.api.batch_size):
            batch = missing[start : start + client.api.batch_size]
            records += client.api.contents_by_id(content_type, batch, IN_SCOPE_STATUSES + GONE_STATUSES)
        known = {record.content_id for record in records}
        missing = [page_id for page_id in missing if page_id not in known]
    _refuse_unknown("CONFLUENCE_PAGE_IDS", "page id", scope.page_ids, {record.content_id for record in records})
    return records, {record.space_id for record in records}


def _refuse_unknown(setting: str, noun: str, asked: Iterable[str], found: set[str]) -> None:
    unknown = [value for value in asked if value not in found]
    if unknown:
        names = ", ".join(unknown[:5]) + (f" and {len(unknown) - 5} more" if len(unknown) > 5 else "")
        raise SettingError(
            f"{setting} names the {noun} {names}, which does not exist or which this account may not see",
            setting=setting,
        )


def land_spaces(
    client: ConfluenceClient, scope: Scope, lake: Lake, run: Run, *, only: Collection[str] | None = None
) -> Cost:
    """Log in, and land the caller and the spaces in scope: a request per 250 spaces and one for each's labels.

    Spaces whose facts did not change keep the run that landed them. What syncs that died have left half written is
    cleaned up first.

    Args:
        client: The site.
        scope: What is asked for.
        lake: Where they land.
        run: The run that rows are stamped with.
        only: The keys of the spaces whose labels are asked for; those of others stay as they landed. None for all.

    Returns:
        What it cost.

    Raises:
        ConfluenceError: As :func:`discover_spaces`.
        LakeError: The lake cannot be written.
    """
    lake.drop_leftovers()
    part = client.metered()
    land_caller(lake, part.log_in())
    spaces = discover_spaces(part, scope)
    before = landed_space_records(lake)

    def labels_of(space: SpaceRecord) -> Sequence[Label] | None:
        old = before.get(space.key)
        return _labels(part, space) if only is None or space.key in only or old is None else old.labels

    labels = part.in_parallel(labels_of, spaces)
    landed = []
    for space, space_labels in zip(spaces, labels, strict=True):
        if space_labels is None:
            continue  # it went after it was listed
        new = LandedSpace(space, tuple(sorted(space_labels, key=lambda label: (label.prefix, label.name))), run)
        old = before.get(space.key)
        unchanged = old is not None and (old.record, old.labels) == (new.record, new.labels)
        landed.append(old if old is not None and unchanged else new)
    if landed != list(before.values()) or not lake.exists(_FILE):
        with lake.parquet_writer(_FILE, _SCHEMA) as writer:
            writer.write(pa.RecordBatch.from_pylist([_row(space) for space in landed], schema=_SCHEMA))
    return part.cost


def _labels(client: ConfluenceClient, space: SpaceRecord) -> list[Label] | None:
    try:
        return client.api.space_labels(space.space_id)
    except NotFoundError:
        return None


def landed_space_records(lake: Lake) -> dict[str, LandedSpace]:
    """Return the spaces that landed, by key, in the order of their keys."""
    rows = [row for batch in lake.scan(_FILE) for row in batch.to_pylist()]
    return {row["space_key"]: _landed(row) for row in rows}


def landed_space(lake: Lake, space_key: str) -> LandedSpace | None:
    """Return one space as it landed, without decoding the others; None if it is not among them."""
    mine = lake.scan(_FILE, filter=pc.field("space_key") == space_key)
    return next((_landed(row) for batch in mine for row in batch.to_pylist()), None)


def _landed(row: Mapping[str, Any]) -> LandedSpace:
    labels = tuple(decode_labels(row["labels"]))
    return LandedSpace(decode(SpaceRecord, row["record"]), labels, Run(row["run_id"], row["extracted_at"]))


def _row(space: LandedSpace) -> dict[str, object]:
    return {
        "space_id": space.record.space_id,
        "space_key": space.record.key,
        "record": encode(space.record),
        "labels": encode_labels(list(space.labels)),
        "run_id": space.run.run_id,
        "extracted_at": space.run.started_at,
    }
