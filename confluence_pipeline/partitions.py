"""One partition is one space; runs take ranges of them."""

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

import dagster as dg

PARTITIONS_NAME = "confluence_space"
SPACES = dg.DynamicPartitionsDefinition(name=PARTITIONS_NAME)
"""The spaces of the site, by key; kept in step with it by the discovery sensor and the command line."""

RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"


def space_keys(instance: dg.DagsterInstance) -> Sequence[str]:
    """Return the spaces that Dagster knows, in the order it knows them (which is what ranges go by)."""
    return instance.get_dynamic_partitions(PARTITIONS_NAME)


def range_tags(keys: Sequence[str]) -> dict[str, str]:
    """Return the run tags that make one run cover all of ``keys``, which must be contiguous and not empty."""
    return {RANGE_START_TAG: keys[0], RANGE_END_TAG: keys[-1]}


def contiguous_ranges(known: Sequence[str], wanted: Collection[str]) -> Iterator[list[str]]:
    """Yield the longest stretches of ``known`` that consist of ``wanted`` keys only.

    A run covers a contiguous range in the order in which the keys were added, so this is the fewest runs that
    cover exactly what is wanted.

    Args:
        known: Every key, in Dagster's order.
        wanted: The keys to cover; those that are not known are left out.
    """
    chosen = set(wanted)
    stretch: list[str] = []
    for key in known:
        if key in chosen:
            stretch.append(key)
        elif stretch:
            yield stretch
            stretch = []
    if stretch:
        yield stretch


def few_ranges(known: Sequence[str], wanted: Collection[str], most: int) -> list[list[str]]:
    """Return at most ``most`` contiguous ranges that together cover what is wanted, and as little else as can be.

    Args:
        known: Every key, in Dagster's order.
        wanted: The keys to cover; those that are not known are left out.
        most: How many ranges there may be, at least 1; where exact ones are more, the smallest gaps are covered, too.
    """
    positions = sorted(known.index(key) for key in set(wanted) & set(known))
    gaps = sorted((right - left, right) for left, right in pairwise(positions) if right - left > 1)
    starts = {right for _, right in gaps[max(len(gaps) - most + 1, 0) :]}
    ranges: list[tuple[int, int]] = []
    for position in positions:
        first = position if not ranges or position in starts else ranges.pop()[0]
        ranges.append((first, position))
    return [list(known[first : last + 1]) for first, last in ranges]
