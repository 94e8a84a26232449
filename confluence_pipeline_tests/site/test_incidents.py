"""What happens to the site while it is asked, and what its headers say of quotas and of the time."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
import requests

from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.laboratory import LAB, Editor

PAGES = "/api/v2/pages?limit=5"


@pytest.fixture
def site() -> Iterator[SiteProcess]:
    """A site of the test's own."""
    with SiteProcess(LAB) as process:
        yield process


def ask(site: SiteProcess, path: str = PAGES) -> requests.Response:
    """Ask as the default caller, on a connection of its own."""
    return requests.get(site.base_url + path, auth=(site.email, site.api_token), timeout=10)


def test_a_token_is_revoked_before_the_answer(site: SiteProcess) -> None:
    """v2 refuses the very request that the rule hits, and all after it, though it hits no more."""
    site.control.set_faults(FaultRule("revoke_token", skip=1, count=1))
    assert [ask(site).status_code for _ in range(4)] == [200, 401, 401, 401]
    assert ask(site, "/rest/api/user/current").json()["type"] == "anonymous"


def test_a_space_is_closed_before_the_answer(site: SiteProcess) -> None:
    """Its listing is answered 404, its pages are in no list, and other spaces stay."""
    space = ask(site, "/api/v2/spaces?keys=LAB").json()["results"][0]["id"]
    site.control.set_faults(FaultRule("close_space", path="/pages", space_key="LAB", count=1))
    assert ask(site, f"/api/v2/spaces/{space}/pages").status_code == 404
    site.control.set_faults()
    left = ask(site, "/api/v2/pages?limit=250").json()["results"]
    assert left
    assert space not in {page["spaceId"] for page in left}


def test_connections_are_refused_for_a_while_and_taken_again(site: SiteProcess) -> None:
    """The request that the rule hits is cut, the next find no one listening, and then all is as before."""
    site.control.set_faults(FaultRule("refuse", seconds=0.4, count=1))
    before = requests.Session()
    with pytest.raises(requests.ConnectionError):
        ask(site)
    began = time.monotonic()
    with pytest.raises(requests.ConnectionError, match="refused"):
        before.get(site.base_url + PAGES, auth=(site.email, site.api_token), timeout=10)
    while time.monotonic() - began < 10:
        try:
            assert ask(site).status_code == 200
            break
        except requests.ConnectionError:
            time.sleep(0.05)
    assert 0.2 < time.monotonic() - began < 5


def test_a_shift_leaves_items_out_of_both_pages(site: SiteProcess) -> None:
    """A walk of either API misses just as many as moved, though each page looks whole."""
    editor = Editor(site)

    def walk(path: str) -> list[str]:
        ids = []
        while path:
            data = ask(site, path).json()
            ids += [item.get("content", item)["id"] for item in data["results"]]
            path = data["_links"].get("next", "").removeprefix("/wiki")
        return ids

    assert editor.page("LAB page 7")
    for path in (PAGES, "/rest/api/search?limit=5&cql=type=page"):
        site.control.set_faults()
        whole = walk(path)
        site.control.set_faults(FaultRule("shift", amount=2, count=1))
        shifted = walk(path)
        assert shifted == whole[:5] + whole[7:]


def test_quota_headers_warn_and_refuse(site: SiteProcess) -> None:
    """A quota that gets tight is told with a good answer, a spent one with 429 and the reason."""
    site.control.set_faults(FaultRule("quota_near", amount=900, seconds=60))
    near = ask(site)
    assert (near.status_code, near.headers["X-RateLimit-Remaining"]) == (200, "900")
    assert near.headers["X-RateLimit-NearLimit"] == "true"
    site.control.set_faults(FaultRule("quota_spent", seconds=30))
    spent = ask(site)
    assert (spent.status_code, spent.headers["RateLimit-Reason"]) == (429, "confluence-quota-global-based")
    wait = datetime.fromisoformat(spent.headers["X-RateLimit-Reset"]) - datetime.now(UTC)
    assert 25 < wait.total_seconds() <= 31


def test_a_drip_sends_a_byte_at_a_time(site: SiteProcess) -> None:
    """The answer is whole in the end, and each of its bytes waited for."""
    whole = ask(site, "/rest/api/user/current")
    site.control.set_faults(FaultRule("drip", seconds=0.001))
    began = time.monotonic()
    dripped = ask(site, "/rest/api/user/current")
    assert dripped.json() == whole.json()
    assert time.monotonic() - began > 0.001 * len(dripped.content)


@pytest.mark.parametrize("days", [-1, 1])
def test_all_headers_tell_the_sites_own_time(site: SiteProcess, days: int) -> None:
    """Where the site's clock is wrong by a day, so are its dates, and they agree with each other."""
    site.control.freeze_clock(datetime.now(UTC) + timedelta(days=days))
    site.control.resume_clock()
    site.control.set_faults(FaultRule("rate_limited", retry_after="date", seconds=5))
    reply = ask(site)
    now = parsedate_to_datetime(reply.headers["Date"])
    assert abs((now - datetime.now(UTC)).total_seconds() / 86_400 - days) < 0.1
    assert 4 <= (parsedate_to_datetime(reply.headers["Retry-After"]) - now).total_seconds() <= 8
    assert abs((datetime.fromisoformat(reply.headers["X-RateLimit-Reset"]) - now).total_seconds()) < 70
