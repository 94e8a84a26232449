"""Answers that get slower, told from answers that are slow."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.confluence.latency import Latencies, kind_of

SET = 12


def test_all_answers_of_a_kind_twice_as_slow_are_a_sign() -> None:
    """Once for each whole set of answers, and not before all of the latest are slow."""
    latencies = Latencies()
    assert not any(latencies.rising("pages", 0.2, second) for second in range(30))
    signs = [latencies.rising("pages", 0.8, 30 + second) for second in range(2 * SET)]
    assert signs == [*[False] * (SET - 1), True] * 2


def test_a_slow_kind_beside_a_quick_one_is_no_sign() -> None:
    """Each kind is held against itself."""
    latencies = Latencies()
    for second in range(100):
        assert not latencies.rising("quick", 0.05, second)
        assert not latencies.rising("slow", 3.0, second)


def test_some_slow_answers_among_quick_ones_are_no_sign() -> None:
    """Large pages and small pages come by the same call, so the quickest of a set counts."""
    latencies, dice = Latencies(), random.Random(3)  # noqa: S311 - not for secrets
    assert not any(
        latencies.rising("bodies", 0.2 if number % SET == 0 else dice.uniform(0.2, 9), number) for number in range(500)
    )


@given(st.lists(st.floats(0.0, 0.1), min_size=1, max_size=60))
def test_what_is_quick_anyway_is_no_sign(seconds: list[float]) -> None:
    """A tenth of a second is no queue, however quick the best answer was."""
    latencies = Latencies()
    assert not any(latencies.rising("pages", duration, number) for number, duration in enumerate(seconds))


def test_the_best_is_forgotten_in_time() -> None:
    """A site that has become slower for good is taken as it is after some minutes."""
    latencies = Latencies()
    for second in range(30):
        latencies.rising("pages", 0.1, second)
    signs = [second for second in range(30, 1000) if latencies.rising("pages", 1.0, second)]
    assert signs
    assert max(signs) < 300


@pytest.mark.parametrize(
    ("path", "params", "kind"),
    [
        ("/api/v2/pages", [("limit", "250"), ("cursor", "x")], "/api/v2/pages?limit=250"),
        ("/api/v2/pages/123/versions", [], "/api/v2/pages/*/versions?"),
        ("/api/v2/attachments/att9", [("body-format", "storage")], "/api/v2/attachments/*?body-format=storage"),
        ("/rest/api/content/search", [("expand", "a"), ("cql", "id=1")], "/rest/api/content/search?expand=a"),
        ("/rest/api/group/5a-f/membersByGroupId", [], "/rest/api/group/*/membersByGroupId?"),
    ],
)
def test_a_kind_is_what_is_asked_without_of_which_thing(path: str, params: list[tuple[str, str]], kind: str) -> None:
    """Ids, cursors and queries do not count; how much is asked of each thing does."""
    assert kind_of(path, params) == kind
