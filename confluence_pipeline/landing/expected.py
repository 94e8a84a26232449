"""How many rows each table of a space should have, given what was listed and what could not be had."""

from collections.abc import Mapping

from confluence_pipeline.landing.collect import Collection
from confluence_pipeline.landing.entries import Entry
from confluence_pipeline.landing.kinds import SPACE_KINDS
from confluence_pipeline.landing.reports import TABLE_OF
from confluence_pipeline.landing.spaces import landed_space_records
from confluence_pipeline.landing.store import SpaceLanding


def expected_rows(landing: SpaceLanding, contents: Mapping[str, Entry], collection: Collection) -> dict[str, int]:
    """Return how many rows each table of a space should have now.

    Args:
        landing: The space.
        contents: Everything that is in it, those included whose bodies could not be fetched.
        collection: What was collected besides.
    """
    return _contents(contents) | collection.expected | {"labels": _labels(landing, contents) + collection.labels}


def amended_rows(
    landing: SpaceLanding, before: Mapping[str, int], contents: Mapping[str, Entry], collection: Collection
) -> dict[str, int]:
    """Return how many rows each table of a space should have after a part of it was asked for again.

    Args:
        landing: The space, before what was collected lands.
        before: How many rows each table should have had.
        contents: Everything that is in it.
        collection: What was asked for again.
    """
    again = {kind.name for kind, _ in collection.parts}
    others = (landed for kind in SPACE_KINDS if kind.name not in again for landed in landing.records(kind).scan())
    labels = collection.labels + sum(len(landed.labels) for landed in others)
    amended = _contents(contents) | {"labels": _labels(landing, contents) + labels} | collection.expected
    return {table: amended.get(table, rows) for table, rows in before.items()}


def _contents(contents: Mapping[str, Entry]) -> dict[str, int]:
    expected = dict.fromkeys(TABLE_OF.values(), 0)
    for entry in contents.values():
        expected[TABLE_OF[entry.record.content_type]] += 1
    return expected


def _labels(landing: SpaceLanding, contents: Mapping[str, Entry]) -> int:
    """Return how many labels there are on contents and on their space."""
    space = landed_space_records(landing.lake).get(landing.space_key)
    on_space = len(space.labels) if space and contents else 0
    return on_space + sum(len(entry.labels) for entry in contents.values() if entry.body_file)
