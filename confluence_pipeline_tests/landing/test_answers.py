"""A sync that dies while it asks content by content: the next one asks only for the rest."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from confluence_pipeline.confluence import LikeRecord
from confluence_pipeline.landing import Selection, SpaceLanding
from confluence_pipeline.landing.answers import Answers
from confluence_pipeline.landing.kinds import LIKES, PAGE_VERSIONS
from confluence_pipeline.landing.record_file import Landed
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.tables import TABLES
from confluence_pipeline_tests.endurance.comparing import differences
from confluence_pipeline_tests.laboratory import Laboratory
from confluence_pipeline_tests.laboratory_seed import READER

WORK = "killed"
EVERYTHING = Selection(frozenset(TABLES), version_bodies=True)
SYNC = """
import sys
from datetime import UTC, datetime
from confluence_pipeline.confluence import ApiToken, ConfluenceClient, Connection
from confluence_pipeline.lake import Lake
from confluence_pipeline.tables.report import Run
from confluence_pipeline_tests.landing.test_answers import EVERYTHING
from confluence_pipeline_tests.laboratory import sync_everything
url, folder = sys.argv[1:]
with ConfluenceClient(Connection(url, ApiToken("reader@example.com", "token-reader"))) as client:
    sync_everything(client, Lake(folder), EVERYTHING, Run("killed", datetime.now(UTC)))
"""


def asked_one_by_one(lab: Laboratory) -> int:
    """Count the requests for what belongs to a single content."""
    words = ("/versions", "/properties", "/likes", "/analytics/")
    return sum(1 for entry in lab.site.control.recent_requests() if any(word in entry["path"] for word in words))


def answers_kept(lab: Laboratory) -> int:
    """Count the answers that are kept for the space LAB."""
    lake = lab.lake
    files = (json.loads(lake.read_bytes(path)) for path in lake.list_files("raw/content/space_key=LAB/answers"))
    return sum(len(kept["answers"]) for kept in files)


def kill_when(lab: Laboratory, ready: Callable[[], bool]) -> None:
    """Begin a sync in a process of its own, and kill it when something has landed."""
    process = subprocess.Popen([sys.executable, "-c", SYNC, lab.site.base_url, lab.lake.uri])
    try:
        deadline = time.monotonic() + 60
        while not ready() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert ready()
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def test_answers_of_a_sync_that_was_killed_are_not_asked_for_again(lab: Laboratory, tmp_path: Path) -> None:
    """Versions with their bodies, properties, likes and views; and the tables equal the truth."""
    lab.selection = EVERYTHING
    page = lab.id_of("LAB page 7")
    lab.editor.edit(page, body="<p>Second</p>")
    lab.site.control.set_likes(page, [READER])
    lab.beside(tmp_path / "from nothing").sync()
    from_nothing = asked_one_by_one(lab)
    lab.site.control.set_faults(FaultRule("slow", path="(versions|properties|likes|analytics)", seconds=0.3))
    kill_when(lab, lambda: answers_kept(lab) >= 60)
    lab.site.control.set_faults()
    lab.site.control.reset_requests()
    lab.sync(work=WORK)
    continued = asked_one_by_one(lab)
    assert 0 < continued <= from_nothing - 60
    assert differences(lab) == []
    assert lab.lake.list_files("raw/content/space_key=LAB/answers") == []
    landing = SpaceLanding(lab.lake, "LAB")
    needed = {landed.body.file for landed in landing.records(PAGE_VERSIONS).scan() if landed.body}
    assert landing.version_bodies.names() == needed


def given(lab: Laboratory, page: str, likes: list[str]) -> SpaceLanding:
    """Keep, as a sync would that dies then, that just these people like a page in its version of now."""
    landing = SpaceLanding(lab.lake, "LAB")
    content = landing.listing()[page].record
    times = iter((0.0, 10.0, 10.0))
    answers = Answers(landing, LIKES, lab.run(), WORK, clock=lambda: next(times))
    url = f"/api/v2/pages/{page}/likes/users"
    answers.keep(content, [Landed(LikeRecord(page, "page", account, url), lab.run()) for account in likes])
    return landing


def liked(lab: Laboratory, page: str) -> list[str]:
    """Return who likes a page, by its table."""
    return [row["account_id"] for row in lab.rows("likes") if row["content_id"] == page]


def test_likes_count_where_the_same_work_goes_on(lab: Laboratory) -> None:
    """They are taken over once, and for the version they were given for; a full sync and any other asks anew."""
    lab.selection = EVERYTHING
    page = lab.id_of("LAB page 7")
    lab.sync()
    landing = given(lab, page, [READER])
    lab.sync(work=WORK)
    assert liked(lab, page) == [READER]
    assert lab.lake.list_files(f"{landing.folder}/answers") == []
    lab.sync(work=WORK)
    assert liked(lab, page) == []
    for options in ({}, {"work": "another"}, {"work": WORK, "full": True}):
        given(lab, page, [READER])
        lab.sync(**options)
        assert liked(lab, page) == []
    given(lab, page, [READER])
    lab.editor.edit(page, body="<p>Newer</p>")
    lab.sync(work=WORK)
    assert liked(lab, page) == []


@pytest.mark.parametrize("age", [timedelta(hours=-1), timedelta(hours=2)])
def test_an_answer_that_is_old_or_from_the_future_does_not_count(lab: Laboratory, age: timedelta) -> None:
    """A run that is started again days later asks anew, and a clock that was set back makes no answer young."""
    lab.selection = EVERYTHING
    page = lab.id_of("LAB page 7")
    lab.sync()
    landing = given(lab, page, [READER])
    (path,) = lab.lake.list_files(f"{landing.folder}/answers")
    kept = json.loads(lab.lake.read_bytes(path))
    kept["at"] = (datetime.now(UTC) - age).isoformat()
    lab.lake.write_bytes(path, json.dumps(kept).encode())
    lab.sync(work=WORK)
    assert liked(lab, page) == []


def test_version_bodies_that_are_gone_are_fetched_again(lab: Laboratory) -> None:
    """An answer that names a file of bodies which another space's move has dropped is of no use."""
    lab.selection = EVERYTHING
    page = lab.id_of("LAB page 7")
    lab.editor.edit(page, body="<p>Second</p>")
    lab.site.control.set_faults(FaultRule("slow", path="versions", seconds=0.4))
    landing = SpaceLanding(lab.lake, "LAB")
    kill_when(lab, lambda: len(lab.lake.list_files(f"{landing.folder}/answers/page_versions")) >= 1)
    lab.site.control.set_faults()
    landing.version_bodies.drop_all_but(())
    lab.sync()
    bodies = {
        row["version_number"]: row["body_storage"] for row in lab.rows("page_versions") if row["content_id"] == page
    }
    assert bodies[2] == "<p>Second</p>"
    assert all(row["body_storage"] is not None for row in lab.rows("page_versions"))
