"""The parts of the documentation that are made from code: ``python -m confluence_pipeline.docs``.

A part stands between two comments in a Markdown file, ``<!-- settings -->`` and ``<!-- /settings -->``; this
command writes it anew, and a test fails while it is not current.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path

from confluence_pipeline.confluence.auth import SCOPES
from confluence_pipeline.settings import SETTINGS
from confluence_pipeline.tables import TABLES, Table, description_of

_FILES = ("README.md", "docs/tables.md", "docs/authentication.md")


def settings_table() -> str:
    """Return every setting as a Markdown table."""
    rows = ["| variable | what it does | example | default |", "|---|---|---|---|"]
    for setting in SETTINGS.values():
        default = "**required**" if setting.required else setting.default or ""
        rows.append(
            f"| `{setting.name}` | {_cell(setting.description)} | `{_cell(setting.example)}` | {_cell(default)} |"
        )
    return "\n".join(rows)


def tables_overview() -> str:
    """Return every table, what a row is, its key, and what it takes, as a Markdown table."""
    rows = ["| table | a row is | key | requests |", "|---|---|---|---|"]
    for table in TABLES.values():
        key = ", ".join(f"`{name}`" for name in table.key)
        name = f"[`{table.name}`](docs/tables.md#{table.name}){' ○' if table.per_content else ''}"
        rows.append(f"| {name} | {_cell(table.description)} | {key} | {_cell(table.requests)} |")
    return "\n".join(rows)


def scopes_table() -> str:
    """Return every scope, and which tables need it, as a Markdown table."""
    rows = [
        "| scope | what it lets us read | tables that need it | classic scopes that do as well |",
        "|---|---|---|---|",
    ]
    for use in SCOPES:
        tables = "all" if use.tables is None else ", ".join(f"`{name}`" for name in TABLES if name in use.tables)
        classic = " and ".join(f"`{scope}`" for scope in sorted(use.classic))
        rows.append(f"| `{use.scope}` | {_cell(use.reads)} | {tables} | {classic} |")
    return "\n".join(rows)


def tables_reference() -> str:
    """Return every column of every table."""
    return "\n\n".join(_reference(table) for table in TABLES.values())


def _reference(table: Table) -> str:
    rows = ["| column | type | what it holds |", "|---|---|---|"]
    for field in table.schema:
        marks = " (key)" if field.name in table.key else ""
        rows.append(f"| `{field.name}`{marks} | {_type(str(field.type))} | {_cell(description_of(field))} |")
    place = "one part for each space" if table.by_space else "one part"
    off = " Off unless chosen." if table.per_content else ""
    facts = f"Key: {', '.join(table.key)}; {place}. Requests: {table.requests}.{off}"
    return f"## {table.name}\n\n{table.description} {facts}\n\n" + "\n".join(rows)


PARTS: dict[str, Callable[[], str]] = {
    "settings": settings_table,
    "tables": tables_overview,
    "columns": tables_reference,
    "scopes": scopes_table,
}


def renewed(text: str) -> str:
    """Return a Markdown text with every part in it made anew."""
    for name, make in PARTS.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        part = make()
        text = pattern.sub(lambda found, part=part: f"{found[1]}{part}\n{found[2]}", text)  # type: ignore[misc]
    return text


def main() -> int:
    """Write the parts anew in the files of the working folder."""
    for name in _FILES:
        path = Path(name)
        path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _type(name: str) -> str:
    return {"list<item: string>": "list of string", "timestamp[us, tz=UTC]": "timestamp (UTC)"}.get(name, name)


if __name__ == "__main__":
    sys.exit(main())
