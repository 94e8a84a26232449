"""A site read from Data Center gives Cloud's tables, apart from what ``docs/data-center.md`` lists."""

import re
from pathlib import Path

import pytest

from confluence_pipeline.landing import Selection
from confluence_pipeline.site.sources import GeneratedSource
from confluence_pipeline.tables import TABLES
from confluence_pipeline_tests.both_products import Synced, differences, synced

LISTED = re.compile(r"^\| `(\w+)` \| (?:`(\w+)`|(\(rows\))) \|", re.MULTILINE)
NEVER_THERE = {"tasks", "likes", "views"}
EVERY_TABLE = Selection(frozenset(TABLES))


def listed() -> list[tuple[str, str]]:
    """The differences in the documentation's list: table and column."""
    text = (Path(__file__).parents[1] / "docs" / "data-center.md").read_text(encoding="utf-8")
    section = text.partition("## What differs")[2].partition("\n## ")[0]
    return [(table, column or rows) for table, column, rows in LISTED.findall(section)]


def source(pages: int) -> GeneratedSource:
    """A site with everything on it; the same each time."""
    return GeneratedSource(pages=pages, spaces=3, everything=True)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Synced:
    """The site as Cloud."""
    return synced(source(150), None, tmp_path_factory.mktemp("cloud") / "lake", EVERY_TABLE)


@pytest.mark.parametrize("version", ["8.5.4", "10.0.3"])
def test_what_differs_is_what_is_listed(version: str, cloud: Synced, tmp_path: Path) -> None:
    """In every table and column of a site with everything on it, in the oldest and the newest version."""
    data_center = synced(source(150), version, tmp_path / "lake", EVERY_TABLE)
    assert data_center.product == f"Confluence Data Center {version}"
    found = differences(cloud, data_center)
    assert {place: example for place, example in found.items() if place not in listed()} == {}
    assert [place for place in listed() if place not in found] == []


def test_what_cannot_be_had_is_in_the_ledger_by_name_and_nothing_is_incomplete(tmp_path: Path) -> None:
    """Product, version and table are in the ledger's sentence; nothing else is missing."""
    tables = synced(source(20), "9.2.1", tmp_path / "lake", EVERY_TABLE).tables
    for space in tables["spaces"]:
        told = [row for row in tables["ledger"] if row["space_key"] == space["space_key"]]
        assert {row["table"] for row in told} == NEVER_THERE
        assert {(row["reason"], row["retryable"]) for row in told} == {("unsupported", False)}
        for row in told:
            assert f"{row['table']} is not available from Confluence Data Center 9.2.1: " in row["message"]
    assert {row["complete"] for row in tables["sync_runs"] if row["table"] not in NEVER_THERE} == {True}


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_two_thousand_pages_differ_in_nothing_else(tmp_path: Path) -> None:
    """What holds for a small site holds for one with odd cases of everything, in every table and each major version."""
    cloud = synced(source(2_000), None, tmp_path / "cloud", EVERY_TABLE)
    for version in ("8.5.4", "9.2.1", "10.0.3"):
        found = differences(cloud, synced(source(2_000), version, tmp_path / version, EVERY_TABLE))
        assert {place: example for place, example in found.items() if place not in listed()} == {}, version


def test_the_list_names_each_difference_once_and_only_tables_and_columns_that_there_are() -> None:
    """Nobody looks for a column that has another name."""
    assert listed()
    assert len(set(listed())) == len(listed())
    for table, column in listed():
        assert column == "(rows)" or column in TABLES[table].schema.names
