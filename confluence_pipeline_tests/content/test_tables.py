from confluence_pipeline.content import Content, convert
from confluence_pipeline_tests.content.reading import parser, read, squeezed


def table(*rows: str) -> str:
    """Return a table; a row is its cells in storage format."""
    return "<table><tbody>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</tbody></table>"


def places(content: Content) -> list[tuple[int, int, str]]:
    """Return the row, column and text of the first table's cells."""
    return [(cell.row, cell.column, cell.text) for cell in content.tables[0].cells]


def test_a_simple_table_is_a_markdown_table() -> None:
    """Cells of one line each make a Markdown table, with pipes escaped, even in code."""
    content = convert(table("<th>A</th><th><p>B|C</p></th>", "<td>1<br/>2</td><td><code>x|y</code></td>"))
    assert content.markdown == "| A | B\\|C |\n| --- | --- |\n| 1<br>2 | `x\\|y` |\n"
    assert content.text == "A\tB|C\n1\n2\tx|y"
    codes = [
        child for token in parser().parse(content.markdown) for child in token.children or () if child.tag == "code"
    ]
    assert [code.content for code in codes] == ["x|y"]


def test_header_columns_are_bold_and_recorded() -> None:
    """A header cell below the first row is bold in Markdown, and a header in the records."""
    content = convert(table("<th>A</th><th>B</th>", "<th>1</th><td>2</td>"))
    assert content.markdown == "| A | B |\n| --- | --- |\n| **1** | 2 |\n"
    assert [cell.is_header for cell in content.tables[0].cells] == [True, True, True, False]


def test_a_table_without_a_header_has_an_empty_one() -> None:
    """Markdown demands a header; where there is none, it is empty and no text is made up."""
    content = convert(table("<td>1</td><td>2</td>"))
    assert content.markdown == "|  |  |\n| --- | --- |\n| 1 | 2 |\n"
    assert content.text == "1\t2"


def test_ragged_rows_lose_no_cell() -> None:
    """A table is as wide as its widest row: a parser would drop what stands beyond the header."""
    content = convert(table("<th>A</th>", "<td>1</td><td>2</td><td>3</td>"))
    assert content.markdown.splitlines()[0] == "| A |  |  |"
    assert squeezed(read(content.markdown).text) == "A123"


def test_merged_cells_are_an_html_table_on_the_right_places() -> None:
    """Cells below a merged cell move aside; the HTML table keeps the spans."""
    content = convert(
        table('<td rowspan="2">a</td><td colspan="2">b</td>', "<td>c</td><td>d</td>", "<td>e</td><td>f</td><td>g</td>")
    )
    assert places(content) == [
        (0, 0, "a"),
        (0, 1, "b"),
        (1, 1, "c"),
        (1, 2, "d"),
        (2, 0, "e"),
        (2, 1, "f"),
        (2, 2, "g"),
    ]
    assert (content.tables[0].row_count, content.tables[0].column_count) == (3, 3)
    assert '<td rowspan="2">\n\na\n\n</td>\n<td colspan="2">\n\nb\n\n</td>' in content.markdown
    assert squeezed(read(content.markdown).text) == "abcdefg"


def test_blocks_in_cells_stay_blocks() -> None:
    """Lists, code and paragraphs in cells are Markdown inside an HTML table."""
    code = "<pre>x = [\n\n1]</pre>"
    content = convert(table(f"<td><ul><li>a</li></ul></td><td>{code}</td><td><p>b</p><p>c</p></td>"))
    kinds = [token.type for token in parser().parse(content.markdown)]
    assert kinds.count("bullet_list_open") == 1
    assert read(content.markdown).fences == ["x = [\n\n1]\n"]
    assert squeezed(read(content.markdown).text) == squeezed(content.text)


def test_nested_tables_are_tables_of_their_own() -> None:
    """A table in a cell is recorded after the one around it, and stays inside it in Markdown."""
    content = convert(table(f"<td>a{table('<td>b</td>')}</td>"))
    assert [table.cells[0].text for table in content.tables] == ["a\nb", "b"]
    assert [table.cells[0].table_ordinal for table in content.tables] == [0, 1]
    assert content.markdown.count("<table>") == 1


def test_strange_spans_count_as_one() -> None:
    """Spans that are no positive numbers are 1, and none is larger than HTML allows."""
    content = convert(
        table('<td colspan="0">a</td><td rowspan="-2">b</td><td colspan="x">c</td><td colspan="9999">d</td>')
    )
    assert [(cell.row_span, cell.column_span) for cell in content.tables[0].cells] == [
        (1, 1),
        (1, 1),
        (1, 1),
        (1, 1000),
    ]


def test_captions_and_stray_text_stand_before_the_table() -> None:
    """Text in a table but in no cell is kept, as a browser shows it: before the table."""
    content = convert("<table><caption>Cap</caption>stray<tr><td>a</td></tr></table>")
    assert content.text == "Cap\n\nstray\n\na"


def test_cells_without_a_table_keep_their_text() -> None:
    """Rows and cells outside a table are paragraphs."""
    assert convert("<tr><td>a</td><td>b</td></tr>").text == "a\n\nb"


def test_a_table_in_a_list_stays_in_the_item() -> None:
    """A table inside a list item is indented, so that a parser finds it there."""
    content = convert(f"<ul><li>a{table('<th>A</th>', '<td>1</td>')}</li></ul>")
    assert content.markdown == "- a\n\n  | A |\n  | --- |\n  | 1 |\n"
