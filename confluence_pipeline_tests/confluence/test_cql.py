"""CQL that is built here is read back by the local site's own parser, which was written apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.confluence.cql import all_of, any_of, groups, quoted, without_order
from confluence_pipeline.site.cql import And, Clause, Text, conjuncts, parse

TEXTS = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=20)
TRICKY = st.sampled_from(["\\", '"', "'", '\\"', "a\\", "order by", "~712020:ab", "and", "123", "a.b", " x ", 'q"w\\e'])


@given(TEXTS | TRICKY)
def test_a_quoted_value_is_read_back_as_it_was(value: str) -> None:
    """Quotes and backslashes are escaped as the grammar wants."""
    expression = parse(f"title = {quoted(value)}").expression
    assert expression == Clause("title", "=", (Text(value),))


@given(st.lists(TEXTS | TRICKY, min_size=1, max_size=5))
def test_a_choice_of_values_means_just_these(values: list[str]) -> None:
    """One value makes a comparison, several make a list."""
    expression = parse(any_of("label", values)).expression
    assert isinstance(expression, Clause)
    assert expression.operator == ("=" if len(values) == 1 else "in")
    assert [value.value for value in expression.values if isinstance(value, Text)] == values


def test_a_choice_of_nothing_is_a_mistake() -> None:
    """An empty choice would mean everything or nothing, so there is none."""
    with pytest.raises(ValueError, match="label needs at least one value"):
        any_of("label", [])


@given(st.lists(TEXTS, min_size=1, max_size=3), st.lists(TEXTS, min_size=1, max_size=3))
def test_conditions_are_joined_so_that_all_hold(labels: list[str], spaces: list[str]) -> None:
    """Each clause stands in the conjunction, and what is absent does not."""
    expression = parse(all_of(any_of("label", labels), None, any_of("space", spaces))).expression
    assert isinstance(expression, And)
    assert len(list(conjuncts(expression))) == 2


@given(
    st.lists(TEXTS | TRICKY, min_size=1, max_size=4),
    st.sampled_from(["", " order by lastmodified desc", " ORDER  BY title", "\norder\tby created asc, title"]),
)
def test_the_order_is_taken_off_and_nothing_else(values: list[str], order: str) -> None:
    """What is left can stand in parentheses and means the same; quoted text stays whatever it says."""
    plain = any_of("title", values)
    assert without_order(plain + order) == plain
    assert parse(f"type = page and ({without_order(plain + order)})").order == ()


@pytest.mark.parametrize(
    ("cql", "left"),
    [
        ("order by title", ""),
        ("label = İstanbul order by title", "label = İstanbul"),
        ("text ~ 'order by' and title = 'x'", "text ~ 'order by' and title = 'x'"),
        ("reorder = 'x'", "reorder = 'x'"),
        ("title = 'unclosed order by", "title = 'unclosed order by"),
    ],
)
def test_only_a_trailing_order_counts_as_one(cql: str, left: str) -> None:
    """Letters that grow in lower case, quotes and longer words do not mislead it."""
    assert without_order(cql) == left


@given(st.lists(st.text(max_size=3)), st.integers(min_value=1, max_value=7))
def test_groups_lose_and_repeat_nothing(values: list[str], size: int) -> None:
    """Stretches put together are the values, and none is too long or empty."""
    found = list(groups(values, size))
    assert [value for group in found for value in group] == values
    assert all(0 < len(group) <= size for group in found)
