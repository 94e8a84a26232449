"""Anything is changed on a site, and any sync of it may go wrong: in the end the tables are the site's."""

import os
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from confluence_pipeline.confluence import ConfluenceError, Scope
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import Selection, landed_spaces, open_entries
from confluence_pipeline.landing.retry import FOR_A_PERSON
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.tables import TABLES
from confluence_pipeline.tables.report import LedgerEntry
from confluence_pipeline_tests.endurance.comparing import differences, unlike
from confluence_pipeline_tests.endurance.edits import EDITS, Hand, do, save
from confluence_pipeline_tests.endurance.fates import KEYS, Fates
from confluence_pipeline_tests.endurance.killing import sync_and_die
from confluence_pipeline_tests.endurance.matrix import API, PATIENCE, QUICK, TIMEOUTS
from confluence_pipeline_tests.laboratory import LAB, Editor, Laboratory, reader_of

EVERYTHING = Selection(frozenset(TABLES), attachment_bodies=True, version_bodies=True)
FAULTS = {case.name: case.rules for case in QUICK if not case.clock_off}
"""All faults that pass; the site's clock goes wrong by a rule of its own."""

CHANGE = st.tuples(st.sampled_from([*EDITS]), st.integers(0, 999))
CHANGES = st.lists(CHANGE, min_size=1, max_size=6)
SOME_FAULTS = st.lists(st.sampled_from([*FAULTS]), min_size=1, max_size=2, unique=True)

BRIEFLY = settings(
    max_examples=3,
    stateful_step_count=7,
    deadline=None,
    database=None,
    derandomize=True,
    print_blob=False,
    phases=[Phase.generate],  # shrinking takes minutes: the command for long lives does it
    suppress_health_check=[*HealthCheck],
)
EXAMPLES = int(os.environ.get("CONFLUENCE_PIPELINE_EXAMPLES", "40"))
AT_LENGTH = settings(
    BRIEFLY,
    max_examples=EXAMPLES,
    stateful_step_count=25,
    derandomize=False,
    print_blob=True,
    phases=[Phase.generate, Phase.shrink],
)


class LivingSite(RuleBasedStateMachine):
    """People change a site between syncs of every kind; each that says it is complete has to be."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.site = SiteProcess(LAB).start()
        self.client = reader_of(self.site, retries=PATIENCE, timeouts=TIMEOUTS)
        editor = Editor(self.site)
        self.lab = Laboratory(self.site, Lake(str(Path(self.folder.name, "lake"))), self.client, editor, EVERYTHING)
        self.hand = Hand(editor)
        self.fates = Fates(self.lab)

    def change(self, changes: list[tuple[str, int]]) -> None:
        """Change the site as people do."""
        for name, seed in changes:
            do(self.hand, name, seed)
        self.fates.look()

    def sync_fully(self) -> None:
        """Sync, and accept what a person has to be asked about first."""
        self.lab.sync()
        if any(entry.reason in FOR_A_PERSON for entry in self.missing()):
            self.lab.sync(accept_removals=True)

    def assert_complete(self) -> None:
        """Every table equals the truth, nothing is missing, and what is gone is told with a reason."""
        assert differences(self.lab) == []
        assert self.missing() == []
        self.fates.assert_told()
        self.fates.remember()

    def missing(self) -> list[LedgerEntry]:
        """Return what the newest ledgers name."""
        lake = self.lab.lake
        return [entry for key in landed_spaces(lake) for entry in open_entries(lake, key)]

    @initialize()
    def first_sync(self) -> None:
        """There is something to change."""
        self.lab.sync()
        self.assert_complete()

    @rule(changes=CHANGES)
    def sync(self, changes: list[tuple[str, int]]) -> None:
        """After any changes one sync is enough."""
        self.change(changes)
        self.sync_fully()
        self.assert_complete()

    @rule()
    def sync_again(self) -> None:
        """A sync after a complete one changes no byte."""
        self.sync_fully()
        self.assert_complete()
        before = self.lab.digests()
        self.lab.sync()
        assert self.lab.digests() == before

    @rule(changes=CHANGES, faults=SOME_FAULTS, seed=st.integers(0, 99))
    def sync_under_faults(self, changes: list[tuple[str, int]], faults: list[str], seed: int) -> None:
        """What goes wrong with up to one request in five costs no row."""
        self.change(changes)
        self.site.control.set_faults(*(fault for name in faults for fault in FAULTS[name]), seed=seed)
        self.sync_fully()
        self.site.control.set_faults()
        self.assert_complete()

    @rule(changes=CHANGES, dies_at=st.integers(1, 2_000))
    def sync_that_is_killed(self, changes: list[tuple[str, int]], dies_at: int) -> None:
        """A kill at any instant leaves tables that can be read."""
        self.change(changes)
        sync_and_die(self.lab, dies_at)
        for table in TABLES:
            self.lab.rows(table)

    @rule(changes=CHANGES, requests=st.integers(0, 250))
    def sync_that_is_cut_off(self, changes: list[tuple[str, int]], requests: int) -> None:
        """A site that goes away after some requests fails the sync, and no table is worse than it was."""
        self.change(changes)
        self.site.control.set_faults(FaultRule("reset", API, skip=requests))
        with suppress(ConfluenceError):
            self.lab.sync()
        self.site.control.set_faults()
        for table in TABLES:
            self.lab.rows(table)

    @rule(seed=st.integers(0, 999), changes=st.lists(CHANGE, max_size=3))
    def sync_with_a_page_that_fails(self, seed: int, changes: list[tuple[str, int]]) -> None:
        """A body that nobody can have costs a row of the ledger, and a retry brings it, or what is true by then."""
        self.sync_fully()
        self.hand.random.seed(seed)
        page = self.hand.page()
        save(self.hand, page, body={"representation": "storage", "value": self.hand.text()})
        poison = FaultRule("poison", "body-format", content_ids=[int(page["page_id"])])
        self.site.control.set_faults(poison)
        self.lab.sync()
        self.site.control.set_faults()
        assert {entry.content_id for entry in self.missing()} <= {page["page_id"]}
        self.change(changes)
        self.lab.retry()
        self.fates.assert_told()
        if changes:
            self.sync_fully()
        self.assert_complete()

    @rule(key=st.sampled_from(["LAB", "ZOO"]))
    def sync_with_a_narrower_scope(self, key: str) -> None:
        """What falls out of the scope is told as filtered out, and comes back with it."""
        self.sync_fully()
        self.assert_complete()
        self.fates.filtered([row[name] for table, name in KEYS.items() for row in self.rows_of(table, key)])
        self.lab.sync(Scope(exclude_space_keys=(key,)))
        assert [row for table in KEYS for row in self.rows_of(table, key)] == []
        self.fates.assert_told()
        self.sync_fully()
        self.assert_complete()

    def rows_of(self, table: str, key: str) -> list[dict[str, Any]]:
        """Return the rows of a space."""
        return [row for row in self.lab.rows(table) if row["space_key"] == key]

    @rule(hours=st.integers(1, 48))
    def time_passes(self, hours: int) -> None:
        """The site's clock goes ahead of ours."""
        self.site.control.advance_clock(timedelta(hours=hours).total_seconds())

    def teardown(self) -> None:
        """At the end one sync gives what a sync into an empty lake does."""
        try:
            self.sync_fully()
            self.assert_complete()
            fresh = self.lab.beside(Path(self.folder.name, "fresh"))
            fresh.sync()
            assert unlike(self.lab, fresh) == []
        finally:
            self.client.close()
            self.site.stop()
            self.folder.cleanup()


def test_whatever_happens_the_tables_become_the_sites() -> None:
    """A few short lives of a site, the same ones every time."""
    run_state_machine_as_test(LivingSite, settings=BRIEFLY)


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_whatever_happens_in_long_lives_the_tables_become_the_sites() -> None:
    """Other and longer lives every time; ``CONFLUENCE_PIPELINE_EXAMPLES`` says how many."""
    run_state_machine_as_test(LivingSite, settings=AT_LENGTH)
