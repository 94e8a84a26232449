"""Where things lie under the lake's root, and which names are allowed there."""

import re
from pathlib import PurePosixPath
from urllib.parse import quote, unquote

from confluence_pipeline.lake.splits import is_file_name
from confluence_pipeline.tables import Table

PART_FILE = "part-0.parquet"
_LONGEST_NAME = 200  # bytes once quoted, so that a folder name with its prefix stays below the usual limit of 255
_SPACE_KEY = re.compile(r"~?[\w.:@+-]+")


def is_valid_space_key(key: str) -> bool:
    """Tell whether ``key`` may name a part of a table.

    Keys of global spaces are letters and digits; those of personal spaces are ``~`` and the owner's account id
    (Cloud) or user name (Data Center), which may hold dots, dashes, colons, ``@`` and ``+``.
    """
    if not _SPACE_KEY.fullmatch(key) or not key.strip("~."):
        return False
    return len(quote(key, safe="")) <= _LONGEST_NAME


def quoted(name: str) -> str:
    """Return a space key as it stands in a path: percent-encoded, as readers of hive partitions expect.

    Raises:
        ValueError: If ``name`` is not a valid space key.
    """
    if not is_valid_space_key(name):
        raise ValueError(f"{name!r} is not a space key: expected letters, digits and . _ - : @ +, after ~ or not")
    return quote(name, safe="")


def table_folder(table: Table) -> str:
    """Return the folder of a table's parts."""
    return f"tables/{table.name}"


def part_path(table: Table, space_key: str | None) -> str:
    """Return the path of a table's part, as long as it is one file.

    Args:
        table: The table.
        space_key: The space whose rows it holds, ``"_site"`` for log rows about the whole site, or None for a
            table that is not kept by space.

    Raises:
        ValueError: If the key is not valid, or is given for a table without spaces, or is missing.
    """
    if table.by_space != (space_key is not None):
        raise ValueError(f"the table {table.name} is{'' if table.by_space else ' not'} kept by space")
    if space_key is None:
        return f"{table_folder(table)}/{PART_FILE}"
    return f"{table_folder(table)}/space_key={quoted(space_key)}/{PART_FILE}"


def space_key_of(table: Table, path: str) -> str | None:
    """Return the space key in the path of a part's file, or None for one in no folder that :func:`part_path` makes."""
    place = PurePosixPath(path)
    key = unquote(place.parent.name.removeprefix("space_key="))
    if not is_valid_space_key(key) or not is_file_name(place.name):
        return None
    return key if part_folder(table, key) == str(place.parent) else None


def part_folder(table: Table, space_key: str | None) -> str:
    """Return the folder of a part's files."""
    return part_path(table, space_key).rpartition("/")[0]


def staging_folder(table: Table | None, space_key: str) -> str:
    """Return the hidden folder in which files of a space's part, or of all its parts, wait to take their place."""
    folder = f".staging/{quoted(space_key)}"
    return f"{folder}/{table.name}" if table else folder


def checked(path: str) -> str:
    """Return a path relative to the lake's root, refusing one that could lead out of it.

    Raises:
        ValueError: If the path is empty, absolute, or has an empty, ``.`` or ``..`` step.
    """
    steps = path.split("/")
    if any(step in {"", ".", ".."} for step in steps) or "\\" in path or "\0" in path or ":" in steps[0]:
        raise ValueError(f"{path!r} is not a path inside the lake")
    return path
