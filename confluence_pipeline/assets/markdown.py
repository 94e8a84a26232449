"""Small Markdown tables for metadata that people read."""

from collections.abc import Iterable, Sequence


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[object]], *, longest: int = 60) -> str:
    """Return a GitHub-style table.

    Args:
        header: The names of the columns.
        rows: Values in the same order; None shows as an empty cell, and nothing in a value can break out of its
            cell.
        longest: The most characters of a value that are shown.
    """
    cells = ([_cell(value, longest) for value in row] for row in rows)
    return "\n".join([_line(header), _line("---" for _ in header), *map(_line, cells)])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: object, longest: int) -> str:
    if value is None:
        return ""
    text = " ".join(str(value).split())
    if len(text) > longest:
        text = f"{text[: longest - 1]}…"
    for mark in "\\|`*_<>[]":
        text = text.replace(mark, f"\\{mark}")
    return text
