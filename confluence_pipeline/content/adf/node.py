"""A node of an ADF document, read with tolerance: anything of the wrong type counts as absent."""

import re
from collections.abc import Callable
from typing import TypeAlias

from confluence_pipeline.content.writer import Writer

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
NodeEnd: TypeAlias = Callable[[Writer], None]


_ILLEGAL = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ud800-\\udfff\\ufffe\\uffff]")


class Node:
    """A node: its type, attributes, marks and children."""

    __slots__ = ("attributes", "children", "marks", "text", "type")

    def __init__(self, source: dict[str, Json]) -> None:
        node_type, text = source.get("type"), source.get("text")
        self.type = node_type if isinstance(node_type, str) else ""
        self.text = legal_text(text) if isinstance(text, str) else ""
        self.attributes = _object(source.get("attrs"))
        self.children = _nodes(source.get("content"))
        self.marks = _nodes(source.get("marks"))

    def get(self, *names: str) -> str:
        """Return the first of these attributes that is a string or a number, as text; empty if none is."""
        for name in names:
            value = self.attributes.get(name)
            if isinstance(value, str | int | float) and not isinstance(value, bool) and value != "":
                return legal_text(str(value))
        return ""

    def integer(self, name: str, default: int) -> int:
        """Return an attribute that is a whole number."""
        value = self.attributes.get(name)
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return value if isinstance(value, int) and not isinstance(value, bool) else default

    def object(self, name: str) -> "dict[str, Json]":
        """Return an attribute that is an object; empty if it is none."""
        return _object(self.attributes.get(name))

    def plain_text(self) -> str:
        """Return the text of the node and its descendants."""
        found: list[str] = []
        pending = [self]
        while pending:
            node = pending.pop()
            found.append(node.text or ("\n" if node.type == "hardBreak" else ""))
            pending += [Node(child) for child in reversed(node.children)]
        return "".join(found)


def legal_text(text: str) -> str:
    """Return text without what JSON allows and XML and Markdown do not: control characters, half surrogates."""
    return text if text.isprintable() else _ILLEGAL.sub("", text)


def _object(value: Json) -> "dict[str, Json]":
    return value if isinstance(value, dict) else {}


def _nodes(value: Json) -> "list[dict[str, Json]]":
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
