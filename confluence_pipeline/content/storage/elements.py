"""Which function handles which element of storage format."""

from typing import Final

from confluence_pipeline.content.storage import (
    extension_elements,
    html_elements,
    link_elements,
    macro_elements,
)
from confluence_pipeline.content.storage.handler import End, Start
from confluence_pipeline.content.writer import Writer

_MODULES = (html_elements, link_elements, macro_elements, extension_elements)

STARTS: Final[dict[str, Start]] = {name: start for module in _MODULES for name, start in module.STARTS.items()}
ENDS: Final[dict[str, End | None]] = {
    **dict.fromkeys(STARTS),
    **{name: end for module in _MODULES for name, end in module.ENDS.items()},
}


def start_unknown(writer: Writer, name: str, attributes: dict[str, str]) -> None:
    """Start an element without a function of its own: HTML in capitals, or one that nobody knows."""
    handler = STARTS.get(name.lower())
    if handler is None:
        writer.records.lose("element", name)
    else:
        handler(writer, attributes)


def end_unknown(writer: Writer, name: str) -> None:
    """End an element as :func:`start_unknown` started it."""
    handler = ENDS.get(name.lower())
    if handler is not None:
        handler(writer)
