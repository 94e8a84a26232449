"""A site, a lake with its warehouse, and syncs of it that end badly."""

import random
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import SpaceLanding, landed_spaces
from confluence_pipeline.landing.kinds import COMMENTS, PAGE_VERSIONS
from confluence_pipeline.landing.record_file import RecordFile
from confluence_pipeline.tables.report import Run
from confluence_pipeline_tests.endurance.changes import Edits
from confluence_pipeline_tests.endurance.comparing import differences
from confluence_pipeline_tests.endurance.nursery import Ended, Nursery, Work, work_on
from confluence_pipeline_tests.endurance.states import State, assert_old_or_new, state_of
from confluence_pipeline_tests.laboratory import Laboratory

EDITS_A_ROUND = 12


@dataclass(frozen=True)
class Undisturbed:
    """What a sync does with nobody in its way.

    Attributes:
        state: What it makes of what was kept.
        seconds: How long it takes.
        writes: How often it changes the file system.
        landing: Which of these changes put a file of a space's raw landing in its place.
        requests: How much it asks of the site.
    """

    state: State
    seconds: float
    writes: int
    landing: Sequence[int]
    requests: int


@dataclass
class Ward:
    """Where syncs die, and what is looked at afterwards.

    Attributes:
        lab: The site, its editor, and the lake.
        nursery: Forks syncs.
        folder: Where lake and warehouse are, and a copy of them as they were.
        loads: Whether syncs load the warehouse, too.
        number: Syncs begun so far.
    """

    lab: Laboratory
    nursery: Nursery
    folder: Path
    loads: bool = False
    number: int = field(default=0)

    def work(self, name: str = "now") -> Work:
        """Return the next sync, into the lake or into a copy of it."""
        self.number += 1
        warehouse = f"duckdb:///{self.folder / name / 'warehouse.duckdb'}" if self.loads else ""
        return work_on(self.lab.site, Lake(str(self.folder / name / "lake")), warehouse, f"run-{self.number}")

    def sync(self, work: Work | None = None) -> Ended:
        """Sync; return how that ended."""
        self.nursery.start(work or self.work())
        return self.nursery.end()

    def state(self, known: State | None = None, name: str = "now") -> State:
        """Read the lake and the warehouse."""
        return state_of(self.folder / name / "lake", self.folder / name / "warehouse.duckdb", known)

    def keep(self) -> None:
        """Keep lake and warehouse as they are now."""
        self._copy("now", "kept")

    def put_back(self) -> None:
        """Make lake and warehouse what they were when they were kept."""
        self._copy("kept", "now")

    def undisturbed(self) -> Undisturbed:
        """Sync what was kept, in a copy of it."""
        self._copy("kept", "to be")
        self.lab.site.control.reset_requests()
        began = time.monotonic()
        ended = self.sync(self.work("to be"))
        seconds = time.monotonic() - began
        assert ended.how == "done", ended
        return Undisturbed(self.state(name="to be"), seconds, ended.writes, ended.landing, self.requests())

    def killed_after(self, seconds: float) -> bool:
        """Begin a sync and kill it; return whether it was still at work."""
        child = self.nursery.start(self.work())
        time.sleep(seconds)
        self.nursery.kill(child)
        how = self.nursery.end().how
        assert how in ("killed", "done"), how
        return how == "killed"

    def killed_at(self, write: int) -> bool:
        """Have a sync die just before it changes the file system for the so-manieth time; return whether it did."""
        how = self.sync(replace(self.work(), killed_at=write)).how
        assert how in ("killed", "done"), how
        return how == "killed"

    def requests(self) -> int:
        """Return how much the site was asked since the last reset."""
        return len(self.lab.site.control.recent_requests())

    def finish(self, new: Undisturbed) -> None:
        """Sync to the end: what landed is not asked for, and all is as it would be had nobody been in the way."""
        landed = landed_bodies(self.lab)
        self.lab.site.control.reset_requests()
        ended = self.sync()
        assert ended.how == "done", ended
        assert landed & bodies_asked_for(self.lab) == set()
        assert self.requests() <= new.requests
        assert [one.told for one in differences(self.lab)] == []
        assert self.lab.rows("ledger") == []
        now = self.state()
        assert now.parts == new.state.parts
        assert now.warehouse == new.state.warehouse
        self.assert_tidy()

    def assert_tidy(self) -> None:
        """Nothing is left of syncs that died: no half-written file, no answer, no body that nothing refers to."""
        assert [path.name for path in (self.folder / "now").rglob("*.tmp*")] == []
        for key in landed_spaces(self.lab.lake):
            landing = SpaceLanding(self.lab.lake, key)
            left = [
                path for path in self.lab.lake.list_files(landing.folder) if "/answers/" in path or "removing" in path
            ]
            assert left == []
            assert landing.body_files() == {entry.body_file for entry in landing.listing().values() if entry.body_file}
            assert landing.comment_bodies.names() == _referred_to(landing.records(COMMENTS))
            assert landing.version_bodies.names() == _referred_to(landing.records(PAGE_VERSIONS))

    def _copy(self, source: str, target: str) -> None:
        shutil.rmtree(self.folder / target, ignore_errors=True)
        shutil.copytree(self.folder / source, self.folder / target)


def kill_in_rounds(ward: Ward, chance: random.Random, *, rounds: int, kills: int) -> None:
    """Change the site, kill so many syncs of the change, and let one go through; that many times.

    Every second sync dies by the clock, at any instant of a sync's time; the others just before they write, rename or
    remove something, and half of these while the landing changes, so that the instants are dense where something can
    be lost. Half of the syncs go on from where others died, the other half from what there was before the first. The
    last one of each time dies while the landing changes, and is what the sync that goes through follows, once the site
    has changed again, so that this one commits anew whatever the other had committed.
    """
    edits = Edits(ward.lab.editor, chance)
    for _ in range(rounds):
        old = ward.state()
        ward.keep()
        edits.some(EDITS_A_ROUND)
        edits.remove_something()
        new = ward.undisturbed()
        killed = 0
        while killed < kills:
            is_last = killed == kills - 1
            if is_last or chance.random() < 0.5:
                ward.put_back()
            if is_last or chance.random() < 0.5:
                instants = new.landing if is_last or chance.random() < 0.5 else range(1, new.writes + 1)
                killed += ward.killed_at(chance.choice(instants))
            else:
                killed += ward.killed_after(chance.uniform(0, new.seconds))
            assert_old_or_new(ward.state(old), old, new.state)
        edits.edit_something()
        ward.finish(ward.undisturbed())


def _referred_to(records: RecordFile[Any]) -> set[str]:
    return {landed.body.file for landed in records.scan() if landed.body is not None}


def landed_bodies(lab: Laboratory) -> set[str]:
    """Return the ids of the contents whose newest body is in the landing of their space, committed or not."""
    versions = {(row["space_key"], row["content_id"]): row["version_number"] for row in lab.truth().values()}
    run, found = Run("", lab.run().started_at), set()
    for key in landed_spaces(lab.lake):
        landing = SpaceLanding(lab.lake, key)
        there, listing = landing.body_files(), landing.listing().values()
        referenced = [entry.body_file for entry in listing if entry.body_file]
        for entry in (*listing, *landing.stray_bodies(referenced, run)):
            record = entry.record
            if entry.body_file in there and versions.get((key, record.content_id)) == record.version_number:
                found.add(record.content_id)
    return found


def bodies_asked_for(lab: Laboratory) -> set[str]:
    """Return the ids of the contents whose bodies were asked for since requests were counted."""
    asked = [entry["query"] for entry in lab.site.control.recent_requests() if "body-format" in entry["query"]]
    return {part.removeprefix("id=") for query in asked for part in query.split("&") if part.startswith("id=")}
