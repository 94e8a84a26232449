"""The lake's front door: its tables, on top of its files."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, BinaryIO

import pyarrow as pa

from confluence_pipeline.lake import paths
from confluence_pipeline.lake.errors import SETTING, LakeError
from confluence_pipeline.lake.files import LakeFiles
from confluence_pipeline.lake.parquet import conformed, opened
from confluence_pipeline.lake.splits import FileSizes, is_file_name, whole
from confluence_pipeline.lake.storage import Entry
from confluence_pipeline.tables import Table
from confluence_pipeline.tables.report import FileFacts

_LISTINGS = 5  # a folder that is replaced while it is listed is listed again


class Lake(LakeFiles):
    """Parquet tables and raw files under one folder, bucket or prefix.

    A table is made of parts, one for each space. A part is the files in one folder: one of them, until it is large,
    and then several, so that one edit does not rewrite all of it; see :mod:`~confluence_pipeline.lake.splits`.
    Whatever is read of a part here is of one version of it, at any moment and after any crash.

    Attributes:
        uri: The root's address, absolute, without a trailing slash and without secrets; a plain path if local.
        file_sizes: When a part of a table has more than one file.
    """

    def __init__(
        self, uri: str, storage_options: Mapping[str, Any] | None = None, *, file_sizes: FileSizes | None = None
    ) -> None:
        """Name a lake; nothing is read or written yet.

        Args:
            uri: A local path (relative to the working folder, ``~`` allowed) or any fsspec URI.
            storage_options: What fsspec's file system takes, such as ``key`` and ``secret`` for S3.
            file_sizes: When a part of a table has more than one file.

        Raises:
            LakeError: If the address is empty, of an unknown kind, or needs a package that is not installed.
        """
        super().__init__(uri, storage_options)
        self.file_sizes = file_sizes or FileSizes()

    def part_path(self, table: Table, space_key: str | None = None) -> str:
        """Return where a table's part lies while it is one file: ``tables/pages/space_key=ENG/part-0.parquet``.

        A large part is several files in the same folder; :meth:`part_files` tells which there are.

        Args:
            table: The table.
            space_key: The space, ``"_site"`` for a log's rows about the whole site, or None for a table that is
                not kept by space. It is percent-encoded in the path, as hive partitions are.

        Raises:
            ValueError: If the key is not valid, or does not suit the table.
        """
        return paths.part_path(table, space_key)

    def table_folder(self, table: Table) -> str:
        """Return the folder that holds a table's parts, as in ``tables/pages``."""
        return paths.table_folder(table)

    def parts(self, table: Table) -> dict[str | None, tuple[str, ...]]:
        """Return the parts of a table that exist: the paths of their files by space key (None where not by space).

        Raises:
            LakeError: If they cannot be listed, or files of one are missing.
        """
        if not table.by_space:
            files = self.part_files(table)
            return {None: files} if files else {}
        listed: dict[str, list[str]] = {}
        for path in self.list_files(paths.table_folder(table)):
            if (space_key := paths.space_key_of(table, path)) is not None:
                listed.setdefault(space_key, []).append(path)
        return {key: found for key, files in listed.items() if (found := self._whole(table, key, files))}

    def _whole(self, table: Table, space_key: str, listed: Sequence[str]) -> tuple[str, ...]:
        """Return the files of a part in their order; listed anew if it was replaced meanwhile."""
        try:
            return _in_order(listed)
        except ValueError:
            return self.part_files(table, space_key)

    def part_files(self, table: Table, space_key: str | None = None) -> tuple[str, ...]:
        """Return the paths of the files of a table's part, one unless it is large; () if it is not there.

        Raises:
            ValueError: If the key is not valid, or does not suit the table.
            LakeError: If they cannot be listed, or some of them are missing.
        """
        folder = paths.part_folder(table, space_key)
        for _ in range(_LISTINGS):
            with suppress(ValueError):  # listed while the part was replaced
                return _in_order(path for path in self.list_files(folder) if path.rpartition("/")[0] == folder)
        raise LakeError(
            f"{SETTING} ({self.uri}): the files in {folder} are not all the files of one part. "
            "Delete that folder and sync its space again."
        )

    def part_facts(self, table: Table, space_key: str | None = None) -> FileFacts | None:
        """Return the address, rows and size of a table's part, in all its files; None if it is not there."""
        files = self.part_files(table, space_key)
        facts = [found for found in map(self.facts, files) if found is not None]
        if len(files) < 2:
            return facts[0] if facts else None
        address = self._address(paths.part_folder(table, space_key))
        return FileFacts(address, sum(file.rows for file in facts), sum(file.size for file in facts))

    def scan_part(
        self, table: Table, space_key: str | None = None, *, columns: Sequence[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Read a table's part in batches as :meth:`scan` does, file by file; nothing if it is not there.

        All batches are of one version of the part, even if it is replaced meanwhile. Rows are in the order of the key
        within a file.

        Args:
            table: The table.
            space_key: The space, or None for a table that is not kept by space.
            columns: The columns to read; all by default.

        Raises:
            LakeError: If the part cannot be read.
        """
        with ExitStack() as stack:
            for path, file in self._opened_part(table, space_key, stack):
                yield from self._batches(file, path, columns)

    def _opened_part(self, table: Table, space_key: str | None, stack: ExitStack) -> list[tuple[str, BinaryIO]]:
        """Open the files of one version of a part, if there is one, until ``stack`` is closed."""
        for _ in range(_LISTINGS):
            files = self.part_files(table, space_key)
            before = self._stamps(files)
            with ExitStack() as opening, suppress(FileNotFoundError):
                opened_files = [(path, opening.enter_context(self._opened_file(path))) for path in files]
                if before == self._stamps(files):
                    stack.enter_context(opening.pop_all())
                    return opened_files
        raise LakeError(f"{SETTING} ({self.uri}): {table.name} is replaced too fast to be read. Try again.")

    def _opened_file(self, path: str) -> BinaryIO:
        with self._reading(path):
            return self._storage.open_snapshot(path)

    def _stamps(self, files: Sequence[str]) -> Mapping[str, Entry]:
        """Return what tells one version of several files from another; one file is of one version by itself."""
        return self.entries(files[0].rpartition("/")[0]) if len(files) > 1 else {}

    def table(self, table: Table, columns: Sequence[str] | None = None, space_key: str | None = None) -> pa.Table:
        """Return a table's rows, from all its parts or one, in the order of the key within each file.

        Args:
            table: The table.
            columns: The columns to read, in this order; all by default.
            space_key: The space whose part to read; all by default.

        Returns:
            Rows with exactly the table's schema (or the columns asked for), even if there are none. A column that
            an older file lacks is null.

        Raises:
            LakeError: If a part cannot be read, or holds values that no longer fit the schema.
        """
        names = list(columns) if columns is not None else table.schema.names
        schema = pa.schema([table.schema.field(name) for name in names])
        keys = self.parts(table) if space_key is None else [space_key]
        found = (rows for key in keys for rows in self._part(table, key, schema))
        return pa.concat_tables([schema.empty_table(), *found])

    def _part(self, table: Table, space_key: str | None, schema: pa.Schema) -> Iterator[pa.Table]:
        with ExitStack() as stack:
            for path, file in self._opened_part(table, space_key, stack):
                with self._reading(path), opened(file) as parquet:
                    present = set(parquet.schema_arrow.names)
                    rows = parquet.read(columns=[name for name in schema.names if name in present])
                    yield conformed(rows, schema)

    @contextmanager
    def open_part(self, table: Table, space_key: str | None = None) -> Iterator[Callable[[], Iterator[pa.RecordBatch]]]:
        """Hold one version of a table's part open, to read it more than once even if it is replaced meanwhile.

        Args:
            table: The table.
            space_key: The space, or None for a table that is not kept by space.

        Yields:
            A function that begins to read the part: in batches, a row group at a time, with exactly the table's
            schema (see :meth:`table`). One reading has to end before the next begins.

        Raises:
            FileNotFoundError: If the part is not there.
            LakeError: If it cannot be read, or holds values that no longer fit the schema.
        """
        with ExitStack() as stack:
            files = self._opened_part(table, space_key, stack)
            if not files:
                raise FileNotFoundError(paths.part_path(table, space_key))
            yield lambda: (batch for path, file in files for batch in self._conformed_batches(file, path, table.schema))

    def _conformed_batches(self, file: BinaryIO, path: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        for batch in self._batches(file, path):
            with self._reading(path):
                rows = conformed(pa.Table.from_batches([batch]), schema)
            yield from rows.to_batches()

    @property
    def can_split(self) -> bool:
        """Whether a part may have several files here: whether they can take the place of others all at once.

        They can in a folder of this machine whose file system exchanges two names in one step (on Linux ext4, XFS,
        Btrfs, tmpfs and others; on macOS APFS). They cannot on Windows, on most network file systems, and on object
        stores, which replace one object at a time: there a part stays one file, however large.

        Raises:
            LakeError: If nothing can be written there at all.
        """
        with self._explained("write there"):
            return self._storage.can_swap_folders()

    def staging_folder(self, table: Table, space_key: str) -> str:
        """Return the folder where files of a part are written before :meth:`swap_part`.

        It is hidden and not below ``tables``, so nobody takes what is there for rows of the table.
        """
        return paths.staging_folder(table, space_key)

    def clear_staging(self, space_key: str, table: Table | None = None) -> None:
        """Remove what was written to :meth:`staging_folder`, and what swaps have left there, if anything.

        Args:
            space_key: The space; its lock has to be held.
            table: Of which table; of all by default.

        Raises:
            LakeError: If it cannot be removed.
        """
        folder = paths.staging_folder(table, space_key)
        with self._writing(folder):
            self._storage.remove_folder(folder)

    def swap_part(self, table: Table, space_key: str, staged: str, names: Sequence[str]) -> None:
        """Let files take the place of a table's part, all at once.

        The files that were there before lie in the staging folder then, until it is cleared: whoever was listing the
        part when it was replaced lists the whole of it.

        Args:
            table: The table.
            space_key: The space; its lock has to be held.
            staged: A folder below :meth:`staging_folder`, where the new files are, and nothing else.
            names: The names of all files of the part; those that are not staged stay as they are.

        Raises:
            LakeError: If that cannot be done; the old files stay.
        """
        folder = paths.part_folder(table, space_key)
        with self._writing(folder):
            there = {path.rpartition("/")[2] for path in self._storage.list_files(staged)}
            for name in names:
                if name not in there:
                    self._storage.link(f"{folder}/{name}", f"{staged}/{name}")
            self._storage.swap_folders(staged, folder)

    def remove_part(self, table: Table, space_key: str | None = None) -> None:
        """Remove a table's part, in one step; no error if there is none.

        Raises:
            LakeError: If it cannot be removed.
        """
        files = self.part_files(table, space_key)
        if len(files) < 2 or space_key is None:
            for path in files:
                self.remove(path)
            return
        folder, staging = paths.part_folder(table, space_key), paths.staging_folder(table, space_key)
        self.clear_staging(space_key, table)
        with self._writing(folder):
            self._storage.move_folder(folder, f"{staging}/removed")


def _in_order(files: Iterator[str] | Sequence[str]) -> tuple[str, ...]:
    """Return those of one folder's files that are a part's, in their order.

    Raises:
        ValueError: Some of them are missing.
    """
    by_name = {path.rpartition("/")[2]: path for path in files}
    return tuple(by_name[name] for name in whole(name for name in by_name if is_file_name(name)))
