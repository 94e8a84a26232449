"""Macros that frame their body: admonitions, panels, expandable sections, tabs, excerpts, page properties."""

import re
from typing import Final

from confluence_pipeline.content.escape import escape_line_start, escape_text, html_text, quote
from confluence_pipeline.content.macros.registry import BODY, MacroTable, Rendered
from confluence_pipeline.content.recorder import MacroCall
from confluence_pipeline.content.records import Excerpt, Property
from confluence_pipeline.content.writer import Writer

# The editor calls these Info, Success, Warning and Error; GitHub's words for the same are these.
ALERTS: Final = {"info": "NOTE", "tip": "TIP", "note": "WARNING", "warning": "CAUTION"}
# A list that cannot interrupt a paragraph, here the alert's own line: CommonMark 0.31, section 5.3.
_NEEDS_SPACE = re.compile(r"(?!1[.)] )\d{1,9}[.)](?:\s|$)|\*(?:\n|$)")


def alert(alert_type: str, title: str, markdown: str, text: str) -> tuple[str, str]:
    """Return a framed block as a GitHub alert, or as a plain quote if ``alert_type`` is empty."""
    lines = [f"[!{alert_type}]"] if alert_type else []
    if title:
        lines.append(f"**{escape_text(title)}**")
    head = "\n".join(lines)
    is_close = markdown[:1] not in ("", "`", "<", "|", "-", "#", ">") and not _NEEDS_SPACE.match(markdown)
    if alert_type and not title and is_close:
        source = f"{head}\n{markdown}"
    else:
        source = f"{head}\n\n{markdown}" if head and markdown else head + markdown
    return quote(source), f"{title}\n\n{text}" if title and text else title + text


# The editor's purple Note has no macro; GitHub's Important has its colour.
ADF_ALERTS: Final = {
    "info": "NOTE", "note": "IMPORTANT", "tip": "TIP", "success": "TIP", "warning": "WARNING", "error": "CAUTION",
}  # fmt: skip


def adf_panel(panel_type: str, icon: str, markdown: str, text: str) -> tuple[str, str]:
    """Return a panel of the new editor; a custom one is a quote led by its icon."""
    return alert(ADF_ALERTS.get(panel_type, ""), icon, markdown, text)


def admonition(call: MacroCall, _writer: Writer) -> Rendered:
    """Info, tip, note or warning, as a GitHub alert."""
    return _framed(call, ALERTS[call.name])


def panel(call: MacroCall, _writer: Writer) -> Rendered:
    """A panel, as a block quote led by its icon and title."""
    return _framed(call, "", call.get("panelIconText"))


def expand(call: MacroCall, _writer: Writer) -> Rendered:
    """An expandable section, as HTML details."""
    if call.body is None:
        return Rendered("converted")
    return details_element(call.get("title", "") or "Click here to expand...", call.body.markdown, call.body.text)


def details_element(title: str, markdown: str, text: str) -> Rendered:
    """Return an expandable section with Markdown inside."""
    title = " ".join(title.split())
    head = f"<details>\n<summary>{html_text(title)}</summary>"
    parts = (head, markdown, "</details>") if markdown else (head + "\n</details>",)
    return Rendered("converted", "\n\n".join(parts), "\n\n".join(part for part in (title, text) if part))


def excerpt(call: MacroCall, writer: Writer) -> Rendered:
    """The part of the page that others include."""
    if call.body is not None:
        writer.records.excerpts.append(Excerpt(call.get("name"), call.body.markdown, call.body.text))
    return BODY


def page_properties(call: MacroCall, writer: Writer) -> Rendered:
    """Page properties: the key and value rows of the tables in the body."""
    for table in writer.records.tables[call.tables_from :]:
        rows: dict[int, list[str]] = {}
        for cell in table.cells:
            rows.setdefault(cell.row, []).append(cell.text)
        for cells in rows.values():
            if len(cells) > 1 and cells[0]:
                writer.records.properties.append(Property(call.get("id"), cells[0], cells[1]))
    return BODY


def layout(_call: MacroCall, _writer: Writer) -> Rendered:
    """A container that only places its body: sections, columns, tab groups, filters."""
    return BODY


def titled(call: MacroCall, _writer: Writer) -> Rendered:
    """A container with a title that matters: a tab, a chart's or table filter's heading."""
    title = call.get("title", "name")
    if call.body is None or not title:
        return BODY
    head = f"**{escape_text(title)}**"
    markdown = "\n\n".join(part for part in (head, call.body.markdown) if part)
    return Rendered("converted", markdown, "\n\n".join(part for part in (title, call.body.text) if part))


def translation(call: MacroCall, _writer: Writer) -> Rendered:
    """One language's version of a text; every language is kept, led by its name."""
    language = call.get("language", "lang")
    if call.body is None or not language:
        return BODY
    markdown = f"**{escape_text(language)}**\n\n{call.body.markdown}"
    return Rendered("converted", markdown, f"{language}\n\n{call.body.text}")


def _framed(call: MacroCall, alert_type: str, icon: str = "") -> Rendered:
    title = " ".join([part for part in (icon, call.get("title")) if part])
    markdown = call.body.markdown if call.body else ""
    text = call.body.text if call.body else ""
    if call.body is None and call.source is not None:
        text = " ".join(call.source.split())
        markdown = escape_line_start(escape_text(text))
    if not markdown and not title:
        return Rendered("converted")
    return Rendered("converted", *alert(alert_type, title, markdown, text))


MACROS: MacroTable = {
    "info": admonition,
    "tip": admonition,
    "note": admonition,
    "warning": admonition,
    "panel": panel,
    "custom-panel": panel,
    "expand": expand,
    "ui-expand": expand,
    "excerpt": excerpt,
    "details": page_properties,
    "section": layout,
    "column": layout,
    "div": layout,
    "span": layout,
    "localtabgroup": layout,
    "ui-tabs": layout,
    "table-filter": layout,
    "chart": titled,
    "localtab": titled,
    "ui-tab": titled,
    "sv-translation": translation,
}
