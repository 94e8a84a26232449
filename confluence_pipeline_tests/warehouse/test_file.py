"""The DuckDB file itself: who may have it open, what it may be, and what a crash leaves."""

import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from confluence_pipeline.lake import Lake
from confluence_pipeline.tables import Table
from confluence_pipeline.warehouse import Warehouse, WarehouseError, open_warehouse
from confluence_pipeline.warehouse.duckdb_warehouse import DuckDBWarehouse
from confluence_pipeline_tests.lake.processes import running
from confluence_pipeline_tests.lake.samples import NOTES, note, write_part
from confluence_pipeline_tests.warehouse.processes import (
    hold_load_lock,
    hold_open,
    load_again_and_again,
    load_with_little_room,
)
from confluence_pipeline_tests.warehouse.reading import query

WORDS = "SELECT min(words), max(words), count(*) FROM notes"


class _MeddledLake(Lake):
    """A lake during whose reading somebody writes to the warehouse."""

    def __init__(self, uri: str, warehouse: Warehouse) -> None:
        super().__init__(uri)
        self._warehouse = warehouse

    @contextmanager
    def open_part(self, table: Table, space_key: str | None = None) -> Iterator[Callable[[], Iterator[pa.RecordBatch]]]:
        with duckdb.connect(self._warehouse.uri) as connection:
            connection.execute("CREATE TABLE mine AS SELECT 42 AS answer")
        with super().open_part(table, space_key) as read:
            yield read


def _version(lake: Lake, words: int, rows: int = 100) -> None:
    write_part(lake, NOTES, [note(number, words=words) for number in range(rows)], "ENG")


def _names(warehouse: Warehouse) -> list[str]:
    """Return the files and folders beside the warehouse's file, without the lake's."""
    return sorted(path.name for path in Path(warehouse.uri).parent.iterdir() if path.name not in {"tables", ".locks"})


def test_a_reader_goes_on_while_a_load_runs(lake: Lake, warehouse: Warehouse) -> None:
    """A process that has the file open neither stops a load nor notices it; who opens it afterwards sees new rows."""
    _version(lake, 1)
    warehouse.load(lake, [NOTES])
    with running(hold_open, warehouse.uri, True, "") as (_, reader):
        assert reader.recv() == "open"
        _version(lake, 2)
        assert warehouse.load(lake, [NOTES])[0].updated == 100
        reader.send(WORDS)
        assert reader.recv() == [(1, 1, 100)]
        assert query(warehouse, WORDS) == [(2, 2, 100)]


def test_a_program_that_could_write_but_has_not_stops_no_load(lake: Lake, warehouse: Warehouse) -> None:
    """A shell left open on the file, as `duckdb file` opens it, goes on reading the old rows and loses nothing."""
    _version(lake, 1)
    warehouse.load(lake, [NOTES])
    with running(hold_open, warehouse.uri, False, "") as (_, shell):
        assert shell.recv() == "open"
        _version(lake, 2)
        assert warehouse.load(lake, [NOTES])[0].updated == 100
        shell.send(WORDS)
        assert shell.recv() == [(1, 1, 100)]
        assert query(warehouse, WORDS) == [(2, 2, 100)]
        assert warehouse.load(lake, [NOTES])[0].parts_skipped == 1
        shell.send("")
        assert shell.recv() == "closed"
    assert query(warehouse, WORDS) == [(2, 2, 100)]


def test_nobodys_changes_are_lost_to_a_load(lake: Lake, warehouse: Warehouse) -> None:
    """While another program has changes that are not in the file yet, a load is refused; when it closed, they stay."""
    _version(lake, 1)
    warehouse.load(lake, [NOTES])
    _version(lake, 2)
    before = Path(warehouse.uri).read_bytes()
    with running(hold_open, warehouse.uri, False, "CREATE TABLE mine AS SELECT 42 AS answer") as (_, writer):
        assert writer.recv() == "open"
        with pytest.raises(WarehouseError, match=r"CONFLUENCE_WAREHOUSE .*another program.*Nothing was changed"):
            warehouse.load(lake, [NOTES])
        assert Path(warehouse.uri).read_bytes() == before
        writer.send("")
        assert writer.recv() == "closed"
    warehouse.load(lake, [NOTES])
    assert query(warehouse, "FROM mine") == [(42,)]
    assert query(warehouse, WORDS) == [(2, 2, 100)]


def test_what_another_program_writes_during_a_load_is_not_lost(lake: Lake, warehouse: Warehouse) -> None:
    """A file that somebody changed while its copy was loaded is not replaced; the next load keeps the change."""
    _version(lake, 1)
    warehouse.load(lake, [NOTES])
    _version(lake, 2)
    meddled = _MeddledLake(lake.uri, warehouse)
    with pytest.raises(WarehouseError, match=r"CONFLUENCE_WAREHOUSE .*wrote to it during the load"):
        warehouse.load(meddled, [NOTES])
    assert query(warehouse, WORDS) == [(1, 1, 100)]
    warehouse.load(lake, [NOTES])
    assert query(warehouse, "SELECT answer, max(words) FROM mine, notes GROUP BY ALL") == [(42, 2)]


def test_what_a_crashed_program_committed_stays(lake: Lake, warehouse: Warehouse) -> None:
    """A write-ahead log left by a program that died is put into the file before the load."""
    _version(lake, 1)
    warehouse.load(lake, [NOTES])
    _version(lake, 2)
    with running(hold_open, warehouse.uri, False, "CREATE TABLE mine AS SELECT 42 AS answer") as (process, writer):
        assert writer.recv() == "open"
        process.kill()
        process.join()
    assert Path(f"{warehouse.uri}.wal").exists()
    warehouse.load(lake, [NOTES])
    assert query(warehouse, "SELECT answer, max(words) FROM mine, notes GROUP BY ALL") == [(42, 2)]
    assert not Path(f"{warehouse.uri}.wal").exists()


def test_a_killed_load_leaves_the_old_rows_or_the_new(lake: Lake, warehouse: Warehouse) -> None:
    """After each of ten kills at random instants the file is whole, one version and no older; a load tidies up."""
    _version(lake, 0)
    warehouse.load(lake, [NOTES])
    chance = random.Random(11)  # noqa: S311 - not for secrets
    newest = 0
    for version in range(1, 11):
        _version(lake, version)
        with running(load_again_and_again, lake.uri, warehouse.uri) as (process, loader):
            assert loader.recv() == "ready"
            time.sleep(chance.uniform(0, 0.5))
            process.kill()
            process.join()
        ((least, most, count),) = query(warehouse, WORDS)
        assert (least, count) == (most, 100)
        assert newest <= least <= version
        newest = least
    _version(lake, 99)
    warehouse.load(lake, [NOTES])
    assert query(warehouse, WORDS) == [(99, 99, 100)]
    assert _names(warehouse) == [".warehouse.duckdb.lock", "warehouse.duckdb"]


def test_loads_at_the_same_time_wait_for_each_other(lake: Lake, warehouse: Warehouse) -> None:
    """Two processes that load one file over and over, while the lake changes, never fail or tear it."""
    _version(lake, 0)
    with (
        running(load_again_and_again, lake.uri, warehouse.uri) as (_, one),
        running(load_again_and_again, lake.uri, warehouse.uri) as (_, two),
    ):
        assert (one.recv(), two.recv()) == ("ready", "ready")
        for version in range(1, 4):
            _version(lake, version)
            assert (one.recv(), two.recv()) == ("loaded", "loaded")
            ((least, most, count),) = query(warehouse, WORDS)
            assert (least, count) == (most, 100)


def test_a_load_waits_only_as_long_as_it_is_told(lake: Lake, warehouse: Warehouse) -> None:
    """A load that meets another one says so when its time is up, and the other's death frees the file."""
    _version(lake, 1)
    with running(hold_load_lock, lake.uri, warehouse.uri) as (process, other):
        assert other.recv() == "loading"
        impatient = DuckDBWarehouse(Path(warehouse.uri), wait_seconds=0.1)
        with pytest.raises(WarehouseError, match=r"CONFLUENCE_WAREHOUSE .*another load is running"):
            impatient.load(lake, [NOTES])
        process.kill()
        process.join()
        assert impatient.load(lake, [NOTES])[0].rows == 100


def test_a_full_disk_keeps_the_old_rows_and_no_debris(lake: Lake, warehouse: Warehouse) -> None:
    """Where the system lets no more be written the message names the setting, and the file is as it was."""
    _version(lake, 1)
    warehouse.load(lake, [NOTES])
    before = Path(warehouse.uri).read_bytes()
    letters = random.Random(3)  # noqa: S311 - not for secrets
    write_part(lake, NOTES, [note(number, title=letters.randbytes(40_000).hex()) for number in range(200)], "ENG")
    with running(load_with_little_room, lake.uri, warehouse.uri, len(before) + 100_000) as (_, connection):
        message = connection.recv()
    assert message.startswith(f"CONFLUENCE_WAREHOUSE ({warehouse.uri}): cannot load the warehouse: ")
    assert message.endswith("Nothing in it was changed.")
    assert Path(warehouse.uri).read_bytes() == before
    assert _names(warehouse) == [".warehouse.duckdb.lock", "warehouse.duckdb"]


@pytest.mark.parametrize("content", [b"", b"x" * 5000, b"not DUCK at all"])
def test_a_file_that_is_no_database_is_refused_and_stays(lake: Lake, tmp_path: Path, content: bytes) -> None:
    """A file that DuckDB did not write is named and not touched."""
    path = tmp_path / "notes.db"
    path.write_bytes(content)
    with pytest.raises(WarehouseError, match=rf"CONFLUENCE_WAREHOUSE \({path}\) .*no DuckDB database"):
        open_warehouse(str(path)).load(lake, [NOTES])
    assert path.read_bytes() == content


def test_a_database_of_another_kind_is_refused_and_stays(lake: Lake, tmp_path: Path) -> None:
    """An SQLite file, which often ends in .db, is named and not touched."""
    path = tmp_path / "app.db"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE t (a)")
    database.commit()
    database.close()
    before = path.read_bytes()
    with pytest.raises(WarehouseError, match="no DuckDB database"):
        open_warehouse(str(path)).load(lake, [NOTES])
    assert path.read_bytes() == before


def test_a_damaged_database_is_refused_and_stays(lake: Lake, warehouse: Warehouse) -> None:
    """A DuckDB file that was cut short is named and not touched."""
    _version(lake, 1)
    warehouse.load(lake, [NOTES])
    whole = Path(warehouse.uri).read_bytes()
    Path(warehouse.uri).write_bytes(whole[:20_000])
    with pytest.raises(WarehouseError, match="CONFLUENCE_WAREHOUSE"):
        warehouse.load(lake, [NOTES])
    assert Path(warehouse.uri).read_bytes() == whole[:20_000]


def test_a_folder_in_place_of_the_file_is_refused(lake: Lake, tmp_path: Path) -> None:
    """A folder's name is no file's name."""
    (tmp_path / "w.duckdb").mkdir()
    with pytest.raises(WarehouseError, match=r"CONFLUENCE_WAREHOUSE .*is a folder"):
        open_warehouse(str(tmp_path / "w.duckdb")).load(lake, [NOTES])


def test_a_place_that_cannot_be_written_is_named(lake: Lake, tmp_path: Path) -> None:
    """A path under a file, where no folder can be made, names the setting."""
    (tmp_path / "file").write_text("")
    with pytest.raises(WarehouseError, match=r"CONFLUENCE_WAREHOUSE .*Nothing in it was changed"):
        open_warehouse(str(tmp_path / "file" / "w.duckdb")).load(lake, [NOTES])


def test_a_link_to_the_file_stays_a_link(lake: Lake, tmp_path: Path) -> None:
    """A symbolic link is followed: the file behind it is replaced, not the link."""
    real = tmp_path / "disk" / "real.duckdb"
    link = tmp_path / "link.duckdb"
    link.symlink_to(real)
    _version(lake, 1)
    open_warehouse(str(link)).load(lake, [NOTES])
    assert link.is_symlink()
    assert query(open_warehouse(str(real)), WORDS) == [(1, 1, 100)]
    assert open_warehouse(str(link)).uri == str(link)


def test_a_quote_in_the_path_is_a_quote(tmp_path: Path) -> None:
    """A path may hold what SQL gives a meaning to."""
    lake = Lake(str(tmp_path / 'it\'s; a "lake"'))
    _version(lake, 1)
    warehouse = open_warehouse(f"{lake.uri}/w.duckdb")
    warehouse.load(lake, [NOTES])
    assert query(warehouse, WORDS) == [(1, 1, 100)]
