"""How many rows each table of a space should have, given what was listed and what could not be had."""

from collections.abc import Mapping

from confluence_pipeline.landing.collect import Collection
from confluence_pipeline.landing.entries import Entry
from confluence_pipeline.landing.reports import PAGES_TABLE, TABLE_OF


def expected_rows(contents: Mapping[str, Entry], collection: Collection, short: int) -> dict[str, int]:
    """Return how many rows tables of a space should have now, by another question than the rows came from.

    Contents are listed (v2) and searched for (v1), and each of the two fills in what the other left out; of what
    stands on them :class:`~confluence_pipeline.landing.kinds.Kind` says who counts it. A table that is not among the
    answer is one of which the API counts nothing: labels, tasks, likes, properties, grants, restrictions.

    Args:
        contents: Everything that is in it, those included whose bodies could not be fetched.
        collection: What was collected besides.
        short: How many more contents the site counts.
    """
    expected = _contents(contents) | collection.expected
    return expected | {PAGES_TABLE: expected[PAGES_TABLE] + short}


def amended_rows(before: Mapping[str, int], contents: Mapping[str, Entry], collection: Collection) -> dict[str, int]:
    """Return how many rows tables of a space should have after a part of it was asked for again.

    Args:
        before: How many rows each table should have had.
        contents: Everything that is in it.
        collection: What was asked for again.
    """
    amended = _contents(contents) | collection.expected
    return {table: amended.get(table, rows) for table, rows in before.items()}


def _contents(contents: Mapping[str, Entry]) -> dict[str, int]:
    expected = dict.fromkeys(TABLE_OF.values(), 0)
    for entry in contents.values():
        expected[TABLE_OF[entry.record.content_type]] += 1
    return expected
