"""Tables while they are read; their place in the document is known only at the end."""


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
