"""A part rebuilt while it is one file or several: the same rows, and only what changed is written."""

import random
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from confluence_pipeline.lake import FileSizes, Lake, LakeError
from confluence_pipeline.lake.splits import file_names, place
from confluence_pipeline.normalize.part import rebuilt
from confluence_pipeline.normalize.stretches import rebuild, stretches
from confluence_pipeline.tables.merge import Merge
from confluence_pipeline_tests.lake.processes import running
from confluence_pipeline_tests.lake.samples import NOTES, note, write_part
from confluence_pipeline_tests.normalize.rewriting import ROWS, SMALL_FILES, rewrite_versions

Row = dict[str, Any]
Notes = Mapping[int, int]
"""The words of each note, by its number."""


def build(lake: Lake, notes: Notes, run: str = "run-1", most: int = 7) -> Merge:
    """Bring the part to these notes, a few in memory at a time; returns what happened to its rows."""
    items = sorted((note(number, words=words, _run_id=run) for number, words in notes.items()), key=_key)

    def rows(stretch: Sequence[Row], _old: Sequence[Row]) -> Iterator[Row]:
        yield from stretch

    with rebuilt(lake, NOTES, "ENG") as part:
        rebuild(part, stretches(items, _key, most=most), rows)
    return part.merge


def _key(row: Row) -> str:
    return str(row["note_id"])


def stored(lake: Lake) -> list[Row]:
    """Return the part's rows in the order of the key."""
    return sorted(lake.table(NOTES).to_pylist(), key=_key)


def files(lake: Lake) -> dict[str, tuple[int, bytes]]:
    """Return the inode and the bytes of each file of the part."""
    paths = [Path(lake.uri) / path for path in lake.part_files(NOTES, "ENG")]
    return {path.name: (path.stat().st_ino, path.read_bytes()) for path in paths}


def truth(days: Sequence[Notes]) -> list[Row]:
    """Return the rows after some days: each as of the day on which its words became what they are."""
    rows: dict[int, Row] = {}
    for day, notes in enumerate(days):
        rows = {
            number: rows[number]
            if number in rows and rows[number]["words"] == words
            else note(number, words=words, _run_id=f"run-{day}")
            for number, words in notes.items()
        }
    return sorted(rows.values(), key=_key)


notes_of_a_day = st.dictionaries(st.integers(0, 60), st.integers(0, 2), max_size=50)


@settings(max_examples=25, deadline=None)
@given(st.lists(notes_of_a_day, min_size=1, max_size=5), st.integers(1, 20))
def test_a_part_of_several_files_has_the_rows_of_one(
    tmp_path_factory: pytest.TempPathFactory, days: list[Notes], most: int
) -> None:
    """After any edits the rows, the counts and the files are right, and files without a changed row are untouched."""
    folder = tmp_path_factory.mktemp("lake")
    try:
        lake = Lake(str(folder), file_sizes=SMALL_FILES)
        before: dict[str, tuple[int, bytes]] = {}
        old: list[Row] = []
        for day, notes in enumerate(days):
            merge = build(lake, notes, f"run-{day}", most)
            rows, after = stored(lake), files(lake)
            assert rows == truth(days[: day + 1])
            assert (merge.rows, merge.removed) == (len(rows), len({_key(row) for row in old} - {_key(r) for r in rows}))
            touched = _differing(old, rows, len(after))
            if before.keys() == after.keys():
                assert {name for name in after if after[name] != before[name]} == touched
            before, old = after, rows
    finally:
        shutil.rmtree(folder)


def _differing(before: Sequence[Row], after: Sequence[Row], count: int) -> set[str]:
    """Return the names of the files, of so many, in which rows differ."""
    names = file_names(count)
    either = {_key(row): row for row in before}, {_key(row): row for row in after}
    keys = {key for key in either[0].keys() | either[1].keys() if either[0].get(key) != either[1].get(key)}
    return {names[place(key, count)] for key in keys}


@settings(max_examples=15, deadline=None)
@given(st.lists(notes_of_a_day, min_size=1, max_size=4))
def test_files_depend_on_the_rows_and_not_on_what_was_there(
    tmp_path_factory: pytest.TempPathFactory, days: list[Notes]
) -> None:
    """A part that grew and shrank has, byte for byte, the files that one has which is built from its rows at once."""
    folder = tmp_path_factory.mktemp("lakes")
    try:
        grown, fresh = (Lake(str(folder / name), file_sizes=SMALL_FILES) for name in ("grown", "fresh"))
        for notes in days:
            build(grown, notes)
        build(fresh, days[-1])
        assert {name: data for name, (_, data) in files(grown).items()} == {
            name: data for name, (_, data) in files(fresh).items()
        }
    finally:
        shutil.rmtree(folder)


def test_one_edit_among_many_rewrites_one_file(local_lake: Lake) -> None:
    """Of sixteen files one is written when one row of ten thousand changes: a sixteenth of the bytes."""
    lake = Lake(local_lake.uri, file_sizes=FileSizes(rows=650))
    notes = dict.fromkeys(range(10_000), 1)
    build(lake, notes, most=1000)
    before = files(lake)
    assert len(before) == 16
    build(lake, notes | {4711: 2}, "run-2", most=1000)
    after = files(lake)
    changed = [name for name in after if after[name] != before[name]]
    assert changed == [file_names(16)[place("4711", 16)]]
    assert len(after[changed[0]][1]) < sum(len(data) for _, data in after.values()) / 10


def test_a_part_of_one_large_file_is_cut_by_the_next_build_that_opens_it(local_lake: Lake) -> None:
    """What an earlier release wrote as one file is read as it is, and becomes several with the same rows."""
    write_part(local_lake, NOTES, sorted((note(number) for number in range(50)), key=_key), "ENG")
    lake = Lake(local_lake.uri, file_sizes=SMALL_FILES)
    rows = stored(lake)
    merge = build(lake, {number: number for number in range(50)})
    assert (merge.unchanged, merge.changed) == (50, False)
    assert list(files(lake)) == list(file_names(8))
    assert stored(lake) == rows


def test_what_was_only_on_the_way_is_gone(local_lake: Lake) -> None:
    """A first build of several files leaves each row in the lake once; no second copy waits for the next build."""
    lake = Lake(local_lake.uri, file_sizes=SMALL_FILES)
    build(lake, dict.fromkeys(range(50), 1))
    everywhere = {path.name for path in Path(lake.uri).rglob("*.parquet")}
    assert everywhere == set(file_names(8))


def test_a_lake_that_cannot_swap_folders_keeps_one_file(tmp_path: Path) -> None:
    """On an object store a part stays one file however large, and one that was cut elsewhere is not half replaced."""
    lake = Lake(f"memory://{tmp_path.name}/lake", file_sizes=SMALL_FILES)
    build(lake, dict.fromkeys(range(50), 1))
    assert lake.part_files(NOTES, "ENG") == ("tables/notes/space_key=ENG/part-0.parquet",)
    local = Lake(str(tmp_path / "local"), file_sizes=SMALL_FILES)
    build(local, dict.fromkeys(range(50), 1))
    lake.remove_part(NOTES, "ENG")
    for path in local.part_files(NOTES, "ENG"):
        lake.write_bytes(path, local.read_bytes(path))
    build(lake, dict.fromkeys(range(50), 1) | {7: 2}, "run-2")
    rows = stored(lake)
    assert [row["note_id"] for row in rows if row["words"] == 2] == ["7"]
    with pytest.raises(LakeError, match=r"notes of space ENG is in 8 files.*Delete their folder and sync"):
        build(lake, dict.fromkeys(range(50), 3), "run-3")
    assert stored(lake) == rows


def test_a_build_that_fails_leaves_the_part_as_it_was(local_lake: Lake) -> None:
    """An exception while several files are written, or a disk that refuses them a place, changes no file."""
    lake = Lake(local_lake.uri, file_sizes=SMALL_FILES)
    build(lake, dict.fromkeys(range(50), 1))
    lake.clear_staging("ENG")
    before = _inodes(lake)

    def stop_halfway() -> None:
        with rebuilt(lake, NOTES, "ENG") as part:
            part.add(part.old(None), [note(number, words=9) for number in range(50)])
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        stop_halfway()
    assert _inodes(lake) == before
    (Path(lake.uri) / lake.staging_folder(NOTES, "ENG")).parent.write_bytes(b"no folder")
    with pytest.raises(LakeError, match=r"CONFLUENCE_LAKE .*Nothing was changed"):
        build(lake, dict.fromkeys(range(50), 9))
    assert _inodes(lake) == before


def _inodes(lake: Lake) -> dict[Path, int]:
    return {path: path.stat().st_ino for path in Path(lake.uri, "tables").rglob("*") if path.is_file()}


def test_a_killed_build_leaves_the_old_files_or_the_new(local_lake: Lake) -> None:
    """After each of 8 kills at random instants all rows of the part have one version; the next build goes on."""
    chance = random.Random(2026)  # noqa: S311 - not for secrets
    newest = -1
    lake = Lake(local_lake.uri, file_sizes=SMALL_FILES)
    for attempt in range(8):
        with running(rewrite_versions, lake.uri, newest + 1, 1000) as (process, connection):
            assert [connection.recv(), connection.recv()] == ["ready", "begun"]
            time.sleep(chance.uniform(0, 0.4))
            process.kill()
            process.join()
        rows = stored(lake)
        (version,) = {row["words"] for row in rows}
        assert len(rows) == ROWS[version % 2], f"attempt {attempt}"
        assert version > newest
        newest = version


def test_readers_never_see_a_torn_part(local_lake: Lake) -> None:
    """While a process swaps four files for four and for eight others, two ways of reading find whole versions."""
    lake = Lake(local_lake.uri, file_sizes=SMALL_FILES)
    seen = set()
    with running(rewrite_versions, lake.uri, 0, 30) as (_, connection):
        assert connection.recv() == "ready"
        assert connection.recv() == "begun"
        while not connection.poll():
            scanned = pa.Table.from_batches(lake.scan_part(NOTES, "ENG"))
            for words in (lake.table(NOTES)["words"].to_pylist(), scanned["words"].to_pylist()):
                (version,) = set(words)
                assert len(words) == ROWS[version % 2]
                seen.add(version)
    assert len(seen) > 5
