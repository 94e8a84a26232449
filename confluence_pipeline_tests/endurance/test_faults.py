"""Every fault that a network, a proxy or the site can make, alone and together: no row is lost, and none is twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from confluence_pipeline.lake import Lake
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.sources import GeneratedSource
from confluence_pipeline_tests.endurance.comparing import Truth, whole_truth
from confluence_pipeline_tests.endurance.matrix import (
    PASSING,
    PATIENCE,
    TIMEOUTS,
    Case,
    briefly,
    lasting,
    survive,
    together,
)
from confluence_pipeline_tests.laboratory import Editor, Laboratory, reader_of
from confluence_pipeline_tests.test_everything import EVERYTHING

PAGES, SPACES = 60, 2
PAGE = Path(__file__).parents[2] / "docs" / "faults.md"


@pytest.fixture(scope="module")
def site() -> Iterator[SiteProcess]:
    """A small site with everything on it, which no test here changes."""
    with SiteProcess(GeneratedSource(PAGES, SPACES, everything=True)) as process:
        yield process


@pytest.fixture(scope="module")
def truth(site: SiteProcess) -> Truth:
    """What the site holds, of all tables."""
    with reader_of(site) as client:
        return whole_truth(Laboratory(site, Lake("/nowhere"), client, Editor(site), EVERYTHING))


@pytest.fixture
def lab(site: SiteProcess, tmp_path: Path) -> Iterator[Laboratory]:
    """An empty lake, and a client that repeats as often as by default, but soon."""
    with reader_of(site, retries=PATIENCE, timeouts=TIMEOUTS) as client:
        yield Laboratory(site, Lake(str(tmp_path)), client, Editor(site))


def assert_survives(lab: Laboratory, case: Case, truth: Truth, *, seed: int = 1) -> None:
    """Sync under a fault; every table that is filled equals the truth, and the ledger is empty."""
    chosen = {table: rows for table, rows in truth.items() if table in lab.selection.tables}
    survived = survive(lab, case, chosen, seed=seed)
    assert survived.error is None
    assert survived.ledger == []
    assert survived.differences == []
    assert all(row["complete"] for row in lab.rows("sync_runs"))


@pytest.mark.parametrize("case", PASSING, ids=lambda case: case.name)
def test_a_fault_that_passes_costs_no_row(lab: Laboratory, truth: Truth, case: Case) -> None:
    """Up to one request in five is hit, and the tables equal the truth after the one sync."""
    assert_survives(lab, briefly(case), truth)


def test_all_faults_together_cost_no_row(lab: Laboratory, truth: Truth) -> None:
    """All of them at once on one request in five."""
    assert_survives(lab, briefly(together(), refusals=1), truth)


def test_the_page_of_faults_tells_of_each() -> None:
    """What ``benchmarks/faults.py`` wrote is about the faults that there are, injected as they are now."""
    page = PAGE.read_text(encoding="utf-8")
    for case in (*PASSING, together()):
        assert f"| {case.name} | {case.how} | {case.where} |" in page
    for case in lasting("1", "ANY"):
        assert f"| {case.name} |" in page


@pytest.fixture(scope="module")
def large_site() -> Iterator[SiteProcess]:
    """A site of 3,000 pages with everything on it, which no test here changes."""
    with SiteProcess(GeneratedSource(3_000, 6, everything=True)) as process:
        yield process


@pytest.mark.slow
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("case", [*PASSING, together()], ids=lambda case: case.name)
def test_a_fault_costs_no_row_of_a_large_site(large_site: SiteProcess, tmp_path: Path, case: Case) -> None:
    """The same for 3,000 pages, at the full rate to the end."""
    with reader_of(large_site, retries=PATIENCE, timeouts=TIMEOUTS) as client:
        lab = Laboratory(large_site, Lake(str(tmp_path)), client, Editor(large_site))
        assert_survives(lab, case, whole_truth(lab))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_all_faults_together_cost_no_row_of_any_table(lab: Laboratory, truth: Truth, seed: int) -> None:
    """The same with every table there is, which takes ten times as many requests."""
    lab.selection = EVERYTHING
    assert_survives(lab, together(), truth, seed=seed)
