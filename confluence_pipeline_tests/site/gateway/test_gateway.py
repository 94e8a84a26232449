"""The gateway: the same site behind an address of its own, for tokens with scopes."""

from datetime import UTC, datetime

import pytest
import requests

from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.site.conftest import ada_of
from confluence_pipeline_tests.site.gateway.conftest import Visitor, token_request, visitor_of

SCOPE = {"code": 401, "message": "Unauthorized; scope does not match"}
UNAUTHORIZED = {"code": 401, "message": "Unauthorized"}
PATHS = (
    "/api/v2/spaces",
    "/api/v2/pages?limit=2&body-format=storage&sort=-modified-date",
    "/api/v2/tasks",
    "/rest/api/search?cql=type%3Dpage&limit=2&expand=content.version",
    "/rest/api/group",
    "/rest/api/user/current",
    "/api/v2/pages/0",
    "/rest/api/content/0/restriction",
)


def test_the_gateway_answers_as_the_site_does(shared_site: SiteProcess) -> None:
    """Status and body are the site's own, refusals by the API and signed cursors aside; links name the site."""
    visitor, ada = visitor_of(shared_site), ada_of(shared_site)
    for path in PATHS:
        through, direct = visitor.get(path), ada.get(path)
        assert through.status_code == direct.status_code, path
        assert _lasting(through.json()) == _lasting(direct.json()), path


def _lasting(body: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in body.items() if name not in ("_links", "searchDuration")}


def test_next_links_name_the_site_and_only_their_cursor_can_be_used(shared_site: SiteProcess) -> None:
    """Body and ``Link`` header lead to the site, where the token is refused; the cursor works at the gateway."""
    visitor = visitor_of(shared_site)
    first = visitor.get("/api/v2/pages?limit=2")
    links = first.json()["_links"]
    assert links["base"] == shared_site.base_url
    assert links["next"].startswith("/wiki/api/v2/pages?")
    assert first.headers["Link"] == f'<{links["next"]}>; rel="next", <{shared_site.base_url}>; rel="base"'
    bearer = {"Authorization": f"Bearer {visitor.token}"}
    followed = shared_site.base_url.removesuffix("/wiki") + links["next"]
    assert requests.get(followed, headers=bearer, timeout=30).status_code == 401
    second = visitor.get(links["next"].removeprefix("/wiki")).json()["results"]
    assert second
    assert {page["id"] for page in second}.isdisjoint(page["id"] for page in first.json()["results"])


def test_tokens_of_the_gateway_are_refused_on_the_sites_own_address(shared_site: SiteProcess) -> None:
    """With 401 everywhere, v1 too, as Bearer and as Basic; nobody is taken for a visitor."""
    logins = shared_site.logins
    access = shared_site.control.grant(logins.oauth_client_id)["access_token"]
    for path in ("/api/v2/pages", "/rest/api/user/current"):
        address = shared_site.base_url + path
        for token in (logins.scoped_token, logins.service_account_token, access):
            bearer = {"Authorization": f"Bearer {token}"}
            assert requests.get(address, headers=bearer, timeout=30).status_code == 401
            assert requests.get(address, auth=(shared_site.email, token), timeout=30).status_code == 401


def test_a_token_with_scopes_is_taken_as_bearer_and_as_basic(shared_site: SiteProcess) -> None:
    """Basic needs the account's own address; a token without scopes is none of the gateway's."""
    token = shared_site.logins.service_account_token
    assert Visitor(shared_site, token).get("/api/v2/spaces").status_code == 200
    assert Visitor(shared_site, token, "ADA@example.com").get("/api/v2/spaces").status_code == 200
    strangers = ((token, "bo@example.com"), ("token-ada", "ada@example.com"), ("token-ada", None), ("", None))
    for secret, email in strangers:
        reply = Visitor(shared_site, secret, email).get("/api/v2/spaces")
        assert (reply.status_code, reply.json()) == (401, UNAUTHORIZED)


def test_a_scope_that_is_missing_is_401_in_the_gateways_words(restored: SiteProcess) -> None:
    """A token opens what its scopes open and nothing else, whether or not that exists."""
    restored.control.set_scoped_token("narrow", scopes=["read:page:confluence"])
    visitor = Visitor(restored, "narrow")
    assert visitor.get("/api/v2/pages").status_code == 200
    for path in ("/api/v2/spaces", "/rest/api/search?cql=type=page", "/rest/api/user/current", "/nothing"):
        reply = visitor.get(path)
        assert (reply.status_code, reply.json()) == (401, SCOPE), path


def test_classic_scopes_open_v1_and_not_v2(restored: SiteProcess) -> None:
    """The two families cover the two versions of the API."""
    restored.control.set_scoped_token("classic", scopes=["read:confluence-user", "read:confluence-content.all"])
    visitor = Visitor(restored, "classic")
    assert visitor.get("/rest/api/user/current").json()["accountId"] == "712020:ada"
    assert visitor.get("/api/v2/pages").json() == SCOPE


@pytest.mark.parametrize("path", ["/rest/api/content", "/rest/api/space/LAMP", "/rest/api/content/1/label"])
def test_removed_v1_reads_are_gone_at_the_gateway(restored: SiteProcess, path: str) -> None:
    """They answer 410 in v1's shape there while the site's own address still serves them, unless told otherwise."""
    visitor, ada = visitor_of(restored), ada_of(restored)
    reply = visitor.get(path)
    assert reply.status_code == 410
    assert reply.json()["message"].endswith("GoneException: This deprecated endpoint has been removed.")
    assert ada.get(path).status_code in (200, 404)
    restored.control.set_v1_removed("never")
    assert visitor.get(path).status_code == ada.get(path).status_code


def test_another_cloud_id_is_not_found_and_its_visitor_must_be_known_first(shared_site: SiteProcess) -> None:
    """404 for a site that is not here; 401 where the token is nobody's."""
    address = f"{shared_site.gateway_url}/ex/confluence/00000000-0000-4000-8000-000000000000/wiki/api/v2/spaces"
    bearer = {"Authorization": f"Bearer {shared_site.logins.scoped_token}"}
    assert requests.get(address, headers=bearer, timeout=30).status_code == 404
    assert requests.get(address, timeout=30).json() == UNAUTHORIZED
    assert requests.get(f"{shared_site.gateway_url}/ex/jira/1/rest", headers=bearer, timeout=30).status_code == 404


def test_the_same_is_seen_as_whom_the_token_is_of(restored: SiteProcess) -> None:
    """A token of somebody with fewer rights shows what that account may see; one of a closed account opens nothing."""
    restored.control.set_scoped_token("bo", account_id="712020:bo", scopes=["read:space:confluence"])
    restored.control.set_scoped_token("cy", account_id="712020:cy", scopes=["read:space:confluence"])
    keys = {space["key"] for space in Visitor(restored, "bo").get("/api/v2/spaces").json()["results"]}
    assert "SAFE" not in keys
    assert "LAMP" in keys
    assert Visitor(restored, "cy").get("/api/v2/spaces").json() == UNAUTHORIZED


def test_attachments_come_by_a_redirect_that_takes_no_credentials(shared_site: SiteProcess) -> None:
    """The REST download leads to the media host; the links in answers are refused."""
    visitor = visitor_of(shared_site)
    attachment = visitor.get("/api/v2/attachments").json()["results"][0]
    at = f"/rest/api/content/{attachment['pageId']}/child/attachment/{attachment['id']}/download"
    reply = visitor.get(at, allow_redirects=False)
    assert reply.status_code == 302
    assert reply.headers["Location"].startswith(shared_site.media_url)
    assert len(requests.get(reply.headers["Location"], timeout=30).content) == attachment["fileSize"]
    assert visitor.get(attachment["downloadLink"]).status_code == 401


def test_requests_are_logged_by_the_gateways_own_templates(restored: SiteProcess) -> None:
    """What came through the gateway can be told from what came straight, token requests too."""
    restored.control.reset_requests()
    visitor_of(restored).get("/api/v2/pages")
    token_request(restored, grant_type="client_credentials")
    assert restored.control.request_counts().requests == {
        "GET /ex/confluence/{cloudId}/wiki/api/v2/pages": 1,
        "POST /oauth/token": 1,
    }


def test_faults_reach_the_gateway_and_the_token_endpoint(restored: SiteProcess) -> None:
    """A rule's path is looked for in the gateway's addresses; a token endpoint can answer 500 or be cut off."""
    restored.control.set_faults(
        FaultRule("error", path="/ex/.*/pages", status=503, count=1),
        FaultRule("error", path="/oauth/token", status=500, count=1),
        FaultRule("reset", path="/oauth/token", skip=1),
    )
    visitor = visitor_of(restored)
    assert [visitor.get("/api/v2/pages").status_code for _ in range(2)] == [503, 200]
    assert token_request(restored, grant_type="refresh_token").status_code == 500
    with pytest.raises(requests.ConnectionError):
        token_request(restored, grant_type="refresh_token")


def test_a_revoked_login_opens_nothing_any_more(own_site: SiteProcess) -> None:
    """The incident takes API tokens with scopes and all grants away in the middle of the work."""
    tokens = own_site.control.grant(own_site.logins.oauth_client_id)
    visitor = Visitor(own_site, tokens["access_token"])
    assert visitor.get("/api/v2/pages").status_code == 200
    own_site.control.set_faults(FaultRule("revoke_token", count=1))
    assert visitor.get("/api/v2/pages").json() == UNAUTHORIZED
    assert visitor_of(own_site).get("/api/v2/pages").json() == UNAUTHORIZED
    refused = token_request(own_site, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert (refused.status_code, refused.json()["error"]) == (403, "invalid_grant")


def test_apps_are_told_their_points_and_stopped_when_they_are_spent(restored: SiteProcess) -> None:
    """A request costs a point and one for each object, two for each person; API tokens are not metered."""
    site, logins = restored, restored.logins
    site.control.freeze_clock(datetime(2026, 3, 1, 12, 59, tzinfo=UTC))
    site.control.set_app(logins.oauth_client_id, per_hour=40)
    visitor = Visitor(site, site.control.grant(logins.oauth_client_id)["access_token"])
    spaces = visitor.get("/api/v2/spaces")
    left = 40 - 1 - len(spaces.json()["results"])
    assert spaces.headers["X-RateLimit-Remaining"] == str(left)
    assert "X-RateLimit-NearLimit" not in spaces.headers
    groups = visitor.get("/rest/api/group")
    left -= 1 + 2 * len(groups.json()["results"])
    assert groups.headers["X-RateLimit-Remaining"] == str(left)
    while (reply := visitor.get("/api/v2/pages?limit=10")).status_code == 200:
        assert reply.headers["X-RateLimit-Limit"] == "40"
    assert reply.status_code == 429
    assert reply.headers["RateLimit-Reason"] == "confluence-quota-global-based"
    assert reply.headers["X-RateLimit-Reset"] == "2026-03-01T13:00:00Z"
    assert reply.headers["X-RateLimit-NearLimit"] == "true"
    assert int(reply.headers["Retry-After"]) in (60, 61)
    assert "X-RateLimit-Limit" not in visitor_of(site).get("/api/v2/pages").headers
    site.control.advance_clock(61)
    assert visitor.get("/api/v2/spaces").status_code == 200
    site.control.resume_clock()
