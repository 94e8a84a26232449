"""A retry fetches what the ledger names, and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import Selection, open_entries
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.tables import TABLES
from confluence_pipeline_tests.laboratory import LAB, LAB_SPACES, Editor, Laboratory, reader_of
from confluence_pipeline_tests.laboratory_seed import GUEST, READER
from confluence_pipeline_tests.landing.test_doubts import restrict

EVERYTHING = Selection(frozenset(TABLES), attachment_bodies=True, version_bodies=True)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Laboratory]:
    """A site that the test may change, and an empty lake that takes everything."""
    with SiteProcess(LAB) as site, reader_of(site) as client:
        yield Laboratory(site, Lake(str(tmp_path / "lake")), client, Editor(site), EVERYTHING)


def furnish(lab: Laboratory) -> str:
    """Put a comment, a file and a new version on a page; return the page's id."""
    page = lab.id_of("LAB page 7")
    lab.editor.comment(page)
    lab.editor.attach(page, "plan.txt", b"the plan")
    lab.editor.folder("LAB", "Drawer", lab.id_of("LAB page 1"))
    lab.editor.edit(page, body="<p>Second</p>")
    return page


def open_tables(lab: Laboratory) -> set[str]:
    """Return the tables that something is missing from."""
    return {entry.table for key in LAB_SPACES for entry in open_entries(lab.lake, key)}


def assert_like_a_fresh_sync(lab: Laboratory, folder: Path) -> None:
    """Compare every table with those of an empty lake."""
    fresh = lab.beside(folder)
    fresh.sync()
    mine, theirs = lab.facts(), fresh.facts()
    for table in mine:
        for rows in (mine[table], theirs[table]):
            for row in rows:
                row.pop("as_of", None)
                row.pop("blob_uri", None)
        assert mine[table] == theirs[table], table


def assert_complete(lab: Laboratory) -> None:
    """The newest report of every table says that all that was expected is there."""
    for reports in lab.build().values():
        for report in reports.values():
            assert (report.complete, report.ledger_rows) == (True, 0), report


@pytest.mark.parametrize(
    ("path", "table"),
    [
        ("/child/attachment|/download", "attachments"),
        ("/versions", "page_versions"),
        ("/properties", "properties"),
        ("/likes", "likes"),
        ("/analytics", "views"),
        ("/api/v2/tasks", "tasks"),
        ("type.+comment", "comments"),
        ("type.+attachment", "attachments"),
        ("/permissions", "space_permissions"),
        ("/folders/", "tree_nodes"),
    ],
)
def test_what_was_missed_comes_with_a_retry(lab: Laboratory, tmp_path: Path, path: str, table: str) -> None:
    """Whatever the site refused, in bulk or one by one, a retry brings the tables of a fresh sync."""
    furnish(lab)
    lab.site.control.set_faults(FaultRule("error", status=500, path=path))
    lab.sync()
    assert table in open_tables(lab)
    lab.site.control.set_faults()
    lab.retry()
    assert open_tables(lab) == set()
    assert_like_a_fresh_sync(lab, tmp_path / "fresh")
    assert_complete(lab)


def test_a_retry_asks_for_nothing_but_what_is_missing(lab: Laboratory) -> None:
    """One page whose body always failed costs its own body, and no listing of any space."""
    page = furnish(lab)
    lab.sync()
    lab.editor.edit(page, body="<p>Third</p>")
    lab.site.control.set_faults(FaultRule("poison", path="body-format", content_ids=(int(page),)))
    lab.sync()
    assert [entry.content_id for entry in open_entries(lab.lake, "LAB") if entry.table == "pages"] == [page]
    lab.site.control.set_faults()
    lab.site.control.reset_requests()
    outcomes = lab.retry()
    asked = lab.site.control.request_counts().requests
    assert not [template for template in asked if "/spaces/{id}/" in template or "search" in template]
    assert asked["GET /wiki/api/v2/pages"] <= 3
    assert (outcomes["LAB"].mode, outcomes["LAB"].fetched, outcomes["ZOO"].cost.requests) == ("retry", 1, 0)
    assert lab.contents()[page]["body_storage"] == "<p>Third</p>"


def test_a_retry_of_an_edited_page_brings_its_versions_and_labels_too(lab: Laboratory, tmp_path: Path) -> None:
    """After the retry nothing tells that the page's new body could not be had at first."""
    page = furnish(lab)
    lab.sync()
    lab.editor.edit(page, body="<p>Third</p>")
    lab.editor.label(page, "gamma")
    lab.site.control.set_faults(FaultRule("poison", path="body-format", content_ids=(int(page),)))
    lab.sync()
    lab.site.control.set_faults()
    lab.retry()
    assert_like_a_fresh_sync(lab, tmp_path / "fresh")


def test_what_fails_again_keeps_its_place_with_all_attempts(lab: Laboratory) -> None:
    """The ledger counts every attempt and holds the last answer; a retry of nothing lands nothing."""
    page = furnish(lab)
    lab.site.control.set_faults(FaultRule("poison", path="body-format", content_ids=(int(page),)))
    lab.sync()
    (before,) = [entry for entry in open_entries(lab.lake, "LAB") if entry.table == "pages"]
    lab.retry()
    (after,) = [entry for entry in open_entries(lab.lake, "LAB") if entry.table == "pages"]
    assert (after.content_id, after.http_status) == (page, 500)
    assert after.attempts > before.attempts
    raw = lab.digests("raw")
    lab.site.control.set_faults()
    lab.retry()
    assert lab.digests("raw") != raw
    raw = lab.digests("raw")
    lab.retry()
    assert lab.digests("raw") == raw


def fail(lab: Laboratory, page: str) -> None:
    """Edit a page, and sync while its body cannot be had."""
    lab.editor.edit(page, body="<p>Third</p>")
    lab.site.control.set_faults(FaultRule("poison", path="body-format", content_ids=(int(page),)))
    lab.sync()
    lab.site.control.set_faults()


def test_a_page_that_is_gone_by_then_has_a_removal(lab: Laboratory) -> None:
    """What cannot be fetched because it was trashed leaves the ledger with its reason, as does all that is on it."""
    page = furnish(lab)
    lab.sync()
    on_it = {row["comment_id"] for row in lab.rows("comments")} | {
        row["attachment_id"] for row in lab.rows("attachments")
    }
    fail(lab, page)
    lab.editor.trash(page)
    lab.retry()
    told = {row["content_id"]: row["reason"] for row in lab.rows("removals")}
    assert told == dict.fromkeys((page, *on_it), "trashed")
    assert len(on_it) == 2
    assert page not in lab.contents()
    assert lab.rows("comments") == lab.rows("attachments") == []
    assert [entry for entry in open_entries(lab.lake, "LAB") if entry.table == "pages"] == []


def test_a_page_that_moved_by_then_stays_until_its_new_space_has_it(lab: Laboratory) -> None:
    """It is in one of the two spaces at any time, with all that is on it, and nothing is removed."""
    page = furnish(lab)
    lab.sync()
    comments = lab.rows("comments")
    fail(lab, page)
    lab.editor.move(page, lab.id_of("ZOO page 1"))
    lab.retry()
    assert lab.contents()[page]["space_key"] == "LAB"
    assert len(lab.rows("comments")) == len(comments)
    lab.sync()
    assert lab.contents()[page]["space_key"] == "ZOO"
    assert lab.contents()[page]["body_storage"] == "<p>Third</p>"
    assert len(lab.rows("comments")) == len(comments)
    assert lab.rows("removals") == []


def test_a_page_that_the_account_may_not_see_by_then_stays(lab: Laboratory) -> None:
    """A retry removes no more than a sync does: where rights have changed, nothing until a person says so."""
    page = restrict(lab, "LAB page 7", "keepers", READER)
    furnish(lab)
    lab.sync()
    before = lab.contents().keys(), lab.rows("comments")
    fail(lab, page)
    lab.site.control.set_group("keepers", [GUEST])
    lab.retry()
    assert (lab.contents().keys(), lab.rows("comments")) == before
    assert lab.rows("removals") == []
    assert {entry.reason for entry in open_entries(lab.lake, "LAB")} == {"rights_changed"}


@pytest.mark.parametrize("what", ["comment", "tree_node"])
def test_what_is_gone_by_then_beside_pages_has_a_removal(lab: Laboratory, what: str) -> None:
    """A comment or a folder that could not be read, and is gone when it is asked for again."""
    furnish(lab)
    lab.sync()
    comment, folder = lab.rows("comments")[0]["comment_id"], lab.rows("tree_nodes")[0]["node_id"]
    if what == "comment":
        lab.editor.change_comment(comment, text="<p>Again</p>")
        lab.site.control.set_faults(FaultRule("error", status=500, path=f"comments.*{comment}|id.+{comment}"))
    else:
        lab.site.control.rename(folder, "Another name")
        lab.site.control.set_faults(FaultRule("error", status=500, path="/folders/"))
    lab.sync()
    assert [entry.table for entry in open_entries(lab.lake, "LAB")] == [f"{what}s"]
    lab.site.control.set_faults()
    if what == "comment":
        lab.editor.remove_comment(comment)
    else:
        lab.editor.ask("DELETE", f"/api/v2/folders/{folder}")
    lab.retry()
    expected = (comment, "purged") if what == "comment" else (folder, "trashed")
    assert [(row["content_id"], row["reason"]) for row in lab.rows("removals")] == [expected]
    assert open_tables(lab) == set()
