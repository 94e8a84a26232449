"""Faults on demand do what they say, to whom they say, and the same way every time."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
import requests

from confluence_pipeline.site.control_client import SiteControlError
from confluence_pipeline.site.faults import FaultKind, FaultPlan, FaultRule
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.server import SiteOptions
from confluence_pipeline_tests.site.conftest import SMALL, Caller, ada_of

PATH = "/api/v2/pages?limit=2&body-format=storage"


@pytest.fixture
def ada(shared_site: SiteProcess) -> Iterator[Caller]:
    """The administrator; what a test breaks is mended after it."""
    yield ada_of(shared_site)
    shared_site.control.set_faults()
    shared_site.control.set_rate_limit(0)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_errors_are_answered_as_told(ada: Caller, status: int) -> None:
    """An ``error`` rule answers its status, so often and no more."""
    ada.site.control.set_faults(FaultRule("error", status=status, count=2))
    assert [ada.get(PATH).status_code for _ in range(3)] == [status, status, 200]


def test_an_echo_repeats_what_it_was_asked_with(ada: Caller) -> None:
    """An ``echo`` rule answers its status with the credentials and the body of the request in it."""
    ada.site.control.set_faults(FaultRule("echo", status=500))
    reply = ada.ask("POST", "/api/v2/users-bulk", json={"accountIds": ["canary"]})
    assert reply.status_code == 500
    assert reply.json()["headers"]["authorization"] == reply.request.headers["Authorization"]
    assert "canary" in reply.json()["message"]


def test_a_rate_limited_answer_says_when_to_come_back(ada: Caller) -> None:
    """429 has the documented headers, and Retry-After in seconds, as a date or not at all."""
    ada.site.control.set_faults(FaultRule("rate_limited", retry_after="seconds", seconds=3))
    headers = ada.get(PATH).headers
    assert headers["Retry-After"] == "3"
    named = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "RateLimit-Reason")
    assert all(name in headers for name in named)
    ada.site.control.set_faults(FaultRule("rate_limited", retry_after="date", seconds=3))
    wait = parsedate_to_datetime(ada.get(PATH).headers["Retry-After"]) - datetime.now(UTC)
    assert 2 < wait.total_seconds() < 5
    ada.site.control.set_faults(FaultRule("rate_limited"))
    assert "Retry-After" not in ada.get(PATH).headers


def test_connections_are_cut(ada: Caller) -> None:
    """``reset`` cuts before any answer, ``reset_mid_body`` after the headers and half the body."""
    ada.site.control.set_faults(FaultRule("reset"))
    with pytest.raises(requests.ConnectionError):
        ada.get(PATH)
    ada.site.control.set_faults(FaultRule("reset_mid_body"))
    reply = ada.get(PATH, stream=True)
    assert reply.status_code == 200
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        _ = reply.content


def test_truncated_json_has_a_matching_length(ada: Caller) -> None:
    """A truncated answer looks whole by its headers and is no JSON."""
    whole = ada.get(PATH, headers={"Accept-Encoding": "identity"}).content
    ada.site.control.set_faults(FaultRule("truncated"))
    reply = ada.get(PATH)
    assert int(reply.headers["Content-Length"]) == len(reply.content) == len(whole) // 2
    with pytest.raises(requests.JSONDecodeError):
        reply.json()


def test_a_slow_answer_is_whole_in_the_end(ada: Caller) -> None:
    """A ``slow`` rule spreads the body over its seconds and changes nothing of it."""
    whole = ada.json(PATH)
    ada.site.control.set_faults(FaultRule("slow", seconds=0.4))
    began = time.monotonic()
    assert ada.json(PATH) == whole
    assert time.monotonic() - began > 0.35


def test_a_login_page_is_html_with_200(ada: Caller) -> None:
    """A ``login_page`` rule answers as a single sign-on in front of the site would."""
    ada.site.control.set_faults(FaultRule("login_page"))
    reply = ada.get(PATH)
    assert reply.status_code == 200
    assert reply.headers["Content-Type"].startswith("text/html")


def test_an_empty_page_links_on_and_loses_nothing(ada: Caller) -> None:
    """A walk through empty pages that have next links still gives everything once."""
    whole = [page["id"] for page in ada.walk("/api/v2/pages?limit=2")]
    ada.site.control.set_faults(FaultRule("empty_page", count=2, skip=1))
    assert [page["id"] for page in ada.walk("/api/v2/pages?limit=2")] == whole
    ada.site.control.set_faults(FaultRule("empty_page"))
    seen = set()
    path = "/api/v2/pages?limit=2"
    for _ in range(5):
        body = ada.json(path)
        assert body["results"] == []
        path = body["_links"]["next"].removeprefix("/wiki")
        seen.add(path)
    assert len(seen) == 5


def test_a_repeated_cursor_leads_nowhere(ada: Caller) -> None:
    """A ``repeat_cursor`` rule links each page to itself."""
    second = ada.json("/api/v2/pages?limit=2")["_links"]["next"].removeprefix("/wiki")
    ada.site.control.set_faults(FaultRule("repeat_cursor"))
    assert ada.json(second)["_links"]["next"].removeprefix("/wiki") == second


def test_an_expired_cursor_is_refused(ada: Caller) -> None:
    """An ``expired_cursor`` rule refuses a good cursor once, and a walk from the start still works."""
    second = ada.json("/api/v2/pages?limit=2")["_links"]["next"].removeprefix("/wiki")
    ada.site.control.set_faults(FaultRule("expired_cursor", path="cursor=", count=1))
    assert ada.get(second).status_code == 400
    assert ada.get(second).status_code == 200


def test_a_smaller_page_than_asked_for(ada: Caller) -> None:
    """A ``small_page`` rule gives less than asked for, and a walk still gives everything."""
    whole = [page["id"] for page in ada.walk("/api/v2/pages?limit=250")]
    ada.site.control.set_faults(FaultRule("small_page", amount=2))
    assert len(ada.json("/api/v2/pages?limit=250")["results"]) == 2
    assert [page["id"] for page in ada.walk("/api/v2/pages?limit=250")] == whole


def test_duplicates_come_on_the_next_page(ada: Caller) -> None:
    """A ``duplicates`` rule gives the last results of a page again on the next."""
    ada.site.control.set_faults(FaultRule("duplicates", amount=1))
    walked = [page["id"] for page in ada.walk("/api/v2/pages?limit=3")]
    assert len(walked) > len(set(walked))
    ada.site.control.set_faults()
    assert list(dict.fromkeys(walked)) == [page["id"] for page in ada.walk("/api/v2/pages?limit=3")]


def test_one_content_spoils_its_batch(ada: Caller) -> None:
    """A ``poison`` rule answers 500 to whatever holds the content, and 200 to all else."""
    wick, lens = ada.id_of("Trim the wick"), ada.id_of("Lens")
    ada.site.control.set_faults(FaultRule("poison", content_ids=[int(wick)]))
    assert ada.get(f"/api/v2/pages?id={wick},{lens}").status_code == 500
    assert ada.get(f"/api/v2/pages?id={lens}").status_code == 200
    assert ada.get(f"/api/v2/pages/{wick}").status_code == 500
    assert ada.get(f"/rest/api/content/search?cql=id={wick}&expand=version").status_code == 500


def test_rules_keep_to_their_paths(ada: Caller) -> None:
    """A rule hits the addresses that its pattern finds, and control requests never."""
    ada.site.control.set_faults(FaultRule("error", path=r"/pages\?.*body-format"))
    assert ada.get("/api/v2/pages").status_code == 200
    assert ada.get("/api/v2/spaces").status_code == 200
    assert ada.get(PATH).status_code == 503
    assert ada.site.control.request_counts().total > 0


@pytest.mark.parametrize("rate", [0.0, 0.2, 1.0])
def test_rates_are_kept_and_repeat(rate: float) -> None:
    """A rule hits its share of requests, the same ones for the same seed, in whatever order they come."""
    addresses = [f"/wiki/api/v2/pages?cursor={number}" for number in range(2_000)]

    def hit(seed: int, order: list[str]) -> set[str]:
        plan = FaultPlan([FaultRule("error", rate=rate)], seed)
        return {address for address in order if plan.hits("GET", address)}

    first = hit(1, addresses)
    assert abs(len(first) / len(addresses) - rate) < 0.03
    assert hit(1, addresses[::-1]) == first
    assert hit(2, addresses) != first or rate in (0.0, 1.0)


def test_a_retry_has_its_own_chance() -> None:
    """The same request asked again is not doomed: at a rate of a half, some retry soon goes through."""
    plan = FaultPlan([FaultRule("error", rate=0.5)])
    for number in range(50):
        assert not all(plan.hits("GET", f"/{number}") for _ in range(30))


def test_the_limiter_lets_through_its_rate(ada: Caller) -> None:
    """Past the burst, requests are answered 429 with seconds to wait, and after those one goes through."""
    ada.site.control.set_rate_limit(per_second=2, burst=3)
    replies = [ada.get("/api/v2/spaces?limit=1") for _ in range(6)]
    refused = [reply for reply in replies if reply.status_code == 429]
    assert [reply.status_code for reply in replies[:3]] == [200, 200, 200]
    assert refused
    time.sleep(int(refused[0].headers["Retry-After"]))
    assert ada.get("/api/v2/spaces?limit=1").status_code == 200


def test_latency_is_side_by_side() -> None:
    """Held-back answers wait together: ten at once take one latency and not ten."""
    from concurrent.futures import ThreadPoolExecutor

    with SiteProcess(SMALL, SiteOptions(latency_ms=300)) as site, ThreadPoolExecutor(10) as pool:
        began = time.monotonic()
        replies = list(pool.map(lambda _: ada_of(site).get("/api/v2/spaces"), range(10)))
        seconds = time.monotonic() - began
        assert {reply.status_code for reply in replies} == {200}
        assert 0.3 <= seconds < 1.5
        assert site.control.request_counts().peak_in_flight > 3


def test_a_site_can_start_broken() -> None:
    """Faults and the limit given at the start are in force from the first request."""
    rules = [FaultRule("error", path="/blogposts", status=502), FaultRule("poison", content_ids=[1, 2])]
    options = SiteOptions(requests_per_second=0.1, burst=2, faults=rules)
    with SiteProcess(SMALL, options) as site:
        replies = [
            ada_of(site).get(path).status_code for path in ("/api/v2/blogposts", "/api/v2/pages", "/api/v2/pages")
        ]
        assert replies == [502, 200, 429]


@pytest.mark.parametrize("rule", [{"kind": "nonsense"}, {"kind": "error", "path": "("}, {"kind": "slow", "what": 1}])
def test_a_rule_that_makes_no_sense_is_refused(ada: Caller, rule: dict[str, object]) -> None:
    """A rule of no known kind, with a bad pattern or an unknown field is refused with the reason."""
    reply = requests.put(ada.site.base_url.removesuffix("/wiki") + "/_site/faults", json={"rules": [rule]}, timeout=10)
    assert reply.status_code == 400
    kind: FaultKind = "error"
    with pytest.raises(ValueError, match="retry_after"):
        FaultRule(kind, retry_after="soon")  # type: ignore[arg-type]


def test_control_refusals_reach_the_caller(ada: Caller) -> None:
    """What the site refuses its control client is raised with the site's own words."""
    with pytest.raises(SiteControlError, match="no field shoe_size"):
        ada.site.control.set_user("712020:bo", shoe_size=43)
