"""The shape of the functions that elements are handled by, and those that many elements share."""

from collections.abc import Callable
from typing import TypeAlias

from confluence_pipeline.content.writer import Writer

Start: TypeAlias = Callable[[Writer, dict[str, str]], None]
End: TypeAlias = Callable[[Writer], None]


def boundary_start(writer: Writer, _attributes: dict[str, str]) -> None:
    """Start an element that only separates paragraphs."""
    writer.boundary()


def boundary_end(writer: Writer) -> None:
    """End an element that only separates paragraphs."""
    writer.boundary()
