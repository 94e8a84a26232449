"""Who a Data Center takes a caller for, and what it shows to whoever is none."""

import base64

import pytest

from confluence_pipeline.site.data_center.installation import Installation
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.site.data_center.conftest import ADA_KEY, BO_KEY, Reader, ada_of, bo_of


def test_a_token_and_a_password_open_the_site(ada: Reader, bo: Reader) -> None:
    """A personal access token as Bearer, and a user name with a password, log in as the same person would."""
    assert ada.json("/user/current")["userKey"] == ADA_KEY
    assert (bo.json("/user/current")["username"], bo.json("/user/current")["userKey"]) == ("bo", BO_KEY)
    by_password = Reader(ada.site, auth=(ada.site.user_name.upper(), ada.site.password))
    assert by_password.json("/user/current") == ada.json("/user/current")


@pytest.mark.parametrize(
    "header",
    [
        "Bearer nonsense",
        "Basic nonsense",
        "Basic " + base64.b64encode(b"ada:wrong").decode(),
        "Basic " + base64.b64encode(b"ada@example.com:token-ada").decode(),
        "Digest x",
        "Bearer token-ada",
    ],
)
def test_a_login_that_fails_is_shown_a_page(ada: Reader, header: str) -> None:
    """Whatever is wrong with a login, the answer is 401 with the reason in a header and HTML in the body."""
    reply = Reader(ada.site).get("/api/space", headers={"Authorization": header})
    assert (reply.status_code, reply.headers["X-Seraph-LoginReason"]) == (401, "AUTHENTICATED_FAILED")
    assert reply.headers["Content-Type"].startswith("text/html")


def test_a_visitor_sees_what_is_open(visitor: Reader) -> None:
    """Where a space is open to visitors they are let in, are anonymous, and see that space alone."""
    assert visitor.json("/user/current")["type"] == "anonymous"
    assert {space["key"] for space in visitor.json("/space")["results"]} == {"PIER"}
    assert {page["title"] for page in visitor.json("/content")["results"]} == {"Pier"}
    assert visitor.get("/api/group").status_code == 403


def test_where_nothing_is_open_visitors_are_refused(small_center: SiteProcess) -> None:
    """Without a space that is open to them visitors get 403, and the manifest all the same."""
    for space in ada_of(small_center).json("/space")["results"]:
        small_center.control.set_space(space["key"], viewer_groups=["confluence-users"])
    visitor = Reader(small_center)
    assert visitor.get("/api/user/current").status_code == 403
    assert visitor.get("/applinks/1.0/manifest").json()["version"] == "9.2.1"


def test_an_account_that_may_not_use_confluence_is_refused(small_center: SiteProcess) -> None:
    """A login that works for somebody without access gets 403; a closed account's does not work."""
    small_center.control.set_user(BO_KEY, can_use=False)
    assert bo_of(small_center).get("/api/space").status_code == 403
    small_center.control.set_user(BO_KEY, can_use=True, account_status="inactive")
    assert bo_of(small_center).get("/api/space").status_code == 401


@pytest.mark.parametrize("path", ["/api/v2/pages", "/wiki/api/v2/pages", "/wiki/rest/api/space", "/pages/1", "/"])
def test_addresses_outside_the_api_are_pages(ada: Reader, path: str) -> None:
    """Cloud's v2 and whatever else is not there is answered with 404 and HTML, as for a browser."""
    reply = ada.ask("GET", path)
    assert (reply.status_code, reply.headers["Content-Type"]) == (404, "text/html;charset=UTF-8")


def test_the_context_path_may_be_empty(old_center: SiteProcess) -> None:
    """Without a context path the API is right below the host, and links say so."""
    body = ada_of(old_center).json("/space?limit=1")
    assert body["_links"]["context"] == ""
    assert body["_links"]["base"] == old_center.base_url
    assert old_center.base_url.count("/") == 2
    assert body["results"][0]["_links"]["self"].startswith(f"{old_center.base_url}/rest/api/space/")


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"version": "9"}, "three numbers"),
        ({"context_path": "confluence"}, "context path"),
        ({"context_path": "/confluence/"}, "context path"),
        ({"time_zone": "Sydney"}, "time zone"),
        ({"start_shortfall": -1}, "0 or more"),
    ],
)
def test_an_installation_that_cannot_be_is_refused(facts: dict[str, object], said: str) -> None:
    """A version, context path or time zone that there cannot be is refused with the reason."""
    with pytest.raises(ValueError, match=said):
        Installation(**facts)  # type: ignore[arg-type]
