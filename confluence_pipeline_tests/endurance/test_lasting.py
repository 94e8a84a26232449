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
from confluence_pipeline_tests.endurance.comparing import differences, whole_truth
from confluence_pipeline_tests.endurance.matrix import API, NOTHING, PATIENCE, TIMEOUTS, lasting
from confluence_pipeline_tests.endurance.surviving import survive
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
    """Its batch comes without it, the ledger names it, and every difference of any table from the truth is about it."""
    page = lab.id_of("LAB page 7")
    case, *_ = lasting(page, "ANY", 0)
    survived = survive(lab, case, whole_truth(lab))
    assert {entry.content_id for entry in open_entries(lab.lake, "LAB")} == {page}
    assert survived.unnamed == []
    assert {difference.key[0] for difference in survived.differences} == {page}
    assert all(difference.is_missing for difference in survived.differences)
    lab.retry()
    assert differences(lab) == []


@pytest.mark.parametrize("requests", [4, 20, 40, 80, 160])
def test_a_space_that_turns_404_takes_nothing_with_it(lab: Laboratory, requests: int) -> None:
    """No row of any table is lost or differs, but as the ledger names, until somebody accepts that the space is gone.

    Whether it was deleted or the account lost its rights, the site answers the same.
    """
    lab.sync()
    for number in (1, 2, 8):
        lab.editor.edit(lab.id_of(f"LAB page {number}"), body="<p>Newer</p>")
        lab.editor.edit(lab.id_of(f"ZOO page {number}"), body="<p>Newer</p>")
    comment = lab.editor.comment(lab.id_of("LAB page 3"))
    truth = whole_truth(lab)
    space_id = lab.editor.page("LAB page 3")["space_id"]  # its labels go with its row of spaces
    *_, case = lasting("1", "LAB", requests)
    for fault in (case, NOTHING):
        survived = survive(lab, fault, truth)
        assert survived.error is None
        assert survived.unnamed == []
        lost = {(found.table, found.key[0]) for found in survived.differences if found.is_missing}
        assert {key for table, key in lost if table != "page_versions"} <= {comment, space_id}, fault.name
        assert {entry["space_key"] for entry in survived.ledger} <= {"LAB"}
    assert lab.rows("removals") == []
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
