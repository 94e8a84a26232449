"""The lists that records and losses gather in while a body is converted."""

from collections import Counter

from confluence_pipeline.content.drafts import LinkDraft, MacroDraft, TableDraft
from confluence_pipeline.content.frames import Frame
from confluence_pipeline.content.records import (
    BodyKind,
    CodeBlock,
    Content,
    Date,
    Excerpt,
    Heading,
    Image,
    Loss,
    MacroUse,
    Mention,
    Outcome,
    Property,
    Table,
    Task,
)

Position = tuple[int, ...]


class MacroCall:
    """A macro while it is read: its parameters, then its body, then what became of it.

    Attributes:
        name: The macro's name in storage format.
        is_inline: Whether it stands inside a paragraph or a heading.
        parent: The macro around it.
        tables_from: How many tables stood before the macro.
        parameters: Parameter texts by name; the unnamed one is under ``""``.
        references: Links inside parameters, by parameter name.
        body: A rich body, converted; ``None`` if it has none.
        source: A plain body, as written; ``None`` if it has none.
        is_flat: Whether it is nested too deep, so that its body went to what is around it.
        open_parameter: Name of the parameter being read.
    """

    __slots__ = (
        "body", "is_flat", "is_inline", "macro_id", "name", "open_parameter", "ordinal", "outcome", "parameters",
        "parent", "references", "schema_version", "source", "tables_from",
    )  # fmt: skip

    def __init__(self, name: str, is_inline: bool, parent: "MacroCall | None", tables_from: int) -> None:
        self.name = name
        self.is_inline = is_inline
        self.parent = parent
        self.tables_from = tables_from
        self.schema_version: str | None = None
        self.macro_id: str | None = None
        self.parameters: dict[str, str] = {}
        self.references: dict[str, LinkDraft] = {}
        self.body: Frame | None = None
        self.source: str | None = None
        self.is_flat = False
        self.open_parameter: str | None = None
        self.outcome: Outcome = "dropped"
        self.ordinal = 0

    def get(self, *names: str) -> str:
        """Return the first parameter of these names that has a value, stripped; empty if none has."""
        for name in names:
            value = self.parameters.get(name)
            if value and (value := value.strip()):
                return value
        return ""

    def reference(self, *names: str) -> LinkDraft | None:
        """Return the first link in parameters of these names, or in any parameter if no name is given."""
        for name in names or tuple(self.references):
            if name in self.references:
                return self.references[name]
        return None

    @property
    def body_kind(self) -> BodyKind:
        """``rich``, ``plain`` or ``none``."""
        if self.body is not None:
            return "rich"
        if self.is_flat:
            return "rich"
        return "none" if self.source is None else "plain"


class Recorder:
    """Gathers the records of one conversion, in document order."""

    def __init__(self) -> None:
        self.links: list[LinkDraft] = []
        self.mentions: list[Mention] = []
        self.macros: list[MacroCall] = []
        self.headings: list[Heading] = []
        self.code_blocks: list[CodeBlock] = []
        self.tables: list[TableDraft] = []
        self.tasks: list[Task] = []
        self.images: list[Image] = []
        self.dates: list[Date] = []
        self.excerpts: list[Excerpt] = []
        self.properties: list[Property] = []
        self.losses: Counter[tuple[str, str]] = Counter()

    def _lists(self) -> tuple[list[object], ...]:
        return (
            self.links, self.mentions, self.macros, self.headings, self.code_blocks, self.tables,
            self.tasks, self.images, self.dates, self.excerpts, self.properties,
        )  # type: ignore[return-value]  # fmt: skip

    def position(self) -> Position:
        """Return where every list stands, for :meth:`discard`."""
        return tuple(map(len, self._lists()))

    def discard(self, start: Position, end: Position) -> None:
        """Forget what was recorded between two positions."""
        for records, first, last in zip(self._lists(), start, end, strict=True):
            del records[first:last]

    def lose(self, kind: str, name: str, count: int = 1) -> None:
        """Count something that is not carried over."""
        self.losses[kind, name] += count

    def content(self, markdown: str, text: str) -> Content:
        """Freeze everything."""
        for ordinal, call in enumerate(self.macros):
            call.ordinal = ordinal
        return Content(
            markdown=markdown,
            text=text,
            links=tuple([link.frozen() for link in self.links]),
            mentions=tuple(self.mentions),
            macros=tuple([_frozen(call) for call in self.macros]),
            headings=tuple(self.headings),
            code_blocks=tuple(self.code_blocks),
            tables=tuple(_frozen_table(n, draft) for n, draft in enumerate(self.tables)),
            tasks=tuple(self.tasks),
            images=tuple(self.images),
            dates=tuple(self.dates),
            excerpts=tuple(self.excerpts),
            properties=tuple(self.properties),
            losses=tuple(Loss(kind, name, count) for (kind, name), count in sorted(self.losses.items())),
        )


def _frozen(call: MacroCall) -> MacroUse:
    parent_ordinal = call.parent.ordinal if call.parent else None
    return MacroDraft(
        call.name, call.schema_version, call.macro_id, call.parameters, call.body_kind, parent_ordinal, call.outcome
    ).frozen()


def _frozen_table(ordinal: int, draft: TableDraft) -> Table:
    cells = [cell.frozen(ordinal) for cell in draft.cells]
    return Table(draft.row_count, draft.column_count, tuple(cells))
