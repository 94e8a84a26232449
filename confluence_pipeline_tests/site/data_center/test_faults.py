"""Faults, the clock, the log and the rest of the control endpoints on a Data Center."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests

from confluence_pipeline.site.data_center.installation import Installation
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.server import SiteOptions
from confluence_pipeline_tests.site.conftest import RICH
from confluence_pipeline_tests.site.data_center.conftest import BO_KEY, Reader, ada_of, bo_of


@pytest.fixture
def ada() -> Iterator[Reader]:
    """The administrator, on a site that a test may break."""
    with SiteProcess(RICH, SiteOptions(installation=Installation())) as site:
        yield ada_of(site)


def test_refusals_are_in_the_shape_of_the_api(ada: Reader) -> None:
    """An error, a limit and a login page reach a caller of a Data Center as they would of Cloud."""
    control = ada.site.control
    control.set_faults(FaultRule("error", status=503, count=1))
    reply = ada.get("/api/space")
    assert (reply.status_code, reply.json()["statusCode"]) == (503, 503)
    control.set_faults(FaultRule("rate_limited", retry_after="seconds", seconds=3, count=1))
    reply = ada.get("/api/space")
    assert (reply.status_code, reply.headers["Retry-After"]) == (429, "3")
    assert (reply.headers["X-RateLimit-Remaining"], reply.headers["X-RateLimit-FillRate"]) == ("0", "1")
    control.set_faults(FaultRule("login_page", count=1))
    reply = ada.get("/api/space")
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, "text/html;charset=UTF-8")
    assert ada.get("/api/space").json()["size"] == 3


def test_files_break_and_vanish(ada: Reader) -> None:
    """The bytes of a file can break off, come whole where a part was asked for, and be gone from then on."""
    row = next(row for row in ada.site.control.truth("attachments") if row["title"] == "rope.csv")
    path = row["download_url"].removeprefix(ada.site.base_url)
    ada.site.control.set_faults(FaultRule("ignore_range", path="/download/"))
    assert ada.ask("GET", path, headers={"Range": "bytes=2-3"}).status_code == 200
    ada.site.control.set_faults(FaultRule("vanish", path="/download/", count=1))
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        ada.ask("GET", path)
    assert ada.ask("GET", path).status_code == 404
    assert row["attachment_id"] not in {kept["attachment_id"] for kept in ada.site.control.truth("attachments")}


def test_a_login_and_a_space_are_lost_on_the_way(ada: Reader) -> None:
    """From a fault on, password and token of the default caller are worth nothing, or nobody sees a space."""
    by_password = Reader(ada.site, auth=(ada.site.user_name, ada.site.password))
    ada.site.control.set_faults(FaultRule("close_space", space_key="QUAY", count=1))
    assert {space["key"] for space in ada.json("/space")["results"]} == {"PIER", "HULL"}
    ada.site.control.set_faults(FaultRule("revoke_token", count=1))
    assert [reader.get("/api/space").status_code for reader in (ada, by_password, bo_of(ada.site))] == [401, 401, 200]


@pytest.mark.parametrize("path", ["/content?", "/content/scan?", "/content/search?cql=type=page&"])
def test_a_content_can_spoil_an_answer(ada: Reader, path: str) -> None:
    """A content that cannot be shown makes 500 of every answer that expands anything of it."""
    number = next(row["page_id"] for row in ada.site.control.truth("pages") if row["title"] == "Ropes")
    ada.site.control.set_faults(FaultRule("poison", content_ids=(int(number),)))
    assert ada.get(f"/api{path}expand=version").status_code == 500
    assert ada.get(f"/api/content/{number}").status_code == 500
    assert ada.get("/api/search?cql=type=page&expand=content.version").status_code == 500
    assert ada.get(f"/api{path}").status_code == 200


def test_permissions_of_a_space_cannot_be_expanded(ada: Reader) -> None:
    """Expanding a space's permissions is an internal error, as it is on real servers."""
    assert ada.get("/api/space?expand=permissions").status_code == 500
    assert ada.get("/api/space/QUAY?expand=permissions").status_code == 500


def test_the_log_counts_by_endpoint(ada: Reader) -> None:
    """Requests are counted under their endpoint, with the context path; what there is not counts as unknown."""
    ada.site.control.reset_requests()
    ada.json("/space/QUAY")
    ada.ask("GET", "/api/v2/pages")
    counts = ada.site.control.request_counts()
    assert counts.requests == {"GET /confluence/rest/api/space/{spaceKey}": 1, "GET unknown": 1}
    assert counts.statuses == {"200": 1, "404": 1}


def test_the_clock_is_stopped_and_told_by_the_server(ada: Reader) -> None:
    """What is made while the clock stands is dated so, in the server's zone as it is at that time of the year."""
    page = ada.json("/content?limit=1")["results"][0]
    said = {"type": "comment", "container": {"id": page["id"]}, "body": {"storage": {"value": "<p>Now</p>"}}}
    for month, written in ((1, "2026-01-01T11:00:00.000+11:00"), (7, "2026-07-01T10:00:00.000+10:00")):
        ada.site.control.freeze_clock(datetime(2026, month, 1, tzinfo=UTC))
        assert ada.ask("POST", "/rest/api/content", json=said).json()["version"]["when"] == written


def test_the_site_is_changed_from_outside(ada: Reader) -> None:
    """Users, groups and spaces are changed by the names that a Data Center has for them."""
    control = ada.site.control
    assert control.set_group("divers", [BO_KEY]) == "divers"
    assert [user["userKey"] for user in ada.json("/group/divers/member")["results"]] == [BO_KEY]
    control.set_space("QUAY", viewer_groups=["divers"])
    assert ada.get("/api/space/QUAY").status_code == 404
    assert bo_of(ada.site).get("/api/space/QUAY").status_code == 200
    control.delete_user(BO_KEY)
    assert ada.get(f"/api/user?key={BO_KEY}").status_code == 404
    control.set_user("f" * 32, display_name="New")
    assert ada.json(f"/user?key={'f' * 32}")["displayName"] == "New"
