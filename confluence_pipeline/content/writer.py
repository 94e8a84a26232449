"""The one place where Markdown and plain text are put together.

A :class:`Writer` is told, in document order, where text, marks and blocks begin and end. It keeps the *inline
run* (the paragraph being read) and a stack of *frames* (the containers being filled: list items, cells, quotes).
Both readers, storage format and ADF, drive the same writer, so that the rules of Markdown are written once.

Nothing here recurses, and frames nested deeper than :data:`MAX_DEPTH` pass their content to the frame around
them, so that depth costs neither stack nor quadratic time.
"""

from typing import Final

from confluence_pipeline.content.context import ConversionContext
from confluence_pipeline.content.drafts import LinkDraft
from confluence_pipeline.content.escape import LINE_START_CHARACTERS, escape_heading_end, escape_line_start
from confluence_pipeline.content.frames import OTHER, PARAGRAPH, CellFrame, Frame
from confluence_pipeline.content.inline import Run
from confluence_pipeline.content.marks import Mark
from confluence_pipeline.content.recorder import MacroCall, Recorder
from confluence_pipeline.content.records import Content, Heading

MAX_DEPTH: Final = 32
"""Containers nested deeper than this are flattened; editors stop long before."""

MAX_RAW_DEPTH: Final = 64
"""Raw text nested deeper than this (parameters in parameters) goes to the text around it."""


class OpenLink:
    """A link while it is read.

    Attributes:
        link: Its target, once known.
        mark: Its mark; ``None`` where Markdown cannot have a link, inside another one or in raw text.
        is_open: Whether a resource identifier inside it may still say its target.
        is_raw: Whether it stands in raw text.
        words_from: Index in the run's words, or in the raw text, where its text starts.
    """

    __slots__ = ("is_open", "is_raw", "link", "mark", "words_from")

    def __init__(self, link: LinkDraft | None, mark: Mark | None, is_open: bool, is_raw: bool, words_from: int) -> None:
        self.link = link
        self.mark = mark
        self.is_open = is_open
        self.is_raw = is_raw
        self.words_from = words_from


class OpenImage:
    """An image while it is read: its attributes, what it shows, its caption."""

    __slots__ = ("attributes", "caption", "link")

    def __init__(self, attributes: dict[str, str]) -> None:
        self.attributes = attributes
        self.link: LinkDraft | None = None
        self.caption: Frame | None = None


class Writer:
    """Builds Markdown and text in one pass, and gathers records beside them.

    Attributes:
        context: What the conversion may know about the world outside the body.
        records: Where records and losses gather.
        frame: The container being filled.
        run: The paragraph being read.
        calls: The macros that are open, outermost first.
        links: The links that are open, outermost first.
        images: The images that are open, outermost first.
        attachments: File names of the attachment identifiers that are open, with their owner's title.
        raw: Text being gathered unformatted; ``None`` while content is written.
    """

    def __init__(self, context: ConversionContext) -> None:
        self.context = context
        self.records = Recorder()
        self.frame = Frame()
        self.run = Run()
        self.calls: list[MacroCall] = []
        self.links: list[OpenLink] = []
        self.images: list[OpenImage] = []
        self.attachments: list[tuple[str, str | None]] = []
        self.raw: list[str] | None = None
        self._frames: list[Frame] = []
        self._runs: list[Run] = []
        self._raws: list[list[str] | None] = []

    @property
    def is_deep(self) -> bool:
        """Whether another container would be flattened."""
        return len(self._frames) >= MAX_DEPTH

    # Inline content -------------------------------------------------------------------------------------

    def text(self, text: str) -> None:
        """Add running text, or raw text while that is gathered."""
        if self.raw is None:
            self.run.text(text)
        else:
            self.raw.append(text)

    def inline(self, markdown: str, text: str) -> None:
        """Add a finished inline piece, such as an image, with the text it stands for."""
        if self.raw is None:
            self.run.add(markdown, text)
        else:
            self.raw.append(text)

    def line_break(self) -> None:
        """Add a hard line break."""
        if self.raw is None:
            self.run.line_break(in_line=self.frame.heading > 0 or isinstance(self.frame, CellFrame))
        else:
            self.raw.append("\n")

    def mark_start(self, kind: str) -> Mark | None:
        """Open an inline mark; ``None`` if it adds nothing."""
        return self.run.mark_start(kind) if self.raw is None else None

    def mark_end(self, kind: str) -> None:
        """Close an inline mark."""
        if self.raw is None:
            self.run.mark_end(kind)

    def open_link(self) -> Mark | None:
        """Return the open link, if there is one."""
        return self.run.open_mark("link")

    # Raw text -------------------------------------------------------------------------------------------

    def raw_start(self) -> None:
        """Gather text apart, unformatted, until :meth:`raw_end`: parameters, plain bodies, ids."""
        self._raws.append(self.raw)
        if self.raw is None or len(self._raws) < MAX_RAW_DEPTH:
            self.raw = []

    def raw_pause(self) -> None:
        """Write formatted content again, inside raw text, until :meth:`raw_end`."""
        self._raws.append(self.raw)
        self.raw = None

    def raw_end(self) -> str:
        """Return what was gathered since the matching start; empty for a pause."""
        gathered = self.raw
        self.raw = self._raws.pop()
        return "".join(gathered) if gathered and gathered is not self.raw else ""

    # Blocks ---------------------------------------------------------------------------------------------

    def boundary(self) -> None:
        """End the paragraph being read; inside a heading, which is one line, leave a space."""
        if self.run.pieces:
            if self.frame.heading:
                self.text(" ")
            else:
                self.flush()

    def flush(self) -> None:
        """Make a paragraph of the inline run."""
        if self.raw is not None or not self.run.pieces:
            return
        source, text = self.run.take()
        if source:
            frame = self.frame
            if source[0] in LINE_START_CHARACTERS:
                source = escape_line_start(source)
            frame.blocks.append(source)
            frame.kinds.append(PARAGRAPH)
            if text:
                frame.texts.append(text)

    def block(self, markdown: str, text: str, kind: str = OTHER) -> None:
        """Add a finished block after ending the paragraph being read."""
        if self.raw is not None:
            self.raw.append(text)
            return
        if self.run.pieces:
            self.flush()
        if markdown:
            self.frame.blocks.append(markdown)
            self.frame.kinds.append(kind)
        if text:
            self.frame.texts.append(text)

    def push(self, frame: Frame) -> None:
        """Start filling a container."""
        if self.run.pieces:
            self.flush()
        frames, parent = self._frames, self.frame
        if len(frames) >= MAX_DEPTH:
            frame.flat = True
            frame.blocks, frame.texts, frame.kinds = parent.blocks, parent.texts, parent.kinds
            self.records.lose("depth", "container")
        frames.append(parent)
        self.frame = frame

    def pop(self) -> Frame:
        """Stop filling a container and return it."""
        if self.run.pieces:
            self.flush()
        frame = self.frame
        self.frame = self._frames.pop()
        return frame

    def suspend(self) -> None:
        """Put the inline run aside, to fill a container in the middle of it, until :meth:`resume`."""
        self._runs.append(self.run)
        self.run = Run()

    def resume(self) -> None:
        """Go on with the inline run put aside last; the present one must be empty."""
        self.run = self._runs.pop()

    def heading_start(self, level: int) -> None:
        """Open a heading of level 1 to 6."""
        self.boundary()
        self.frame.heading = level
        self.frame.anchor = ""

    def heading_end(self) -> None:
        """Close the heading and record it."""
        frame = self.frame
        level, frame.heading = frame.heading, 0
        if self.raw is not None or not level or not self.run.pieces:
            return
        source, text = self.run.take()
        text = " ".join(text.split())
        if not source:
            return
        frame.blocks.append("#" * level + " " + escape_heading_end(source))
        frame.kinds.append(OTHER)
        if text:
            frame.texts.append(text)
            self.records.headings.append(Heading(level, text, frame.anchor or text.replace(" ", "-")))

    def finish(self) -> Content:
        """Return everything; the writer is spent."""
        self.flush()
        markdown = self.frame.markdown
        text = self.frame.text.replace("\xa0", " ")
        return self.records.content(markdown + "\n" if markdown else "", text)
