"""How many rows there should be comes from another question than the rows, and what is short is said."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import Selection
from confluence_pipeline.landing.kinds import SPACE_KINDS
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.tables import SYNC_RUNS, TABLES
from confluence_pipeline.verdicts import Evidence, extracted_equals_expected
from confluence_pipeline_tests.laboratory import LAB, Editor, Laboratory, reader_of

COUNTED = {"pages", "blog_posts", "comments", "attachments", "page_versions", "views", "tree_nodes"}
NOT_COUNTED = {"labels", "tasks", "likes", "properties", "space_permissions", "restrictions", "links", "macros"}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Laboratory]:
    """A site with some talk on one page, and an empty lake that takes every table."""
    with SiteProcess(LAB) as site, reader_of(site) as client:
        found = Laboratory(site, Lake(str(tmp_path / "lake")), client, Editor(site), Selection(frozenset(TABLES)))
        page = found.id_of("LAB page 7")
        for number in range(6):
            found.editor.comment(page, f"<p>Remark {number}</p>")
            found.editor.attach(page, f"file {number}.txt", b"data")
        found.editor.edit(page, body="<p>Second</p>")
        found.editor.folder("LAB", "Drawer", page)
        yield found


def told(lab: Laboratory, key: str = "LAB") -> dict[str, dict[str, Any]]:
    """Return what the newest run reports of each table of a space."""
    rows = sorted(lab.rows(SYNC_RUNS.name), key=lambda row: row["finished_at"])
    return {row["table"]: row for row in rows if row["space_key"] == key}


def losing(path: str, *, page: int = 2, lost: int = 1) -> list[FaultRule]:
    """Return rules by which a listing loses things between its pages, every time it is walked."""
    return [FaultRule("small_page", path=path, amount=page), FaultRule("shift", path=path, amount=lost)]


def test_what_is_counted_is_expected_and_what_is_not_is_unknown(lab: Laboratory) -> None:
    """Expected rows equal the site's own truth where the API counts, and are null where it does not."""
    lab.sync()
    found = told(lab)
    assert {name for name, row in found.items() if row["expected_rows"] is not None} >= COUNTED
    assert {found[name]["expected_rows"] for name in NOT_COUNTED} == {None}
    assert all(row["complete"] for row in found.values())
    for name in ("comments", "attachments", "page_versions", "tree_nodes"):
        truth = lab.site.control.truth(name, as_account="712020:reader")
        mine = [row for row in truth if row["space_key"] == "LAB" and row.get("status") not in ("trashed", "draft")]
        assert found[name]["expected_rows"] == len(mine) > 0, name


def test_every_kind_says_who_counts_it_or_that_nobody_does() -> None:
    """The kinds with a second question are those of the tables whose expected rows are known."""
    counted = {kind.name for kind in SPACE_KINDS if kind.counted_by}
    assert counted == COUNTED - {"pages", "blog_posts"}


@pytest.mark.parametrize(("table", "search"), [("comments", "%3D\\+comment|= ?comment"), ("attachments", "attachment")])
def test_what_a_search_loses_is_found_in_the_sites_own_list(lab: Laboratory, table: str, search: str) -> None:
    """A search that gives less than it counts is no loss: the list from the database is read to its end."""
    lab.site.control.set_faults(*losing(f"/rest/api/search.*{search}"))
    lab.sync()
    lab.site.control.set_faults()
    assert told(lab)[table]["complete"]
    found = lab.facts()[table]
    assert len([row for row in found if row["space_key"] == "LAB"]) >= 6
    lab.sync()
    assert lab.facts()[table] == found


def test_what_no_listing_gives_fails_the_check_with_the_reason(lab: Laboratory) -> None:
    """Comments that the site counts and gives nobody are short: an error that says where, how many, and why."""
    lab.site.control.set_faults(*losing("/rest/api/search.*comment"), *losing("/footer-comments", page=1, lost=50))
    lab.sync()
    row = told(lab)["comments"]
    assert row["expected_rows"] > row["extracted_rows"] + row["ledger_rows"]
    assert not row["complete"]
    verdict = extracted_equals_expected(Evidence(lab.lake), TABLES["comments"])
    assert verdict.is_error
    assert list(verdict.bad) == ["LAB"]
    assert "more by the site's own count" in verdict.examples[0]
    assert "LAB" in str(verdict.also["short"])
    assert extracted_equals_expected(Evidence(lab.lake), TABLES["attachments"]).bad == {}
    lab.site.control.set_faults()
    lab.retry()
    assert told(lab)["comments"]["complete"]
    assert extracted_equals_expected(Evidence(lab.lake), TABLES["comments"]).bad == {}


def test_a_failed_page_is_shown_by_its_check_with_its_last_answer(lab: Laboratory) -> None:
    """What is in the ledger is a warning that names the id, the table, the space and the status."""
    page = lab.id_of("LAB page 9")
    lab.site.control.set_faults(FaultRule("poison", path="body-format", content_ids=[int(page)]))
    lab.sync()
    verdict = extracted_equals_expected(Evidence(lab.lake), TABLES["pages"])
    assert not verdict.is_error
    shown = str(verdict.also["ledger"])
    for text in (page, "LAB", "500", "fetch"):
        assert text in shown


def test_versions_that_are_not_listed_are_short(lab: Laboratory) -> None:
    """The number of the newest version is how many there are; a list that is cut short is asked for again."""
    page = lab.id_of("LAB page 7")
    for number in range(4):
        lab.editor.edit(page, body=f"<p>Again {number}</p>")
    lab.site.control.set_faults(*losing(f"/pages/{page}/versions"))
    lab.sync()
    assert not told(lab)["page_versions"]["complete"]
    (row,) = [row for row in lab.rows("ledger") if row["table"] == "page_versions"]
    assert (row["content_id"], row["operation"]) == (page, "count")
    lab.site.control.set_faults()
    lab.retry()
    assert told(lab)["page_versions"]["complete"]
    assert len([row for row in lab.rows("page_versions") if row["content_id"] == page]) == 6
