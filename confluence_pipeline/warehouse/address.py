"""From what a person wrote as the warehouse's address to the warehouse."""

import re
from pathlib import Path

from confluence_pipeline.warehouse.base import SETTING, Warehouse, WarehouseError
from confluence_pipeline.warehouse.duckdb_warehouse import DuckDBWarehouse

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
_SUFFIXES = (".duckdb", ".db")
_SUPPORTED = "a DuckDB file: a path that ends in .duckdb or .db, or duckdb:///folder/file.duckdb"


def open_warehouse(uri: str) -> Warehouse:
    """Return the warehouse at an address, without touching it yet.

    Args:
        uri: ``duckdb:///folder/file.duckdb`` (an absolute path), ``duckdb://file.duckdb`` (relative to the working
            folder), or a plain path that ends in ``.duckdb`` or ``.db``. ``~`` is the home folder.

    Raises:
        WarehouseError: If the address is of another kind; the message says what is supported.
    """
    address = uri.strip()
    scheme = _SCHEME.match(address)
    if scheme and scheme[1].lower() != "duckdb":
        # the rest may hold a password
        raise WarehouseError(f"{SETTING} begins with {scheme[1]}:, which is not supported; give {_SUPPORTED}.")
    path = re.sub(r"^duckdb:(//)?", "", address, flags=re.IGNORECASE)
    path = re.sub(r"^/+(?=/|[A-Za-z]:)", "", path)
    if not path or "\0" in path or (not scheme and not path.endswith(_SUFFIXES)):
        raise WarehouseError(f"{SETTING} is {address!r}, which is not supported; give {_SUPPORTED}.")
    try:
        return DuckDBWarehouse(Path(path).expanduser())
    except RuntimeError as error:
        raise WarehouseError(f"{SETTING} is {address!r}: {error}.") from error


def default_warehouse_uri(lake_uri: str) -> str:
    """Return where the warehouse goes unless a person says otherwise.

    Args:
        lake_uri: The lake's address as :attr:`confluence_pipeline.lake.Lake.uri` has it.

    Returns:
        A DuckDB file in the lake if that is a local folder, else ``confluence.duckdb`` in the working folder.
    """
    is_remote = "://" in lake_uri or "::" in lake_uri
    return str(Path("confluence.duckdb").absolute() if is_remote else Path(lake_uri) / "warehouse.duckdb")
