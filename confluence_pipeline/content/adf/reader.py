"""Reading an ADF document: its nodes in document order, without recursion."""

import json
import re
from typing import Final

from confluence_pipeline.content.adf.marks import OpenMarks
from confluence_pipeline.content.adf.node import Json, Node, NodeEnd, legal_text
from confluence_pipeline.content.adf.nodes import INLINE, NODES, start_unknown
from confluence_pipeline.content.context import ConversionContext
from confluence_pipeline.content.records import Content
from confluence_pipeline.content.writer import Writer

_TEXT = re.compile(r'"text"\s*+:\s*+("(?:[^"\\]|\\.)*+")', re.DOTALL)
_MAX_NESTING: Final = 400  # brackets; the JSON parser recurses, so deeper documents are not given to it
_BRACKETS = re.compile(r"[\[{]|[\]}]|\"(?:[^\"\\]|\\.)*+\"", re.DOTALL)


def convert_adf(body: str, context: ConversionContext) -> Content:
    """Convert an ADF document.

    Args:
        body: The document as JSON text.
        context: Look-ups for link targets and names.

    Returns:
        Everything found. A body that is no JSON document, or one nested absurdly deep, gives the texts that
        can be found in it, which :attr:`Content.losses` says.
    """
    writer = Writer(context)
    document, damage = _parsed(body)
    if document is None:
        _salvage(writer, body, damage)
    else:
        _walk(writer, document)
    return writer.finish()


def _parsed(body: str) -> tuple[dict[str, Json] | None, str]:
    if not body.strip():
        return {}, ""
    if _nesting(body) > _MAX_NESTING:
        return None, "nested too deep"
    try:
        document = json.loads(body)
    except ValueError:
        return None, "not JSON"
    return (document, "") if isinstance(document, dict) else (None, "not a document")


def _nesting(body: str) -> int:
    depth = deepest = 0
    if body.count("[") + body.count("{") <= _MAX_NESTING:
        return 0
    for match in _BRACKETS.finditer(body):
        bracket = match[0]
        if bracket in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif bracket in "]}":
            depth -= 1
    return deepest


def _salvage(writer: Writer, body: str, damage: str) -> None:
    """Write each text of a document that cannot be parsed as a paragraph."""
    writer.records.lose("repair", damage)
    for match in _TEXT.finditer(body):
        try:
            writer.text(legal_text(json.loads(match[1], strict=False)))
        except ValueError:
            writer.text(legal_text(match[1]))
        writer.boundary()


def _walk(writer: Writer, document: dict[str, Json]) -> None:
    marks = OpenMarks(writer)
    pending: list[dict[str, Json] | NodeEnd] = [document]
    while pending:
        item = pending.pop()
        if callable(item):
            marks.close()
            item(writer)
            continue
        node = Node(item)
        if node.type in INLINE:
            marks.set(node.marks)
            INLINE[node.type](writer, node)
            continue
        if node.marks and node.type not in NODES:
            marks.set(node.marks)
        else:
            marks.close()
            marks.lose(node.marks)
        end, children = NODES.get(node.type, start_unknown)(writer, node)
        if end is not None:
            pending.append(end)
        pending.extend(reversed(children))
