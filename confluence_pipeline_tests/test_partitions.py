"""Partitions: the fewest contiguous ranges that cover exactly the wanted spaces."""

from itertools import pairwise

import dagster as dg
from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.partitions import PARTITIONS_NAME, contiguous_ranges, range_tags, space_keys

KEYS = st.lists(st.text(alphabet="ABC~_.", min_size=1, max_size=4), unique=True, max_size=12)


@given(KEYS, st.data())
def test_ranges_cover_exactly_what_is_wanted(known: list[str], data: st.DataObject) -> None:
    """Joined, the ranges are the wanted keys in Dagster's order, each key once."""
    wanted = data.draw(st.sets(st.sampled_from(known)) if known else st.just(set()))
    ranges = list(contiguous_ranges(known, wanted | {"never known"}))
    assert [key for stretch in ranges for key in stretch] == [key for key in known if key in wanted]


@given(KEYS, st.data())
def test_ranges_are_contiguous_and_as_few_as_can_be(known: list[str], data: st.DataObject) -> None:
    """Each range is a slice of what is known, and between two ranges lies a key that is not wanted."""
    wanted = data.draw(st.sets(st.sampled_from(known)) if known else st.just(set()))
    ranges = list(contiguous_ranges(known, wanted))
    for stretch in ranges:
        start = known.index(stretch[0])
        assert known[start : start + len(stretch)] == stretch
    for one, following in pairwise(ranges):
        assert known.index(following[0]) - known.index(one[-1]) > 1


def test_keys_come_in_the_order_they_were_added() -> None:
    """Ranges go by the order of adding, so that is the order in which keys are given."""
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(PARTITIONS_NAME, ["B"])
        instance.add_dynamic_partitions(PARTITIONS_NAME, ["A", "~c"])
        assert list(space_keys(instance)) == ["B", "A", "~c"]
    assert set(range_tags(["B", "A", "~c"]).values()) == {"B", "~c"}
