"""What tables and the site's truth differ in, row by row."""

from dataclasses import dataclass
from typing import Any

from confluence_pipeline.tables import TABLES
from confluence_pipeline_tests.laboratory import Laboratory
from confluence_pipeline_tests.test_everything import DERIVED, MIRRORS, TRUTH_ONLY, comparable, truth_of

Row = dict[str, Any]
Key = tuple[Any, ...]
Truth = dict[str, list[Row]]


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that a table and the truth do not agree on.

    Attributes:
        table: The table.
        key: The row's key.
        actual: What the table has, as far as both sides tell it; None if it has no such row.
        expected: What the site has; None if it has no such row.
    """

    table: str
    key: Key
    actual: Row | None
    expected: Row | None

    @property
    def is_missing(self) -> bool:
        """Whether the table merely lacks the row."""
        return self.actual is None


def whole_truth(lab: Laboratory) -> Truth:
    """Return what the site holds now of every table that mirrors it and is chosen."""
    return {table: truth_of(lab, table) for table in MIRRORS if table in lab.selection.tables}


def differences(lab: Laboratory, truth: Truth | None = None) -> list[Difference]:
    """Return every row in which a table differs from the truth; rows that come twice fail the test at once.

    Args:
        lab: The laboratory.
        truth: What the site holds; asked for if not given.
    """
    truth = whole_truth(lab) if truth is None else truth
    return [found for table, rows in truth.items() for found in _of_table(lab, table, rows)]


def _of_table(lab: Laboratory, table: str, truth: list[Row]) -> list[Difference]:
    names = set(TABLES[table].schema.names)
    columns = names - DERIVED if not truth else names & set(truth[0])
    assert names - columns <= DERIVED, table
    assert not truth or set(truth[0]) - columns <= TRUTH_ONLY, table
    rows = lab.rows(table)
    actual, expected = _by_key(table, rows, columns), _by_key(table, truth, columns)
    assert len(actual) == len(rows), f"{table} has a key twice"
    return [
        Difference(table, key, actual.get(key), expected.get(key))
        for key in sorted({*actual, *expected}, key=str)
        if actual.get(key) != expected.get(key)
    ]


def _by_key(table: str, rows: list[Row], columns: set[str]) -> dict[Key, Row]:
    return {tuple(row[name] for name in TABLES[table].key): comparable(row, columns) for row in rows}
