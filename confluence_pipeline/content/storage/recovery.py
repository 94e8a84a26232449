"""A forgiving reader for bodies that are not well-formed XML.

It understands the tokens of XML (tags, CDATA, comments, references) and never gives up: what is no token is text.
Elements left open are closed where their parent ends, end tags that close nothing are skipped, and HTML's own
habits (``<br>``, a ``<li>`` that ends the one before) are understood. Time is linear in the body's length.
"""

import re
from collections import Counter
from collections.abc import Callable
from html.entities import html5
from typing import Final

_NAME: Final = r"[A-Za-z_][\w:.-]*+"
_TAG = re.compile(rf"<({_NAME})((?:[^<>\"']|\"[^\"<]*+\"|'[^'<]*+')*+)>|</({_NAME})[^<>]*+>")
_ATTRIBUTE = re.compile(r"([A-Za-z_][\w:.-]*+)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'=<>`/]++))")
_REFERENCE = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{0,31}));")
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_VOID: Final = frozenset({"br", "hr", "img", "col", "wbr", "input"})
# A start tag on the left ends an open element on the right, unless one of the barriers is in between.
_IMPLIED_END: Final = {
    "p": frozenset({"p"}),
    "li": frozenset({"li"}),
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
    "td": frozenset({"td", "th"}),
    "th": frozenset({"td", "th"}),
    "tr": frozenset({"tr", "td", "th"}),
}
_BARRIERS: Final = frozenset({"ul", "ol", "dl", "table", "ac:rich-text-body", "ac:layout-cell", "ac:task-body"})
_LOOK_BACK: Final = 16  # elements; deeper than this, nothing is implied

StartElement = Callable[[str, dict[str, str]], None]
EndElement = Callable[[str], None]
AddText = Callable[[str], None]
Lose = Callable[[str, str], None]


def read_leniently(body: str, start: StartElement, end: EndElement, text: AddText, lose: Lose) -> None:
    """Read a malformed body as a series of balanced elements and text.

    Args:
        body: The body; anything at all.
        start: Told each element's name and attributes.
        end: Told each element's name when it ends; every start has its end, properly nested.
        text: Told the text.
        lose: Told each repair, as ``("repair", what)``, and each unknown entity.
    """
    _Reader(body, start, end, text, lose).read()


class _Reader:
    def __init__(self, body: str, start: StartElement, end: EndElement, text: AddText, lose: Lose) -> None:
        self._body = _ILLEGAL.sub("", body.encode("utf-8", "replace").decode("utf-8"))
        self._start, self._end, self._text, self._lose = start, end, text, lose
        self._open: list[str] = []
        self._count: Counter[str] = Counter()
        self._missing: set[str] = set()

    def read(self) -> None:
        body, position = self._body, 0
        while (tag := body.find("<", position)) >= 0:
            if tag > position:
                self._text(self._resolved(body[position:tag]))
            position = self._token(tag)
        if position < len(body):
            self._text(self._resolved(body[position:]))
        if self._open:
            self._lose("repair", "element left open")
        while self._open:
            self._close()

    def _token(self, position: int) -> int:
        """Read what starts with ``<`` at a position; return the position after it."""
        body = self._body
        if body.startswith("<![CDATA[", position):
            return self._character_data(position + 9)
        if body.startswith("<!--", position):
            return self._skip(position, "-->")
        if body.startswith("<?", position):
            return self._skip(position, "?>")
        if body.startswith("<!", position):
            return self._declaration(position)
        match = _TAG.match(body, position)
        if match is None:
            self._lose("repair", "unescaped <")
            self._text("<")
            return position + 1
        if match[3]:
            self._end_tag(match[3])
        else:
            self._start_tag(match[1], match[2])
        return match.end()

    def _character_data(self, position: int) -> int:
        end = self._body.find("]]>", position)
        if end < 0:
            self._lose("repair", "CDATA left open")
            end = len(self._body)
        self._text(self._body[position:end])
        return end + 3

    def _skip(self, position: int, terminator: str) -> int:
        end = -1 if terminator in self._missing else self._body.find(terminator, position)
        if end < 0:
            self._missing.add(terminator)
            self._text("<")
            return position + 1
        return end + len(terminator)

    def _declaration(self, position: int) -> int:
        self._lose("repair", "declaration")
        end = self._body.find(">", position)
        subset = self._body.find("[", position, end) if end >= 0 else -1
        return self._skip(position, "]>") if subset >= 0 else self._skip(position, ">")

    def _start_tag(self, name: str, source: str) -> None:
        self._imply_ends(name)
        attributes = {
            match[1]: self._resolved(match[2] or match[3] or match[4] or "") for match in _ATTRIBUTE.finditer(source)
        }
        self._start(name, attributes)
        if source.rstrip().endswith("/") or name.lower() in _VOID:
            self._end(name)
        else:
            self._open.append(name)
            self._count[name] += 1

    def _end_tag(self, name: str) -> None:
        if not self._count[name]:
            if name.lower() not in _VOID:
                self._lose("repair", "stray end tag")
            return
        while self._open[-1] != name:
            self._lose("repair", "element left open")
            self._close()
        self._close()

    def _imply_ends(self, name: str) -> None:
        ended = _IMPLIED_END.get(name.lower())
        if ended is None:
            return
        nearby = self._open[-_LOOK_BACK:]
        found = 0
        for depth, other in enumerate(reversed(nearby), start=1):
            if other.lower() in _BARRIERS:
                break
            if other.lower() in ended:
                found = depth
        for _ in range(found):
            self._lose("repair", "element left open")
            self._close()

    def _close(self) -> None:
        name = self._open.pop()
        self._count[name] -= 1
        self._end(name)

    def _resolved(self, text: str) -> str:
        return _REFERENCE.sub(self._character, text) if "&" in text else text

    def _character(self, match: re.Match[str]) -> str:
        decimal, hexadecimal, name = match.groups()
        if name:
            character = html5.get(name + ";")
            if character is None:
                self._lose("entity", name)
            return character or match[0]
        number = int(decimal) if decimal else int(hexadecimal, 16)
        legal = number in (9, 10, 13) or 32 <= number < 0xD800 or 0xE000 <= number < 0x110000
        return chr(number) if legal else ""
