"""Writers that die, race or run out of room."""

import random
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from confluence_pipeline.lake import Lake
from confluence_pipeline_tests.lake.processes import (
    ROWS_PER_VERSION,
    running,
    write_versions,
    write_with_little_room,
)
from confluence_pipeline_tests.lake.samples import NOTES, note, write_part

PART = "tables/notes/space_key=ENG/part-0.parquet"
VERSIONS_PER_WRITER = 1000


def _version(lake: Lake) -> int:
    """Read the whole part; return the version that all its rows have."""
    table = lake.table(NOTES)
    (version,) = set(table["words"].to_pylist())
    assert table.num_rows == ROWS_PER_VERSION
    return int(version)


def _names(lake: Lake) -> list[str]:
    assert lake.local_root is not None
    return [path.name for path in (lake.local_root / PART).parent.iterdir()]


def test_a_killed_writer_leaves_the_old_rows_or_the_new(local_lake: Lake) -> None:
    """After each of 20 kills at random instants the part is whole and no older; the next writer tidies up."""
    began = time.monotonic()
    write_part(local_lake, NOTES, (note(row, words=0) for row in range(ROWS_PER_VERSION)), "ENG")
    a_few_versions = 8 * (time.monotonic() - began)
    chance = random.Random(2026)  # noqa: S311 - not for secrets
    newest = 0
    for attempt in range(20):
        first = newest + 1
        with running(write_versions, local_lake.uri, first, VERSIONS_PER_WRITER) as (process, connection):
            assert connection.recv() == "ready"
            time.sleep(chance.uniform(0, a_few_versions))
            process.kill()
            process.join()
        version = _version(local_lake)
        assert newest <= version < first + VERSIONS_PER_WRITER, f"attempt {attempt}"
        newest = version
        assert len(_names(local_lake)) <= 2
    assert newest > 0
    write_part(local_lake, NOTES, [note(1)], "ENG")
    assert _names(local_lake) == ["part-0.parquet"]


def test_what_dead_writers_left_is_cleaned_up_wherever_it_lies(local_lake: Lake) -> None:
    """Also beside files that nobody writes again; what a living writer has in hand stays, and is published."""
    write_part(local_lake, NOTES, [note(1)], "ENG")
    root = Path(local_lake.uri)
    dead = root / "raw" / ".bodies.parquet.0123456789ab.tmp"
    dead.parent.mkdir()
    dead.write_bytes(b"half")
    theirs = root / "raw" / ".notes.tmp"
    theirs.write_bytes(b"somebody else's")
    with local_lake.stream_writer("raw/alive") as writer:
        writer.write(b"first, ")
        local_lake.drop_leftovers()
        writer.write(b"second")
    assert local_lake.read_bytes("raw/alive") == b"first, second"
    assert not dead.exists()
    assert theirs.exists()
    assert _names(local_lake) == ["part-0.parquet"]


def test_a_dead_writers_file_is_removed_and_a_live_ones_is_not(local_lake: Lake) -> None:
    """A writer removes what a dead one left for the same part, and nobody else's file, not even a live writer's."""
    folder = Path(local_lake.uri) / PART
    folder.parent.mkdir(parents=True)
    (folder.parent / ".part-0.parquet.0123456789ab.tmp").write_bytes(b"left by a dead writer")
    (folder.parent / ".other.tmp").write_bytes(b"somebody else's")
    with local_lake.parquet_writer(PART, NOTES.schema) as slow:
        write_part(local_lake, NOTES, [note(1)], "ENG")
        assert len(_names(local_lake)) == 3
        slow.discard()
    assert sorted(_names(local_lake)) == [".other.tmp", "part-0.parquet"]
    assert local_lake.table(NOTES).num_rows == 1


def test_parallel_writers_never_tear_a_part(local_lake: Lake) -> None:
    """While four processes replace one part over and over, a reader always finds one whole version."""
    write_part(local_lake, NOTES, (note(row, words=0) for row in range(ROWS_PER_VERSION)), "ENG")
    seen = set()
    with ExitStack() as stack:
        writers = [stack.enter_context(running(write_versions, local_lake.uri, 10 * w, 8)) for w in range(4)]
        pending = [connection for _, connection in writers]
        while pending:
            seen.add(_version(local_lake))
            pending = [each for each in pending if not (each.poll() and each.recv() == "done")]
    assert _version(local_lake) in {7, 17, 27, 37}
    assert len(seen) > 1
    assert _names(local_lake) == ["part-0.parquet"]


@pytest.mark.parametrize("kind", ["bytes", "parquet"])
def test_a_full_disk_keeps_the_old_rows_and_no_debris(local_lake: Lake, kind: str) -> None:
    """Where the system lets no more be written, the message names setting and path, and the lake is as it was."""
    write_part(local_lake, NOTES, [note(1)], "ENG")
    local_lake.write_bytes("raw/big", b"old")
    with running(write_with_little_room, local_lake.uri, kind, 50_000) as (_, connection):
        assert connection.poll(30)
        message = connection.recv()
    path = "raw/big" if kind == "bytes" else PART
    assert message.startswith(f"CONFLUENCE_LAKE ({local_lake.uri}): cannot write {path}: ")
    assert message.endswith("Nothing was changed.")
    assert local_lake.read_bytes("raw/big") == b"old"
    assert local_lake.table(NOTES).num_rows == 1
    files = [found for found in Path(local_lake.uri).rglob("*") if found.is_file()]
    assert sorted(found.name for found in files) == ["big", "part-0.parquet"]
