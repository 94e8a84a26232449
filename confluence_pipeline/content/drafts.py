"""Links and tables while they are read: what they are is complete only when they end."""

from confluence_pipeline.content.records import Link, LinkKind


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
        """Return the link as a record."""
        return Link(
            self.kind, self.target_id, self.target_space_key, self.target_title, self.target_url, self.anchor,
            self.text, self.resolved, self.broken,
        )  # fmt: skip


class CellDraft:
    """A cell while it is read."""

    __slots__ = ("column_span", "is_header", "markdown", "row_span", "simple", "text")

    def __init__(self, *, is_header: bool, row_span: int, column_span: int) -> None:
        self.is_header = is_header
        self.row_span = row_span
        self.column_span = column_span
        self.markdown = ""
        self.text = ""
        self.simple = True


class TableDraft:
    """A table and the ``(row, column, cell)`` places of its cells, filled when the table ends."""

    __slots__ = ("cells", "column_count", "row_count")

    def __init__(self) -> None:
        self.cells: list[tuple[int, int, CellDraft]] = []
        self.row_count = 0
        self.column_count = 0
