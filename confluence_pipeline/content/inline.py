"""The inline run: the pieces of the paragraph, heading or cell that is being read."""

import re

from confluence_pipeline.content.escape import SPECIAL, code_span, escape_line_start, escape_text
from confluence_pipeline.content.marks import BREAK, HTML_BREAK, Mark, Markup, keep_exclamation, settle

_SPACES = re.compile(r"[ \t\r\n\f\v\x1c-\x1f\x85\u2028\u2029]+")
_NEWLINE = Markup("\n")
_is_special = SPECIAL.search


class Code(str):
    """A piece of a line that is code; it becomes a code span when the line is complete."""

    __slots__ = ()


class Run:
    """Text, marks, code and breaks of one line of content, as Markdown pieces and as words of plain text.

    Attributes:
        pieces: Text as it was read, and :class:`Markup`; empty strings hold the places of mark delimiters.
            Text is escaped when the run is complete, and only if one look finds that it needs to be.
        words: Plain text as it was read.
    """

    _code_from = -1
    _code_depth = 0
    _has_code = False
    _has_break = False

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.words: list[str] = []
        self._marks: list[Mark] = []
        self._open: list[Mark] = []
        self._active: dict[str, int] = {}

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
        if self._code_from >= 0:
            self._write_code()
            self._code_from += 1
        self.pieces.append(Markup(markdown))
        self.words.append(text)
        if markdown.startswith("["):
            keep_exclamation(self.pieces, len(self.pieces) - 1)

    def line_break(self, *, in_line: bool) -> None:
        """Add a hard line break: as HTML where the source must stay on one line."""
        self.add(HTML_BREAK if in_line else BREAK, _NEWLINE)
        self._has_break = True

    def mark_start(self, kind: str) -> Mark | None:
        """Open a mark; ``None`` if one of that kind is open already and this one adds nothing."""
        if self._code_from >= 0:
            self._write_code()
        depth = self._active.get(kind, 0)
        self._active[kind] = depth + 1
        if depth:
            return None
        mark = Mark(kind, len(self.pieces), len(self.words))
        self._marks.append(mark)
        self._open.append(mark)
        self._place()
        return mark

    def mark_end(self, kind: str) -> None:
        """Close the mark of that kind."""
        depth = self._active.get(kind, 0)
        if not depth:
            return
        if self._code_from >= 0:
            self._write_code()
        self._active[kind] = depth - 1
        if depth > 1:
            return
        mark = self.open_mark(kind)
        if mark is not None:
            self._open.remove(mark)
            mark.close = len(self.pieces)
            self._place()

    def _place(self) -> None:
        self.pieces.append("")
        if self._code_from >= 0:
            self._code_from += 1

    def open_mark(self, kind: str) -> Mark | None:
        """Return the open mark of that kind, as it goes on in this run."""
        return next((mark for mark in self._open if mark.kind == kind), None)

    def text_of(self, mark: Mark) -> str:
        """Return the plain text of an open mark so far."""
        return " ".join((mark.text + "".join(self.words[mark.words_from :])).split())

    def code_start(self) -> None:
        """Open inline code; marks inside it are written around code spans."""
        self._code_depth += 1
        if self._code_from < 0:
            self._code_from = len(self.pieces)

    def code_end(self) -> None:
        """Close inline code."""
        if self._code_depth:
            self._write_code()
            self._code_depth -= 1
            if not self._code_depth:
                self._code_from = -1

    def take(self) -> tuple[str, str]:
        """Return the run as one Markdown block and its text, and empty it; open marks go on in the next."""
        if self._code_from >= 0:
            self._write_code()
        pieces, words = self.pieces, self.words
        resumed = self._close_open_marks() if self._open else None
        text = "".join(words)
        if "  " in text or not text.isprintable():
            text = self._collapse_spaces(text)
        if _is_special(text):
            for position, piece in enumerate(pieces):
                if piece.__class__ is str and _is_special(piece):
                    pieces[position] = escape_text(piece)
        codes = _write_code_spans(pieces) if self._has_code else []
        if self._marks:
            settle(pieces, self._marks)
            self._marks.clear()
        if len(codes) > 1:
            _join_code_spans(pieces, codes)
        source = _join_lines(pieces) if self._has_break else "".join(pieces).strip()
        pieces.clear()
        words.clear()
        self._has_break = self._has_code = False
        if resumed:
            self._open = resumed
            self._marks.extend(resumed)
            for position, mark in enumerate(resumed):
                mark.open = position
                pieces.append("")
        if self._code_depth:
            self._code_from = len(pieces)
        return source, text.strip()

    def _collapse_spaces(self, text: str) -> str:
        """Collapse white space as HTML does, in the text among the pieces and in the plain text; return this."""
        pieces = self.pieces
        for position, piece in enumerate(pieces):
            if piece.__class__ is str and piece:
                pieces[position] = _collapsed(piece)
        if not self._has_break:
            return _collapsed(text)
        return "".join(word if word.__class__ is Markup else _collapsed(word) for word in self.words)

    def _close_open_marks(self) -> list[Mark]:
        for mark in reversed(self._open):
            mark.close = len(self.pieces)
            mark.text += "".join(self.words[mark.words_from :])
            self.pieces.append("")
        return [mark.resumed() for mark in self._open]

    def _write_code(self) -> None:
        """Make one piece of the code since its start; the code, if it goes on, starts anew behind it."""
        pieces, start = self.pieces, self._code_from
        if start < len(pieces):
            pieces[start:] = [Code("".join(pieces[start:]))]
            self._has_code = True
        self._code_from = len(pieces)


def _collapsed(text: str) -> str:
    """Return text with each run of white space as one space; no-break spaces are not white space in HTML."""
    if not text.isascii():
        return _SPACES.sub(" ", text)
    body = " ".join(text.split())
    if not body:
        return " " if text else ""
    return f"{' ' if text[0].isspace() else ''}{body}{' ' if text[-1].isspace() else ''}"


def _write_code_spans(pieces: list[str]) -> list[tuple[int, str]]:
    """Write code as spans; return where they are and the code in each."""
    codes = [(position, str(piece)) for position, piece in enumerate(pieces) if piece.__class__ is Code]
    for position, code in codes:
        pieces[position] = code_span(code)
    return codes


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
