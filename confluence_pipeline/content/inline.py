"""The inline run: the pieces of the paragraph, heading or cell that is being read."""

import re

from confluence_pipeline.content.escape import SPECIAL, code_span, escape_line_start, escape_text
from confluence_pipeline.content.marks import BREAK, HTML_BREAK, Mark, Markup, keep_exclamation, settle

_SPACES = re.compile(r"[ \t\r\n\f\v\x1c-\x1f\x85\u2028\u2029]+")
_NEWLINE = Markup("\n")
_CODE = Markup("`")  # holds the place of a code span until the line is complete
_is_special = SPECIAL.search


class Run:
    """Text, marks, code and breaks of one line of content, as Markdown pieces and as words of plain text.

    Attributes:
        pieces: Text as it was read, and :class:`Markup`; empty strings hold the places of mark delimiters.
            Text is escaped when the run is complete, and only if one look finds that it needs to be.
        words: Plain text as it was read.
    """

    __slots__ = (
        "_code_depth", "_code_from", "_codes", "_codes_touch", "_has_break", "_is_text", "_marks", "_open",
        "pieces", "words",
    )  # fmt: skip

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.words: list[str] = []
        self._marks: list[Mark] = []
        self._open: dict[str, Mark] = {}  # by kind, in the order they opened
        self._codes: list[tuple[int, str]] = []  # places among the pieces, and the code there
        self._codes_touch = False  # whether two of them may have nothing in between
        self._code_from = -1
        self._code_depth = 0
        self._has_break = False
        self._is_text = True  # until something else than text comes

    @property
    def ends_in_image(self) -> bool:
        """Whether the last thing added, but for white space, is an image."""
        last = next((piece for piece in reversed(self.pieces[-3:]) if piece and not piece.isspace()), "")
        return last.__class__ is Markup and last.startswith("![")

    def text(self, text: str) -> None:
        """Add running text; white space before any text is dropped."""
        if self.words or not text.isspace():
            self.words.append(text)
            self.pieces.append(text)

    def add(self, markdown: str, text: str) -> None:
        """Add a finished piece, such as an image, with the text it stands for."""
        pieces = self.pieces
        if self._code_from >= 0:
            self._write_code()
            self._code_from += 1
        self._is_text = False
        pieces.append(Markup(markdown))
        self.words.append(text)
        if markdown.startswith("["):
            keep_exclamation(pieces, len(pieces) - 1)

    def line_break(self, *, in_line: bool) -> None:
        """Add a hard line break: as HTML where the source must stay on one line."""
        self.add(HTML_BREAK if in_line else BREAK, _NEWLINE)
        self._has_break = True

    def mark_start(self, kind: str) -> Mark | None:
        """Open a mark; ``None`` if one of that kind is open already and this one adds nothing."""
        if self._code_from >= 0:
            self._write_code()
        mark = self._open.get(kind)
        if mark is not None:
            mark.depth += 1
            return None
        mark = self._open[kind] = Mark(kind, len(self.pieces), len(self.words))
        self._marks.append(mark)
        self._is_text = False
        self._place()
        return mark

    def mark_end(self, kind: str) -> None:
        """Close the mark of that kind."""
        mark = self._open.get(kind)
        if mark is None:
            return
        if self._code_from >= 0:
            self._write_code()
        if mark.depth:
            mark.depth -= 1
            return
        del self._open[kind]
        mark.close = len(self.pieces)
        self._place()

    def _place(self) -> None:
        self.pieces.append("")
        if self._code_from >= 0:
            self._code_from += 1

    def open_mark(self, kind: str) -> Mark | None:
        """Return the open mark of that kind."""
        return self._open.get(kind)

    def text_of(self, mark: Mark) -> str:
        """Return the plain text of an open mark so far."""
        return " ".join((mark.text + "".join(self.words[mark.words_from :])).split())

    def code_start(self) -> None:
        """Open inline code; marks inside it are written around code spans."""
        self._code_depth += 1
        if self._code_from < 0:
            self._code_from = len(self.pieces)
            self._is_text = False

    def code_end(self) -> None:
        """Close inline code."""
        if self._code_depth:
            self._write_code()
            self._code_depth -= 1
            if not self._code_depth:
                self._code_from = -1

    def take(self) -> tuple[str, str]:
        """Return the run as one Markdown block and its text, and empty it; open marks go on in the next."""
        pieces, words = self.pieces, self.words
        if self._is_text and len(pieces) == 1:  # half of all runs
            pieces.clear()
            return _text_block(words.pop())
        if self._code_from >= 0:
            self._write_code()
        if self._open:
            self._close_open_marks()
        text = "".join(words)
        if "  " in text or not text.isprintable():
            text = self._collapse_spaces(text)
        if _is_special(text):
            for position, piece in enumerate(pieces):
                if piece.__class__ is str and _is_special(piece):
                    pieces[position] = escape_text(piece)
        if self._codes or self._marks:
            self._settle()
        source = _join_lines(pieces) if self._has_break else "".join(pieces).strip()
        self._restart()
        return source, text.strip()

    def _settle(self) -> None:
        """Write the code spans, then the delimiters of the marks, which depend on what is around them."""
        pieces, codes = self.pieces, self._codes
        for position, code in codes:
            pieces[position] = code_span(code)
        if self._marks:
            settle(pieces, self._marks)
        if self._codes_touch or (self._marks and len(codes) > 1):
            _join_code_spans(pieces, codes)

    def _restart(self) -> None:
        """Empty the run; marks and code that are open go on at its start."""
        self.pieces.clear()
        self.words.clear()
        if self._is_text:
            return
        if self._marks:
            self._marks.clear()
        if self._codes:
            self._codes.clear()
            self._codes_touch = False
        self._has_break = False
        self._is_text = True
        if self._open or self._code_depth:
            self._go_on()

    def _go_on(self) -> None:
        self._is_text = False
        for position, mark in enumerate(self._open.values()):
            mark.resume(position)
            self._marks.append(mark)
            self.pieces.append("")
        if self._code_depth:
            self._code_from = len(self.pieces)

    def _collapse_spaces(self, text: str) -> str:
        """Collapse white space as HTML does, in the text among the pieces and in the plain text; return this."""
        pieces = self.pieces
        for position, piece in enumerate(pieces):
            if piece.__class__ is str and piece:
                pieces[position] = _collapsed(piece)
        if not self._has_break:
            return _collapsed(text)
        return "".join(word if word.__class__ is Markup else _collapsed(word) for word in self.words)

    def _close_open_marks(self) -> None:
        for mark in reversed(self._open.values()):
            mark.close = len(self.pieces)
            mark.text += "".join(self.words[mark.words_from :])
            self.pieces.append("")

    def _write_code(self) -> None:
        """Make one piece of the code since its start; the code, if it goes on, starts anew behind it."""
        pieces, start = self.pieces, self._code_from
        end = len(pieces)
        if start < end:
            if self._codes and (not pieces[start - 1] or pieces[start - 1] is _CODE):
                self._codes_touch = True
            self._codes.append((start, pieces[start] if end == start + 1 else "".join(pieces[start:])))
            pieces[start] = _CODE
            del pieces[start + 1 :]
        self._code_from = start + 1 if start < end else end


def _text_block(text: str) -> tuple[str, str]:
    """Return a run that is nothing but one text, as Markdown and as text."""
    if "  " in text or not text.isprintable():
        text = _collapsed(text)
    if _is_special(text):
        return escape_text(text).strip(), text.strip()
    text = text.strip()
    return text, text


def _collapsed(text: str) -> str:
    """Return text with each run of white space as one space; no-break spaces are not white space in HTML."""
    if not text.isascii():
        return _SPACES.sub(" ", text)
    body = " ".join(text.split())
    if not body:
        return " " if text else ""
    return f"{' ' if text[0].isspace() else ''}{body}{' ' if text[-1].isspace() else ''}"


def _join_code_spans(pieces: list[str], codes: list[tuple[int, str]]) -> None:
    """Make one span of those with nothing in between, for their fences would mix."""
    touching: list[str] = []
    for number, (position, code) in enumerate(codes):
        following = codes[number + 1][0] if number + 1 < len(codes) else 0
        if following and not any(pieces[position + 1 : following]):
            touching.append(code)
            pieces[position] = ""
        elif touching:
            pieces[position] = code_span("".join([*touching, code]))
            touching.clear()


def _join_lines(pieces: list[str]) -> str:
    """Join a run with hard breaks: none at its ends, no line that looks like a block's start."""
    *broken, last = "".join(pieces).split("\n")
    lines = [line[:-1].strip() for line in broken]  # each ends in the break's backslash
    lines.append(last.strip())
    first, end = 0, len(lines)
    while first < end and not lines[first]:
        first += 1
    while end > first and not lines[end - 1]:
        end -= 1
    source = BREAK.join([*lines[first : first + 1], *map(escape_line_start, lines[first + 1 : end])])
    return _without_edge_breaks(source)


def _without_edge_breaks(source: str) -> str:
    """Return a line without the HTML breaks at its ends."""
    start, end = 0, len(source)
    while source.startswith(HTML_BREAK, start):
        start += len(HTML_BREAK)
        while start < end and source[start].isspace():
            start += 1
    while source.endswith(HTML_BREAK, start, end) and not source.endswith("\\" + HTML_BREAK, start, end):
        end -= len(HTML_BREAK)
        while end > start and source[end - 1].isspace():
            end -= 1
    return source[start:end]
