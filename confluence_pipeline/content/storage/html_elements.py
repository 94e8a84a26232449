"""The XHTML part of storage format."""

from confluence_pipeline.content import lists, tables
from confluence_pipeline.content.escape import html_text, quote
from confluence_pipeline.content.frames import Frame, ItemFrame
from confluence_pipeline.content.links import end_link, start_link, url_link, write_image
from confluence_pipeline.content.macros.registry import fenced
from confluence_pipeline.content.records import Image
from confluence_pipeline.content.storage.handler import End, Start, boundary_end, boundary_start
from confluence_pipeline.content.writer import Writer

Attributes = dict[str, str]


def _paragraph_start(writer: Writer, _attributes: Attributes) -> None:
    if writer.run.pieces:
        writer.boundary()
    writer.frame.paragraphs += 1


def _paragraph_end(writer: Writer) -> None:
    frame = writer.frame
    frame.paragraphs -= 1
    if writer.run.pieces:
        if frame.heading:
            writer.boundary()
        else:
            writer.flush()


def _heading(level: int) -> Start:
    def start(writer: Writer, _attributes: Attributes) -> None:
        writer.heading_start(level)

    return start


def _mark(kind: str) -> tuple[Start, End]:
    def start(writer: Writer, _attributes: Attributes) -> None:
        if writer.raw is None:
            writer.run.mark_start(kind)

    def end(writer: Writer) -> None:
        if writer.raw is None:
            writer.run.mark_end(kind)

    return start, end


def _code_start(writer: Writer, attributes: Attributes) -> None:
    if writer.raw is None:
        writer.run.code_start()
    elif "class" in attributes:
        writer.frame.language = writer.frame.language or _language(attributes)


def _code_end(writer: Writer) -> None:
    if writer.raw is None:
        writer.run.code_end()


def _break(writer: Writer, _attributes: Attributes) -> None:
    writer.line_break()


def _rule(writer: Writer, _attributes: Attributes) -> None:
    in_item = isinstance(writer.frame, ItemFrame)
    writer.block("___" if in_item else "---", "")


def _preformatted_start(writer: Writer, attributes: Attributes) -> None:
    writer.boundary()
    writer.frame.language = _language(attributes)
    writer.raw_start()


def _preformatted_end(writer: Writer) -> None:
    code = writer.raw_end()
    language, writer.frame.language = writer.frame.language, ""
    if writer.raw is not None:
        writer.text(code)
    elif code.strip():
        writer.block(*fenced(writer, code, language=language))


def _language(attributes: Attributes) -> str:
    for name in attributes.get("class", "").split():
        if name.startswith(("language-", "lang-")):
            return name.split("-", 1)[1]
    return ""


def _quote_start(writer: Writer, _attributes: Attributes) -> None:
    writer.boundary()
    writer.push(Frame())


def _quote_end(writer: Writer) -> None:
    frame = writer.pop()
    if not frame.flat and frame.blocks:
        writer.block(quote(frame.markdown), frame.text)


def _bullet_list_start(writer: Writer, _attributes: Attributes) -> None:
    lists.start_list(writer)


def _ordered_list_start(writer: Writer, attributes: Attributes) -> None:
    start = attributes.get("start", "1").strip()
    lists.start_list(writer, int(start) if start.isdecimal() and len(start) < 9 else 1)


def _item_start(writer: Writer, _attributes: Attributes) -> None:
    lists.start_item(writer)


def _item_end(writer: Writer) -> None:
    lists.end_item(writer)


def _table_start(writer: Writer, _attributes: Attributes) -> None:
    tables.start_table(writer)


def _row_start(writer: Writer, _attributes: Attributes) -> None:
    tables.start_row(writer)


def _cell_start(is_header: bool) -> Start:
    def start(writer: Writer, attributes: Attributes) -> None:
        if not attributes:
            tables.start_cell(writer, is_header)
            return
        if "data-highlight-colour" in attributes:
            writer.records.lose("style", "data-highlight-colour")
        tables.start_cell(writer, is_header, attributes.get("rowspan"), attributes.get("colspan"))

    return start


def _anchor_start(writer: Writer, attributes: Attributes) -> None:
    href = attributes.get("href")
    if href is not None:
        start_link(writer, url_link(href))
        return
    name = attributes.get("id") or attributes.get("name")
    if name and writer.raw is None:
        writer.inline(f'<a id="{html_text(name)}"></a>', "")
    start_link(writer, None)


def _image(writer: Writer, attributes: Attributes) -> None:
    url = attributes.get("src", "")
    get = attributes.get
    image = Image(None, None, url, get("alt", ""), get("title", ""), "", get("width"), get("height"))
    write_image(writer, image, url_link(url) if url else None)


def _dropped_start(writer: Writer, _attributes: Attributes) -> None:
    writer.raw_start()


def _dropped(name: str) -> End:
    def end(writer: Writer) -> None:
        if writer.raw_end().strip():
            writer.records.lose("element", name)

    return end


def _nothing(_writer: Writer, _attributes: Attributes) -> None:
    """Start an element that adds nothing of its own to its content."""


MARKS = {
    "strong": "strong", "b": "strong", "em": "em", "i": "em", "cite": "em", "dfn": "em", "var": "em",
    "del": "del", "s": "del", "strike": "del", "u": "u", "ins": "u", "sub": "sub", "sup": "sup",
}  # fmt: skip
CODE = ("code", "tt", "kbd", "samp")
BLOCKS = (
    "div", "section", "article", "header", "footer", "main", "nav", "aside", "figure", "figcaption", "address",
    "center", "form", "fieldset", "details", "summary", "caption", "legend", "body", "html", "thead", "tbody",
    "tfoot",
)  # fmt: skip
TRANSPARENT = ("span", "font", "small", "big", "abbr", "acronym", "label", "q", "col", "colgroup", "wbr", "bdo", "mark")

STARTS: dict[str, Start] = {
    "p": _paragraph_start,
    "br": _break,
    "hr": _rule,
    "pre": _preformatted_start,
    "blockquote": _quote_start,
    "ul": _bullet_list_start,
    "ol": _ordered_list_start,
    "li": _item_start,
    "dl": _bullet_list_start,
    "dt": _item_start,
    "dd": _item_start,
    "table": _table_start,
    "tr": _row_start,
    "td": _cell_start(is_header=False),
    "th": _cell_start(is_header=True),
    "a": _anchor_start,
    "img": _image,
    "style": _dropped_start,
    "script": _dropped_start,
    **{f"h{level}": _heading(level) for level in range(1, 7)},
    **dict.fromkeys(CODE, _code_start),
    **dict.fromkeys(BLOCKS, boundary_start),
    **dict.fromkeys(TRANSPARENT, _nothing),
    **{name: _mark(kind)[0] for name, kind in MARKS.items()},
}
ENDS: dict[str, End] = {
    "p": _paragraph_end,
    "pre": _preformatted_end,
    "blockquote": _quote_end,
    "ul": lists.end_list,
    "ol": lists.end_list,
    "li": _item_end,
    "dl": lists.end_list,
    "dt": lists.end_term,
    "dd": lists.end_definition,
    "table": tables.end_table,
    "td": tables.end_cell,
    "th": tables.end_cell,
    "a": end_link,
    "style": _dropped("style"),
    "script": _dropped("script"),
    **{f"h{level}": Writer.heading_end for level in range(1, 7)},
    **dict.fromkeys(CODE, _code_end),
    **dict.fromkeys(BLOCKS, boundary_end),
    **{name: _mark(kind)[1] for name, kind in MARKS.items()},
}
