"""Lists of a Data Center: silent caps, starts that are too small or past the end, and cursors of ids."""

from collections.abc import Iterator
from typing import Any

import pytest

from confluence_pipeline.site.data_center.installation import Installation
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.server import SiteOptions
from confluence_pipeline.site.sources import GeneratedSource
from confluence_pipeline_tests.site.data_center.conftest import Reader, ada_of, bo_of


@pytest.fixture(scope="module")
def big() -> Iterator[Reader]:
    """Somebody who reads a site of more pages than any cap."""
    options = SiteOptions(installation=Installation("10.0.3"))
    with SiteProcess(GeneratedSource(pages=1_100, spaces=2), options) as site:
        yield ada_of(site)


def _seen(reader: Reader) -> list[dict[str, Any]]:
    """Return the current pages that the caller may see, as the site knows them."""
    caller = reader.json("/user/current")["userKey"]
    return [row for row in reader.site.control.truth("pages", as_account=caller) if row["status"] == "current"]


@pytest.mark.parametrize(("expand", "most"), [("", 1_000), ("version,space", 200), ("version,body.storage", 50)])
@pytest.mark.parametrize("path", ["/content", "/content/scan", "/content/search", "/space/{key}/content/page"])
def test_pages_are_cut_by_what_is_expanded(big: Reader, path: str, expand: str, most: int) -> None:
    """However many are asked for, a page has 1,000 results, 200 with expansions, 50 with bodies, and says so."""
    key = big.json("/space?limit=1")["results"][0]["key"]
    held = [row for row in _seen(big) if "{key}" not in path or row["space_key"] == key]
    body = big.json(path.format(key=key), params={"limit": "5000", "expand": expand, "cql": "type = page"})
    assert body["limit"] == most
    assert len(body["results"]) == body["size"] == min(most, len(held))


def test_walks_give_everything_once(big: Reader) -> None:
    """By start, by cursor and by search a walk along the next links gives every page once."""
    known = {row["content_id"] for row in _seen(big)}
    assert len(known) > 1_000
    for path in ("/content?limit=300", "/content/scan?limit=300", "/content/search?cql=type=page&limit=300"):
        walked = [item["id"] for item in big.walk(path)]
        assert len(walked) == len(set(walked))
        assert set(walked) == known


def _by_size(reader: Reader, path: str, limit: int) -> list[str]:
    """Walk as documented for builds whose next links are wrong: on by as many as came."""
    ids: list[str] = []
    while True:
        body = reader.json(path, params={"start": str(len(ids)), "limit": str(limit)})
        ids += [item["id"] for item in body["results"]]
        if "next" not in body["_links"]:
            return ids


def test_next_links_may_start_too_early(old_center: SiteProcess) -> None:
    """On a build that counts wrong, next links lead back onto what was there already; going by size does not."""
    ada = ada_of(old_center)
    first = ada.json("/content?limit=3")
    assert first["_links"]["next"].endswith("start=1")
    walked = _by_size(ada, "/content", 3)
    assert len(walked) == len(set(walked)) > 3


def test_a_start_past_the_end_gives_the_last_again(old_center: SiteProcess, ada: Reader) -> None:
    """Before version 10 a listing gives its last record for any start past the end, without a next link."""
    old = ada_of(old_center)
    last = old.json("/content?limit=100")["results"][-1]
    past = old.json("/content?start=500")
    assert ([item["id"] for item in past["results"]], past["size"]) == ([last["id"]], 1)
    assert "next" not in past["_links"]
    assert ada.json("/content?start=500")["results"] == []


def test_a_cursor_goes_on_from_an_id(small_center: SiteProcess) -> None:
    """What disappears behind a scan shifts nothing of what is ahead of it."""
    ada = ada_of(small_center)
    everything = [item["id"] for item in ada.walk("/content/scan?limit=50")]
    first = ada.json("/content/scan?limit=3")
    assert first["nextCursor"] == f"content:false:{everything[2]}"
    assert ada.ask("DELETE", f"/rest/api/content/{everything[1]}").status_code == 204
    rest = [item["id"] for item in ada.walk(first["_links"]["next"].removeprefix("/rest/api"))]
    assert rest == everything[3:]


@pytest.mark.parametrize("cursor", ["x", "content:false:x", "page:false:1", "content:1", "content::1"])
def test_a_bad_cursor_is_refused(ada: Reader, cursor: str) -> None:
    """A cursor that no answer gave is refused with 400."""
    assert ada.get(f"/api/content/scan?cursor={cursor}").status_code == 400


def test_links_are_those_of_an_installation(ada: Reader) -> None:
    """A list's base is a whole address, its next link a path without the context path, which stands beside it."""
    links: dict[str, Any] = ada.json("/content?limit=1&expand=version")["_links"]
    assert links["base"] == ada.site.base_url
    assert links["context"] == "/confluence"
    assert links["self"] == f"{ada.site.base_url}/rest/api/content"
    assert links["next"] == "/rest/api/content?expand=version&limit=1&start=1"


def test_faults_of_paging_reach_a_data_center(small_center: SiteProcess) -> None:
    """Capped, empty, repeated and overlapping pages happen here as on Cloud."""
    ada, control = ada_of(small_center), small_center.control
    for path in ("/content", "/content/scan", "/content/search?cql=type=page"):
        control.set_faults()
        everything = [item["id"] for item in ada.walk(path)]
        joint = "&" if "?" in path else "?"
        control.set_faults(FaultRule("small_page", amount=2))
        assert ada.json(f"{path}{joint}limit=50")["size"] == 2
        control.set_faults(FaultRule("empty_page", count=1))
        assert ada.json(f"{path}{joint}limit=2")["results"] == []
        control.set_faults(FaultRule("empty_page", count=1))
        assert [item["id"] for item in ada.walk(f"{path}{joint}limit=2")] == everything
        control.set_faults(FaultRule("duplicates", amount=1, count=1))
        assert [item["id"] for item in ada.walk(f"{path}{joint}limit=2")] == [*everything[:2], *everything[1:]]
        control.set_faults(FaultRule("shift", amount=1, count=1))
        assert [item["id"] for item in ada.walk(f"{path}{joint}limit=2")] == [*everything[:2], *everything[3:]]


def test_limits_of_requests_are_told_in_their_own_headers(small_center: SiteProcess) -> None:
    """With every answer a caller is told of a bucket of their own, and past it when to come back."""
    small_center.control.set_rate_limit(0.5, burst=2)
    ada = ada_of(small_center)
    replies = [ada.get("/api/user/current") for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200, 200, 429]
    named = [
        tuple(reply.headers[f"X-RateLimit-{name}"] for name in ("Limit", "Remaining", "Interval-Seconds", "FillRate"))
        for reply in replies
    ]
    assert named == [("2", "1", "2", "1"), ("2", "0", "2", "1"), ("2", "0", "2", "1")]
    assert int(replies[2].headers["Retry-After"]) in (1, 2)
    assert "X-RateLimit-Reset" not in replies[2].headers
    assert bo_of(small_center).get("/api/user/current").headers["X-RateLimit-Remaining"] == "1"
