"""What the search index does not know is found in the site's own lists, read back to where they were read before."""

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from confluence_pipeline.confluence import ConfluenceClient, ConfluenceError, RecentItem, Scope
from confluence_pipeline.landing import RecentItems, sync_space
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline_tests.laboratory import Laboratory

NEVER = 10**7
"""Seconds after which the index would learn of something; longer than any test."""
MANY = 251
"""More than a page of a list holds."""
NEWEST = datetime(2026, 3, 1, tzinfo=UTC)


def comments(lab: Laboratory) -> set[str]:
    """Return the ids of the comments that landed."""
    return {row["comment_id"] for row in lab.rows("comments")}


def sync_alone(lab: Laboratory, key: str) -> None:
    """Sync one space in a run of its own."""
    sync_space(lab.client, Scope(), lab.lake, key, lab.run(), selection=lab.selection)


def test_a_comment_behind_many_of_another_space_is_found(lab: Laboratory) -> None:
    """However many newer ones there are elsewhere, and though the index never learns of any."""
    zoo, mine = lab.id_of("ZOO page 1"), lab.id_of("LAB page 7")
    lab.sync()
    lab.site.control.set_index_lag(NEVER)
    made = {lab.editor.comment(mine), *(lab.editor.comment(zoo) for _ in range(MANY))}
    lab.sync()
    assert comments(lab) == made
    assert all(row["complete"] for row in lab.rows("sync_runs"))
    lab.sync()
    assert comments(lab) == made, "what was found once stays"


def test_what_a_run_over_other_spaces_has_read_is_read_again_for_this_one(lab: Laboratory) -> None:
    """Each space remembers for itself how far it has read."""
    zoo, mine = lab.id_of("ZOO page 1"), lab.id_of("LAB page 7")
    lab.sync()
    lab.site.control.set_index_lag(NEVER)
    lab.site.control.freeze_clock()
    made = lab.editor.comment(mine)
    lab.site.control.advance_clock(86400)
    for _ in range(MANY):
        lab.editor.comment(zoo)
    sync_alone(lab, "ZOO")
    sync_alone(lab, "LAB")
    lab.build()
    assert made in comments(lab)


def test_an_unchanged_site_is_read_no_further_than_a_page(lab: Laboratory) -> None:
    """However much is older; with hours in between, the newest page of each list is all that is asked for."""
    zoo = lab.id_of("ZOO page 1")
    lab.site.control.freeze_clock()
    for _ in range(MANY):
        lab.editor.comment(zoo)
    lab.site.control.advance_clock(86400)
    lab.editor.comment(zoo)
    lab.sync()
    for _ in range(2):
        lab.site.control.reset_requests()
        lab.sync()
        assert lab.site.control.request_counts().requests["GET /wiki/api/v2/footer-comments"] == 1


def test_what_could_not_be_read_is_found_by_the_next_sync(lab: Laboratory) -> None:
    """A comment that the index does not know and that fails by itself is not taken for read."""
    lab.sync()
    lab.site.control.set_index_lag(NEVER)
    lab.site.control.freeze_clock()
    made = lab.editor.comment(lab.id_of("LAB page 7"))
    lab.site.control.advance_clock(86400)
    lab.editor.comment(lab.id_of("ZOO page 1"))
    lab.site.control.set_faults(FaultRule("error", path=f"/footer-comments/{made}", status=500))
    lab.sync()
    assert [row["content_id"] for row in lab.rows("ledger")] == [made]
    lab.site.control.set_faults()
    lab.sync()
    assert made in comments(lab)


def test_a_walk_that_breaks_off_is_at_no_end(lab: Laboratory) -> None:
    """A page that fails for one space does not hide what follows from the next."""
    page = lab.id_of("LAB page 7")
    made = {lab.editor.comment(page) for _ in range(MANY)}
    recent = RecentItems(lab.client)
    lab.site.control.set_faults(FaultRule("error", path="/footer-comments", status=500, skip=1))
    with pytest.raises(ConfluenceError):
        recent.on("footer", {page}, None, everything=True)
    lab.site.control.set_faults()
    assert {item.item_id for item in recent.on("footer", {page}, None, everything=True).items} == made


def test_a_space_gets_what_is_on_its_contents_and_memory_does_not_grow() -> None:
    """Of fifty thousand items on ten thousand contents, those asked about come, and the others are not held."""

    def pages() -> Iterator[list[RecentItem]]:
        for page in range(200):
            at = NEWEST - timedelta(hours=page)
            yield [
                RecentItem(f"{page}-{number}", str((250 * page + number) % 10_000), "footer", 1, at)
                for number in range(250)
            ]

    client = SimpleNamespace(api=SimpleNamespace(recent_comments=lambda _location: pages()))
    recent = RecentItems(cast("ConfluenceClient", cast("Any", client)))
    near = recent.on("footer", {"0"}, NEWEST, everything=False)
    assert (len(near.items), near.until) == (1, NEWEST)
    tracemalloc.start()
    everything = recent.on("footer", {str(number) for number in range(600)}, None, everything=True)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(everything.items) == 600 * 5
    assert len({item.item_id for item in everything.items}) == 600 * 5
    assert peak < 3 * 1024**2
