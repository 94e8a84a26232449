"""What a table is: its name, key, Arrow schema, and where each column comes from.

The schema is the one source of a table's columns: files, docs, Dagster's column schema and lineage, and the
warehouse's DDL are all made from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

TIMESTAMP = pa.timestamp("us", tz="UTC")
STRINGS = pa.list_(pa.string())

SITE_PART = "_site"
"""The ``space_key`` of log rows that are about the whole site; no space can have it as its key."""


def column(
    name: str, kind: pa.DataType, description: str, *, source: str | Sequence[str] = (), nullable: bool = True
) -> pa.Field:
    """Describe one column.

    Args:
        name: The column's name, part of the data contract.
        kind: Its Arrow type.
        description: One sentence for the person who queries it.
        source: The raw landing's columns it is computed from, as ``"asset.column"``.
        nullable: Whether the API may leave the fact out.

    Returns:
        An Arrow field that carries the description and the sources as metadata.
    """
    sources = (source,) if isinstance(source, str) else tuple(source)
    metadata = {"description": description, "source": ",".join(sources)}
    return pa.field(name, kind, nullable=nullable, metadata=metadata)


def description_of(field: pa.Field) -> str:
    """Return the description of a column made by :func:`column`."""
    return str((field.metadata or {}).get(b"description", b"").decode())


def sources_of(field: pa.Field) -> tuple[str, ...]:
    """Return the ``"asset.column"`` names a column is computed from."""
    joined = (field.metadata or {}).get(b"source", b"").decode()
    return tuple(part for part in joined.split(",") if part)


_STAMPS = (
    column("_run_id", pa.string(), "The Dagster run that wrote this version of the row.", nullable=False),
    column("_extracted_at", TIMESTAMP, "When the facts of this row were read from Confluence.", nullable=False),
    column(
        "_source_url",
        pa.string(),
        "The REST resource the row was read from; rows that were read in bulk name their own resource.",
        nullable=False,
    ),
)


@dataclass(frozen=True)
class Table:
    """One table of the lake and the warehouse.

    Attributes:
        name: The table's name, and its asset's.
        description: What a row is, for catalogues and the user interface.
        key: The columns that identify a row.
        columns: The table's own columns; every table also has the three stamps.
        by_space: Whether rows belong to spaces, so that the table has one part for each.
        log: Whether rows are appended by each run (and never change), rather than mirroring the site.
        per_content: Whether filling it costs a request for each page and blog post; such a table is off by default.
        requests: What filling it costs, in words that follow "Requests:".
    """

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[pa.Field, ...]
    by_space: bool = True
    log: bool = False
    per_content: bool = False
    requests: str = ""

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema with the stamps, in the order columns are written."""
        stamped = {field.name for field in self.columns}
        return pa.schema([*self.columns, *(field for field in _STAMPS if field.name not in stamped)])

    @property
    def content_columns(self) -> tuple[str, ...]:
        """The columns that say whether a row changed: all but the run and the time of extraction."""
        return tuple(name for name in self.schema.names if name not in {"_run_id", "_extracted_at"})


@dataclass(frozen=True)
class View:
    """A query that a warehouse keeps under a name, for what people ask of several tables at once.

    Attributes:
        name: The view's name.
        description: What a row is.
        tables: The tables it reads; it is made where all of them are loaded.
        columns: Its columns, with descriptions and, as sources, the tables' columns.
        query: A ``SELECT`` that gives those columns in that order, in SQL that most databases understand.
    """

    name: str
    description: str
    tables: tuple[Table, ...]
    columns: tuple[pa.Field, ...]
    query: str
