"""A site on which faults are tried: it was synced once and changed after that, and nobody changes it any more."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from confluence_pipeline.confluence import AuthenticationError, ConfluenceClient
from confluence_pipeline.confluence.shared_file import shared_path
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import Selection
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.endurance.comparing import Difference, Truth, differences, whole_truth
from confluence_pipeline_tests.endurance.day import work_a_day
from confluence_pipeline_tests.endurance.matrix import NOTHING, PATIENCE, TIMEOUTS, Case
from confluence_pipeline_tests.endurance.surviving import Middle, Survived, middle_of, survive
from confluence_pipeline_tests.laboratory import Editor, Laboratory, reader_of

_LATER = 10
"""The number of the first run after the changes, so that none has the id of one before."""


@dataclass(frozen=True)
class Grounds:
    """The site, and the lake of before the changes.

    Attributes:
        site: The site.
        folder: The lake as it was synced before the changes; to be copied.
        selection: Which tables are filled.
        reader: The account that asks.
        edits: How many changes there were.
        truth: What the site holds now.
        first: A first sync that nothing disturbed.
        later: A sync of the changes that nothing disturbed.
        first_middle: Where the middle of the first one is.
        later_middle: Where that of the other is.
    """

    site: SiteProcess
    folder: Path
    selection: Selection
    reader: str
    edits: int
    truth: Truth
    first: Survived
    later: Survived
    first_middle: Middle
    later_middle: Middle

    def try_out(self, case: Case, *, seed: int = 1) -> tuple[Survived, Survived]:
        """Sync under a fault into an empty lake, then the changes under it; return what both did."""
        with _client(self.site) as client, self.lake() as empty, self.lake(before=True) as before:
            first = survive(self.laboratory(client, empty), case, self.truth, seed=seed)
            return first, survive(self.laboratory(client, before), case, self.truth, seed=seed)

    def disturb(self, case: Case, *, changes: bool, truth: Truth | None = None) -> "Disturbed":
        """Sync under a fault that does not pass, mend it, and sync again.

        Args:
            case: The fault.
            changes: Whether only the changes are synced, and not everything.
            truth: What the site holds now, if the fault before changed that.
        """
        truth = self.truth if truth is None else truth
        with self.lake(before=changes) as lake:
            with _client(self.site) as client:
                survived = survive(self.laboratory(client, lake), case, truth)
            if isinstance(survived.error, AuthenticationError):
                self.site.control.set_user(self.reader, api_token=self.site.api_token)
            with _client(self.site) as client:
                lab = self.laboratory(client, lake, first_run=2 * _LATER)
                lab.sync(accept_removals=True)
                return Disturbed(survived, client.cost.requests, differences(lab))

    @contextmanager
    def lake(self, *, before: bool = False) -> Iterator[Lake]:
        """Make an empty lake, or a copy of the one of before the changes."""
        with tempfile.TemporaryDirectory(dir=self.folder.parent) as folder:
            if before:
                shutil.copytree(self.folder, folder, dirs_exist_ok=True)
            yield Lake(folder)

    def laboratory(self, client: ConfluenceClient, lake: Lake, *, first_run: int = _LATER) -> Laboratory:
        """Return the laboratory of a client and a lake, whose runs are numbered from one on."""
        return Laboratory(self.site, lake, client, Editor(self.site), self.selection, count(first_run))


@dataclass(frozen=True, slots=True)
class Disturbed:
    """What a sync did under a fault that does not pass, and the next one without.

    Attributes:
        survived: What it did.
        requests: How much the next one asked.
        left: Where the tables differ from the truth after that.
    """

    survived: Survived
    requests: int
    left: list[Difference]

    @property
    def outcome(self) -> str:
        """What came of it, for the documentation."""
        after = f"{len(self.left)} rows differ" if self.left else "equal"
        return f"{self.survived.outcome}; the next sync: {self.requests:,} requests, {after}"


def make_grounds(site: SiteProcess, folder: Path, selection: Selection | None = None) -> Grounds:
    """Sync a site, change it, and find out what it holds then and how a sync goes that nothing disturbs.

    Args:
        site: The site.
        folder: Where lakes are made.
        selection: Which tables are filled.
    """
    selection = selection or Selection()
    with _client(site) as client:
        reader = client.log_in().account_id or ""
        lab = Laboratory(site, Lake(str(folder / "before")), client, Editor(site), selection)
        first = survive(lab, NOTHING, whole_truth(lab))
        first_middle = middle_of(first, lab, Lake(str(folder / "spare")))
        edits = work_a_day(lab.editor, reader)
        truth = whole_truth(lab)
        copy = shutil.copytree(folder / "before", folder / "after")
        after = Laboratory(site, Lake(str(copy)), client, lab.editor, selection, count(_LATER))
        later = survive(after, NOTHING, truth)
        later_middle = middle_of(later, lab, Lake(str(folder / "spare")))
    return Grounds(site, folder / "before", selection, reader, edits, truth, first, later, first_middle, later_middle)


@contextmanager
def _client(site: SiteProcess) -> Iterator[ConfluenceClient]:
    """Log in with the usual number of repeats, and without knowing what an earlier client learned of the limits."""
    shared_path(site.base_url).unlink(missing_ok=True)
    with reader_of(site, retries=PATIENCE, timeouts=TIMEOUTS) as client:
        yield client
