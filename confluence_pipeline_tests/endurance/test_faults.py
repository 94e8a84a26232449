"""Every fault that a network, a proxy or the site can make, alone and together: no row is lost, and none is twice."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.sources import GeneratedSource
from confluence_pipeline_tests.endurance.grounds import Grounds, make_grounds
from confluence_pipeline_tests.endurance.matrix import NOTHING, PASSING, QUICK, Case, lasting, quickly, together
from confluence_pipeline_tests.endurance.surviving import Survived
from confluence_pipeline_tests.test_everything import EVERYTHING

PAGES, SPACES = 60, 2
MOST_UNDER_WAY = 32
"""Requests that 8 threads may still send while the first refusal of a login is on its way back and looked into."""
PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
LEAST_PAGES = 3_000


@pytest.fixture(scope="module")
def grounds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grounds]:
    """A small site with everything on it that was synced, and then changed."""
    with SiteProcess(GeneratedSource(PAGES, SPACES, everything=True)) as site:
        yield make_grounds(site, tmp_path_factory.mktemp("grounds"))


@pytest.fixture
def own_grounds(tmp_path: Path) -> Iterator[Grounds]:
    """The same for a test that changes the site for good."""
    with SiteProcess(GeneratedSource(PAGES, SPACES, everything=True)) as site:
        yield make_grounds(site, tmp_path)


def assert_survived(survived: Survived) -> None:
    """Every table that is filled equals the truth, and the ledger is empty."""
    assert survived.error is None
    assert survived.ledger == []
    assert survived.differences == []


def assert_survives(grounds: Grounds, case: Case, *, seed: int = 1) -> None:
    """Both a first sync and one of what was changed go through, and both were hit."""
    for survived in grounds.try_out(case, seed=seed):
        assert_survived(survived)


def test_without_faults_nothing_differs(grounds: Grounds) -> None:
    """What the other tests compare with is itself equal to the truth, and something was changed."""
    assert grounds.edits > SPACES
    assert_survived(grounds.first)
    assert_survived(grounds.later)


@pytest.mark.parametrize("case", QUICK, ids=lambda case: case.name)
def test_a_fault_that_passes_costs_no_row(grounds: Grounds, case: Case) -> None:
    """One request in five is hit to the end, and the tables equal the truth after a first sync and after a later.

    Those that are waited for hit a few requests here; with all of them they are among the slow tests.
    """
    assert_survives(grounds, case)


def test_all_faults_together_cost_no_row(grounds: Grounds) -> None:
    """All of them at once on one request in five."""
    assert_survives(grounds, quickly(together()))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("case", [case for case in PASSING if case not in QUICK], ids=lambda case: case.name)
def test_a_fault_that_is_waited_for_costs_no_row(grounds: Grounds, case: Case) -> None:
    """The same where the site asks one request in five to wait, or keeps it waiting."""
    assert_survives(grounds, case)


@pytest.mark.parametrize("changes", [False, True], ids=["first", "later"])
def test_a_token_that_is_revoked_in_the_middle_stops_the_sync(grounds: Grounds, *, changes: bool) -> None:
    """Nothing is asked after the refusal but what was under way; with a new token the next sync equals the truth."""
    middle = grounds.later_middle if changes else grounds.first_middle
    _, case, _ = lasting("1", "ANY", middle.requests)
    disturbed = grounds.disturb(case, changes=changes)
    assert disturbed.survived.outcome == "stopped at once: AuthenticationError"
    assert disturbed.survived.cost.requests - middle.requests <= MOST_UNDER_WAY
    assert disturbed.left == []


@pytest.mark.parametrize("changes", [False, True], ids=["first", "later"])
def test_a_space_that_turns_404_in_the_middle_costs_what_the_ledger_names(
    own_grounds: Grounds, *, changes: bool
) -> None:
    """Tables equal the truth of before, apart from what the ledger names by id or as a table that is not complete."""
    middle = own_grounds.later_middle if changes else own_grounds.first_middle
    *_, case = lasting("1", middle.space_key, middle.in_space)
    disturbed = own_grounds.disturb(case, changes=changes)
    survived = disturbed.survived
    assert survived.error is None
    assert survived.differences
    assert [(one.table, one.key, one.actual, one.expected) for one in survived.unnamed] == []
    assert {entry["space_key"] for entry in survived.ledger} == {middle.space_key}
    assert {entry["table"] for entry in survived.ledger} == own_grounds.selection.of_spaces
    assert disturbed.left == []


def rows_of(page: str) -> dict[str, list[str]]:
    """Return the cells of each row of the page's table by the name of the fault."""
    lines = [line for line in page.splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]
    return {row[0]: row for row in rows}


def test_the_page_of_faults_tells_of_each() -> None:
    """What ``benchmarks/faults.py`` wrote is about thousands of pages and all faults there are, and no row differs."""
    page = PAGE.read_text(encoding="utf-8")
    pages = re.search(r"`python benchmarks/faults.py --pages (\d+)", page)
    assert pages is not None
    assert int(pages[1]) >= LEAST_PAGES
    rows = rows_of(page)
    for case in (NOTHING, *PASSING, together()):
        assert rows[case.name][1:3] == [case.how, case.where], case.name
        assert set(rows[case.name][-2:]) == {"equal to the truth"}, case.name
    for case in lasting("1", "ANY", 10**6):
        _assert_is_told(rows[case.name], case)
    assert rows.keys() == {case.name for case in (NOTHING, *PASSING, together(), *lasting("1", "ANY", 1))}


def _assert_is_told(row: list[str], case: Case) -> None:
    """The row of a fault that does not pass names the same rule, and struck the middle of what was asked."""
    assert row[1].split()[0] == case.how.split()[0]
    assert row[2] == case.where
    for outcome in row[-2:]:
        assert "differ" not in outcome
        assert outcome.startswith(("equal to the truth", "stopped at once"))
        assert outcome.endswith("equal")
    if "skip" in case.how:
        first, later = (int(skip) for skip in re.findall(r"skip=(\d+)", row[1]))
        whole, changed = (int(cell.replace(",", "")) for cell in _requests_without_faults())
        assert 0.2 < first / whole < 0.8
        assert 0.2 < later / changed < 0.8


def _requests_without_faults() -> tuple[str, str]:
    row = rows_of(PAGE.read_text(encoding="utf-8"))[NOTHING.name]
    return row[3], row[6]


@pytest.fixture(scope="module")
def large_grounds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grounds]:
    """A site of 3,000 pages with everything on it that was synced, and then changed."""
    with SiteProcess(GeneratedSource(3_000, 6, everything=True)) as site:
        yield make_grounds(site, tmp_path_factory.mktemp("grounds"))


@pytest.mark.slow
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("case", [*PASSING, together()], ids=lambda case: case.name)
def test_a_fault_costs_no_row_of_a_large_site(large_grounds: Grounds, case: Case) -> None:
    """The same for 3,000 pages."""
    assert_survives(large_grounds, case)


@pytest.mark.slow
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("seed", range(3))
def test_all_faults_together_cost_no_row_of_any_table(tmp_path: Path, seed: int) -> None:
    """The same with every table there is, which takes ten times as many requests."""
    with SiteProcess(GeneratedSource(PAGES, SPACES, everything=True)) as site:
        assert_survives(make_grounds(site, tmp_path, EVERYTHING), together(), seed=seed)
