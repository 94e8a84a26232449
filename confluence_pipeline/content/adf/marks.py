"""ADF says of each text which marks it bears; a mark that goes on from one text to the next is written once."""

from typing import Final

from confluence_pipeline.content.adf.node import Json, Node
from confluence_pipeline.content.links import end_link, start_link, url_link
from confluence_pipeline.content.writer import Writer

# From the outermost to the innermost.
_ORDER: Final = ("link", "strong", "em", "del", "u", "sub", "sup", "code")
_KINDS: Final = {"strong": "strong", "em": "em", "strike": "del", "underline": "u", "code": "code"}
_SILENT: Final = frozenset({"annotation", "dataConsumer", "fragment"})  # they refer to things outside the text
_PASSED_ON: Final = frozenset({"link"})  # a block that bears it, an image's frame, gives it to the image

OpenMark = tuple[str, str]


class OpenMarks:
    """The marks that are open, outermost first, as ``(kind, href)``."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._open: list[OpenMark] = []

    def set(self, marks: "list[dict[str, Json]]") -> None:
        """Close the marks that the next text does not bear, and open those it bears anew."""
        wanted = self._wanted(marks) if marks else []
        shared = 0
        while shared < min(len(wanted), len(self._open)) and wanted[shared] == self._open[shared]:
            shared += 1
        self._close_to(shared)
        for mark in wanted[shared:]:
            self._start(mark)
            self._open.append(mark)

    def close(self) -> None:
        """Close every mark."""
        self._close_to(0)

    def lose(self, marks: "list[dict[str, Json]]") -> None:
        """Count marks on a block, which set its looks."""
        for source in marks:
            name = Node(source).type
            if name not in _SILENT | _PASSED_ON:
                self._writer.records.lose("mark", name)

    def _wanted(self, marks: "list[dict[str, Json]]") -> list[OpenMark]:
        wanted: set[OpenMark] = set()
        for source in marks:
            mark = Node(source)
            if mark.type == "link" and mark.get("href", "url"):
                wanted.add(("link", mark.get("href", "url")))
            elif mark.type == "subsup":
                wanted.add(("sub" if mark.get("type") == "sub" else "sup", ""))
            elif mark.type in _KINDS:
                wanted.add((_KINDS[mark.type], ""))
            elif mark.type not in _SILENT:
                self._writer.records.lose("mark", mark.type)
        return sorted(wanted, key=lambda mark: (_ORDER.index(mark[0]), mark[1]))

    def _close_to(self, count: int) -> None:
        while len(self._open) > count:
            kind, _href = self._open.pop()
            if kind == "link":
                end_link(self._writer)
            elif kind == "code":
                self._writer.run.code_end()
            else:
                self._writer.mark_end(kind)

    def _start(self, mark: OpenMark) -> None:
        kind, href = mark
        if kind == "link":
            start_link(self._writer, url_link(href))
        elif kind == "code":
            self._writer.run.code_start()
        else:
            self._writer.mark_start(kind)
