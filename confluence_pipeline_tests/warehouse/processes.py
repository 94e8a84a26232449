"""Work for other processes that have a warehouse's file open, or load it."""

import resource
import time
from multiprocessing.connection import Connection

import duckdb

from confluence_pipeline.lake import Entry, Lake
from confluence_pipeline.warehouse import WarehouseError, open_warehouse
from confluence_pipeline_tests.lake.samples import NOTES
from confluence_pipeline_tests.room import files_at_most


def hold_open(path: str, read_only: bool, first: str, connection: Connection) -> None:
    """Open a file, run ``first``, then answer each query that comes with its rows, until killed or told to stop."""
    with duckdb.connect(path, read_only=read_only) as database:
        if first:
            database.execute(first)
        connection.send("open")
        while query := connection.recv():
            connection.send(database.execute(query).fetchall())
    connection.send("closed")


def load_again_and_again(lake_uri: str, path: str, connection: Connection) -> None:
    """Load a warehouse as often as possible, waiting for no one longer than a minute."""
    connection.send("ready")
    for _ in range(1000):
        open_warehouse(path).load(Lake(lake_uri), [NOTES])
        connection.send("loaded")
        time.sleep(0.1)  # another process that waits looks now and then


def load_with_little_room(lake_uri: str, path: str, limit: int, connection: Connection) -> None:
    """Load where the system lets no file be larger than ``limit``; sends the error's text."""
    try:
        with files_at_most(limit):
            open_warehouse(path).load(Lake(lake_uri), [NOTES])
    except WarehouseError as error:
        connection.send(str(error))
    else:
        connection.send("loaded")


def hold_load_lock(lake_uri: str, path: str, connection: Connection) -> None:
    """Begin a load whose lake is so slow that it is still running when it is killed."""

    class _SlowLake(Lake):
        def entries(self, folder: str) -> dict[str, Entry]:
            connection.send("loading")
            time.sleep(60)
            return super().entries(folder)

    open_warehouse(path).load(_SlowLake(lake_uri), [NOTES])


def load_and_weigh(lake_uri: str, path: str, connection: Connection) -> None:
    """Load once; sends the rows and by how many bytes the load made this process larger at its peak."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (report,) = open_warehouse(path).load(Lake(lake_uri), [NOTES])
    connection.send((report.rows, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024))
