"""The inline run: the pieces of the paragraph, heading or cell that is being read."""

import re

from confluence_pipeline.content.escape import SPECIAL, code_span, escape_line_start, escape_text
from confluence_pipeline.content.marks import BREAK, HTML_BREAK, Mark, keep_exclamation, settle

_SPACES = re.compile(r"[ \t\r\n\f\v\x1c-\x1f\x85\u2028\u2029]+")
_BLANK = frozenset({"", " ", BREAK, HTML_BREAK})


class Run:
    """Text, marks, code and breaks of one line of content, as Markdown pieces and as words of plain text.

    Attributes:
        pieces: Markdown so far; empty strings hold the places of mark delimiters.
        words: Plain text so far.
    """

    __slots__ = ("_active", "_code", "_code_depth", "_has_break", "_last_code", "_marks", "_open", "pieces", "words")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.words: list[str] = []
        self._marks: list[Mark] = []
        self._open: list[Mark] = []
        self._active: dict[str, int] = {}
        self._code_depth = 0
        self._code: list[str] = []
        self._last_code = (-1, "")
        self._has_break = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been added."""
        return not (self.pieces or self._code)

    @property
    def ends_in_image(self) -> bool:
        """Whether the last thing added is an image."""
        return bool(self.pieces) and self.pieces[-1].startswith("![")

    def text(self, text: str) -> None:
        """Add running text; white space collapses as in HTML."""
        if text.isspace():
            if not self.words:
                return
            text = " "
        elif "\n" in text or "  " in text or not text.isprintable():
            text = _SPACES.sub(" ", text)
        self.words.append(text)
        if self._code_depth:
            self._code.append(text)
        elif SPECIAL.search(text):
            self.pieces.append(escape_text(text))
        else:
            self.pieces.append(text)

    def add(self, markdown: str, text: str) -> None:
        """Add a finished piece, such as an image, with the text it stands for."""
        if self._code:
            self._write_code()
        self.pieces.append(markdown)
        self.words.append(text)
        if markdown.startswith("["):
            keep_exclamation(self.pieces, len(self.pieces) - 1)

    def line_break(self, *, in_line: bool) -> None:
        """Add a hard line break: as HTML where the source must stay on one line."""
        self.add(HTML_BREAK if in_line else BREAK, "\n")
        self._has_break = True

    def mark_start(self, kind: str) -> Mark | None:
        """Open a mark; ``None`` if one of that kind is open already and this one adds nothing."""
        if self._code:
            self._write_code()
        depth = self._active.get(kind, 0)
        self._active[kind] = depth + 1
        if depth:
            return None
        mark = Mark(kind, len(self.pieces), len(self.words))
        self._marks.append(mark)
        self._open.append(mark)
        self.pieces.append("")
        return mark

    def mark_end(self, kind: str) -> None:
        """Close the mark of that kind."""
        depth = self._active.get(kind, 0)
        if not depth:
            return
        if self._code:
            self._write_code()
        self._active[kind] = depth - 1
        if depth > 1:
            return
        mark = self.open_mark(kind)
        if mark is not None:
            self._open.remove(mark)
            mark.close = len(self.pieces)
            self.pieces.append("")

    def open_mark(self, kind: str) -> Mark | None:
        """Return the open mark of that kind, as it goes on in this run."""
        return next((mark for mark in self._open if mark.kind == kind), None)

    def text_of(self, mark: Mark) -> str:
        """Return the plain text of an open mark so far."""
        return (mark.text + "".join(self.words[mark.words_from :])).strip()

    def code_start(self) -> None:
        """Open inline code; marks inside it are written around code spans."""
        self._code_depth += 1

    def code_end(self) -> None:
        """Close inline code."""
        if self._code_depth:
            self._code_depth -= 1
            if self._code:
                self._write_code()

    def take(self) -> tuple[str, str]:
        """Return the run as one Markdown block and its text, and empty it; open marks go on in the next."""
        if self._code:
            self._write_code()
        pieces, words = self.pieces, self.words
        resumed = self._close_open_marks() if self._open else None
        if self._marks:
            settle(pieces, self._marks)
            self._marks.clear()
        source = _join_lines(pieces) if self._has_break else "".join(pieces).strip()
        text = "".join(words).strip()
        pieces.clear()
        words.clear()
        self._has_break = False
        self._last_code = (-1, "")
        if resumed:
            self._open = resumed
            self._marks.extend(resumed)
            for position, mark in enumerate(resumed):
                mark.open = position
                pieces.append("")
        return source, text

    def _close_open_marks(self) -> list[Mark]:
        for mark in reversed(self._open):
            mark.close = len(self.pieces)
            mark.text += "".join(self.words[mark.words_from :])
            self.pieces.append("")
        return [mark.resumed() for mark in self._open]

    def _write_code(self) -> None:
        """Turn gathered code into a span, joined with a span that ends right here: their fences would mix."""
        code = "".join(self._code)
        self._code.clear()
        position, before = self._last_code
        if 0 <= position == len(self.pieces) - 1:
            self.pieces.pop()
            code = before + code
        self._last_code = (len(self.pieces), code)
        self.pieces.append(code_span(code))


def _join_lines(pieces: list[str]) -> str:
    """Join a run with hard breaks: none at its ends, no line that looks like a block's start."""
    first, last = 0, len(pieces)
    while first < last and pieces[first] in _BLANK:
        first += 1
    while last > first and pieces[last - 1] in _BLANK:
        last -= 1
    lines = "".join(pieces[first:last]).strip().split("\n")
    if len(lines) == 1:
        return lines[0]
    kept = [lines[0][:-1].rstrip()]
    kept += [escape_line_start(line[:-1].strip()) for line in lines[1:-1]]
    kept.append(escape_line_start(lines[-1].strip()))
    return BREAK.join(kept)
