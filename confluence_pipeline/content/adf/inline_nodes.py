"""ADF's inline nodes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from confluence_pipeline.content.adf.media_nodes import media
from confluence_pipeline.content.adf.node import Node
from confluence_pipeline.content.escape import escape_text
from confluence_pipeline.content.links import end_link, start_link, url_link, write_user
from confluence_pipeline.content.records import Date
from confluence_pipeline.content.writer import Writer

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _text(writer: Writer, node: Node) -> None:
    writer.text(node.text)


def _hard_break(writer: Writer, _node: Node) -> None:
    writer.line_break()


def _mention(writer: Writer, node: Node) -> None:
    write_user(writer, node.get("id"), node.get("text").removeprefix("@") or None)


def _emoji(writer: Writer, node: Node) -> None:
    symbol = node.get("text", "shortName")
    writer.inline(escape_text(symbol), symbol)


def _date(writer: Writer, node: Node) -> None:
    """Write a date; ADF gives it as milliseconds since 1970 in a string, at midnight UTC."""
    written = node.get("timestamp")
    try:
        value = (_EPOCH + timedelta(milliseconds=float(written))).date().isoformat()
    except (ValueError, OverflowError):
        value = written
    if value:
        writer.records.dates.append(Date(value))
        writer.inline(escape_text(value), value)


def _status(writer: Writer, node: Node) -> None:
    text = " ".join(node.get("text").split())
    if text:
        writer.mark_start("strong")
        writer.inline(escape_text(text), text)
        writer.mark_end("strong")


def _placeholder(writer: Writer, node: Node) -> None:
    writer.text(node.get("text"))


def _inline_card(writer: Writer, node: Node) -> None:
    """Write a smart link; the site shows the target's title, which only the site knows."""
    data = node.object("data")
    url, name = node.get("url"), data.get("name")
    if not url and isinstance(data.get("url"), str):
        url = str(data["url"])
    start_link(writer, url_link(url))
    if isinstance(name, str) and name:
        writer.text(name)
    end_link(writer)


def _card(writer: Writer, node: Node) -> None:
    writer.boundary()
    _inline_card(writer, node)
    writer.boundary()


NODES: dict[str, Callable[[Writer, Node], None]] = {
    "text": _text,
    "hardBreak": _hard_break,
    "mention": _mention,
    "emoji": _emoji,
    "date": _date,
    "status": _status,
    "placeholder": _placeholder,
    "inlineCard": _inline_card,
    "blockCard": _card,
    "embedCard": _card,
    "media": media,
    "mediaInline": media,
}
