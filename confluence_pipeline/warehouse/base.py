"""What every warehouse does, whichever database it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from confluence_pipeline.lake import Lake
from confluence_pipeline.tables import Table

SETTING = "CONFLUENCE_WAREHOUSE"


class WarehouseError(Exception):
    """The warehouse could not be loaded; what was in it is there still. The message names the setting."""


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load did to one table.

    Attributes:
        table: The table's name.
        rows: The rows it has now.
        inserted: Rows that are new.
        updated: Rows that were there under their key and differed.
        deleted: Rows that the lake no longer has.
        parts_loaded: Parts of the table whose file had changed, or was gone, since the last load.
        parts_skipped: Parts whose file had not.
    """

    table: str
    rows: int
    inserted: int
    updated: int
    deleted: int
    parts_loaded: int
    parts_skipped: int


class Warehouse(Protocol):
    """A database that mirrors tables of a lake.

    Attributes:
        uri: The database's address, fit to be shown to people.
    """

    uri: str

    def load(self, lake: Lake, tables: Sequence[Table]) -> list[LoadReport]:
        """Bring tables to the state of the lake: all of them, or, if anything fails, none.

        Only parts whose files changed since the last load are read, and only rows that differ are written. Tables
        that are not given are left as they are.

        Args:
            lake: Where the rows come from.
            tables: The tables to load.

        Returns:
            One report a table, in the order given.

        Raises:
            WarehouseError: If the database cannot be read or written, or a part breaks the table's key.
            LakeError: If a part cannot be read.
        """
