"""One part of a table while it is rebuilt: old rows and new ones merged, and only files that differ are written."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from confluence_pipeline.lake import Lake, LakeError
from confluence_pipeline.lake.splits import file_names, group_bytes, place
from confluence_pipeline.normalize.part_file import PartFile
from confluence_pipeline.normalize.resplit import resplit
from confluence_pipeline.tables.merge import Merge, Row
from confluence_pipeline.tables.report import FileFacts
from confluence_pipeline.tables.schema import Table


class Part:
    """The old rows of one part and the new ones that take their place, in the order of the key.

    Args:
        lake: Where the part is.
        table: Which table.
        space_key: Which space; None for a table that does not belong to spaces.
        writers: Where files that are being written are closed, or abandoned.
    """

    def __init__(self, lake: Lake, table: Table, space_key: str | None, writers: ExitStack) -> None:
        self.merge = Merge(table)
        self.table = table
        self._lake = lake
        self._space_key = space_key
        self._writers = writers
        paths = lake.part_files(table, space_key)
        self._is_new = not paths
        size = group_bytes(len(paths) or 1)
        self._files = [
            PartFile(lake, table, path, writers, group_bytes=size)
            for path in paths or [lake.part_path(table, space_key)]
        ]

    def old(self, last: str | None) -> list[Row]:
        """Return the old rows up to ``last`` in the first key column that were not taken yet; None for all."""
        return [row for file in self._files for row in file.old.through(last)]

    def add(self, old: list[Row], new: list[Row]) -> None:
        """Write ``new`` in place of ``old``; both are of the same stretch of the first key column."""
        rows = self.merge.merge(old, new)
        for file, before, after in zip(self._files, self._placed(old), self._placed(rows), strict=True):
            file.add(before, after)

    @property
    def file(self) -> FileFacts | None:
        """The part as it lies in the lake now."""
        return self._lake.part_facts(self.table, self._space_key)

    def publish(self) -> None:
        """Let what was written take its place, all at once; where nothing differs, nothing was written.

        Raises:
            LakeError: The lake cannot be written; the old part stays.
        """
        if self._is_new:
            self._files[0].begin()
        changed = [file for file in self._files if file.is_written]
        count = self._count()
        if count == len(self._files) and len(changed) < 2:
            self._writers.close()
        elif self._space_key is not None and self._lake.can_split:
            self._swap(self._space_key, changed, count)
        else:
            raise LakeError(
                f"{self._lake.uri}: {self.table.name} of space {self._space_key} is in {len(self._files)} files, which "
                "cannot be replaced all at once on this file system. Delete their folder and sync the space again."
            )

    def _count(self) -> int:
        """Return how many files the part is to have."""
        if self._space_key is None:
            return 1
        count = self._lake.file_sizes.files_for(self.merge.rows, sum(file.value_bytes for file in self._files))
        return count if count == len(self._files) or self._lake.can_split else len(self._files)

    def _swap(self, space_key: str, changed: Sequence[PartFile], count: int) -> None:
        lake, table = self._lake, self.table
        lake.clear_staging(space_key, table)
        written, final = (f"{lake.staging_folder(table, space_key)}/{name}" for name in ("written", "final"))
        try:
            for file in changed:
                file.publish_in(written)
            self._writers.close()
            if count == len(self._files):
                final = written
            else:
                resplit(lake, table, [file.path for file in self._files], [f"{final}/{i}" for i in file_names(count)])
            lake.swap_part(table, space_key, final, file_names(count))
            if final != written:  # those were only on the way
                for file in changed:
                    lake.remove(file.path)
        except BaseException:
            lake.clear_staging(space_key, table)
            raise

    def _placed(self, rows: Sequence[Row]) -> list[list[Row]]:
        """Return rows by the file they are in."""
        count = len(self._files)
        if count == 1:
            return [list(rows)]
        placed: list[list[Row]] = [[] for _ in range(count)]
        column = self.table.key[0]
        for row in rows:
            placed[place(row[column], count)].append(row)
        return placed


@contextmanager
def rebuilt(lake: Lake, table: Table, space_key: str | None = None) -> Iterator[Part]:
    """Rebuild one part of a table in a block; at its end the files with changed rows are replaced, all at once.

    Args:
        lake: Where the part is.
        table: Which table.
        space_key: Which space; None for a table that does not belong to spaces.

    Raises:
        LakeError: The lake cannot be written; then, as after any exception in the block, the old part stays.
    """
    with ExitStack() as writers:
        part = Part(lake, table, space_key, writers)
        yield part
        part.publish()
