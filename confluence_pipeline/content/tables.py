"""Tables: as GitHub tables where those can hold them, otherwise as HTML with Markdown in the cells."""

from collections.abc import Iterable

from confluence_pipeline.content.drafts import CellDraft, TableDraft
from confluence_pipeline.content.frames import OTHER, PARAGRAPH, CellFrame, TableFrame
from confluence_pipeline.content.writer import Writer

_MAX_SPAN = 1000  # as in HTML, where a larger colspan is cut to this
_MAX_SPANNED = 1_000_000  # grid places covered from above in one table; a table with more is no table


def start_table(writer: Writer) -> None:
    """Open a table."""
    writer.boundary()
    draft = TableDraft()
    writer.records.tables.append(draft)
    writer.push(TableFrame(draft))


def start_row(writer: Writer) -> None:
    """Open a row; the row ends where the next one starts."""
    writer.boundary()
    if isinstance(writer.frame, TableFrame):
        writer.frame.rows.append([])


def start_cell(writer: Writer, is_header: bool, row_span: str | None = None, column_span: str | None = None) -> None:
    """Open a cell; spans are as written, and anything but a positive number counts as 1."""
    if writer.run.pieces:
        writer.boundary()
    rows, columns = _span(row_span) if row_span else 1, _span(column_span) if column_span else 1
    writer.push(CellFrame(CellDraft(is_header, rows, columns)))


def end_cell(writer: Writer) -> None:
    """Close the cell."""
    frame, table = writer.pop(), writer.frame
    if not isinstance(frame, CellFrame) or frame.flat:
        return
    if not isinstance(table, TableFrame):
        table.absorb(frame)
        return
    cell = frame.draft
    if frame.blocks:
        cell.markdown = frame.markdown
        if frame.kinds != [PARAGRAPH]:
            table.is_simple = False
    if frame.texts:
        cell.text = "\n".join(frame.texts).replace("\t", " ").replace("\xa0", " ")
    if not table.rows:
        table.rows.append([])
    table.rows[-1].append(cell)


def end_table(writer: Writer) -> None:
    """Close the table, place its cells on the grid, and write it as one block."""
    frame = writer.pop()
    if not isinstance(frame, TableFrame) or frame.flat:
        return
    parent = writer.frame
    for block, kind in zip(frame.blocks, frame.kinds, strict=True):
        parent.blocks.append(block)
        parent.kinds.append(kind)
    parent.texts += frame.texts
    rows = [row for row in frame.rows if row]
    if not rows:
        return
    _place(rows, frame.draft)
    text = "\n".join("\t".join(cell.text for cell in row) for row in rows)
    is_simple = frame.is_simple and all(cell.row_span == 1 and cell.column_span == 1 for cell in frame.draft.cells)
    writer.block(_markdown_table(rows) if is_simple else _html_table(rows), text.strip(" \n"), OTHER)


def _span(written: str) -> int:
    written = written.strip()
    return max(1, min(int(written), _MAX_SPAN)) if written.isdecimal() and len(written) < 9 else 1


def _place(rows: list[list[CellDraft]], draft: TableDraft) -> None:
    """Give every cell its grid row and column, past the cells that span down from above."""
    hanging: dict[int, int] = {}  # column -> rows still covered from above
    room = _MAX_SPANNED
    for number, row in enumerate(rows):
        column = 0
        below: dict[int, int] = {}
        for cell in row:
            while hanging.get(column):
                column += 1
            cell.row, cell.column = number, column
            if cell.row_span > 1 and room > 0:
                room -= cell.column_span
                below.update(dict.fromkeys(range(column, column + cell.column_span), cell.row_span - 1))
            column += cell.column_span
        draft.cells += row
        draft.column_count = max(draft.column_count, column)
        hanging = {place: left - 1 for place, left in hanging.items() if left > 1} | below
        room -= len(hanging)
        if room <= 0:
            hanging = {}
    draft.row_count = len(rows)


def _markdown_table(rows: list[list[CellDraft]]) -> str:
    width = max(map(len, rows))
    has_header = all(cell.is_header for cell in rows[0])
    header = rows[0] if has_header else []
    lines = [_line((cell.markdown for cell in header), width), "|" + " --- |" * width]
    lines += [_line(map(_body_cell, row), width) for row in rows[1 if has_header else 0 :]]
    return "\n".join(lines)


def _body_cell(cell: CellDraft) -> str:
    """Markdown tables have no header cells outside the first row, so those are set in bold."""
    source = cell.markdown
    if not cell.is_header or not source or any(mark in source for mark in "*_`<["):
        return source
    return f"**{source}**"


def _line(cells: Iterable[str], width: int) -> str:
    written = [cell.replace("|", "\\|") if "|" in cell else cell for cell in cells]
    written += [""] * (width - len(written))
    return "| " + " | ".join(written) + " |"


def _html_table(rows: list[list[CellDraft]]) -> str:
    """Return an HTML table; blank lines around each cell's content make a parser read it as Markdown."""
    lines = ["<table>"]
    for row in rows:
        lines.append("<tr>")
        for cell in row:
            name = "th" if cell.is_header else "td"
            opening = "<" + name + _attributes(cell) + ">"
            if cell.markdown:
                lines += [opening, "", cell.markdown, "", f"</{name}>"]
            else:
                lines.append(f"{opening}</{name}>")
        lines.append("</tr>")
    lines.append("</table>")
    return "\n".join(lines)


def _attributes(cell: CellDraft) -> str:
    row_span = f' rowspan="{cell.row_span}"' if cell.row_span > 1 else ""
    column_span = f' colspan="{cell.column_span}"' if cell.column_span > 1 else ""
    return row_span + column_span
