"""Markdown tables in metadata: always a table, whatever the values are."""

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from confluence_pipeline.assets.markdown import markdown_table

READER = MarkdownIt("commonmark").enable("table")


def cells(markdown: str) -> list[str]:
    """Return the text of every cell, as a Markdown reader sees it."""
    tokens = READER.parse(markdown)
    assert tokens[0].type == "table_open"
    assert tokens[-1].type == "table_close"
    inlines = [token for token in tokens if token.type == "inline"]
    return ["".join(child.content for child in token.children or ()) for token in inlines]


@given(st.lists(st.tuples(st.text(max_size=40), st.text(max_size=40)), max_size=4))
def test_no_value_breaks_out_of_its_cell(rows: list[tuple[str, str]]) -> None:
    """A Markdown reader finds exactly one table with a cell for each value."""
    found = cells(markdown_table(("one", "two"), rows))
    assert found[:2] == ["one", "two"]
    assert len(found) == 2 + 2 * len(rows)


def test_values_read_back_as_they_were() -> None:
    """Marks that mean something in Markdown show as themselves; None is an empty cell."""
    value = "a|b \\ `c` *d* _e_ <f> [g]"
    assert cells(markdown_table(("x", "y"), [(value, None)])) == ["x", "y", value, ""]


def test_long_values_are_cut() -> None:
    """No cell is longer than asked for."""
    assert cells(markdown_table(("x",), [("m" * 500,)], longest=10)) == ["x", "m" * 9 + "…"]
