"""Macros that show a file, a diagram or another site, and the small ones that live in a line."""

from confluence_pipeline.content.drafts import LinkDraft
from confluence_pipeline.content.escape import escape_text, html_text, is_autolink
from confluence_pipeline.content.links import attachment_link, default_text, link_suffix, url_link
from confluence_pipeline.content.macros.registry import DROPPED, MacroTable, Rendered, placeholder
from confluence_pipeline.content.recorder import MacroCall
from confluence_pipeline.content.writer import Writer


def status(call: MacroCall, _writer: Writer) -> Rendered:
    """A coloured label, in bold; the colour stays among the parameters."""
    title = " ".join((call.get("title") or call.get("colour", "color")).split())
    if not title:
        return DROPPED
    return Rendered("converted", escape_text(title), title, "inline", "strong")


def anchor(call: MacroCall, writer: Writer) -> Rendered:
    """A place that links can name."""
    name = call.get("", "name")
    if not name:
        return DROPPED
    frame = writer.frame
    if frame.heading and not frame.anchor:
        frame.anchor = name
    return Rendered("converted", f'<a id="{html_text(name)}"></a>', "", "inline")


def view_file(call: MacroCall, writer: Writer) -> Rendered:
    """An attached file shown in the page: office documents, PDF, multimedia."""
    link = call.reference("name", "attachment", "")
    if link is None:
        name = call.get("name", "attachment", "")
        if not name:
            return placeholder(f"{call.name} without a file")
        owner = call.reference("page")
        link = attachment_link(writer, name, default_text(owner) if owner else call.get("page") or None)
        writer.records.links.append(link)
    return _link(writer, link, default_text(link))


def widget(call: MacroCall, writer: Writer) -> Rendered:
    """Something from another site: a video, a map, a frame."""
    link = call.reference("url", "src")
    if link is None:
        url = call.get("url", "src", "")
        if not url:
            return placeholder(f"{call.name} without an address")
        link = url_link(url)
        writer.records.links.append(link)
    return _link(writer, link, call.get("title") or default_text(link))


def drawio(call: MacroCall, writer: Writer) -> Rendered:
    """A draw.io diagram, kept as an attachment of its own name."""
    return _diagram(call, writer, "draw.io diagram", call.get("diagramDisplayName", "diagramName", "pageName"))


def gliffy(call: MacroCall, writer: Writer) -> Rendered:
    """A Gliffy diagram, kept as an attachment of its own name."""
    return _diagram(call, writer, "Gliffy diagram", call.get("displayName", "name"))


def gallery(call: MacroCall, _writer: Writer) -> Rendered:
    """The images attached to a page."""
    page = call.reference("page")
    owner = f"“{default_text(page)}”" if page else "this page"
    title = call.get("title")
    return placeholder(f"Gallery of images attached to {owner}" + (f": {title}" if title else ""))


def _diagram(call: MacroCall, writer: Writer, label: str, name: str) -> Rendered:
    file_name = call.get("diagramName", "name")
    if file_name and call.reference() is None:
        writer.records.links.append(attachment_link(writer, file_name))
    return placeholder(f"{label} {name}".strip())


def _link(writer: Writer, link: LinkDraft, label: str) -> Rendered:
    if label == link.target_url and is_autolink(label):
        return Rendered("converted", f"<{label}>", label, "paragraph")
    suffix = link_suffix(link, writer)
    markdown = f"[{escape_text(label)}{suffix}" if suffix and not writer.open_link() else escape_text(label)
    return Rendered("converted", markdown, label, "paragraph")


MACROS: MacroTable = {
    "status": status,
    "status-handy": status,
    "anchor": anchor,
    "view-file": view_file,
    "viewfile": view_file,
    "viewdoc": view_file,
    "viewxls": view_file,
    "viewppt": view_file,
    "viewpdf": view_file,
    "multimedia": view_file,
    "pdf": view_file,
    "widget": widget,
    "iframe": widget,
    "html-include": widget,
    "rss": widget,
    "gallery": gallery,
    "drawio": drawio,
    "drawio-sketch": drawio,
    "inc-drawio": drawio,
    "gliffy": gliffy,
    "lucidchart": drawio,
    "balsamiq": gliffy,
}
