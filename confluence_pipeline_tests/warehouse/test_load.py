"""Loads of a DuckDB warehouse: what is in it afterwards, and what is reported."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from confluence_pipeline.lake import Lake, LakeError
from confluence_pipeline.tables import REMOVALS, TABLES, Table, column
from confluence_pipeline.warehouse import LoadReport, Warehouse, WarehouseError, open_warehouse
from confluence_pipeline.warehouse.duckdb_warehouse import DuckDBWarehouse
from confluence_pipeline_tests.lake.processes import running
from confluence_pipeline_tests.lake.samples import NOTED_AT, NOTES, PEOPLE, as_table, note, person, write_part
from confluence_pipeline_tests.warehouse.processes import load_and_weigh
from confluence_pipeline_tests.warehouse.reading import query, records


def _load(warehouse: Warehouse, lake: Lake, *tables: Table) -> list[LoadReport]:
    return warehouse.load(lake, tables or [NOTES])


def _bytes(warehouse: Warehouse) -> bytes:
    return Path(warehouse.uri).read_bytes()


def test_rows_of_every_type_arrive_as_they_are(lake: Lake, warehouse: Warehouse) -> None:
    """Texts, numbers, lists, moments and nulls are in the warehouse as in the lake."""
    rows = [note(1, title="ünï 'quoted'\n" * 50), note(2, title=None, noted_at=None), note(3, tags=[], score=None)]
    write_part(lake, NOTES, rows, "ENG")
    write_part(lake, PEOPLE, [person(1)])
    assert _load(warehouse, lake, NOTES, PEOPLE) == [
        LoadReport("notes", rows=3, inserted=3, updated=0, deleted=0, parts_loaded=1, parts_skipped=0),
        LoadReport("people", rows=1, inserted=1, updated=0, deleted=0, parts_loaded=1, parts_skipped=0),
    ]
    assert records(warehouse, "notes", "note_id") == rows
    assert records(warehouse, "people", "person_id") == [person(1)]


def test_tables_have_keys_types_and_comments(lake: Lake, warehouse: Warehouse) -> None:
    """The database itself refuses a second row with a key, and tells what tables and columns are."""
    write_part(lake, NOTES, [note(1)], "ENG")
    _load(warehouse, lake)
    assert query(warehouse, "SELECT comment FROM duckdb_tables() WHERE table_name = 'notes'") == [(NOTES.description,)]
    assert query(warehouse, "SELECT comment FROM duckdb_columns() WHERE column_name = 'title'") == [
        ("What it's called.",)
    ]
    with duckdb.connect(warehouse.uri) as connection, pytest.raises(duckdb.ConstraintException):
        connection.execute("INSERT INTO notes FROM notes")


def test_nothing_changed_leaves_the_file_as_it_is(lake: Lake, warehouse: Warehouse) -> None:
    """A load that finds every part as it was does not touch the file, even if a part was written again the same."""
    for key in ("ENG", "OPS"):
        write_part(lake, NOTES, [note(number, key) for number in range(5)] if key == "ENG" else [], key)
    _load(warehouse, lake)
    before, facts = _bytes(warehouse), Path(warehouse.uri).stat()
    idle = LoadReport("notes", rows=5, inserted=0, updated=0, deleted=0, parts_loaded=0, parts_skipped=2)
    assert _load(warehouse, lake) == [idle]
    write_part(lake, NOTES, [note(number) for number in range(5)], "ENG")
    assert _load(warehouse, lake) == [idle]
    assert _bytes(warehouse) == before
    assert (Path(warehouse.uri).stat().st_mtime_ns, Path(warehouse.uri).stat().st_ino) == (
        facts.st_mtime_ns,
        facts.st_ino,
    )


def test_only_changed_parts_are_loaded_and_only_rows_that_differ_count(lake: Lake, warehouse: Warehouse) -> None:
    """Of a changed part, new, changed and vanished rows are told apart; another part is skipped."""
    write_part(lake, NOTES, [note(number) for number in range(10)], "ENG")
    write_part(lake, NOTES, [note(100, "OPS")], "OPS")
    _load(warehouse, lake)
    rows = [note(number) for number in range(2, 10)] + [note(11), note(12)]
    rows[0]["title"] = None
    rows[1]["tags"] = ["global:3", "e"]
    rows[2]["title"] = "long " * 1000
    write_part(lake, NOTES, rows, "ENG")
    assert _load(warehouse, lake) == [
        LoadReport("notes", rows=11, inserted=2, updated=3, deleted=2, parts_loaded=1, parts_skipped=1)
    ]
    expected = sorted([*rows, note(100, "OPS")], key=lambda row: str(row["note_id"]))
    assert records(warehouse, "notes", "note_id") == expected


def test_a_change_deep_in_a_long_text_is_seen(lake: Lake, warehouse: Warehouse) -> None:
    """One letter in the middle of a body is a difference, and a text that is another's SHA-256 is too."""
    body = "a" * 100_000
    write_part(lake, NOTES, [note(1, title=body), note(2, title=body)], "ENG")
    _load(warehouse, lake)
    changed = f"{body[:50_000]}b{body[50_001:]}"
    rows = [note(1, title=changed), note(2, title=sha256(body.encode()).hexdigest())]
    write_part(lake, NOTES, rows, "ENG")
    assert _load(warehouse, lake)[0].updated == 2
    assert records(warehouse, "notes", "note_id") == rows


def test_rows_of_a_part_that_is_gone_are_deleted(lake: Lake, warehouse: Warehouse) -> None:
    """When a space's part is removed from the lake its rows leave the warehouse, and no others."""
    write_part(lake, NOTES, [note(1)], "ENG")
    path = write_part(lake, NOTES, [note(2, "OPS"), note(3, "OPS")], "OPS")
    people = write_part(lake, PEOPLE, [person(1)])
    _load(warehouse, lake, NOTES, PEOPLE)
    lake.remove(path)
    lake.remove(people)
    assert _load(warehouse, lake, NOTES, PEOPLE) == [
        LoadReport("notes", rows=1, inserted=0, updated=0, deleted=2, parts_loaded=1, parts_skipped=1),
        LoadReport("people", rows=0, inserted=0, updated=0, deleted=1, parts_loaded=1, parts_skipped=0),
    ]
    assert records(warehouse, "notes", "note_id") == [note(1)]


@pytest.mark.parametrize(("source", "target"), [("A", "B"), ("B", "A")])
def test_a_row_may_move_to_another_space(lake: Lake, warehouse: Warehouse, source: str, target: str) -> None:
    """A row that moved is once in the warehouse, whichever of the two parts is loaded first, or alone."""
    write_part(lake, NOTES, [note(1, source), note(2, source)], source)
    write_part(lake, NOTES, [note(3, target)], target)
    _load(warehouse, lake)
    write_part(lake, NOTES, [note(3, target), note(1, target)], target)
    (report,) = _load(warehouse, lake)
    assert (report.updated, report.inserted, report.deleted) == (1, 0, 0)
    write_part(lake, NOTES, [note(2, source)], source)
    _load(warehouse, lake)
    assert records(warehouse, "notes", "note_id") == [note(1, target), note(2, source), note(3, target)]


def test_both_sides_of_a_move_in_one_load(lake: Lake, warehouse: Warehouse) -> None:
    """Rows that swap spaces between two loads end where they are now."""
    write_part(lake, NOTES, [note(1, "A")], "A")
    write_part(lake, NOTES, [note(2, "B")], "B")
    _load(warehouse, lake)
    write_part(lake, NOTES, [note(2, "A")], "A")
    write_part(lake, NOTES, [note(1, "B")], "B")
    _load(warehouse, lake)
    assert records(warehouse, "notes", "note_id") == [note(1, "B"), note(2, "A")]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(("stale", "current"), [("A", "B"), ("B", "A")])
def test_a_row_that_two_spaces_have_is_the_later_one(
    lake: Lake, warehouse: Warehouse, stale: str, current: str, together: bool
) -> None:
    """A row that moved while its old space could not be synced is the new space's, and stays when the old is synced."""
    earlier, later = note(1, stale), note(1, current, _extracted_at=NOTED_AT.replace(month=4))
    write_part(lake, NOTES, [later], current)
    if not together:
        _load(warehouse, lake)
    write_part(lake, NOTES, [earlier, note(2, stale)], stale)
    _load(warehouse, lake)
    assert records(warehouse, "notes", "note_id") == [later, note(2, stale)]
    write_part(lake, NOTES, [note(2, stale)], stale)
    _load(warehouse, lake)
    assert records(warehouse, "notes", "note_id") == [later, note(2, stale)]


def test_many_small_parts_are_loaded_each_once(lake: Lake, warehouse: Warehouse) -> None:
    """Hundreds of spaces arrive, change and go one by one, though they are loaded together."""
    keys = [f"S{number:03}" for number in range(250)]
    for number, key in enumerate(keys):
        write_part(lake, NOTES, [note(number, key)], key)
    assert _load(warehouse, lake) == [
        LoadReport("notes", rows=250, inserted=250, updated=0, deleted=0, parts_loaded=250, parts_skipped=0)
    ]
    write_part(lake, NOTES, [note(7, "S007", title="new"), note(1000, "S007")], "S007")
    write_part(lake, NOTES, [], "S100")
    lake.remove(lake.part_path(NOTES, "S249"))
    assert _load(warehouse, lake) == [
        LoadReport("notes", rows=249, inserted=1, updated=1, deleted=2, parts_loaded=3, parts_skipped=247)
    ]
    expected = {(f"S{number:03}", f"Note {number}") for number in range(249) if number not in {7, 100}}
    expected |= {("S007", "new"), ("S007", "Note 1000")}
    assert set(query(warehouse, "SELECT space_key, title FROM notes")) == expected


def test_a_log_is_loaded_like_any_table(lake: Lake, warehouse: Warehouse) -> None:
    """Rows of a log with a key of two columns, one of them a moment, arrive and grow."""
    row = {
        "content_id": "1", "removed_at": NOTED_AT, "content_type": "page", "space_key": "_site", "title": None,
        "last_version_number": 3, "reason": "purged", "evidence": "404", "_run_id": "r", "_extracted_at": NOTED_AT,
        "_source_url": "/x",
    }  # fmt: skip
    write_part(lake, REMOVALS, [row], "_site")
    _load(warehouse, lake, REMOVALS)
    rows = [row, row | {"removed_at": NOTED_AT.replace(year=2027)}]
    write_part(lake, REMOVALS, rows, "_site")
    assert _load(warehouse, lake, REMOVALS) == [
        LoadReport("removals", rows=2, inserted=1, updated=0, deleted=0, parts_loaded=1, parts_skipped=0)
    ]
    assert records(warehouse, "removals", "removed_at") == rows


def test_all_tables_are_made_even_if_the_lake_is_empty(lake: Lake, warehouse: Warehouse) -> None:
    """A first load makes every table, so that a query finds it without rows, and a second finds nothing to do."""
    assert {report.rows for report in _load(warehouse, lake, *TABLES.values())} == {0}
    names = {name for (name,) in query(warehouse, "SELECT table_name FROM duckdb_tables()")}
    assert names == {*TABLES, "_loads"}
    before = _bytes(warehouse)
    _load(warehouse, lake, *TABLES.values())
    assert _bytes(warehouse) == before


def test_tables_that_are_not_given_stay(lake: Lake, warehouse: Warehouse) -> None:
    """A load of one table leaves another as it is, though its part changed."""
    write_part(lake, NOTES, [note(1)], "ENG")
    write_part(lake, PEOPLE, [person(1)])
    _load(warehouse, lake, NOTES, PEOPLE)
    write_part(lake, NOTES, [], "ENG")
    write_part(lake, PEOPLE, [person(2)])
    _load(warehouse, lake, PEOPLE)
    assert records(warehouse, "notes", "note_id") == [note(1)]
    assert records(warehouse, "people", "person_id") == [person(2)]


def test_a_remote_lake_is_loaded_as_well(tmp_path: Path) -> None:
    """Rows of a lake that is no folder arrive, and an unchanged one is skipped."""
    lake = Lake(f"memory://{tmp_path.name}/lake")
    warehouse = open_warehouse(str(tmp_path / "w.duckdb"))
    write_part(lake, NOTES, [note(1, "~712020:ee")], "~712020:ee")
    assert _load(warehouse, lake)[0].inserted == 1
    assert _load(warehouse, lake)[0].parts_skipped == 1
    assert records(warehouse, "notes", "note_id") == [note(1, "~712020:ee")]


def test_a_key_that_comes_twice_is_refused_whole(lake: Lake, warehouse: Warehouse) -> None:
    """A part with two rows of one key is named, and no table has changed."""
    write_part(lake, NOTES, [note(1)], "ENG")
    write_part(lake, PEOPLE, [person(1)])
    _load(warehouse, lake, NOTES, PEOPLE)
    before = _bytes(warehouse)
    write_part(lake, PEOPLE, [person(2)])
    folder = write_part(lake, NOTES, [note(1), note(1, title="again")], "ENG").rpartition("/")[0]
    with pytest.raises(WarehouseError, match=rf"CONFLUENCE_WAREHOUSE.*{folder} .*note_id = 1"):
        _load(warehouse, lake, PEOPLE, NOTES)
    assert _bytes(warehouse) == before


def test_a_damaged_part_changes_nothing(lake: Lake, warehouse: Warehouse) -> None:
    """A part that cannot be read is an error of the lake, and the warehouse stays."""
    path = write_part(lake, NOTES, [note(number) for number in range(3000)], "ENG")
    _load(warehouse, lake)
    before = _bytes(warehouse)
    damaged = bytearray(lake.read_bytes(path))
    damaged[len(damaged) // 3 : len(damaged) // 2] = bytes(len(damaged) // 2 - len(damaged) // 3)
    lake.write_bytes(path, bytes(damaged))
    with pytest.raises(LakeError, match=rf"CONFLUENCE_LAKE .*{path}"):
        _load(warehouse, lake)
    assert _bytes(warehouse) == before


def _notes_with(**kinds: pa.DataType) -> Table:
    """Return NOTES with columns of other types, or with more columns."""
    kept = tuple(field for field in NOTES.columns if field.name not in kinds)
    return Table(
        name="notes",
        description=NOTES.description,
        key=NOTES.key,
        columns=(*kept, *(column(name, kind, f"The {name}.") for name, kind in kinds.items())),
    )


def test_a_new_column_in_code_is_added(lake: Lake, warehouse: Warehouse) -> None:
    """After an upgrade that adds a column the table has it, null until the lake has it too."""
    write_part(lake, NOTES, [note(1), note(2)], "ENG")
    _load(warehouse, lake)
    newer = _notes_with(mood=pa.string())
    assert _load(warehouse, lake, newer)[0].rows == 2
    assert query(warehouse, "SELECT note_id, title, mood FROM notes ORDER BY 1") == [
        ("1", "Note 1", None),
        ("2", "Note 2", None),
    ]
    write_part(lake, newer, [note(1, mood="good"), note(2, mood=None)], "ENG")
    assert _load(warehouse, lake, newer)[0].updated == 1
    assert query(warehouse, "SELECT mood FROM notes ORDER BY note_id") == [("good",), (None,)]


def test_a_column_of_another_type_rebuilds_its_table_alone(lake: Lake, warehouse: Warehouse) -> None:
    """After an upgrade that changes a column's type the table has the new type and all rows; others are skipped."""
    write_part(lake, NOTES, [note(5)], "ENG")
    write_part(lake, PEOPLE, [person(1)])
    _load(warehouse, lake, NOTES, PEOPLE)
    reports = _load(warehouse, lake, _notes_with(words=pa.float64()), PEOPLE)
    assert [(report.parts_loaded, report.rows) for report in reports] == [(1, 1), (0, 1)]
    assert query(warehouse, "SELECT typeof(words), words FROM notes") == [("DOUBLE", 5.0)]
    assert query(warehouse, "SELECT comment FROM duckdb_columns() WHERE column_name = 'words'") == [("The words.",)]


def test_a_better_description_reaches_the_comments(lake: Lake, warehouse: Warehouse) -> None:
    """A description that changed in code changes the comment, without reading a part again."""
    write_part(lake, PEOPLE, [person(1)])
    _load(warehouse, lake, PEOPLE)
    better = Table(name="people", description="Somebody.", key=PEOPLE.key, columns=PEOPLE.columns, by_space=False)
    assert _load(warehouse, lake, better)[0].parts_skipped == 1
    assert query(warehouse, "SELECT comment FROM duckdb_tables() WHERE table_name = 'people'") == [("Somebody.",)]


def test_what_people_made_in_the_file_stays(lake: Lake, warehouse: Warehouse) -> None:
    """Views and tables of a person's own are there after the next load, and work on its rows."""
    write_part(lake, NOTES, [note(1)], "ENG")
    _load(warehouse, lake)
    with duckdb.connect(warehouse.uri) as connection:
        connection.execute("CREATE VIEW titles AS SELECT title FROM notes; CREATE TABLE mine AS SELECT 42 AS answer")
    write_part(lake, NOTES, [note(1, title="new")], "ENG")
    _load(warehouse, lake)
    assert query(warehouse, "SELECT title, answer FROM titles, mine") == [("new", 42)]


def test_a_table_somebody_else_filled_is_not_taken_over(lake: Lake, tmp_path: Path) -> None:
    """A file that has rows of its own under one of our names is refused and stays."""
    path = tmp_path / "analysis.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE notes AS SELECT 'precious' AS note_id")
    before = path.read_bytes()
    write_part(lake, NOTES, [note(1)], "ENG")
    with pytest.raises(WarehouseError, match=r"CONFLUENCE_WAREHOUSE .*already has a table notes"):
        _load(open_warehouse(str(path)), lake)
    assert path.read_bytes() == before


def test_daily_changes_do_not_make_the_file_grow_without_end(lake: Lake, warehouse: Warehouse) -> None:
    """After six updates of every row the file is at most about three times what it needs, with all rows in it."""
    chance = Random(7)  # noqa: S311 - not for secrets
    sizes = []
    for day in range(7):
        rows = [note(number, words=day, title=chance.randbytes(25_000).hex()) for number in range(300)]
        write_part(lake, NOTES, rows, "ENG")
        assert _load(warehouse, lake)[0].rows == 300
        sizes.append(Path(warehouse.uri).stat().st_size)
    assert max(sizes) <= 3.5 * sizes[0]
    assert query(warehouse, "SELECT count(*), min(words) FROM notes") == [(300, 6)]
    assert query(warehouse, "SELECT comment FROM duckdb_tables() WHERE table_name = 'notes'") == [(NOTES.description,)]


def _write_bodies(lake: Lake, version: str) -> None:
    """Write 16,000 notes of 25 kB; every second one has a text of the version."""
    with lake.parquet_writer(lake.part_path(NOTES, "ENG"), NOTES.schema) as writer:
        for start in range(0, 16_000, 100):
            rows = [
                note(number, title=f"{number % 2 and version} text " * 2500) for number in range(start, start + 100)
            ]
            writer.write(as_table(NOTES, rows))


@pytest.mark.skipif(duckdb.__version__.startswith("1."), reason="DuckDB 1 holds more while it inserts")
def test_bodies_pass_through_without_being_held(lake: Lake, warehouse: Warehouse) -> None:
    """A first load, and one that updates half of all rows, need less memory than the bodies are large."""
    for version in ("first", "other"):
        _write_bodies(lake, version)
        with running(load_and_weigh, lake.uri, warehouse.uri) as (_, connection):
            rows, growth = connection.recv()
        assert rows == 16_000
        assert growth < 16_000 * 25_000
    (counts,) = query(warehouse, "SELECT count(*) FILTER (starts_with(title, 'other')), count(*) FROM notes")
    assert counts == (8_000, 16_000)


def test_a_load_that_needs_more_memory_gets_it(lake: Lake, tmp_path: Path) -> None:
    """A key's index that does not fit the first limit is loaded with the next; without a next, nothing changes."""
    with lake.parquet_writer(lake.part_path(PEOPLE), PEOPLE.schema) as writer:
        for start in range(0, 100_000, 10_000):
            numbers = range(start, start + 10_000)
            writer.write(as_table(PEOPLE, [person(0, person_id=f"{number:08}{'key' * 20}") for number in numbers]))
    path = tmp_path / "w.duckdb"
    with pytest.raises(WarehouseError, match=r"CONFLUENCE_WAREHOUSE .*Out of Memory"):
        DuckDBWarehouse(path, memory_limits=["12MB"]).load(lake, [PEOPLE])
    assert not path.exists()
    assert DuckDBWarehouse(path, memory_limits=["12MB", "1GB"]).load(lake, [PEOPLE]) == [
        LoadReport("people", rows=100_000, inserted=100_000, updated=0, deleted=0, parts_loaded=1, parts_skipped=0)
    ]


_Parts = Mapping[str, Mapping[int, int]]


def _without_repeats(parts: _Parts) -> _Parts:
    """Give each note to the first of its spaces only: a content is in one space at a time."""
    seen: set[int] = set()
    result = {}
    for key, notes in parts.items():
        result[key] = {number: words for number, words in notes.items() if number not in seen}
        seen.update(notes)
    return result


_PARTS = st.dictionaries(
    st.sampled_from(["A", "B", "~c:d"]), st.dictionaries(st.integers(0, 6), st.integers(0, 1), max_size=5), max_size=3
).map(_without_repeats)


@settings(max_examples=8, deadline=None)
@given(days=st.lists(_PARTS, min_size=1, max_size=4))
def test_a_warehouse_always_ends_as_the_lake_is(tmp_path_factory: pytest.TempPathFactory, days: list[_Parts]) -> None:
    """Whatever parts come, go and change between loads, the rows are the lake's and the counts add up."""
    folder = tmp_path_factory.mktemp("days")
    lake, warehouse = Lake(str(folder / "lake")), open_warehouse(str(folder / "w.duckdb"))
    rows_before = 0
    for parts in days:
        for space_key in lake.parts(NOTES):
            lake.remove_part(NOTES, space_key)
        expected: dict[str, dict[str, Any]] = {}
        for key, notes in parts.items():
            rows = [note(number, key, words=words) for number, words in notes.items()]
            write_part(lake, NOTES, rows, key)
            expected |= {str(row["note_id"]): row for row in rows}
        (report,) = _load(warehouse, lake)
        assert records(warehouse, "notes", "note_id") == [expected[key] for key in sorted(expected)]
        assert report.rows == len(expected) == rows_before + report.inserted - report.deleted
        rows_before = report.rows


def test_a_table_that_left_the_lake_leaves_the_warehouse(lake: Lake, warehouse: Warehouse) -> None:
    """Where nobody asks for a table any more and the lake has no part of it, its rows go with the next load."""
    row = dict.fromkeys(REMOVALS.schema.names) | {
        "content_id": "1",
        "removed_at": NOTED_AT,
        "space_key": "ENG",
        "reason": "trashed",
        "evidence": "asked by id",
        "_run_id": "run",
        "_extracted_at": NOTED_AT,
        "_source_url": "lake:",
    }
    write_part(lake, REMOVALS, [row], "ENG")
    write_part(lake, NOTES, [note(1)], "ENG")
    _load(warehouse, lake, REMOVALS, NOTES)
    _load(warehouse, lake, NOTES)
    assert query(warehouse, "SELECT count(*) FROM removals") == [(1,)]
    lake.remove(lake.part_path(REMOVALS, "ENG"))
    _load(warehouse, lake, NOTES)
    assert query(warehouse, "SELECT count(*) FROM removals") == [(0,)]
    assert query(warehouse, "SELECT count(*) FROM notes") == [(1,)]
