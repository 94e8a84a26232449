"""Contents that several spaces have landed end up in one of them, whatever else there is."""

import tempfile
from collections.abc import Mapping
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from confluence_pipeline.confluence import BodyRecord, Cost
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import SpaceLanding, SpaceSync, settle_moves
from confluence_pipeline.landing.reports import sync_report
from confluence_pipeline.tables.report import Run
from confluence_pipeline_tests.lake.samples import NOTED_AT
from confluence_pipeline_tests.normalize.landed import page

SPACES = ("OLD", "MID", "NEW")
"""Spaces in the order in which they were listed."""


def land(lake: Lake, key: str, ids: set[int], moving: Mapping[str, str]) -> None:
    """Land a space with these pages, listed when its turn was, that knows of some pages that they are leaving it."""
    at = NOTED_AT + timedelta(hours=SPACES.index(key))
    run, landing = Run(f"run-{key}", at), SpaceLanding(lake, key)
    sync = SpaceSync(key, "full", len(ids), len(ids), 0, 0, (), Cost(), at, at)
    report = sync_report(sync, run, expected={"pages": len(ids), "labels": 0}, removals=(), moving=moving)
    entries = landing.land_bodies([BodyRecord(page(str(number)), "<p/>") for number in sorted(ids)], run)
    listing = {entry.record.content_id: entry for entry in entries}
    landing.commit(dict(sorted(listing.items())), report, is_whole=True)
    landing.write_sync(report)


pages = st.sets(st.integers(1, 12), max_size=8)


@settings(max_examples=20, deadline=None)
@given(st.fixed_dictionaries(dict.fromkeys(SPACES, pages)), st.sets(st.tuples(st.sampled_from(SPACES), st.just(3))))
def test_each_content_stays_in_the_space_that_listed_it_last(
    landed: dict[str, set[int]], leaving: set[tuple[str, int]]
) -> None:
    """No content is lost and none is in two spaces; one that knows that it left loses, then the older listing."""
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(folder)
        for key, ids in landed.items():
            gone = {str(number): "ELSE" for space, number in leaving if space == key and number in ids}
            land(lake, key, ids, gone)
        changed = settle_moves(lake)
        found = {key: {int(i) for i in SpaceLanding(lake, key).content_ids()} for key in SPACES}
        expected: dict[str, set[int]] = {key: set() for key in SPACES}
        for number in set().union(*landed.values()):
            having = [key for key in SPACES if number in landed[key]]
            staying = [key for key in having if (key, number) not in leaving] or having
            expected[staying[-1]].add(number)
        assert found == expected
        assert changed == sorted(key for key in SPACES if found[key] != landed[key])
        assert settle_moves(lake) == []
        for key in changed:
            assert (SpaceLanding(lake, key).newest_sync() or {})["expected"]["pages"] == len(found[key])
