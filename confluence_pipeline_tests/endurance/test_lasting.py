"""Faults that do not pass: what can be had lands, what cannot is named, and once they are mended nothing is missing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from confluence_pipeline.confluence import AuthenticationError
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import Selection, SpaceLanding, open_entries
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.tables import TABLES
from confluence_pipeline_tests.endurance.comparing import differences
from confluence_pipeline_tests.endurance.matrix import API, PATIENCE, TIMEOUTS
from confluence_pipeline_tests.laboratory import LAB, LAB_SPACES, Editor, Laboratory, reader_of
from confluence_pipeline_tests.laboratory_seed import READER

EVERYTHING = Selection(frozenset(TABLES), attachment_bodies=True, version_bodies=True)
MOST_UNDER_WAY = 40
"""Requests under way when v2 refuses the login first; v1 answers 404 as to a stranger, which proves nothing."""


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Laboratory]:
    """A site that the test may change, and an empty lake that takes everything."""
    with SiteProcess(LAB) as site, reader_of(site, retries=PATIENCE, timeouts=TIMEOUTS) as client:
        yield Laboratory(site, Lake(str(tmp_path / "lake")), client, Editor(site), EVERYTHING)


def test_a_page_that_always_fails_is_all_that_is_missing(lab: Laboratory) -> None:
    """Its batch comes without it, the ledger names it, and every difference from the truth is about it."""
    page = lab.id_of("LAB page 7")
    lab.site.control.set_faults(FaultRule("poison", "body-format", content_ids=[int(page)]))
    lab.sync()
    lab.site.control.set_faults()
    assert {entry.content_id for entry in open_entries(lab.lake, "LAB")} == {page}
    found = differences(lab)
    assert {difference.key[0] for difference in found} == {page}
    assert all(difference.is_missing for difference in found)
    lab.retry()
    assert differences(lab) == []


@pytest.mark.parametrize("requests", [4, 40])
def test_a_space_that_turns_404_takes_nothing_with_it(lab: Laboratory, requests: int) -> None:
    """The others are whole; what landed of it stays, named by the ledger, until somebody accepts that it is gone.

    Whether it was deleted or the account lost its rights, the site answers the same.
    """
    lab.sync()
    for number in (1, 2, 8):
        lab.editor.edit(lab.id_of(f"LAB page {number}"), body="<p>Newer</p>")
        lab.editor.edit(lab.id_of(f"ZOO page {number}"), body="<p>Newer</p>")
    lab.site.control.set_faults(FaultRule("close_space", API, skip=requests, count=1, space_key="LAB"))
    lab.sync()
    lab.site.control.set_faults()
    lab.sync()
    found = differences(lab)
    assert {row["space_key"] for difference in found for row in [difference.actual] if row is not None} == {"LAB"}
    assert [difference for difference in found if difference.is_missing] == []
    named = {entry.content_id for entry in open_entries(lab.lake, "LAB")}
    assert {difference.key[0] for difference in found if difference.table in ("pages", "blog_posts")} <= named
    lab.sync(accept_removals=True)
    assert differences(lab) == []


def test_a_token_that_is_revoked_stops_the_sync_and_keeps_what_landed(lab: Laboratory) -> None:
    """Nothing is asked after the refusal but what was under way; with a new token only the rest is fetched."""
    lab.site.control.set_faults(FaultRule("revoke_token", API, skip=120, count=1))
    with pytest.raises(AuthenticationError):
        lab.sync()
    counts = lab.site.control.request_counts()
    assert counts.total - counts.statuses["200"] <= MOST_UNDER_WAY
    lab.site.control.set_faults()
    lab.site.control.set_user(READER, api_token=lab.site.api_token)
    landed = [key for key in LAB_SPACES if SpaceLanding(lab.lake, key).is_committed()]
    assert landed
    with reader_of(lab.site) as client:
        again = Laboratory(lab.site, lab.lake, client, lab.editor, EVERYTHING)
        outcomes = again.sync()
        assert [outcomes[key].fetched for key in landed] == [0] * len(landed)
        assert differences(again) == []
