"""Atlassian's points: what an answer costs, and an hour's worth spent evenly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.confluence.points import PointsCap, PointsOfKinds, points_of


@pytest.mark.parametrize(
    ("path", "answer", "points"),
    [
        ("/api/v2/pages", {"results": [{}, {}, {}]}, 4),
        ("/api/v2/pages/7", {"id": "7"}, 2),
        ("/api/v2/pages", {"results": []}, 1),
        ("/rest/api/user/bulk", {"results": [{}, {}]}, 5),
        ("/rest/api/user/current", {"accountId": "a"}, 3),
        ("/rest/api/group", {"results": [{}]}, 3),
        ("/rest/api/group/1f/membersByGroupId", {"results": [{}]}, 3),
        ("/api/v2/spaces/9/permissions", {"results": [{}]}, 3),
        ("/api/v2/users-bulk", {"results": [{}]}, 3),
    ],
)
def test_a_request_costs_one_and_each_object_one_or_two(path: str, answer: dict[str, object], points: int) -> None:
    """Core objects cost one point each, objects about identity two."""
    assert points_of(path, answer) == points


@given(st.integers(100, 10**6), st.lists(st.tuples(st.integers(1, 501), st.floats(0, 30)), min_size=1, max_size=300))
def test_no_hour_costs_more_than_the_cap(per_hour: int, requests: list[tuple[int, float]]) -> None:
    """Whenever an hour begins, what was sent within it stays under the cap, but for the last answer's size."""
    cap, now, free_at = PointsCap(per_hour), 10_000.0, 0.0
    spent: list[tuple[float, int]] = []
    for points, pause in requests:
        now = max(now + pause, free_at)
        free_at = cap.spent(free_at, points, now)
        spent.append((now, points))
    for first, (begin, _) in enumerate(spent):
        hour = [points for at, points in spent[first:] if at < begin + 3600]
        assert sum(hour) - hour[-1] <= per_hour


def test_points_are_spent_evenly_after_the_first_few() -> None:
    """With 3,600 points an hour, a twentieth goes at once, and then nine a ten seconds."""
    cap, now, free_at, sent = PointsCap(3600), 0.0, -1e6, 0
    while now < 1000:
        now = max(now, free_at)
        free_at = cap.spent(free_at, 1, now)
        sent += 1
    assert sent == pytest.approx(180 + 900, abs=2)


def test_what_was_not_spent_is_given_back() -> None:
    """A request that turns out cheaper than was expected makes room for another."""
    cap = PointsCap(3600)
    expected = cap.spent(100.0, 251, 100.0)
    assert cap.spent(expected, 1 - 251, 100.0) == pytest.approx(cap.spent(100.0, 1, 100.0))


def test_the_next_answer_is_expected_to_cost_as_much_as_the_last_of_its_kind() -> None:
    """A kind that is new costs a point; the average follows what is asked."""
    points = PointsOfKinds()
    assert points.expected("pages") == 1
    for _ in range(100):
        points.note("pages", 251)
    points.note("page", 2)
    assert (points.expected("pages"), points.expected("page"), points.expected("else")) == (251, 2, 1)
    assert 200 < points.average < 251
