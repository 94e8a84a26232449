"""A device that is really full while a sync of a changed site goes on: nothing is torn, and no removal is lost."""

import os
import random
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from confluence_pipeline.lake import Lake
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.sources import FunctionSource
from confluence_pipeline_tests.endurance.changes import Edits
from confluence_pipeline_tests.endurance.comparing import differences
from confluence_pipeline_tests.endurance.nursery import EVERYTHING, Nursery
from confluence_pipeline_tests.endurance.ward import EDITS_A_ROUND, Ward
from confluence_pipeline_tests.laboratory import Editor, Laboratory, reader_of

TWO_SPACES = FunctionSource("confluence_pipeline_tests.endurance.seeds:two_spaces")
DEVICE_BYTES = 48 * 1024**2
ROOMS = (0, 32, 128, 512)
"""Kibibytes that are left: for nothing, for some of the landing, for the lake, and for some of the warehouse."""
FLUSHES = (1, 3, 20)


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Path]:
    """A small file system of its own, which takes a superuser to mount."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={DEVICE_BYTES}", "tmpfs", str(tmp_path)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("only a superuser who may mount file systems can have a small device to fill up")
    try:
        yield tmp_path
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


@pytest.fixture
def ward(device: Path) -> Iterator[Ward]:
    """A site with everything on it, synced once, with its warehouse."""
    with SiteProcess(TWO_SPACES) as site, reader_of(site) as client, Nursery() as nursery:
        lab = Laboratory(site, Lake(str(device / "now" / "lake")), client, Editor(site), EVERYTHING)
        ward = Ward(lab, nursery, device, loads=True)
        assert ward.sync().how == "done"
        yield ward


def fill(device: Path, *, leaving: int) -> Path:
    """Write a file as large as the device has room for, but for so many kibibytes; return it."""
    ballast = device / "ballast"
    free = os.statvfs(device)
    with ballast.open("wb") as file:
        file.write(b"\0" * max(0, free.f_bavail * free.f_frsize - leaving * 1024))
    return ballast


def to_be_trashed(ward: Ward, edits: Edits, number: int) -> list[str]:
    """Add so many pages, and sync them; return their ids."""
    pages = [ward.lab.editor.create("LAB", edits.name()) for _ in range(number)]
    assert ward.sync().how == "done"
    return pages


def change(ward: Ward, edits: Edits, page: str) -> None:
    """Put a page in the trash, and change the site in other ways."""
    ward.lab.editor.trash(page)
    edits.some(EDITS_A_ROUND)


def assert_goes_on(ward: Ward, edits: Edits, page: str, how: str) -> None:
    """Everything can be read; changed once more, the site is synced whole, and the page's removal told once."""
    assert how == "done" or "CONFLUENCE_LAKE" in how or "CONFLUENCE_WAREHOUSE" in how, how
    assert "\n" not in how
    ward.state()
    edits.some(EDITS_A_ROUND // 2)
    assert ward.sync().how == "done"
    assert differences(ward.lab) == []
    assert [row["content_id"] for row in ward.lab.rows("removals")].count(page) == 1
    now = ward.state()
    assert len(now.warehouse["pages"]) == sum(len(now.parts[part]) for part in now.parts if part[0] == "pages")
    ward.assert_tidy()


@pytest.mark.timeout(600)
def test_a_full_device_loses_nothing(ward: Ward, device: Path) -> None:
    """With more and more room the lake and then the warehouse run into the end; the site changes before the next."""
    edits = Edits(ward.lab.editor, random.Random(11))  # noqa: S311 - not for secrets
    ended = []
    for room, page in zip(ROOMS, to_be_trashed(ward, edits, len(ROOMS)), strict=True):
        change(ward, edits, page)
        ballast = fill(device, leaving=room)
        ended.append(ward.sync().how)
        ballast.unlink()
        assert_goes_on(ward, edits, page, ended[-1])
    assert "CONFLUENCE_LAKE" in ended[0]


@pytest.mark.timeout(600)
def test_a_device_that_says_so_when_files_are_made_safe_loses_nothing(ward: Ward) -> None:
    """As over a network, where what was written is found not to fit when it is flushed."""
    edits = Edits(ward.lab.editor, random.Random(12))  # noqa: S311 - not for secrets
    for flush, page in zip(FLUSHES, to_be_trashed(ward, edits, len(FLUSHES)), strict=True):
        change(ward, edits, page)
        how = ward.sync(replace(ward.work(), full_at_flush=flush)).how
        assert "The disk is full" in how
        assert_goes_on(ward, edits, page, how)
