"""When a request is sent again, and after how long."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.confluence import RetryPolicy
from confluence_pipeline.confluence.retries import asked_wait, quota_is_spent

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@given(st.integers(min_value=0, max_value=10**6))
def test_retry_after_in_seconds_is_obeyed(seconds: int) -> None:
    """RFC 9110: Retry-After is a number of seconds."""
    assert asked_wait({"Retry-After": f" {seconds} "}, NOW) == seconds


@given(st.integers(min_value=-(10**6), max_value=10**6), st.integers(min_value=-12, max_value=12))
def test_retry_after_as_a_date_is_the_time_until_then(seconds: int, offset: int) -> None:
    """RFC 9110: or an HTTP date, in any zone; a date in the past asks for nothing."""
    moment = (NOW + timedelta(seconds=seconds)).astimezone(timezone(timedelta(hours=offset)))
    assert asked_wait({"Retry-After": format_datetime(moment)}, NOW) == max(0, seconds)


@pytest.mark.parametrize("reset", ["2026-03-02T10:01Z", "2026-03-02T10:01:00Z", "2026-03-02T11:01:00+01:00"])
def test_the_reset_of_a_spent_quota_is_waited_for(reset: str) -> None:
    """Without Retry-After, X-RateLimit-Reset counts, but only where nothing remains of the quota."""
    assert asked_wait({"X-RateLimit-Reset": reset, "X-RateLimit-Remaining": "0"}, NOW) == 60
    assert asked_wait({"X-RateLimit-Reset": reset, "X-RateLimit-Remaining": "7"}, NOW) is None
    assert asked_wait({"X-RateLimit-Reset": reset}, NOW) is None
    assert asked_wait({"Retry-After": "5", "X-RateLimit-Reset": reset, "X-RateLimit-Remaining": "0"}, NOW) == 5


def test_a_spent_quota_is_waited_for_until_its_reset() -> None:
    """A refusal for a quota names its reason; what remains may be told as anything."""
    headers = {"RateLimit-Reason": "confluence-quota-tenant-based", "X-RateLimit-Reset": "2026-03-02T10:30Z"}
    assert asked_wait(headers, NOW) == 1800
    assert asked_wait({**headers, "RateLimit-Reason": "confluence-burst-based"}, NOW) is None
    assert quota_is_spent(headers)
    assert not quota_is_spent({"RateLimit-Reason": "confluence-burst-based"})


@given(st.integers(min_value=0, max_value=10**5), st.integers(min_value=-2, max_value=2))
def test_a_wrong_clock_of_ours_does_not_change_what_is_waited(seconds: int, days: int) -> None:
    """A date is held against the one at which the site sent it."""
    headers = {
        "Date": format_datetime(NOW, usegmt=True),
        "Retry-After": format_datetime(NOW + timedelta(seconds=seconds), usegmt=True),
    }
    assert asked_wait(headers, NOW + timedelta(days=days)) == seconds


@given(st.text(max_size=30))
def test_what_cannot_be_read_counts_as_not_said(said: str) -> None:
    """Any header a server may send gives a number that is not negative, or None."""
    wait = asked_wait({"Retry-After": said, "Date": said}, NOW)
    assert wait is None or wait >= 0


@given(st.integers(min_value=1, max_value=40), st.floats(min_value=0, max_value=1, exclude_max=True))
def test_pauses_double_up_to_a_limit_with_jitter(attempt: int, chance: float) -> None:
    """The pause after the n-th request is first × 2^(n-1), at most the limit, give or take 30 %."""
    policy = RetryPolicy(first_seconds=1, most_seconds=30, random=lambda: chance)
    plain = min(30, 2 ** (attempt - 1))
    assert 0.7 * plain - 1e-9 <= policy.backoff(attempt) <= 1.3 * plain + 1e-9
