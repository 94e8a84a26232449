"""Real processes for tests that kill, race and limit writers; started from a server that has imports done."""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from confluence_pipeline.lake import Lake, LakeError
from confluence_pipeline_tests.lake.samples import NOTES, note, write_part
from confluence_pipeline_tests.room import files_at_most

ROWS_PER_VERSION = 3000


@contextmanager
def running(work: Callable[..., None], *arguments: Any) -> Iterator[tuple[BaseProcess, Connection]]:
    """Run ``work(*arguments, connection)`` in another process; it is killed when the block ends."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    ours, theirs = context.Pipe()
    process = context.Process(target=work, args=(*arguments, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield process, ours
    finally:
        process.kill()
        process.join()
        process.close()
        ours.close()


def write_versions(root: str, first: int, count: int, connection: Connection) -> None:
    """Write versions of one part in turn; each row of a version has its number."""
    lake = Lake(root)
    connection.send("ready")
    for version in range(first, first + count):
        write_part(lake, NOTES, (note(row, words=version) for row in range(ROWS_PER_VERSION)), "ENG")
    connection.send("done")


def hold_lock(root: str, name: str, connection: Connection) -> None:
    """Take a lock and keep it until killed."""
    with Lake(root).lock(name):
        connection.send("held")
        time.sleep(60)


def count_under_lock(root: str, times: int, connection: Connection) -> None:
    """Add to a number in a file, reading and writing it in two steps, as often as asked."""
    lake = Lake(root)
    for _ in range(times):
        with lake.lock("counter", wait_seconds=30):
            number = int(lake.read_bytes("counter"))
            lake.write_bytes("counter", str(number + 1).encode())
    connection.send("done")


def write_with_little_room(root: str, kind: str, limit: int, connection: Connection) -> None:
    """Try to write more than ``limit`` bytes where the system allows no more; sends the error's text."""
    lake = Lake(root)
    titles = ("".join(chr(0x4E00 + (row * 7919 + at * 104729) % 20000) for at in range(300)) for row in range(3000))
    try:
        with files_at_most(limit):
            if kind == "bytes":
                lake.write_bytes("raw/big", bytes(2 * limit))
            else:
                write_part(lake, NOTES, (note(row, title=title) for row, title in enumerate(titles)), "ENG")
    except LakeError as error:
        connection.send(str(error))
    else:
        connection.send("written")
