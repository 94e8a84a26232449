"""Prices: what each table takes, from counts alone."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.prices import Price, SiteCounts, prices, total
from confluence_pipeline.selections import selection_of
from confluence_pipeline.tables import TABLES

COUNT = st.integers(0, 100_000)
SITES = st.builds(
    SiteCounts,
    spaces=st.integers(1, 2_000),
    pages=COUNT,
    blog_posts=COUNT,
    comments=COUNT,
    attachments=COUNT,
    tree_nodes=COUNT,
    groups=COUNT | st.none(),
    narrowed=st.booleans(),
)
BUSY_SPACE = SiteCounts(spaces=1, pages=1000, comments=500, attachments=300, groups=5)


def by_name(counts: SiteCounts, *words: str) -> dict[str, Price]:
    """Return the prices by name."""
    return {price.name: price for price in prices(counts, selection_of(words))}


@given(SITES)
def test_every_table_of_requests_by_content_is_off_and_has_a_price(counts: SiteCounts) -> None:
    """By default what costs requests for each content is off and shown with its price; the sum leaves it out."""
    found = by_name(counts)
    off = {name for name, price in found.items() if not price.chosen}
    assert off == {name for name, table in TABLES.items() if table.per_content} | {"attachment bytes"}
    default, everything = (
        total(list(found.values())),
        total(prices(counts, selection_of(["all"], attachment_bodies=True))),
    )
    rest = [sum(numbers) for numbers in zip(*((found[name].first, found[name].unchanged) for name in off), strict=True)]
    assert [sum(pair) for pair in zip(default, rest, strict=True)] == list(everything)


@given(SITES, COUNT, st.sampled_from(["pages", "blog_posts", "comments", "attachments", "tree_nodes"]))
def test_more_of_anything_never_costs_less(counts: SiteCounts, more: int, what: str) -> None:
    """Prices grow with the site, and a first sync never takes less than one where nothing changed."""
    larger = replace(counts, **{what: getattr(counts, what) + more})
    before, after = by_name(counts, "all"), by_name(larger, "all")
    for name, price in before.items():
        assert price.first <= after[name].first
        assert price.unchanged <= after[name].unchanged
        assert price.unchanged <= price.first


def test_a_busy_space_keeps_its_budget() -> None:
    """1,000 pages, 500 comments and 300 attachments cost at most 60 requests, and 30 when nothing changed."""
    first, unchanged = total(prices(BUSY_SPACE, selection_of()))
    assert first <= 60
    assert unchanged <= 30


@pytest.mark.parametrize(
    ("table", "first", "unchanged"),
    [
        ("page_versions", 1000, 0),
        ("properties", 1000, 1000),
        ("likes", 1000, 1000),
        ("views", 2000, 2000),
        ("attachment bytes", 300, 0),
        ("pages", 8, 4),
        ("group_members", 5, 5),
    ],
)
def test_prices_are_what_the_api_makes_of_counts(table: str, first: int, unchanged: int) -> None:
    """What is asked for one by one costs its count, what comes in lists a 250th of it."""
    price = by_name(BUSY_SPACE)[table]
    assert (price.first, price.unchanged) == (first, unchanged)


def test_restrictions_come_with_labels() -> None:
    """Restrictions take requests of their own only where labels, which bring them, are not chosen."""
    assert "restrictions" not in by_name(BUSY_SPACE, "labels", "restrictions")
    assert by_name(BUSY_SPACE, "restrictions")["restrictions"].first == 4
