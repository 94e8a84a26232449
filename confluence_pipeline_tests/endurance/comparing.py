"""What tables and the site's truth differ in, row by row."""

from dataclasses import dataclass
from typing import Any

from confluence_pipeline.tables import TABLES
from confluence_pipeline_tests.laboratory import Laboratory
from confluence_pipeline_tests.test_everything import DERIVED, MIRRORS, TRUTH_ONLY, comparable, truth_of

Row = dict[str, Any]
Key = tuple[Any, ...]
Truth = dict[str, list[Row]]

_READ_AT = {"as_of": None}
"""When something was first read is another moment in each lake, as ``_extracted_at`` is."""


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

    @property
    def told(self) -> tuple[str, Key, Row]:
        """The row's table and key, and what table and truth say, in that order, in each column that differs."""
        actual, expected = self.actual or {}, self.expected or {}
        both = {name: (actual.get(name), expected.get(name)) for name in {**actual, **expected}}
        return self.table, self.key, {name: pair for name, pair in both.items() if pair[0] != pair[1]}


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


def unlike(one: Laboratory, other: Laboratory) -> list[Difference]:
    """Return every row in which the tables of two lakes differ, apart from the stamps of their runs.

    Args:
        one: The laboratory whose rows are called actual.
        other: The one whose rows are called expected.
    """
    mine, theirs = one.facts(), other.facts()
    return [
        Difference(table, key, *pair)
        for table in mine
        for key, pair in _paired(table, mine[table], theirs[table]).items()
        if pair[0] != pair[1]
    ]


def _paired(table: str, mine: list[Row], theirs: list[Row]) -> dict[Key, tuple[Row | None, Row | None]]:
    first, second = (
        {(number, *(row[name] for name in TABLES[table].key)): row | _READ_AT for number, row in enumerate(rows)}
        for rows in (mine, theirs)
    )
    return {key: (first.get(key), second.get(key)) for key in {**first, **second}}
