"""Emphasis, links and other inline marks: which delimiters to write so that a parser sees the same marks.

Marks are noted while the text streams by, and settled when their paragraph is complete, because whether ``**``
can open or close depends on the characters on both of its sides (CommonMark 0.31, section 6.2). A mark that
Markdown's delimiters cannot express there is written as an inline HTML tag.
"""

from string import punctuation
from typing import Final

from confluence_pipeline.content.escape import is_autolink


class Markup(str):
    """A piece of a line that is Markdown already, as opposed to text that may need escapes."""

    __slots__ = ()


BREAK: Final = Markup("\\\n")
HTML_BREAK: Final = Markup("<br>")
_BLANKS = frozenset({"", " ", BREAK, HTML_BREAK})
_PLAIN_BEFORE = frozenset(" (")
_PLAIN_AFTER = frozenset(" .,:;)")
_PUNCTUATION = frozenset(punctuation)
_DELIMITERS = {"strong": "**", "em": "*", "del": "~~"}


class Mark:
    """An inline mark over the pieces between two placeholders of the inline run.

    Attributes:
        kind: ``strong``, ``em``, ``del``, ``u``, ``sub``, ``sup`` or ``link``.
        open: Index of the opening placeholder.
        close: Index of the closing placeholder; -1 while the mark is open.
        suffix: For a link, what follows its text: ``](destination)``; ``None`` writes no link.
        url: For a link, its address: a text that equals it may be written ``<url>``.
        words_from: Index in the run's plain text where the mark's text starts.
        text: Plain text of the mark from runs before the present one.
        depth: How many marks of the same kind are open inside it, which add nothing.
    """

    __slots__ = ("close", "depth", "kind", "open", "suffix", "text", "url", "words_from")

    def __init__(self, kind: str, position: int, words_from: int) -> None:
        self.kind = kind
        self.open = position
        self.close = -1
        self.suffix: str | None = None
        self.url: str | None = None
        self.words_from = words_from
        self.text = ""
        self.depth = 0

    def resume(self, position: int) -> None:
        """Go on at a place at the start of the next inline run."""
        self.open, self.close, self.words_from = position, -1, 0


def settle(pieces: list[str], marks: list[Mark]) -> None:
    """Write every mark's delimiters into its placeholders in ``pieces``.

    Args:
        pieces: The inline run; placeholders are empty strings.
        marks: The run's marks in the order they opened, all closed.
    """
    visible = [mark for mark in marks if _trim(pieces, mark)]
    if len(visible) > 1:
        visible = _merge(pieces, visible)
    emphasis = []
    for mark in visible:
        kind = mark.kind
        if kind == "link":
            if mark.suffix is not None:
                _write_link(pieces, mark, mark.suffix)
        elif kind in _DELIMITERS:
            emphasis.append(mark)
            if kind != "em":
                _put(pieces, mark, _DELIMITERS[kind], _DELIMITERS[kind])
        else:
            _put(pieces, mark, f"<{kind}>", f"</{kind}>")
    if not emphasis:
        return
    doubtful = [mark for mark in emphasis if mark.kind != "em" or not _write_plain_em(pieces, mark)]
    for mark in reversed(doubtful):
        if not _is_effective(pieces, mark):
            _replace(pieces, mark)


def _write_plain_em(pieces: list[str], mark: Mark) -> bool:
    """Write a mark of one delimiter; return whether its neighbours leave no doubt that it will be read."""
    before, after = _before(pieces, mark.open), _after(pieces, mark.close)
    first, last = _after(pieces, mark.open + 1), _before(pieces, mark.close - 1)
    delimiter = "_" if "*" in (before, first, last, after) else "*"
    _put(pieces, mark, delimiter, delimiter)
    return before in _PLAIN_BEFORE and after in _PLAIN_AFTER and first.isalnum() and last.isalnum()


def _put(pieces: list[str], mark: Mark, opening: str, closing: str) -> None:
    pieces[mark.open] += opening
    pieces[mark.close] = closing + pieces[mark.close]


def _replace(pieces: list[str], mark: Mark) -> None:
    opening, closing = pieces[mark.open], pieces[mark.close]
    pieces[mark.open] = opening.rstrip("*_~") + f"<{mark.kind}>"
    pieces[mark.close] = f"</{mark.kind}>" + closing.lstrip("*_~")


def _write_link(pieces: list[str], mark: Mark, suffix: str) -> None:
    url = mark.url
    is_one_text = url is not None and mark.close == mark.open + 2 and url.startswith("http")
    if is_one_text and pieces[mark.open + 1].replace("\\", "") == url and is_autolink(url):
        pieces[mark.open + 1] = ""
        _put(pieces, mark, "<" + url, ">")
        return
    _put(pieces, mark, "[", suffix)
    keep_exclamation(pieces, mark.open)


def keep_exclamation(pieces: list[str], position: int) -> None:
    """Escape a ``!`` right before the link at a position, which would make an image of it."""
    if pieces[position].startswith("["):
        position -= 1
        while position >= 0 and not pieces[position]:
            position -= 1
        if position >= 0 and pieces[position].endswith("!"):
            pieces[position] = pieces[position][:-1] + "\\!"


def _trim(pieces: list[str], mark: Mark) -> bool:
    """Move white space and breaks at the mark's inner edges outside; return whether anything is left."""
    first, last = mark.open + 1, mark.close - 1
    if first == last:
        piece = pieces[first]
        if piece and piece == piece.strip():
            return piece != HTML_BREAK
    while first <= last and pieces[first] in _BLANKS:
        if pieces[first]:
            pieces[mark.open] += pieces[first]
            pieces[first] = ""
        first += 1
    if first > last:
        return False
    while pieces[last] in _BLANKS:
        if pieces[last]:
            pieces[mark.close] = pieces[last] + pieces[mark.close]
            pieces[last] = ""
        last -= 1
    if pieces[first][0].isspace():
        kept = pieces[first].lstrip()
        pieces[mark.open] += pieces[first][: len(pieces[first]) - len(kept)]
        pieces[first] = kept
        if not kept:
            return _trim(pieces, mark)
    if pieces[last][-1].isspace():
        kept = pieces[last].rstrip()
        pieces[mark.close] = pieces[last][len(kept) :] + pieces[mark.close]
        pieces[last] = kept
    return True


def _merge(pieces: list[str], marks: list[Mark]) -> list[Mark]:
    """Join a mark with one of its kind that starts where it ends, as editors often split them."""
    kept: list[Mark] = []
    by_end: dict[tuple[str, int], Mark] = {}
    for mark in marks:
        if mark.kind not in _DELIMITERS:
            kept.append(mark)
            continue
        before = by_end.get((mark.kind, mark.open - 1))
        if before and not (pieces[before.close] or pieces[mark.open]):
            before.close = mark.close
        else:
            before = mark
            kept.append(mark)
        by_end[mark.kind, mark.close] = before
    return kept


def _before(pieces: list[str], position: int) -> str:
    while position >= 0:
        if pieces[position]:
            return pieces[position][-1]
        position -= 1
    return " "


def _after(pieces: list[str], position: int) -> str:
    end = len(pieces)
    while position < end:
        if pieces[position]:
            return pieces[position][0]
        position += 1
    return " "


def _is_effective(pieces: list[str], mark: Mark) -> bool:
    """Whether the delimiters, where they stand, open and close what they should."""
    opening, closing = pieces[mark.open], pieces[mark.close]
    delimiter = opening[-1]
    width = 1 if mark.kind == "em" else 2
    before = opening[-width - 1] if len(opening) > width else _before(pieces, mark.open - 1)
    after = closing[width] if len(closing) > width else _after(pieces, mark.close + 1)
    inside_first, inside_last = _after(pieces, mark.open + 1), _before(pieces, mark.close - 1)
    if delimiter in (before, after):
        return False
    return _flanks(before, inside_first, delimiter) and _flanks(after, inside_last, delimiter)


def _flanks(outside: str, inside: str, delimiter: str) -> bool:
    if inside.isspace():
        return False
    open_side = outside.isspace() or outside in _PUNCTUATION
    if delimiter == "_":
        return open_side
    return inside.isalnum() or open_side
