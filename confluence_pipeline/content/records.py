"""What a body yields besides its prose: one small frozen record for each kind of fact.

Every tuple of records on :class:`Content` is in document order, and a record's *ordinal* is its position in
that tuple.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

LinkKind = Literal["page", "blog_post", "attachment", "user", "space", "anchor", "url", "jira"]
Outcome = Literal["converted", "kept_text", "placeholder", "dropped"]
BodyKind = Literal["none", "plain", "rich"]


@dataclass(frozen=True, slots=True)
class Link:
    """A reference from the body to something else, wherever it stands: link, image, mention or parameter.

    Attributes:
        kind: What the link points at.
        target_id: Content id or account id, where the body or the context gives it.
        target_space_key: Space of the target; ``None`` where neither body nor context says.
        target_title: Page title, attachment file name, or Jira issue key.
        target_url: Address of the target: the ``href`` as written, or what the context resolved.
        anchor: Place inside the target, without ``#``.
        text: What the reader sees as the link; empty for links nobody sees, as in a macro's parameter.
        resolved: Whether the context found the target, or the body names it by id or full address.
        broken: Whether the context is sure that the target does not exist.
    """

    kind: LinkKind
    target_id: str | None = None
    target_space_key: str | None = None
    target_title: str | None = None
    target_url: str | None = None
    anchor: str | None = None
    text: str = ""
    resolved: bool = False
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """A user named in the body.

    Attributes:
        account_id: Cloud account id, or the user key (else the user name) of Data Center.
        display_name: Name from the context or, in ADF, from the body; ``None`` where neither knows it.
    """

    account_id: str
    display_name: str | None = None


@dataclass(frozen=True, slots=True)
class MacroUse:
    """A macro as it was met.

    Attributes:
        name: The macro's name in storage format.
        schema_version: ``ac:schema-version`` as written.
        macro_id: ``ac:macro-id`` as written.
        parameters: Parameter texts by name; the unnamed one is under ``""``.
        body_kind: ``none``, ``plain`` (text) or ``rich`` (markup).
        parent_ordinal: Position in :attr:`Content.macros` of the macro around this one.
        outcome: What became of it: ``converted`` with its meaning, ``kept_text`` (body kept, meaning lost),
            ``placeholder`` (a visible note stands for it) or ``dropped``.
    """

    name: str
    schema_version: str | None
    macro_id: str | None
    parameters: Mapping[str, str]
    body_kind: BodyKind
    parent_ordinal: int | None
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: its level (1 to 6), its text, and the anchor a link to it uses."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A block of code or preformatted text, byte for byte; language and title are empty if not given."""

    language: str
    title: str
    code: str


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell of a table at its place in the grid.

    Attributes:
        table_ordinal: Position of the table in :attr:`Content.tables`.
        row: Zero-based grid row.
        column: Zero-based grid column; cells that span from above or from the left are counted.
        is_header: Whether it is a ``th``.
        row_span: Rows it covers, at least 1.
        column_span: Columns it covers, at least 1.
        text: Its plain text.
        markdown: Its content as Markdown.
    """

    table_ordinal: int
    row: int
    column: int
    is_header: bool
    row_span: int
    column_span: int
    text: str
    markdown: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its grid size and its cells, row by row."""

    row_count: int
    column_count: int
    cells: tuple[TableCell, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """An inline task.

    Attributes:
        local_id: ``ac:task-id``, or ADF's ``localId``.
        uuid: ``ac:task-uuid``; ``None`` where absent.
        status: ``complete`` or ``incomplete``.
        text: The task's plain text.
    """

    local_id: str | None
    uuid: str | None
    status: Literal["complete", "incomplete"]
    text: str


@dataclass(frozen=True, slots=True)
class Image:
    """An image or other embedded file.

    Attributes:
        filename: Attachment file name; ``None`` for an image from a URL.
        media_id: ADF media id; ``None`` in storage format.
        url: Address: as written, or from the context.
        alt: Alternative text, empty if not given.
        title: Title, empty if not given.
        caption: Caption as plain text, empty if not given.
        width: Display width in pixels as written.
        height: Display height in pixels as written.
    """

    filename: str | None
    media_id: str | None
    url: str | None
    alt: str
    title: str
    caption: str
    width: str | None
    height: str | None


@dataclass(frozen=True, slots=True)
class Date:
    """A date set with the date picker, as ISO 8601 (``YYYY-MM-DD``)."""

    value: str


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of the page that others may include; the name is empty for the page's only excerpt."""

    name: str
    markdown: str
    text: str


@dataclass(frozen=True, slots=True)
class Property:
    """A row of a page-properties (``details``) macro; ``group`` is that macro's ``id`` parameter."""

    group: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Loss:
    """Something seen in the body and not carried over in full.

    Attributes:
        kind: ``macro``, ``element``, ``node``, ``mark``, ``style``, ``entity``, ``link``, ``depth`` or
            ``repair`` (the body was malformed and was mended).
        name: Which one: the macro's or element's name, the style property, the kind of damage.
        count: How many times.
    """

    kind: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Content:
    """A body in every form the pipeline keeps.

    Attributes:
        markdown: CommonMark with GitHub tables, task lists and alerts; ends with a newline unless empty.
        text: Plain text in reading order for search and language models: no mark-up, code kept, cells
            separated by tabs, mentions as names.
        links: Every reference to something else.
        mentions: Every user mention.
        macros: Every macro, outer before inner.
        headings: Every heading.
        code_blocks: Every block of code or preformatted text.
        tables: Every table, outer before inner.
        tasks: Every inline task.
        images: Every image or embedded file.
        dates: Every date.
        excerpts: Every excerpt.
        properties: Rows of page-properties macros.
        losses: What was seen and not carried over, by kind and name.
    """

    markdown: str
    text: str
    links: tuple[Link, ...] = ()
    mentions: tuple[Mention, ...] = ()
    macros: tuple[MacroUse, ...] = ()
    headings: tuple[Heading, ...] = ()
    code_blocks: tuple[CodeBlock, ...] = ()
    tables: tuple[Table, ...] = ()
    tasks: tuple[Task, ...] = ()
    images: tuple[Image, ...] = ()
    dates: tuple[Date, ...] = ()
    excerpts: tuple[Excerpt, ...] = ()
    properties: tuple[Property, ...] = ()
    losses: tuple[Loss, ...] = field(default=())

    @property
    def repaired(self) -> bool:
        """Whether the body was malformed and had to be mended to be read."""
        return any(loss.kind == "repair" for loss in self.losses)
