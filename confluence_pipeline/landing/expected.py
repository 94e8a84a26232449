"""How many rows each table of a space should have, given what was listed and what could not be had."""

from collections.abc import Mapping

from confluence_pipeline.landing.collect import Collection
from confluence_pipeline.landing.entries import Entry
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
    expected = dict.fromkeys(TABLE_OF.values(), 0) | collection.expected
    for entry in contents.values():
        expected[TABLE_OF[entry.record.content_type]] += 1
    space = landed_space_records(landing.lake).get(landing.space_key)
    expected["labels"] = sum(len(entry.labels) for entry in contents.values() if entry.body_file)
    expected["labels"] += len(space.labels) if space and contents else 0
    expected["labels"] += collection.labels
    return expected
