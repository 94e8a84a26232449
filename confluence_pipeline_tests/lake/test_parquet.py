"""Parquet files in a lake."""

from itertools import pairwise
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from confluence_pipeline.lake import Lake, LakeError
from confluence_pipeline_tests.lake.samples import NOTES, as_table, note, write_part

PATH = "tables/notes/space_key=ENG/part-0.parquet"
BODIES = as_table(NOTES, [note(number, title=f"{number} text " * 400) for number in range(1500)])
MANY = as_table(NOTES, [note(number) for number in range(2500)])


def test_rows_come_back_as_they_were_written(lake: Lake) -> None:
    """Rows of every column type come back equal and in order, and the facts tell rows and size."""
    with lake.parquet_writer(PATH, NOTES.schema, {"cursor": "x"}) as writer:
        writer.write(MANY.slice(0, 7))
        writer.write(MANY.slice(7).to_batches()[0])
    assert lake.read(PATH).equals(MANY)
    assert pa.Table.from_batches(lake.scan(PATH)).equals(MANY)
    assert writer.facts is not None
    assert writer.facts.rows == MANY.num_rows
    assert writer.facts.size == len(lake.read_bytes(PATH))
    assert writer.facts.uri == f"{lake.uri}/{PATH}"
    assert lake.facts(PATH) == writer.facts


def test_other_readers_see_the_same(local_lake: Lake) -> None:
    """DuckDB, which shares no code with the writer, reads the same rows, in UTC, with lists as lists."""
    write_part(local_lake, NOTES, [note(1), note(2)], "ENG")
    query = "SELECT note_id, tags, epoch_us(noted_at), typeof(noted_at), _run_id FROM read_parquet(?)"
    with duckdb.connect() as connection:
        rows = connection.execute(query, [f"{local_lake.uri}/{PATH}"]).fetchall()
    moment = 1774747800123456
    zoned = "TIMESTAMP WITH TIME ZONE"
    assert rows == [("1", ["global:1", "é"], moment, zoned, "run-1"), ("2", None, moment, zoned, "run-1")]


def test_metadata_of_the_file_and_of_columns_is_kept(lake: Lake) -> None:
    """Key-values come back alone, and each column keeps its description and source."""
    with lake.parquet_writer(PATH, NOTES.schema, {"b": "2", "a": "ü"}) as writer:
        writer.write(MANY)
    assert lake.parquet_metadata(PATH) == {"a": "ü", "b": "2"}
    stored = pq.read_schema(pa.BufferReader(lake.read_bytes(PATH)))
    kept = {key: stored.field("title").metadata[key] for key in (b"description", b"source")}
    assert kept == {b"description": b"What it's called.", b"source": b"raw_notes.record,raw_notes.sync"}


def test_what_is_not_there_has_no_rows_and_no_metadata(lake: Lake) -> None:
    """A file that is not there scans as nothing; only reading it whole is an error."""
    assert list(lake.scan(PATH)) == []
    assert lake.parquet_metadata(PATH) == {}
    assert lake.facts(PATH) is None
    with pytest.raises(FileNotFoundError):
        lake.read(PATH)


def test_a_file_without_rows_is_a_file(lake: Lake) -> None:
    """A writer that was given no rows still publishes a file with the schema, and with one row group of none."""
    with lake.parquet_writer(PATH, NOTES.schema):
        pass
    assert lake.facts(PATH) is not None
    assert [group.num_rows for group in _groups(lake)] == [0]
    assert lake.read(PATH).schema.equals(NOTES.schema)
    assert list(lake.scan(PATH)) == []


def _groups(lake: Lake) -> list[pq.RowGroupMetaData]:
    metadata = pq.read_metadata(pa.BufferReader(lake.read_bytes(PATH)))
    return [metadata.row_group(number) for number in range(metadata.num_row_groups)]


def test_row_groups_are_small_compressed_and_have_statistics(local_lake: Lake) -> None:
    """Groups hold at most 1,024 rows, in zstd, with the least and greatest key."""
    with local_lake.parquet_writer(PATH, NOTES.schema) as writer:
        writer.write(MANY)
    groups = _groups(local_lake)
    assert [group.num_rows for group in groups] == [1024, 1024, 452]
    key = groups[0].column(0)
    assert key.compression == "ZSTD"
    assert (key.statistics.min, key.statistics.max) == ("0", "999")


def test_large_bodies_make_smaller_row_groups(local_lake: Lake) -> None:
    """A group holds about 4 MiB at most, so a reader never needs much more; a larger row stands alone."""
    quarters = [5, 5, 5, 5, 40, 1, 1]
    with local_lake.parquet_writer(PATH, NOTES.schema) as writer:
        for number, size in enumerate(quarters):
            writer.write(as_table(NOTES, [note(number, title="x" * (size * 1024**2 // 4))]))
    assert [group.num_rows for group in _groups(local_lake)] == [3, 1, 1, 2]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, BODIES.num_rows), max_size=8), single_chunk=st.booleans())
def test_the_same_rows_give_the_same_bytes(local_lake: Lake, cuts: list[int], single_chunk: bool) -> None:
    """However rows are cut into batches, the file's bytes are the same."""
    edges = [0, *sorted(cuts), BODIES.num_rows]
    with local_lake.parquet_writer("cut", NOTES.schema, {"b": "1", "a": "2"}) as writer:
        for start, end in pairwise(edges):
            rows = BODIES.slice(start, end - start)
            writer.write(rows if not single_chunk else pa.concat_tables([rows]).combine_chunks())
    with local_lake.parquet_writer("whole", NOTES.schema, {"a": "2", "b": "1"}) as writer:
        writer.write(BODIES)
    assert local_lake.read_bytes("cut") == local_lake.read_bytes("whole")


def test_a_scan_reads_the_columns_and_rows_asked_for(lake: Lake) -> None:
    """A filter may use a column that is not read; row groups it rules out cost nothing."""
    ordered = MANY.sort_by("words")
    with lake.parquet_writer(PATH, NOTES.schema) as writer:
        writer.write(ordered)
    batches = list(lake.scan(PATH, columns=["title"], filter=pc.field("words") >= 2498))
    assert pa.Table.from_batches(batches).to_pydict() == {"title": ["Note 2498", "Note 2499"]}


def test_a_scan_skips_row_groups_by_statistics(local_lake: Lake) -> None:
    """A damaged row group is not noticed by a scan whose filter rules it out, and is by one that needs it."""
    write_part(local_lake, NOTES, [note(number, title=f"{number:064}") for number in range(2048)], "ENG")
    damaged = bytearray(local_lake.read_bytes(PATH))
    start = _groups(local_lake)[1].column(2).dictionary_page_offset or 0
    damaged[start : start + 200] = bytes(200)
    local_lake.write_bytes(PATH, bytes(damaged))
    assert sum(batch.num_rows for batch in local_lake.scan(PATH, filter=pc.field("words") < 1024)) == 1024
    with pytest.raises(LakeError, match="CONFLUENCE_LAKE"):
        list(local_lake.scan(PATH))


def test_a_scan_stays_with_the_file_it_began(lake: Lake) -> None:
    """A scan that is under way when the file is replaced goes on with the old rows."""
    write_part(lake, NOTES, [note(number, words=1) for number in range(3000)], "ENG")
    scan = lake.scan(PATH, columns=["words"])
    first = next(scan)
    write_part(lake, NOTES, [note(number, words=2) for number in range(3000)], "ENG")
    seen = pa.Table.from_batches([first, *scan])
    assert (seen.num_rows, set(seen["words"].to_pylist())) == (3000, {1})


def _write_and_fail(lake: Lake) -> None:
    with lake.parquet_writer(PATH, NOTES.schema) as writer:
        writer.write(MANY)
        raise ZeroDivisionError


def test_an_exception_leaves_the_old_file_and_nothing_else(lake: Lake) -> None:
    """A writer whose block raises publishes nothing, leaves no debris, and the exception comes through as it is."""
    write_part(lake, NOTES, [note(1)], "ENG")
    before = lake.read_bytes(PATH)
    with pytest.raises(ZeroDivisionError):
        _write_and_fail(lake)
    assert lake.read_bytes(PATH) == before
    assert _all_names(lake) == {"part-0.parquet"}


def test_discarding_leaves_the_old_file_and_nothing_else(lake: Lake) -> None:
    """A discarded writer publishes nothing and has no facts, and its block may go on."""
    write_part(lake, NOTES, [note(1)], "ENG")
    before = lake.entries("tables")
    with lake.parquet_writer(PATH, NOTES.schema) as writer:
        writer.write(MANY)
        writer.discard()
        writer.write(MANY)
    assert writer.facts is None
    assert lake.entries("tables") == before
    assert _all_names(lake) == {"part-0.parquet"}


def _all_names(lake: Lake) -> set[str]:
    if lake.local_root is None:
        return {path.rpartition("/")[2] for path in lake.list_files("tables")}
    return {path.name for path in lake.local_root.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        (MANY.drop_columns(["title"]), "title"),
        (MANY.append_column("extra", pa.nulls(MANY.num_rows)), "extra"),
        (MANY.set_column(0, "note_id", pa.nulls(MANY.num_rows, pa.string())), "note_id"),
        (MANY.set_column(3, "words", pa.array(["many"] * MANY.num_rows)), "many"),
    ],
)
def test_rows_that_do_not_fit_are_refused(local_lake: Lake, rows: pa.Table, complaint: str) -> None:
    """A missing or unknown column, a null where none may be, and a value of another type are named."""
    with pytest.raises(ValueError, match=complaint), local_lake.parquet_writer(PATH, NOTES.schema) as writer:
        writer.write(rows)
    assert not local_lake.exists(PATH)


def test_columns_may_come_in_any_order(local_lake: Lake) -> None:
    """Columns are matched by name."""
    with local_lake.parquet_writer(PATH, NOTES.schema) as writer:
        writer.write(MANY.select(MANY.schema.names[::-1]))
    assert local_lake.read(PATH).equals(MANY)


def test_a_file_that_is_not_parquet_is_named(lake: Lake) -> None:
    """A damaged file says where it is and how to mend it."""
    lake.write_bytes(PATH, b"not a Parquet file")
    for read in (lake.read, lake.parquet_metadata, lake.facts, lambda path: list(lake.scan(path))):
        with pytest.raises(LakeError, match=rf"CONFLUENCE_LAKE .*{PATH}.*sync its space again"):
            read(PATH)


def test_reading_needs_no_whole_file_in_memory(local_lake: Lake, tmp_path: Path) -> None:
    """Writing and scanning 120 MiB of bodies never holds more than a few row groups of Arrow memory."""
    body = "0123456789abcdef" * 1024 * 64
    peak = 0
    start = pa.total_allocated_bytes()
    with local_lake.parquet_writer(PATH, NOTES.schema) as writer:
        for number in range(120):
            writer.write(as_table(NOTES, [note(number, title=body)]))
            peak = max(peak, pa.total_allocated_bytes() - start)
    for _ in local_lake.scan(PATH):
        peak = max(peak, pa.total_allocated_bytes() - start)
    assert peak < 30 * 1024**2


def test_row_groups_are_as_small_as_they_are_asked_to_be(lake: Lake) -> None:
    """A smaller bound on the bytes of a row group gives more of them, and the same rows."""
    rows = as_table(NOTES, [note(number, title="x" * 1000) for number in range(100)])
    with lake.parquet_writer(PATH, NOTES.schema, group_bytes=10_000) as writer:
        writer.write(rows)
    batches = list(lake.scan(PATH))
    assert all(batch.num_rows <= 10 for batch in batches)
    assert pa.Table.from_batches(batches).equals(rows)
