"""What each ADF node means to the writer.

Inline nodes are written at once. Other nodes start something, and give back how it ends and which children stand
in between.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from confluence_pipeline.content import lists, tables
from confluence_pipeline.content.adf import extensions, inline_nodes, media_nodes
from confluence_pipeline.content.adf.node import Json, Node, NodeEnd
from confluence_pipeline.content.escape import quote
from confluence_pipeline.content.frames import Frame, ItemFrame
from confluence_pipeline.content.macros.panels import adf_panel, details_element
from confluence_pipeline.content.macros.registry import fenced
from confluence_pipeline.content.writer import Writer

Started: TypeAlias = "tuple[NodeEnd | None, list[dict[str, Json]]]"
NodeStart: TypeAlias = Callable[[Writer, Node], Started]


def _document(_writer: Writer, node: Node) -> Started:
    return None, node.children


def _block(writer: Writer, node: Node) -> Started:
    writer.boundary()
    return Writer.boundary, node.children


def _paragraph(writer: Writer, node: Node) -> Started:
    writer.boundary()
    writer.frame.paragraphs += 1
    return _end_paragraph, node.children


def _end_paragraph(writer: Writer) -> None:
    writer.frame.paragraphs -= 1
    writer.boundary()


def _heading(writer: Writer, node: Node) -> Started:
    writer.heading_start(max(1, min(node.integer("level", 1), 6)))
    return Writer.heading_end, node.children


def _bullet_list(writer: Writer, node: Node) -> Started:
    lists.start_list(writer)
    return lists.end_list, node.children


def _ordered_list(writer: Writer, node: Node) -> Started:
    lists.start_list(writer, max(0, min(node.integer("order", 1), 10**8)))
    return lists.end_list, node.children


def _item(writer: Writer, node: Node) -> Started:
    lists.start_item(writer)
    return lists.end_item, node.children


def _task(writer: Writer, node: Node) -> Started:
    lists.start_item(writer)
    if isinstance(writer.frame, ItemFrame):
        writer.frame.task_id = node.get("localId") or None
        writer.frame.task_status = "complete" if node.get("state") == "DONE" else "incomplete"
    return lists.end_task, node.children


def _code_block(writer: Writer, node: Node) -> Started:
    writer.block(*fenced(writer, node.plain_text(), language=node.get("language")))
    return None, []


def _quote(writer: Writer, node: Node) -> Started:
    return _framed(writer, node, lambda frame: (quote(frame.markdown), frame.text))


def _panel(writer: Writer, node: Node) -> Started:
    panel_type, icon = node.get("panelType"), node.get("panelIconText")

    def close(frame: Frame) -> tuple[str, str]:
        return adf_panel(panel_type, icon, frame.markdown, frame.text)

    return _framed(writer, node, close)


def _expand(writer: Writer, node: Node) -> Started:
    title = node.get("title")

    def close(frame: Frame) -> tuple[str, str]:
        rendered = details_element(title, frame.markdown, frame.text)
        return rendered.markdown, rendered.text

    return _framed(writer, node, close, may_be_empty=True)


def _framed(
    writer: Writer, node: Node, close: Callable[[Frame], tuple[str, str]], *, may_be_empty: bool = False
) -> Started:
    writer.boundary()
    writer.push(Frame())

    def end(writer: Writer) -> None:
        frame = writer.pop()
        if not frame.flat and (frame.blocks or may_be_empty):
            writer.block(*close(frame))

    return end, node.children


def _rule(writer: Writer, _node: Node) -> Started:
    writer.block("___" if isinstance(writer.frame, ItemFrame) else "---", "")
    return None, []


def _table(writer: Writer, node: Node) -> Started:
    tables.start_table(writer)
    return tables.end_table, node.children


def _row(writer: Writer, node: Node) -> Started:
    tables.start_row(writer)
    return None, node.children


def _cell(writer: Writer, node: Node) -> Started:
    tables.start_cell(
        writer,
        is_header=node.type == "tableHeader",
        row_span=node.get("rowspan"),
        column_span=node.get("colspan"),
    )
    if node.get("background"):
        writer.records.lose("style", "background")
    return tables.end_cell, node.children


def start_unknown(writer: Writer, node: Node) -> Started:
    """Keep the content of a node that nobody knows, or the text among its attributes."""
    writer.records.lose("node", node.type)
    if node.text:
        writer.text(node.text)
    if node.children:
        writer.boundary()
        return Writer.boundary, node.children
    title = node.object("title").get("text")
    parts = [title if isinstance(title, str) else "", node.get("text"), node.get("url", "href")]
    shown = " ".join(part for part in parts if part)
    if shown:
        writer.text(shown)
    return None, []


INLINE: Mapping[str, Callable[[Writer, Node], None]] = MappingProxyType(inline_nodes.NODES)
NODES: Mapping[str, NodeStart] = MappingProxyType(
    {
        "doc": _document,
        "paragraph": _paragraph,
        "heading": _heading,
        "bulletList": _bullet_list,
        "orderedList": _ordered_list,
        "listItem": _item,
        "taskList": _bullet_list,
        "taskItem": _task,
        "blockTaskItem": _task,
        "decisionList": _bullet_list,
        "decisionItem": _item,
        "codeBlock": _code_block,
        "blockquote": _quote,
        "panel": _panel,
        "rule": _rule,
        "table": _table,
        "tableRow": _row,
        "tableHeader": _cell,
        "tableCell": _cell,
        "expand": _expand,
        "nestedExpand": _expand,
        "layoutSection": _block,
        "layoutColumn": _block,
        "caption": _paragraph,
        "mediaSingle": media_nodes.media_single,
        "mediaGroup": _block,
        "extension": extensions.extension,
        "inlineExtension": extensions.extension,
        "bodiedExtension": extensions.extension,
        "multiBodiedExtension": extensions.extension,
        "extensionFrame": _block,
        "syncBlock": extensions.sync_block,
        "bodiedSyncBlock": _block,
    }
)
