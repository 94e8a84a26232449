"""A sync that is killed at any instant, runs out of room, or is not alone: nothing is torn, and nothing is lost."""

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from confluence_pipeline.lake import Lake
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.sources import FunctionSource
from confluence_pipeline_tests.endurance.changes import Edits
from confluence_pipeline_tests.endurance.nursery import EVERYTHING, Nursery
from confluence_pipeline_tests.endurance.ward import Ward, kill_in_rounds
from confluence_pipeline_tests.laboratory import Editor, Laboratory, reader_of

TWO_SPACES = FunctionSource("confluence_pipeline_tests.endurance.seeds:two_spaces")
EDITS_AT_FIRST = 60
MEMORY = Path("/dev/shm")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory, where there is one: a killed process leaves what a disk would have, without its waits."""
    if not MEMORY.is_dir():
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=MEMORY) as path:
        yield Path(path)


@pytest.fixture
def ward(folder: Path) -> Iterator[Ward]:
    """A site with everything on it, synced once."""
    with SiteProcess(TWO_SPACES) as site, reader_of(site) as client, Nursery() as nursery:
        lab = Laboratory(site, Lake(str(folder / "now" / "lake")), client, Editor(site), EVERYTHING)
        Edits(lab.editor, random.Random(0)).some(EDITS_AT_FIRST)  # noqa: S311 - not for secrets
        ward = Ward(lab, nursery, folder)
        assert ward.sync().how == "done"
        yield ward


@pytest.mark.parametrize("seed", range(3))
def test_a_sync_that_is_killed_tears_nothing_and_is_gone_on_with(ward: Ward, seed: int) -> None:
    """At 60 random instants each, every part is old or new; the next sync uses what landed, and equals the truth."""
    kill_in_rounds(ward, random.Random(seed), rounds=5, kills=12)  # noqa: S311 - not for secrets


def test_a_sync_that_loads_a_warehouse_is_killed(ward: Ward) -> None:
    """At 20 random instants, every table of the warehouse is old or new, too."""
    ward.loads = True
    assert ward.sync().how == "done"
    kill_in_rounds(ward, random.Random(3), rounds=1, kills=20)  # noqa: S311 - not for secrets
