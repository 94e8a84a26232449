"""Records that are still being made: what a link, a macro or a cell is, is complete only when it ends.

A body has thousands of them, and a frozen record sets its fields several times slower than a plain object. So a draft
has the very slots of its record and, when all is read, becomes it in place; Python refuses that, loudly, for classes
whose slots differ.
"""

from confluence_pipeline.content.records import BodyKind, Link, LinkKind, MacroUse, Outcome, TableCell


class LinkDraft:
    """A link while it is read; the fields are those of :class:`~confluence_pipeline.content.records.Link`."""

    __slots__ = (
        "anchor", "broken", "kind", "resolved", "target_id", "target_space_key", "target_title", "target_url",
        "text",
    )  # fmt: skip

    def __init__(
        self,
        kind: LinkKind,
        *,
        target_id: str | None = None,
        target_space_key: str | None = None,
        target_title: str | None = None,
        target_url: str | None = None,
        anchor: str | None = None,
        resolved: bool = False,
        broken: bool = False,
    ) -> None:
        self.kind = kind
        self.target_id = target_id
        self.target_space_key = target_space_key
        self.target_title = target_title
        self.target_url = target_url
        self.anchor = anchor
        self.text = ""
        self.resolved = resolved
        self.broken = broken

    def frozen(self) -> Link:
        """Become the record, and return it."""
        self.__class__ = Link  # type: ignore[assignment]
        return self  # type: ignore[return-value]


class MacroDraft:
    """A macro that has been read; the fields are those of :class:`~confluence_pipeline.content.records.MacroUse`."""

    __slots__ = ("body_kind", "macro_id", "name", "outcome", "parameters", "parent_ordinal", "schema_version")

    def __init__(
        self,
        name: str,
        schema_version: str | None,
        macro_id: str | None,
        parameters: dict[str, str],
        body_kind: BodyKind,
        parent_ordinal: int | None,
        outcome: Outcome,
    ) -> None:
        self.name = name
        self.schema_version = schema_version
        self.macro_id = macro_id
        self.parameters = parameters
        self.body_kind = body_kind
        self.parent_ordinal = parent_ordinal
        self.outcome = outcome

    def frozen(self) -> MacroUse:
        """Become the record, and return it."""
        self.__class__ = MacroUse  # type: ignore[assignment]
        return self  # type: ignore[return-value]


class CellDraft:
    """A cell while it is read; the fields are those of :class:`~confluence_pipeline.content.records.TableCell`."""

    __slots__ = ("column", "column_span", "is_header", "markdown", "row", "row_span", "table_ordinal", "text")

    def __init__(self, is_header: bool, row_span: int, column_span: int) -> None:
        self.table_ordinal = self.row = self.column = 0
        self.is_header = is_header
        self.row_span = row_span
        self.column_span = column_span
        self.text = ""
        self.markdown = ""

    def frozen(self, table_ordinal: int) -> TableCell:
        """Become the record, as a cell of that table, and return it."""
        self.table_ordinal = table_ordinal
        self.__class__ = TableCell  # type: ignore[assignment]
        return self  # type: ignore[return-value]


class TableDraft:
    """A table and its cells, which have their places when the table ends."""

    __slots__ = ("cells", "column_count", "row_count")

    def __init__(self) -> None:
        self.cells: list[CellDraft] = []
        self.row_count = 0
        self.column_count = 0
