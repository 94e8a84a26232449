"""Reading storage format: a strict XML parser first, and a forgiving reader for what that refuses.

Expat reads the body as the content of an element of ours. A document type declaration cannot stand there, so a
body can neither define entities nor name external ones; the only entities that exist are the characters of HTML
that :func:`entity_declarations` declares. Expat keeps no tree, so depth and length cost no memory.
"""

import re
from html.entities import html5
from xml.parsers import expat

from confluence_pipeline.content.context import ConversionContext
from confluence_pipeline.content.records import Content
from confluence_pipeline.content.storage.elements import ENDS, STARTS, end_unknown, start_unknown
from confluence_pipeline.content.storage.recovery import AddText, EndElement, StartElement, read_leniently
from confluence_pipeline.content.storage.styles import count_styles
from confluence_pipeline.content.writer import Writer

ROOT = "ac:confluence"
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_PREDEFINED = frozenset({"lt", "gt", "amp", "quot", "apos"})
_CDATA = re.compile(r"<!\[CDATA\[.*?\]\]>", re.DOTALL)
_PROLOG = re.compile(r"\s*<\?xml[^>]*\?>|\s*<!DOCTYPE[^\[>]*(?:\[[^\]]*\]\s*)?>")


def convert_storage(body: str, context: ConversionContext) -> Content:
    """Convert storage format, well-formed or not.

    Args:
        body: The body as the API gives it: a fragment, without declarations. A whole document's XML
            declaration and document type are skipped.
        context: Look-ups for link targets and names.

    Returns:
        Everything found in the body. A malformed body is mended, which :attr:`Content.losses` says.
    """
    body = _without_prolog(body)
    writer = Writer(context)
    try:
        _read_strictly(body, writer)
    except (expat.ExpatError, UnicodeEncodeError) as error:
        writer = Writer(context)
        writer.records.lose("repair", _reason(error))
        start, end, text = handlers(writer)
        read_leniently(body, start, end, text, writer.records.lose)
    return writer.finish()


def handlers(writer: Writer) -> tuple[StartElement, EndElement, AddText]:
    """Return the functions that take an element's start, its end, and text."""

    def start(name: str, attributes: dict[str, str]) -> None:
        if attributes and "style" in attributes:
            count_styles(writer, attributes["style"])
        try:
            handler = STARTS[name]
        except KeyError:
            start_unknown(writer, name, attributes)
        else:
            handler(writer, attributes)

    def end(name: str) -> None:
        try:
            handler = ENDS[name]
        except KeyError:
            end_unknown(writer, name)
        else:
            if handler is not None:
                handler(writer)

    def text(text: str) -> None:
        if writer.raw is not None:
            writer.raw.append(text)
            return
        run = writer.run  # as Run.text, without the call: this is the busiest place of all
        if run.words or not text.isspace():
            run.words.append(text)
            run.pieces.append(text)

    return start, end, text


def entity_declarations(body: str, writer: Writer) -> str:
    """Return a document type that declares the named entities of the body.

    A name that HTML does not know becomes its own source (``&name;``) and a loss.
    """
    names = set(_ENTITY.findall(body)) - _PREDEFINED
    if not names:
        return ""
    declared = []
    for name in sorted(names):
        characters = html5.get(name + ";")
        if characters is None:
            if f"&{name};" in _CDATA.sub("", body):
                writer.records.lose("entity", name)
            value = f"&#38;#38;{name};"
        else:
            value = "".join(f"&#38;#{ord(character)};" for character in characters)
        declared.append(f'<!ENTITY {name} "{value}">')
    return f"<!DOCTYPE {ROOT} [{''.join(declared)}]>"


def _read_strictly(body: str, writer: Writer) -> None:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = handlers(writer)
    declarations = entity_declarations(body, writer) if "&" in body else ""
    parser.Parse(f"{declarations}<{ROOT}>{body}</{ROOT}>", True)


def _without_prolog(body: str) -> str:
    if "<?xml" not in body[:200] and "<!DOCTYPE" not in body[:200]:
        return body
    while match := _PROLOG.match(body):
        body = body[match.end() :]
    return body


def _reason(error: expat.ExpatError | UnicodeEncodeError) -> str:
    if isinstance(error, expat.ExpatError):
        return expat.ErrorString(error.code) or "not well-formed"
    return "characters that are not text"
