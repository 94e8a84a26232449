"""What headers say of a quota that is nearly spent."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.confluence.quota import Quota, tight_quota

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
TIGHT = {"X-RateLimit-NearLimit": "true", "X-RateLimit-Remaining": "600", "X-RateLimit-Reset": "2026-03-02T10:20Z"}


def test_a_tight_hourly_quota_is_points_and_lasts_until_its_reset() -> None:
    """600 points for twenty minutes are half a point a second: a request of ten points every twenty seconds."""
    quota = tight_quota(TIGHT, NOW)
    assert quota == Quota(600, 1200, points=True)
    assert quota.requests_per_second(points_each=10) == pytest.approx(0.05)


def test_a_tight_burst_is_requests() -> None:
    """What is full again within a minute is a limit on bursts, which counts requests."""
    quota = tight_quota({**TIGHT, "X-RateLimit-Remaining": "20", "X-RateLimit-Reset": "2026-03-02T10:00:10Z"}, NOW)
    assert quota == Quota(20, 10, points=False)
    assert quota.requests_per_second(points_each=250) == 2


def test_the_newer_header_says_the_same() -> None:
    """What remains of the quota, and the seconds until its reset."""
    headers = {"Beta-RateLimit": '"global-app-quota";r=900;t=1800'}
    assert tight_quota(headers, NOW) == Quota(900, 1800, points=True)


def test_the_sites_clock_counts_where_it_is_told() -> None:
    """A machine that is a day late does not wait a day."""
    headers = {**TIGHT, "Date": format_datetime(NOW, usegmt=True)}
    assert tight_quota(headers, NOW - timedelta(days=1)) == tight_quota(TIGHT, NOW)


@pytest.mark.parametrize("missing", TIGHT)
def test_without_a_warning_or_its_numbers_there_is_no_quota(missing: str) -> None:
    """Nobody slows down for half a sentence."""
    assert tight_quota({name: value for name, value in TIGHT.items() if name != missing}, NOW) is None
    assert tight_quota({**TIGHT, "X-RateLimit-NearLimit": "false"}, NOW) is None


@given(st.dictionaries(st.sampled_from([*TIGHT, "Beta-RateLimit", "Date"]), st.text(max_size=25)))
def test_headers_that_cannot_be_read_are_no_warning(headers: dict[str, str]) -> None:
    """Whatever a server sends, a rate that comes of it is above zero."""
    quota = tight_quota({"X-RateLimit-NearLimit": "true"} | headers, NOW)
    assert quota is None or quota.requests_per_second(1.0) > 0


BUCKET = {"X-RateLimit-Limit": "50", "X-RateLimit-FillRate": "10", "X-RateLimit-Interval-Seconds": "5"}


def test_a_data_centers_bucket_is_tight_when_it_is_nearly_empty() -> None:
    """Then requests go on as fast as it fills: ten every five seconds; before that, nothing is held back."""
    quota = tight_quota({**BUCKET, "X-RateLimit-Remaining": "10"}, NOW)
    assert quota == Quota(10, 5, points=False)
    assert quota.requests_per_second(points_each=7) == 2
    assert tight_quota({**BUCKET, "X-RateLimit-Remaining": "11"}, NOW) is None


@pytest.mark.parametrize("name", [*BUCKET, "X-RateLimit-Remaining"])
@pytest.mark.parametrize("value", ["", "many", "-1", "1.5"])
def test_a_bucket_that_cannot_be_read_holds_nothing_back(name: str, value: str) -> None:
    """Whatever is missing or no number."""
    assert tight_quota({**BUCKET, "X-RateLimit-Remaining": "0", name: value}, NOW) is None
