"""``ac:adf-extension``: what the new editor has and storage format lacks, stored twice.

Once as nodes (``ac:adf-node``), once as an approximation in older elements (``ac:adf-fallback``). One of the two
is written: the nodes where their type is known, otherwise the fallback.
"""

from collections import Counter

from confluence_pipeline.content.escape import indent
from confluence_pipeline.content.frames import LIST, OTHER, Frame
from confluence_pipeline.content.macros.panels import adf_panel
from confluence_pipeline.content.recorder import Position
from confluence_pipeline.content.storage.handler import End, Start, boundary_end, boundary_start
from confluence_pipeline.content.writer import Writer

Attributes = dict[str, str]
KNOWN_NODES = frozenset({"panel", "decision-list"})


class ExtensionFrame(Frame):
    """An extension: its nodes' blocks, and its fallback's."""

    def __init__(self, start: Position) -> None:
        super().__init__()
        self.start = start
        self.is_known = False
        self.fallback: Frame | None = None
        self.nodes_end: Position = ()
        self.losses: Counter[tuple[str, str]] = Counter()


class NodeFrame(Frame):
    """A node: its type and attributes."""

    def __init__(self, node_type: str) -> None:
        super().__init__()
        self.type = node_type
        self.attributes: dict[str, str] = {}
        self.open_attribute = ""


def _extension_start(writer: Writer, _attributes: Attributes) -> None:
    writer.boundary()
    writer.push(ExtensionFrame(writer.records.position()))


def _extension_end(writer: Writer) -> None:
    frame = writer.pop()
    if not isinstance(frame, ExtensionFrame) or frame.flat:
        return
    records, fallback = writer.records, frame.fallback
    if fallback is None or not (fallback.texts or fallback.blocks):
        writer.frame.absorb(frame)
    elif frame.is_known and frame.blocks:
        records.discard(frame.nodes_end, records.position())
        records.losses = frame.losses
        writer.frame.absorb(frame)
    else:
        records.discard(frame.start, frame.nodes_end)
        writer.frame.absorb(fallback)


def _fallback_start(writer: Writer, _attributes: Attributes) -> None:
    writer.boundary()
    frame = writer.frame
    if isinstance(frame, ExtensionFrame):
        frame.nodes_end = writer.records.position()
        frame.losses = writer.records.losses.copy()
    writer.push(Frame())


def _fallback_end(writer: Writer) -> None:
    frame = writer.pop()
    parent = writer.frame
    if isinstance(parent, ExtensionFrame) and parent.fallback is None and not frame.flat:
        parent.fallback = frame
    else:
        parent.absorb(frame)


def _node_start(writer: Writer, attributes: Attributes) -> None:
    writer.boundary()
    node_type = attributes.get("type", "")
    if isinstance(writer.frame, ExtensionFrame):
        writer.frame.is_known = node_type in KNOWN_NODES
    writer.push(NodeFrame(node_type))


def _node_end(writer: Writer) -> None:
    frame = writer.pop()
    if not isinstance(frame, NodeFrame) or frame.flat:
        return
    if frame.type == "panel":
        get = frame.attributes.get
        markdown, text = adf_panel(get("panel-type", ""), get("panel-icon-text", ""), frame.markdown, frame.text)
        writer.block(markdown, text, OTHER)
    elif frame.type == "decision-list" and frame.blocks:
        items = [f"- {indent(block, '  ')}" for block in frame.blocks]
        writer.block("\n".join(items), "\n".join(frame.texts), LIST)
    else:
        if frame.type != "decision-item":
            writer.records.lose("node", frame.type)
        writer.frame.absorb(frame)


def _attribute_start(writer: Writer, attributes: Attributes) -> None:
    if isinstance(writer.frame, NodeFrame):
        writer.frame.open_attribute = attributes.get("key", "")
    writer.raw_start()


def _attribute_end(writer: Writer) -> None:
    value = writer.raw_end().strip()
    if isinstance(writer.frame, NodeFrame):
        writer.frame.attributes[writer.frame.open_attribute] = value


def _mark_start(writer: Writer, attributes: Attributes) -> None:
    writer.records.lose("mark", attributes.get("key", "") or attributes.get("type", ""))
    writer.boundary()


STARTS: dict[str, Start] = {
    "ac:adf-extension": _extension_start,
    "ac:adf-fallback": _fallback_start,
    "ac:adf-node": _node_start,
    "ac:adf-attribute": _attribute_start,
    "ac:adf-content": boundary_start,
    "ac:adf-mark": _mark_start,
}
ENDS: dict[str, End] = {
    "ac:adf-extension": _extension_end,
    "ac:adf-fallback": _fallback_end,
    "ac:adf-node": _node_end,
    "ac:adf-attribute": _attribute_end,
    "ac:adf-content": boundary_end,
    "ac:adf-mark": boundary_end,
}
