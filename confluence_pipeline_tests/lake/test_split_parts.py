"""Parts of several files: read as one, by us and by others, and replaced in one step."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from confluence_pipeline.lake import Lake, LakeError
from confluence_pipeline.lake.parquet import value_bytes
from confluence_pipeline.lake.splits import file_names, place
from confluence_pipeline_tests.lake.samples import NOTES, as_table, note, write_part


def stage(lake: Lake, name: str, rows: Sequence[dict[str, Any]], count: int, numbers: Sequence[int]) -> str:
    """Write files of a part of so many to a folder in its staging folder; returns that folder."""
    folder = f"{lake.staging_folder(NOTES, 'ENG')}/{name}"
    for number in numbers:
        mine = [row for row in rows if place(row["note_id"], count) == number]
        with lake.parquet_writer(f"{folder}/{file_names(count)[number]}", NOTES.schema) as writer:
            writer.write(as_table(NOTES, mine))
    return folder


def split(lake: Lake, rows: Sequence[dict[str, Any]], count: int) -> None:
    """Let a part have so many files with these rows."""
    lake.clear_staging("ENG")
    staged = stage(lake, "new", rows, count, range(count))
    lake.swap_part(NOTES, "ENG", staged, file_names(count))


def by_id(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows in the order of their key."""
    return sorted(rows, key=lambda row: str(row["note_id"]))


NOTES_OF_A_DAY = [note(number) for number in range(50)]


def test_several_files_are_one_part(local_lake: Lake) -> None:
    """Its rows, its number of rows and its size are those of all files, and its key comes once."""
    split(local_lake, NOTES_OF_A_DAY, 4)
    write_part(local_lake, NOTES, [note(99, "OPS")], "OPS")
    files = tuple(f"tables/notes/space_key=ENG/{name}" for name in file_names(4))
    assert local_lake.part_files(NOTES, "ENG") == files
    assert local_lake.parts(NOTES) == {"ENG": files, "OPS": ("tables/notes/space_key=OPS/part-0.parquet",)}
    assert by_id(local_lake.table(NOTES, space_key="ENG").to_pylist()) == by_id(NOTES_OF_A_DAY)
    assert by_id(local_lake.table(NOTES).to_pylist()) == by_id([*NOTES_OF_A_DAY, note(99, "OPS")])
    scanned = [row for batch in local_lake.scan_part(NOTES, "ENG", columns=["words"]) for row in batch.to_pylist()]
    assert sorted(row["words"] for row in scanned) == list(range(50))
    facts = local_lake.part_facts(NOTES, "ENG")
    assert facts is not None
    sizes = [(Path(local_lake.uri) / path).stat().st_size for path in files]
    assert (facts.uri, facts.rows, facts.size) == (f"{local_lake.uri}/tables/notes/space_key=ENG", 50, sum(sizes))


def test_other_programs_read_each_row_once(local_lake: Lake) -> None:
    """Pandas, pyarrow and DuckDB, asked as the documentation says, see no file that is staged or was replaced."""
    write_part(local_lake, NOTES, NOTES_OF_A_DAY, "ENG")
    for day in (2, 4, 8, 8):
        split(local_lake, NOTES_OF_A_DAY, day)
        stage(local_lake, "later", NOTES_OF_A_DAY, 2, range(2))
        folder = f"{local_lake.uri}/tables/notes"
        ids = sorted(row["note_id"] for row in NOTES_OF_A_DAY)
        assert sorted(pd.read_parquet(folder, partitioning=None)["note_id"]) == ids
        assert sorted(ds.dataset(folder).to_table()["note_id"].to_pylist()) == ids
        with duckdb.connect() as connection:
            for pattern in (f"{folder}/**/*.parquet", f"{folder}/*/*.parquet", f"{local_lake.uri}/tables/**/*.parquet"):
                found = connection.execute("SELECT note_id FROM read_parquet(?)", [pattern]).fetchall()
                assert sorted(note_id for (note_id,) in found) == ids, pattern


def test_files_that_are_not_staged_stay_as_they_are(local_lake: Lake) -> None:
    """A swap with one file of four leaves the other three the same files, by inode and bytes."""
    split(local_lake, NOTES_OF_A_DAY, 4)
    before = {path: (Path(local_lake.uri) / path).stat().st_ino for path in local_lake.part_files(NOTES, "ENG")}
    changed = [row | {"words": -1} if place(row["note_id"], 4) == 2 else row for row in NOTES_OF_A_DAY]
    staged = stage(local_lake, "one", changed, 4, [2])
    local_lake.swap_part(NOTES, "ENG", staged, file_names(4))
    after = {path: (Path(local_lake.uri) / path).stat().st_ino for path in local_lake.part_files(NOTES, "ENG")}
    assert [path for path in before if before[path] != after[path]] == ["tables/notes/space_key=ENG/part-6.parquet"]
    assert by_id(local_lake.table(NOTES).to_pylist()) == by_id(changed)


def test_an_open_part_of_several_files_stays_the_version_it_was(local_lake: Lake) -> None:
    """Rows read in the middle of which the part is swapped, cleared and removed are all of the version opened."""
    split(local_lake, [note(number, words=1) for number in range(50)], 4)
    with local_lake.open_part(NOTES, "ENG") as read:
        scan = local_lake.scan_part(NOTES, "ENG")
        first = next(scan)
        split(local_lake, [note(number, words=2) for number in range(50)], 4)
        local_lake.clear_staging("ENG")
        local_lake.remove_part(NOTES, "ENG")
        assert set(pa.Table.from_batches([first, *scan])["words"].to_pylist()) == {1}
        assert pa.Table.from_batches(read())["words"].to_pylist() == [1] * 50
    with pytest.raises(FileNotFoundError), local_lake.open_part(NOTES, "ENG"):
        pytest.fail("opened")


def test_what_was_replaced_can_be_listed_to_its_end_until_it_is_cleared(local_lake: Lake) -> None:
    """The old files lie in the staging folder after a swap and a removal, and nowhere after clearing."""
    split(local_lake, NOTES_OF_A_DAY, 2)
    split(local_lake, NOTES_OF_A_DAY, 4)
    staging = Path(local_lake.uri) / local_lake.staging_folder(NOTES, "ENG")
    assert sorted(path.name for path in staging.rglob("*.parquet")) == list(file_names(2))
    local_lake.remove_part(NOTES, "ENG")
    assert local_lake.parts(NOTES) == {}
    assert sorted(path.name for path in staging.rglob("*.parquet")) == sorted(file_names(4))
    local_lake.clear_staging("ENG")
    local_lake.clear_staging("ENG")
    assert [path.name for path in Path(local_lake.uri).rglob("*.parquet")] == []


def test_a_part_of_which_a_file_is_missing_is_not_read(local_lake: Lake) -> None:
    """Where somebody removed one of the files, an error names the folder and says what to do."""
    split(local_lake, NOTES_OF_A_DAY, 4)
    local_lake.remove("tables/notes/space_key=ENG/part-5.parquet")
    sentence = r"CONFLUENCE_LAKE .*tables/notes/space_key=ENG .*Delete that folder"
    for read in (local_lake.table, local_lake.parts, lambda table: local_lake.remove_part(table, "ENG")):
        with pytest.raises(LakeError, match=sentence):
            read(NOTES)


def test_a_lake_that_swaps_no_folders_says_so(lake: Lake) -> None:
    """Object stores and file servers cannot; a local folder on this system can, or its parts stay one file."""
    if lake.local_root is None:
        assert not lake.can_split
        write_part(lake, NOTES, NOTES_OF_A_DAY, "ENG")
        with pytest.raises(LakeError, match=r"CONFLUENCE_LAKE .*cannot write"):
            lake.swap_part(NOTES, "ENG", "elsewhere", file_names(2))
        assert lake.table(NOTES).num_rows == 50
    else:
        assert lake.can_split
        assert [path for path in Path(lake.uri).rglob("*") if path.is_file()] == []


def test_values_have_the_bytes_that_a_writer_counts(local_lake: Lake) -> None:
    """What is computed of stored rows is what their writer counted, however the rows came."""
    rows = as_table(NOTES, [note(number, title=None if number % 5 == 0 else "é" * number) for number in range(300)])
    with local_lake.parquet_writer("rows.parquet", NOTES.schema) as writer:
        for start in range(0, 300, 7):
            writer.write(rows.slice(start, 7))
    batches = local_lake.scan("rows.parquet")
    assert (
        writer.value_bytes == sum(value_bytes(batch, NOTES.schema) for batch in batches) > 300 * 8 * len(NOTES.schema)
    )
