"""A process with all imports done that forks others, so that one to be killed begins its work at once.

Run as ``python -m confluence_pipeline_tests.endurance.nursery``: a line of JSON comes in for each child, the child's id
goes out, and when it has ended, how. No thread runs before the fork, and no client is open.
"""

import json
import os
import signal
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import IO, Any, Self, cast

from confluence_pipeline.confluence import ApiToken, ConfluenceClient, ConfluenceError, Connection
from confluence_pipeline.lake import Lake, LakeError
from confluence_pipeline.landing import Selection
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.tables import TABLES
from confluence_pipeline.tables.report import Run
from confluence_pipeline.warehouse import WarehouseError, open_warehouse
from confluence_pipeline_tests.endurance.writes import Writes
from confluence_pipeline_tests.laboratory import HASTE, sync_everything
from confluence_pipeline_tests.room import files_at_most

EVERYTHING = Selection(frozenset(TABLES), attachment_bodies=True, version_bodies=True)


@dataclass(frozen=True, slots=True)
class Work:
    """A sync of everything, from the site to the warehouse, and what is to go wrong with it.

    Attributes:
        base_url: The site.
        email: Who logs in.
        api_token: With what.
        lake: Where the lake is.
        warehouse: Where the warehouse is; empty for none.
        run_id: The run.
        most_bytes: No file may be larger than this, as with a quota; 0 for no limit.
        killed_at: The process dies just before it changes the file system for the so-manieth time; 0 for never.
        full_at: The lake's disk is full from that change on; 0 for never.
        full_at_flush: From this flush of a file or folder on, each finds the disk full; 0 for never.
        wait_seconds: How long to wait for another who writes the same space.
    """

    base_url: str
    email: str
    api_token: str
    lake: str
    warehouse: str
    run_id: str
    most_bytes: int = 0
    killed_at: int = 0
    full_at: int = 0
    full_at_flush: int = 0
    wait_seconds: float = 0

    def do(self) -> Writes:
        """Do it, in this process; return how it changed the file system."""
        writes = Writes(self.killed_at, self.full_at, self.full_at_flush, self.lake)
        with files_at_most(self.most_bytes) if self.most_bytes else nullcontext():
            self._sync()
        return writes

    def _sync(self) -> None:
        lake = Lake(self.lake)
        connection = Connection(self.base_url, ApiToken(self.email, self.api_token), retries=HASTE)
        with ConfluenceClient(connection) as client:
            run = Run(self.run_id, datetime.now(UTC))
            sync_everything(client, lake, EVERYTHING, run, wait_seconds=self.wait_seconds)
        if self.warehouse:
            open_warehouse(self.warehouse).load(lake, list(TABLES.values()))


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended.

    Attributes:
        how: "done", "killed", or what stopped it.
        writes: How often it changed the file system, if it is done.
        landing: Which of these changes put a file of a space's raw landing in its place.
    """

    how: str
    writes: int = 0
    landing: tuple[int, ...] = ()


def work_on(site: SiteProcess, lake: Lake, warehouse: str, run_id: str) -> Work:
    """Return a sync of a site by its default caller."""
    return Work(site.base_url, site.email, site.api_token, lake.uri, warehouse, run_id)


class Nursery:
    """The process that forks, seen from outside; use it as a context manager."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", __name__]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process.wait(30)

    def start(self, work: Work) -> int:
        """Fork a child that works; return its process id."""
        stdin = cast("IO[bytes]", self._process.stdin)
        stdin.write(json.dumps(asdict(work)).encode() + b"\n")
        stdin.flush()
        return int(self._line())

    def kill(self, child: int) -> None:
        """Kill a child at once; one that has ended already is no error."""
        os.kill(child, signal.SIGKILL)  # it is reaped when the next begins, so the id is nobody else's

    def end(self) -> Ended:
        """Wait for the child's end."""
        return Ended(**json.loads(self._line()))

    def _line(self) -> str:
        return cast("IO[bytes]", self._process.stdout).readline().decode()


def main() -> None:
    """Fork for each line that comes in, one child after another, until no more come."""
    children: list[int] = []
    for line in iter(sys.stdin.buffer.readline, b""):
        while children:
            os.waitpid(children.pop(), 0)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            _work(json.loads(line), writing)
        children.append(child)
        os.close(writing)
        print(child, flush=True)
        with os.fdopen(reading) as pipe:
            said = pipe.read()
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        print(said or json.dumps(asdict(Ended("killed"))), flush=True)


def _work(facts: dict[str, Any], said: int) -> None:
    """Work, say how it ended, and end without cleaning up what belongs to the parent."""
    status = 1
    try:
        writes = Work(**facts).do()
        ended = Ended("done", writes.count, tuple(writes.landing))
        status = 0
    except (ConfluenceError, LakeError, WarehouseError) as error:
        ended = Ended(str(error))
    except Exception as error:  # noqa: BLE001 - nobody sees a traceback of this process
        ended = Ended(f"unforeseen: {error!r}")
    finally:
        os.write(said, json.dumps(asdict(ended)).encode())
        os._exit(status)


if __name__ == "__main__":
    main()
