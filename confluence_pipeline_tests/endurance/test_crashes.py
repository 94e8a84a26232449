"""A sync that is killed at any instant, runs out of room, or is not alone: nothing is torn, and nothing is lost."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from confluence_pipeline.lake import Lake
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.sources import FunctionSource
from confluence_pipeline_tests.endurance.changes import Edits
from confluence_pipeline_tests.endurance.nursery import EVERYTHING, Nursery
from confluence_pipeline_tests.endurance.states import assert_old_or_new
from confluence_pipeline_tests.endurance.ward import EDITS_A_ROUND, Ward, kill_in_rounds
from confluence_pipeline_tests.laboratory import Editor, Laboratory, reader_of

TWO_SPACES = FunctionSource("confluence_pipeline_tests.endurance.seeds:two_spaces")
EDITS_AT_FIRST = 60


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    """A site with everything on it, synced once."""
    with SiteProcess(TWO_SPACES) as site, reader_of(site) as client, Nursery() as nursery:
        lab = Laboratory(site, Lake(str(tmp_path / "now" / "lake")), client, Editor(site), EVERYTHING)
        Edits(lab.editor, random.Random(0)).some(EDITS_AT_FIRST)  # noqa: S311 - not for secrets
        ward = Ward(lab, nursery, tmp_path)
        assert ward.sync().how == "done"
        yield ward


@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(3))
def test_a_sync_that_is_killed_tears_nothing_and_is_gone_on_with(ward: Ward, seed: int) -> None:
    """At 60 random instants each, every part is old or new; the next sync uses what landed, and equals the truth."""
    kill_in_rounds(ward, random.Random(seed), rounds=3, kills=20)  # noqa: S311 - not for secrets


@pytest.mark.timeout(900)
def test_a_sync_that_loads_a_warehouse_is_killed(ward: Ward) -> None:
    """At 20 random instants, every table of the warehouse is old or new, too."""
    ward.loads = True
    assert ward.sync().how == "done"
    kill_in_rounds(ward, random.Random(3), rounds=1, kills=20)  # noqa: S311 - not for secrets


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(100, 110))
def test_a_sync_that_is_killed_again_and_again(ward: Ward, seed: int) -> None:
    """The same at 2,000 other instants."""
    kill_in_rounds(ward, random.Random(seed), rounds=10, kills=20)  # noqa: S311 - not for secrets


def test_a_disk_that_fills_up_at_any_moment_tears_nothing(ward: Ward) -> None:
    """Full from some change on, or with room for no file larger than that: one sentence names the setting.

    With room again the next sync goes through.
    """
    chance = random.Random(7)  # noqa: S311 - not for secrets
    old = ward.state()
    ward.keep()
    Edits(ward.lab.editor, chance).some(EDITS_A_ROUND)
    new = ward.undisturbed()
    moments: list[dict[str, Any]] = [{"full_at": 1 + new.writes * part // 12} for part in range(12)]
    budgets: list[dict[str, Any]] = [{"most_bytes": size} for size in (300, 1_000, 3_000, 6_000, 12_000, 24_000, 10**6)]
    for trouble in (*moments, *budgets):
        ward.put_back()
        how = ward.sync(replace(ward.work(), **trouble)).how
        assert how == "done" or "CONFLUENCE_LAKE" in how, (trouble, how)
        assert "\n" not in how
        assert how != "done" or trouble in budgets[3:], trouble
        assert_old_or_new(ward.state(old), old, new.state)
    ward.finish(new)


def test_two_syncs_at_once_harm_nothing(ward: Ward) -> None:
    """The second waits, and is told who is at work if that takes too long; the next sync equals the truth."""
    edits = Edits(ward.lab.editor, random.Random(8))  # noqa: S311 - not for secrets
    said: list[str] = []
    with Nursery() as other, ThreadPoolExecutor(2) as pool:
        for wait_seconds in (0.0, 30.0, 30.0):
            old = ward.state()
            ward.keep()
            edits.some(EDITS_A_ROUND)
            new = ward.undisturbed()
            nurseries = (ward.nursery, other)
            for nursery in nurseries:
                nursery.start(replace(ward.work(), wait_seconds=wait_seconds))
            said += [ended.how for ended in pool.map(Nursery.end, nurseries)]
            assert_old_or_new(ward.state(old), old, new.state)
            ward.finish(new)
    assert all(how == "done" or "is being written by process" in how for how in said), said
    assert "done" in said


@pytest.mark.timeout(600)
def test_a_removal_is_told_wherever_in_its_landing_a_sync_dies(ward: Ward) -> None:
    """A comment, an attachment and a page are gone; before each file that the landing puts in its place a sync dies.

    Then the site changes once more, so that the next sync replaces what the dead one had committed.
    """
    editor = ward.lab.editor
    page = ward.lab.id_of("LAB page 1")
    comment, file = editor.comment(page), editor.attach(page, "gone.txt", b"gone")
    trashed = editor.create("LAB", "Gone")
    assert ward.sync().how == "done"
    editor.remove_comment(comment)
    editor.remove_attachment(file)
    editor.trash(trashed)
    ward.keep()
    new = ward.undisturbed()
    for write in new.landing:
        ward.put_back()
        ward.killed_at(write)
        editor.edit(ward.lab.id_of("LAB page 0"), body=f"<p>After {write}</p>")
        assert ward.sync().how == "done"
        told = [row["content_id"] for row in ward.lab.rows("removals")]
        assert [told.count(gone) for gone in (comment, file, trashed)] == [1, 1, 1], write
