"""A process that rewrites a part of several files over and over, for tests that kill it and read meanwhile."""

from multiprocessing.connection import Connection

from confluence_pipeline.lake import FileSizes, Lake
from confluence_pipeline.normalize.part import rebuilt
from confluence_pipeline_tests.lake.samples import NOTES, note

SMALL_FILES = FileSizes(rows=7)
"""Files so small that a part of a few dozen rows has several."""

ROWS = (28, 50)
"""How many rows even and odd versions have: as many as make four files, and eight."""


def rewrite_versions(root: str, first: int, count: int, connection: Connection) -> None:
    """Write versions of one part in turn; each row of a version has its number."""
    lake = Lake(root, file_sizes=SMALL_FILES)
    connection.send("ready")
    for version in range(first, first + count):
        lake.clear_staging("ENG")
        with rebuilt(lake, NOTES, "ENG") as part:
            part.add(part.old(None), [note(number, words=version) for number in range(ROWS[version % 2])])
        if version == first:
            connection.send("begun")
    connection.send("done")
