"""What there is, divided fairly."""

from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.confluence.shares import fair_shares

WANTED = st.dictionaries(st.text(max_size=3), st.integers(1, 20), min_size=1, max_size=8)


@given(st.integers(1, 64), WANTED)
def test_nobody_gets_nothing_or_more_than_they_want(total: int, wanted: dict[str, int]) -> None:
    """And all together get no more than there is, unless one each is more already."""
    shares = fair_shares(total, wanted)
    assert shares.keys() == wanted.keys()
    assert all(1 <= shares[name] <= wanted[name] for name in wanted)
    assert sum(shares.values()) <= max(total, len(wanted))


@given(st.integers(1, 64), WANTED)
def test_nothing_is_left_while_somebody_wants_it(total: int, wanted: dict[str, int]) -> None:
    """What the modest leave goes to the others."""
    assert sum(fair_shares(total, wanted).values()) >= min(total, sum(wanted.values()))


@given(st.integers(1, 64), WANTED)
def test_who_gets_less_than_another_gets_all_they_want(total: int, wanted: dict[str, int]) -> None:
    """Max-min fairness: shares differ by more than a rounding only by what is wanted."""
    shares = fair_shares(total, wanted)
    most = max(shares.values())
    assert all(shares[name] >= most - 1 or shares[name] == wanted[name] for name in wanted)
