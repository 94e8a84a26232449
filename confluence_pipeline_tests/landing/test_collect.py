"""What stands on contents follows the site: comments, attachments, tasks, access, the tree, and the rest."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from confluence_pipeline.confluence import Scope
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import RecentItems, Selection, drop_unused_files, land_spaces, sync_space
from confluence_pipeline.landing.recent import Looked
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.tables import TABLES
from confluence_pipeline_tests.laboratory import LAB, Editor, Laboratory, reader_of

EVERYTHING = Selection(frozenset(TABLES), attachment_bodies=True, version_bodies=True)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Laboratory]:
    """A site that the test may change, and an empty lake that takes everything."""
    with SiteProcess(LAB) as site, reader_of(site) as client:
        yield Laboratory(site, Lake(str(tmp_path / "lake")), client, Editor(site), EVERYTHING)


def furnish(lab: Laboratory) -> dict[str, str]:
    """Put something of everything on the site; return ids by name."""
    editor, page = lab.editor, lab.id_of("LAB page 7")
    ids = {"page": page, "other": lab.id_of("LAB page 8"), "zoo": lab.id_of("ZOO page 2")}
    ids["thread"] = editor.comment(page)
    ids["reply"] = editor.reply(ids["thread"])
    ids["deep"] = editor.reply(ids["reply"])
    ids["remark"] = editor.remark(page, "Page 7 of LAB")
    ids["answer"] = editor.reply(ids["remark"], location="inline")
    ids["file"] = editor.attach(page, "plan.txt", b"the plan")
    ids["spare"] = editor.attach(ids["other"], "spare.txt", b"spare")
    ids["talk"] = editor.comment(ids["file"], on="attachmentId")
    ids["folder"] = editor.folder("LAB", "Drawer", lab.id_of("LAB page 1"))
    ids["filed"] = editor.create("LAB", "LAB filed", parent_id=ids["folder"])
    task = "<ac:task><ac:task-id>5</ac:task-id><ac:task-status>incomplete</ac:task-status>"
    ids["todo"] = editor.create(
        "ZOO", "ZOO todo", f"<ac:task-list>{task}<ac:task-body>Feed the owls</ac:task-body></ac:task></ac:task-list>"
    )
    lab.site.control.set_likes(page, ["712020:guest"])
    lab.site.control.set_views(page, 12, 5)
    lab.site.control.set_group("keepers", ["712020:guest", "712020:reader"])
    return ids


def row_of(lab: Laboratory, table: str, key: str) -> dict[str, Any]:
    """Return the one row whose first key column is ``key``."""
    (row,) = [row for row in lab.rows(table) if row[TABLES[table].key[0]] == key]
    return row


def test_any_mix_of_changes_gives_what_a_fresh_sync_gives(lab: Laboratory, tmp_path: Path) -> None:
    """Comments, files, tasks, access, folders, likes, views and groups: the second sync equals a first one."""
    ids = furnish(lab)
    lab.sync()
    editor = lab.editor
    editor.change_comment(ids["reply"], text="<p>On second thoughts</p>")
    editor.change_comment(ids["remark"], location="inline", resolved=True)
    editor.reply(ids["deep"])
    editor.comment(ids["zoo"], "<p>Nice animals</p>")
    editor.attach(ids["page"], "plan.txt", b"the better plan")
    editor.attach(ids["zoo"], "owl.txt", b"the plan")
    editor.hide(lab.id_of("ZOO page 3"))
    editor.show(lab.id_of("LAB page 4"))
    editor.move(ids["other"], ids["folder"])
    lab.site.control.rename(ids["folder"], "Bottom drawer")
    editor.edit(ids["page"], body="<p>Page 7 of LAB, again</p>")
    lab.site.control.set_likes(ids["page"], ["712020:guest", "712020:boss"])
    lab.site.control.set_views(ids["page"], 13, 5)
    lab.site.control.set_group("keepers", ["712020:boss"])
    lab.sync()
    fresh = lab.beside(tmp_path / "fresh")
    fresh.sync()
    mine, theirs = lab.facts(), fresh.facts()
    for table in mine:
        rows = [
            {name: value for name, value in row.items() if name not in ("as_of", "blob_uri")} for row in mine[table]
        ]
        others = [
            {name: value for name, value in row.items() if name not in ("as_of", "blob_uri")} for row in theirs[table]
        ]
        assert rows == others, table
    assert lab.rows("ledger") == []


def test_a_second_sync_changes_no_byte(lab: Laboratory) -> None:
    """Nothing that stands on contents is rewritten when nothing changed, in the landing and in the tables."""
    furnish(lab)
    lab.sync()
    lab.sync()  # takes away the notes of downloads that have landed
    tables, raw = lab.digests(), lab.digests("raw")
    lab.sync()
    assert lab.digests() == tables
    assert {p: d for p, d in lab.digests("raw").items() if "/syncs/" not in p} == {
        p: d for p, d in raw.items() if "/syncs/" not in p
    }


def test_what_the_index_does_not_know_yet_is_there(lab: Laboratory) -> None:
    """New comments, replies and files show in the next sync although the search lags by an hour."""
    lab.sync()
    lab.site.control.set_index_lag(3600)
    ids = furnish(lab)
    lab.sync()
    assert {ids["thread"], ids["reply"], ids["deep"], ids["remark"], ids["answer"], ids["talk"]} <= {
        row["comment_id"] for row in lab.rows("comments")
    }
    assert row_of(lab, "attachments", ids["file"])["sha256"]
    assert row_of(lab, "tree_nodes", ids["folder"])["title"] == "Drawer"


def test_what_is_gone_has_a_removal_with_its_reason(lab: Laboratory) -> None:
    """A deleted thread, a trashed file, and what stood on a trashed page; each row tells what proved it."""
    ids = furnish(lab)
    lab.sync()
    lab.editor.remove_comment(ids["reply"])
    lab.editor.remove_attachment(ids["spare"])
    lab.sync()
    reasons = {row["content_id"]: row["reason"] for row in lab.rows("removals")}
    assert reasons == {ids["reply"]: "purged", ids["deep"]: "purged", ids["spare"]: "trashed"}
    lab.editor.trash(ids["page"])
    lab.sync()
    reasons = {row["content_id"]: row["reason"] for row in lab.rows("removals")}
    assert {reasons[ids[name]] for name in ("page", "thread", "remark", "answer", "file", "talk")} == {"trashed"}
    assert lab.rows("comments") == []
    assert all(row["evidence"] for row in lab.rows("removals"))


def test_a_kind_that_cannot_be_listed_keeps_its_rows_and_is_told(lab: Laboratory) -> None:
    """One refused listing costs its own table only: the others are complete, and the ledger says what is missing."""
    furnish(lab)
    lab.sync()
    before = lab.rows("tasks")
    lab.site.control.set_faults(FaultRule("error", status=403, path="/api/v2/tasks"))
    outcomes = lab.sync()
    assert {entry.table for outcome in outcomes.values() for entry in outcome.ledger} == {"tasks"}
    assert lab.rows("tasks") == before
    newest = max(row["_extracted_at"] for row in lab.rows("sync_runs"))
    runs = [row for row in lab.rows("sync_runs") if row["_extracted_at"] == newest]
    assert {row["table"] for row in runs if not row["complete"]} == {"tasks"}


def test_a_space_that_leaves_the_scope_takes_everything_with_it(lab: Laboratory) -> None:
    """No row of any table stays behind, and every comment and file of it has a removal."""
    ids = furnish(lab)
    lab.sync()
    lab.sync(Scope(exclude_space_keys=("LAB",)))
    for table in set(TABLES) - {"removals", "ledger", "sync_runs"}:
        assert [row for row in lab.rows(table) if row.get("space_key") == "LAB"] == [], table
    removed = {row["content_id"] for row in lab.rows("removals")}
    assert {ids[name] for name in ("page", "thread", "reply", "remark", "answer", "file", "talk", "folder")} <= removed


def test_a_scope_of_one_page_brings_just_what_stands_on_it(lab: Laboratory) -> None:
    """Its comments, files and tasks, the folders and pages above it, and nothing of its neighbours."""
    ids = furnish(lab)
    lab.sync(Scope(page_ids=(ids["filed"], ids["page"])))
    assert {row["comment_id"] for row in lab.rows("comments")} == {
        ids[name] for name in ("thread", "reply", "deep", "remark", "answer", "talk")
    }
    assert [row["attachment_id"] for row in lab.rows("attachments")] == [ids["file"]]
    assert [row["node_id"] for row in lab.rows("tree_nodes")] == [ids["folder"]]
    filed = row_of(lab, "pages", ids["filed"])
    assert filed["ancestor_titles"] == ["LAB page 0", "LAB page 1", "Drawer"]
    assert {row["verdict"] for row in lab.rows("effective_access")} == {"granted"}


def test_bytes_that_nothing_has_any_more_are_dropped(lab: Laboratory) -> None:
    """A replaced file's old bytes go, those that another attachment still has stay."""
    ids = furnish(lab)
    lab.editor.attach(ids["zoo"], "copy.txt", b"spare")
    lab.sync()
    lab.sync()  # knows that what the first one downloaded has landed, so that it is fair game
    lab.editor.attach(ids["page"], "plan.txt", b"the better plan")
    lab.editor.remove_attachment(ids["spare"])
    lab.sync()
    lab.sync()
    assert drop_unused_files(lab.lake) == [sha256(b"the plan").hexdigest()]
    assert drop_unused_files(lab.lake) == []
    blobs = {path.rpartition("/")[2] for path in lab.lake.list_files("blobs")}
    assert blobs == {sha256(b"spare").hexdigest(), sha256(b"the better plan").hexdigest()}


class Meddler(RecentItems):
    """What was modified last, asked for after the listings: a moment at which somebody changes the site."""

    def __init__(self, lab: Laboratory, change: Callable[[], None]) -> None:
        super().__init__(lab.client)
        self._changes = [change]

    def on(
        self, location: str, containers: Collection[str], since: datetime | None, *, everything: bool = False
    ) -> Looked:
        """Change the site when comments are asked for the first time."""
        if location == "footer" and self._changes:
            self._changes.pop()()
        return super().on(location, containers, since, everything=everything)


def test_comments_of_a_page_that_is_trashed_meanwhile_are_told(lab: Laboratory) -> None:
    """They were listed and cannot be read any more: each is in the ledger, and the rest of the space lands."""
    ids = furnish(lab)
    run = lab.run()
    land_spaces(lab.client, Scope(), lab.lake, run)
    meddler = Meddler(lab, lambda: lab.editor.trash(ids["page"]))
    outcome = sync_space(lab.client, Scope(), lab.lake, "LAB", run, selection=EVERYTHING, recent=meddler)
    gone = {entry.content_id: entry.reason for entry in outcome.ledger if entry.table == "comments"}
    assert gone == {ids[name]: "gone_meanwhile" for name in ("thread", "reply", "deep", "remark", "answer", "talk")}
    assert outcome.fetched == outcome.listed
    lab.sync()
    assert lab.rows("comments") == []
    assert [row for row in lab.rows("ledger") if row["_run_id"] != run.run_id] == []
