"""Batches that fail are halved until the bad items are alone."""

from collections.abc import Sequence
from math import ceil, log2

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from confluence_pipeline.confluence import (
    AccessError,
    ConfluenceError,
    GoneError,
    RefusedError,
    ServerError,
    SiteUnavailableError,
    TooLargeError,
)
from confluence_pipeline.confluence.batches import MOST_FAILURES_WITHOUT_SUCCESS, fetch_halving


class Site:
    """Answers batches, and fails for those that hold something bad."""

    def __init__(self, bad: set[str], error: ConfluenceError) -> None:
        self.bad = bad
        self.error = error
        self.requests = 0

    def fetch(self, ids: Sequence[str]) -> list[str]:
        """Return the ids as records."""
        self.requests += 1
        if self.bad & set(ids):
            raise self.error
        return list(ids)


@st.composite
def batches(draw: st.DrawFn) -> tuple[list[str], set[str]]:
    """Draw ids in order, and bad ones among them: scattered, in a row, or one in four by a pattern."""
    ids = [str(98_305 + n) for n in range(draw(st.integers(1, 250)))]
    most = len(ids) // 4
    shape = draw(st.sampled_from(["scattered", "row", "pattern"]))
    if shape == "row":
        start = draw(st.integers(0, len(ids) - 1))
        return ids, set(ids[start : start + most])
    if shape == "pattern":
        return ids, set(ids[3::4])
    return ids, set(draw(st.lists(st.sampled_from(ids), max_size=most)))


@settings(derandomize=True)
@given(batches(), st.sampled_from([ServerError("fault"), RefusedError("refused", status=400)]))
def test_exactly_the_bad_items_fail_and_all_others_come(
    drawn: tuple[list[str], set[str]], error: ConfluenceError
) -> None:
    """For up to a quarter of bad items however they lie, halving finds each, in a bounded number of requests."""
    ids, bad = drawn
    site = Site(bad, error)
    outcome = fetch_halving(ids, site.fetch)
    assert {failure.item_id for failure in outcome.failures} == bad
    assert sorted(outcome.records) == sorted(set(ids) - bad)
    assert len(outcome.failures) == len(bad)
    assert site.requests <= 1 + 2 * len(bad) * ceil(log2(max(2, len(ids))))


@given(st.integers(MOST_FAILURES_WITHOUT_SUCCESS, 250))
def test_a_site_that_fails_for_everything_is_down(size: int) -> None:
    """After a few items alone without one success it is the site: the step is tried again, and not item by item."""
    ids = [str(n) for n in range(size)]
    site = Site(set(ids), ServerError("status 500", status=500))
    with pytest.raises(SiteUnavailableError, match=r"every content.*status 500") as caught:
        fetch_halving(ids, site.fetch)
    assert caught.value.retryable
    assert site.requests <= 2 * MOST_FAILURES_WITHOUT_SUCCESS + log2(size) + 1


def test_a_call_that_is_refused_for_everything_is_refused_as_such() -> None:
    """Trying again later would not help, so the error does not say so."""
    ids = [str(n) for n in range(50)]
    with pytest.raises(RefusedError, match="status 400") as caught:
        fetch_halving(ids, Site(set(ids), RefusedError("status 400", status=400)).fetch)
    assert not caught.value.retryable


@pytest.mark.parametrize("error", [GoneError("410"), AccessError("403"), SiteUnavailableError("no connection")])
def test_what_halving_cannot_mend_is_not_halved(error: ConfluenceError) -> None:
    """An endpoint that is gone, a caller without rights and a site that is away are told after one request."""
    site = Site({"1"}, error)
    with pytest.raises(type(error)):
        fetch_halving(["1", "2", "3", "4"], site.fetch)
    assert site.requests == 1


def test_answers_that_are_too_large_are_asked_for_in_parts() -> None:
    """A batch over the limit is halved until each part fits."""
    asked = []

    def fetch(ids: Sequence[str]) -> list[str]:
        asked.append(len(ids))
        if len(ids) > 40:
            raise TooLargeError("too large")
        return list(ids)

    outcome = fetch_halving([str(n) for n in range(250)], fetch)
    assert len(set(outcome.records)) == 250
    assert not outcome.failures
    assert max(size for size in asked[3:] if size <= 40) > 20


def test_what_is_not_there_any_more_is_no_failure() -> None:
    """An empty answer shows that the site is well."""
    bad = {str(n) for n in range(0, 250, 2)}

    def fetch(ids: Sequence[str]) -> list[str]:
        if bad & set(ids):
            raise ServerError("fault")
        return []

    outcome = fetch_halving([str(n) for n in range(250)], fetch)
    assert {failure.item_id for failure in outcome.failures} == bad
