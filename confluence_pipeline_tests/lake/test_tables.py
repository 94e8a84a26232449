"""Tables in a lake: their parts, keys and schemas."""

import shutil
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.lake import Lake, LakeError, is_valid_space_key
from confluence_pipeline.tables import SITE_PART, Table, column
from confluence_pipeline_tests.lake.samples import NOTES, PEOPLE, as_table, note, person, write_part

KEYS = ["ENG", "eng.2-x_y", "~712020:ee2049", "~jo+x@example.com", "~josé", "123", SITE_PART]


def test_parts_lie_where_the_data_contract_says() -> None:
    """A part's path is the table, then the space as a hive partition, percent-encoded."""
    lake = Lake("lake")
    assert lake.part_path(NOTES, "ENG") == "tables/notes/space_key=ENG/part-0.parquet"
    assert lake.part_path(NOTES, "~712020:ee") == "tables/notes/space_key=~712020%3Aee/part-0.parquet"
    assert lake.part_path(NOTES, "_site") == "tables/notes/space_key=_site/part-0.parquet"
    assert lake.part_path(PEOPLE) == "tables/people/part-0.parquet"


@pytest.mark.parametrize(
    "key", ["", ".", "..", "~", "~..", "a/b", "a\\b", "a b", "a\nb", "a%2Fb", "a=b", "x" * 201, None]
)
def test_what_is_not_a_space_key_names_no_part(key: str | None) -> None:
    """A key that could lead elsewhere, or that no space has, is refused."""
    assert key is None or not is_valid_space_key(key)
    with pytest.raises(ValueError, match=r"space key|kept by space"):
        Lake("lake").part_path(NOTES, key)


def test_a_table_without_spaces_takes_no_key() -> None:
    """A key for a table that is not kept by space is an error, not a folder nobody reads."""
    with pytest.raises(ValueError, match="not kept by space"):
        Lake("lake").part_path(PEOPLE, "ENG")


@given(st.text(min_size=1, max_size=30))
def test_a_valid_key_is_one_step_of_a_path(key: str) -> None:
    """No text that passes as a key adds a step to the path or hides in it."""
    if is_valid_space_key(key):
        path = Path(Lake("lake").part_path(NOTES, key))
        assert path.parts[:2] == ("tables", "notes")
        assert len(path.parts) == 4
        assert ".." not in path.parts


def test_parts_are_found_by_key(lake: Lake) -> None:
    """The parts of a table are all it has and only its own, by the key they were written with."""
    paths = {key: write_part(lake, NOTES, [note(1, key)], key) for key in KEYS}
    write_part(lake, PEOPLE, [person(1)])
    lake.write_bytes("tables/notes/readme.txt", b"not a part")
    lake.write_bytes("tables/notes/space_key=a b/part-0.parquet", b"nor this")
    assert lake.parts(NOTES) == {key: (path,) for key, path in paths.items()}
    assert lake.parts(PEOPLE) == {None: ("tables/people/part-0.parquet",)}


def test_other_readers_get_the_keys_back(local_lake: Lake) -> None:
    """Pyarrow's hive datasets and DuckDB find the same key in the folder's name as in the file's column."""
    for key in KEYS:
        write_part(local_lake, NOTES, [note(1, key)], key)
    folder = f"{local_lake.uri}/tables/notes"
    found = ds.dataset(folder, partitioning="hive").to_table()["space_key"].to_pylist()
    from_path = ds.HivePartitioning(pa.schema([("space_key", pa.string())]))
    assert sorted(found) == sorted(KEYS)
    for written, (path,) in local_lake.parts(NOTES).items():
        assert ds.get_partition_keys(from_path.parse(path)) == {"space_key": written}
    with duckdb.connect() as connection:
        for hive in (True, False):
            query = f"SELECT space_key FROM read_parquet(?, hive_partitioning={hive})"  # noqa: S608 - a constant
            assert sorted(connection.execute(query, [f"{folder}/**/*.parquet"]).fetchall()) == sorted(
                (key,) for key in KEYS
            )


def test_a_table_is_all_its_parts_or_one(lake: Lake) -> None:
    """A table's rows are those of every part, or of the space asked for, with the columns asked for."""
    write_part(lake, NOTES, [note(1), note(2)], "ENG")
    write_part(lake, NOTES, [note(3, "OPS")], "OPS")
    assert lake.table(NOTES)["note_id"].to_pylist() == ["1", "2", "3"]
    assert lake.table(NOTES, space_key="OPS").equals(as_table(NOTES, [note(3, "OPS")]))
    assert lake.table(NOTES, ["words", "note_id"], "ENG").to_pydict() == {"words": [1, 2], "note_id": ["1", "2"]}


def test_a_table_has_its_schema_even_when_it_is_empty(lake: Lake) -> None:
    """A table without parts has no rows and exactly the schema in code, descriptions included."""
    assert lake.table(NOTES).schema.equals(NOTES.schema, check_metadata=True)
    assert lake.table(NOTES, space_key="ENG").num_rows == 0
    write_part(lake, NOTES, [note(1)], "ENG")
    assert lake.table(NOTES).schema.equals(NOTES.schema, check_metadata=True)


def test_an_open_part_stays_the_version_it_was(lake: Lake) -> None:
    """A part that is held open reads alike twice, though it is replaced between; an absent one is an error."""
    write_part(lake, NOTES, [note(number, words=1) for number in range(3000)], "ENG")
    with lake.open_part(NOTES, "ENG") as read:
        first = pa.Table.from_batches(read())
        write_part(lake, NOTES, [note(1, words=2)], "ENG")
        assert pa.Table.from_batches(read()).equals(first)
    assert first.num_rows == 3000
    assert first.schema.equals(NOTES.schema)
    with pytest.raises(FileNotFoundError), lake.open_part(NOTES, "OPS"):
        pytest.fail("opened")


def test_an_older_file_is_read_with_the_newer_schema(lake: Lake) -> None:
    """A column that the file lacks is null, one the schema lacks is left out, a narrower type is widened."""
    older = Table(
        name="notes",
        description="",
        key=("note_id",),
        columns=(
            column("note_id", pa.string(), "", nullable=False),
            column("words", pa.int32(), ""),
            column("old", pa.string(), ""),
        ),
    )
    row = {"note_id": "1", "words": 5, "old": "x", **{name: note(1)[name] for name in NOTES.schema.names[-3:]}}
    write_part(lake, older, [row], "ENG")
    table = lake.table(NOTES)
    assert table.schema.equals(NOTES.schema)
    assert (table["words"].to_pylist(), table["title"].to_pylist()) == ([5], [None])


def test_a_file_whose_values_no_longer_fit_is_named(lake: Lake) -> None:
    """Words where the schema has numbers are an error that names the file."""
    other = Table(name="notes", description="", key=("note_id",), columns=(column("words", pa.string(), ""),))
    path = write_part(lake, other, [{**note(1), "words": "five"}], "ENG")
    with pytest.raises(LakeError, match=rf"CONFLUENCE_LAKE .*{path}.*five"):
        lake.table(NOTES)


def test_a_lake_can_be_copied(local_lake: Lake, tmp_path: Path) -> None:
    """A lake holds no absolute path: a copy of its folder is a lake with the same tables."""
    write_part(local_lake, NOTES, [note(1)], "ENG")
    shutil.copytree(local_lake.uri, tmp_path / "copy")
    assert Lake(str(tmp_path / "copy")).table(NOTES).equals(local_lake.table(NOTES))
