"""A sync that dies, or fails, at any point: what landed stays whole, and the next sync goes on from there."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from confluence_pipeline.confluence import Scope
from confluence_pipeline.lake import Lake, LakeBusyError, LakeError
from confluence_pipeline.landing import SpaceLanding, land_spaces, landed_space_records, settle_moves, sync_space
from confluence_pipeline.landing.entries import SyncReport
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.laboratory import BUSY_LAB, Editor, Laboratory, reader_of
from confluence_pipeline_tests.room import files_at_most

SYNC = """
import sys
from datetime import UTC, datetime
from confluence_pipeline.confluence import ApiToken, ConfluenceClient, Connection, Scope
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import sync_space
from confluence_pipeline.tables.report import Run
url, folder = sys.argv[1:]
with ConfluenceClient(Connection(url, ApiToken("reader@example.com", "token-reader"))) as client:
    sync_space(client, Scope(), Lake(folder), "LAB", Run("killed", datetime.now(UTC)))
"""


@pytest.fixture
def busy_lab(tmp_path: Path) -> Iterator[Laboratory]:
    """A site with more than one batch of pages in a space."""
    with SiteProcess(BUSY_LAB) as site, reader_of(site) as client:
        yield Laboratory(site, Lake(str(tmp_path / "lake")), client, Editor(site))


def test_a_sync_that_is_killed_is_continued_and_not_begun_again(busy_lab: Laboratory) -> None:
    """Bodies that landed before the kill are not asked for again, and nothing of the dead sync shows."""
    site, landing = busy_lab.site, SpaceLanding(busy_lab.lake, "LAB")
    slow = FaultRule("slow", path="blogposts.*body-format", seconds=6)
    site.control.set_faults(slow)
    process = subprocess.Popen([sys.executable, "-c", SYNC, site.base_url, busy_lab.lake.uri])
    try:
        deadline = time.monotonic() + 30
        while len(landing.body_files()) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(landing.body_files()) == 2
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert landing.listing() == {}
    site.control.set_faults()
    outcome = busy_lab.sync()["LAB"]
    assert (outcome.fetched, outcome.mode) == (4, "full")  # the blog posts
    busy_lab.assert_tables_tell(busy_lab.truth())
    assert {entry.body_file for entry in landing.listing().values()} == landing.body_files()


def test_stray_bodies_of_an_older_version_are_not_used(lab: Laboratory) -> None:
    """A body that landed uncommitted counts only for its own version."""
    run = lab.run()
    land_spaces(lab.client, Scope(), lab.lake, run)
    page = lab.id_of("LAB page 7")
    landing = SpaceLanding(lab.lake, "LAB")
    landing.land_bodies(lab.client.api.bodies("page", [page]), run)
    lab.editor.edit(page, body="<p>Newer</p>")
    lab.sync()
    assert lab.contents()[page]["body_storage"] == "<p>Newer</p>"
    lab.assert_tables_tell(lab.truth())


def test_what_was_removed_is_told_even_if_the_report_was_never_written(lab: Laboratory) -> None:
    """The listing's file carries the report, so a death right after the commit loses nothing, nor of the ledger."""
    lab.sync()
    lab.editor.trash(lab.id_of("LAB page 21"))
    die_before_the_report(lab)
    lab.build()
    assert [(row["title"], row["reason"]) for row in lab.rows("removals")] == [("LAB page 21", "trashed")]
    assert [row["_run_id"] for row in lab.rows("ledger")] == ["run-2"]
    lab.sync()
    assert len(lab.rows("removals")) == len(lab.rows("ledger")) == 1


def die_before_the_report(lab: Laboratory) -> None:
    """Sync a space whose one page fails, up to the commit, without a report beside it."""
    page = lab.id_of("LAB page 9")
    lab.editor.edit(page, body="<p>Not to be had</p>")
    lab.site.control.set_faults(FaultRule("poison", path="body-format", content_ids=(int(page),)))
    sync_space(lab.client, Scope(), lab.lake, "LAB", lab.run())
    lab.site.control.set_faults()
    for path in lab.lake.list_files(f"{SpaceLanding(lab.lake, 'LAB').folder}/syncs"):
        lab.lake.remove(path)


@pytest.mark.parametrize("then", ["sync", "retry", "settle_moves"])
def test_what_was_removed_is_told_though_the_site_changes_before_the_next_commit(lab: Laboratory, then: str) -> None:
    """Whoever replaces the listing of a sync that died writes down first what it did."""
    lab.sync()
    lab.editor.trash(lab.id_of("LAB page 21"))
    die_before_the_report(lab)
    if then == "settle_moves":
        lab.editor.move(lab.id_of("LAB page 20"), lab.id_of("ZOO page 1"))
        sync_space(lab.client, Scope(), lab.lake, "ZOO", lab.run())
        assert settle_moves(lab.lake) == ["LAB"]
    else:
        lab.editor.edit(lab.id_of("LAB page 7"), body="<p>Another</p>")
        lab.retry() if then == "retry" else lab.sync()
    lab.build()
    assert [(row["title"], row["reason"]) for row in lab.rows("removals")] == [("LAB page 21", "trashed")]
    assert [row["_run_id"] for row in lab.rows("ledger")] == ["run-2"]


def test_the_newest_report_is_found_wherever_it_lies(lab: Laboratory) -> None:
    """Beside the listing, in it, or both."""
    lab.sync()
    landing = SpaceLanding(lab.lake, "ZOO")
    newest = landing.newest_sync()
    assert newest is not None
    assert newest == landing.syncs()[-1]
    later = SyncReport("29990101T000000.000000Z-later", {**newest, "run_id": "later"})
    landing.write_sync(later)
    assert landing.newest_sync() == later.facts
    assert [report["run_id"] for report in landing.syncs()] == ["run-1", "later"]
    assert SpaceLanding(lab.lake, "NONE").newest_sync() is None


def test_a_failure_while_fetching_changes_no_table_and_no_listing(lab: Laboratory) -> None:
    """The site goes away in the middle: the space's sync fails, and all that was there is there."""
    lab.sync()
    before, listing = lab.digests(), SpaceLanding(lab.lake, "LAB").listing()
    lab.editor.edit(lab.id_of("LAB page 7"), body="<p>Lost</p>")
    lab.editor.trash(lab.id_of("LAB page 21"))
    lab.site.control.set_faults(FaultRule("reset", path="body-format"))
    with pytest.raises(Exception, match="no connection"):
        sync_space(lab.client, Scope(), lab.lake, "LAB", lab.run())
    lab.build()
    assert lab.digests() == before
    assert SpaceLanding(lab.lake, "LAB").listing() == listing
    lab.site.control.set_faults()
    lab.sync()
    lab.assert_tables_tell(lab.truth())


def test_two_syncs_of_one_space_do_not_meet(quiet_lab: Laboratory) -> None:
    """The second is told who is writing, and changes nothing."""
    quiet_lab.sync()
    before = quiet_lab.digests("raw")
    with quiet_lab.lake.lock("LAB"):
        with pytest.raises(LakeBusyError, match=r"CONFLUENCE_LAKE .*LAB is being written by process"):
            sync_space(quiet_lab.client, Scope(), quiet_lab.lake, "LAB", quiet_lab.run())
        with pytest.raises(LakeBusyError):
            quiet_lab.build(["LAB"])
        sync_space(quiet_lab.client, Scope(), quiet_lab.lake, "ZOO", quiet_lab.run())
    assert {p: d for p, d in quiet_lab.digests("raw").items() if "/LAB/" in p} == {
        p: d for p, d in before.items() if "/LAB/" in p
    }


def test_a_disk_that_fills_up_harms_nothing(busy_lab: Laboratory) -> None:
    """One sentence names the setting, no torn file is left, and with room again the sync goes through."""
    lab = busy_lab
    lab.sync()
    before, raw = lab.digests(), lab.digests("raw")
    for number in (1, 2, 3):
        lab.editor.edit(lab.id_of(f"LAB page {number}"), body=f"<p>{'new ' * 9000}</p>")
    with files_at_most(1500), pytest.raises(LakeError, match="CONFLUENCE_LAKE") as caught:
        lab.sync()
    assert "\n" not in str(caught.value)
    assert lab.digests() == before
    assert {p: d for p, d in lab.digests("raw").items() if "/syncs/" not in p and "spaces" not in p.split("/")[-1]} == {
        p: d for p, d in raw.items() if "/syncs/" not in p and "spaces" not in p.split("/")[-1]
    }
    lab.sync()
    lab.assert_tables_tell(lab.truth())


def test_a_lake_that_cannot_be_written_is_told_by_its_setting(quiet_lab: Laboratory, tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "file").write_text("not a folder")
    lake = Lake(str(tmp_path / "file" / "lake"))
    for work in (
        lambda: land_spaces(quiet_lab.client, Scope(), lake, quiet_lab.run()),
        lambda: sync_space(quiet_lab.client, Scope(), lake, "LAB", quiet_lab.run()),
    ):
        with pytest.raises(LakeError, match="CONFLUENCE_LAKE"):
            work()
    assert (tmp_path / "file").read_text() == "not a folder"


def test_nothing_landed_is_nothing_known(tmp_path: Path) -> None:
    """An empty lake has no spaces, and reading it makes no file."""
    lake = Lake(str(tmp_path / "lake"))
    assert landed_space_records(lake) == {}
    assert SpaceLanding(lake, "LAB").listing() == {}
    assert not (tmp_path / "lake").exists()
