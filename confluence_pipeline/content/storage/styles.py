"""Looks that Markdown has no words for: colours, alignment, indents. They are counted, not kept."""

from functools import lru_cache

from confluence_pipeline.content.writer import Writer

# A list's default look says nothing; the others are what Markdown keeps in its own way.
_CARRIED = frozenset({"list-style-type", "margin", "padding"})


def count_styles(writer: Writer, style: str) -> None:
    """Count the properties of a ``style`` attribute as losses."""
    for name in _properties(style):
        writer.records.lose("style", name)


@lru_cache(maxsize=512)
def _properties(style: str) -> tuple[str, ...]:
    if len(style) > 1000:
        return ("style",)
    names = (part.split(":", 1)[0].strip().lower() for part in style.split(";"))
    return tuple(sorted({name for name in names if name and name not in _CARRIED and name.isascii()}))
