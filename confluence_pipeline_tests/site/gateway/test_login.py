"""The login server: consent, codes, rotating refresh tokens, and the sites that a token is good for."""

import pytest
import requests

from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.site.gateway.conftest import (
    CALLBACK,
    Visitor,
    asked_for,
    called_back,
    decided,
    token_request,
)

SCOPES = ("read:page:confluence", "read:space:confluence", "offline_access")


def _code(site: SiteProcess, scopes: tuple[str, ...] = SCOPES) -> str:
    return called_back(decided(site, asked_for(site, scopes), "accept"))["code"]


def _exchanged(site: SiteProcess, code: str, **changes: str) -> requests.Response:
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **changes}
    return token_request(site, **fields)


def test_the_page_says_who_asks_for_what(shared_site: SiteProcess) -> None:
    """It names the app, the account, the site and every scope, and loads nothing from anywhere."""
    page = asked_for(shared_site, SCOPES)
    assert page.status_code == 200
    for shown in ("Confluence Pipeline wants access", "Ada Quill", shared_site.base_url, *SCOPES[:2], "while you are"):
        assert shown in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "offline_access" not in page.text


def test_consent_leads_to_tokens_with_just_the_scopes_agreed_to(shared_site: SiteProcess) -> None:
    """The code comes back with the state as it was; the access token opens what was agreed to and nothing else."""
    answer = called_back(decided(shared_site, asked_for(shared_site, SCOPES), "accept"))
    assert answer.keys() == {"code", "state"}
    assert answer["state"] == "s t&te"
    tokens = _exchanged(shared_site, answer["code"]).json()
    assert tokens.keys() == {"access_token", "expires_in", "token_type", "refresh_token", "scope"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 3600)
    assert set(tokens["scope"].split()) == set(SCOPES)
    visitor = Visitor(shared_site, tokens["access_token"])
    assert visitor.get("/api/v2/pages").status_code == 200
    assert visitor.get("/api/v2/tasks").status_code == 401


def test_without_offline_access_there_is_no_refresh_token(shared_site: SiteProcess) -> None:
    """An app that does not ask for it has to send the person again after an hour."""
    tokens = _exchanged(shared_site, _code(shared_site, SCOPES[:2])).json()
    assert "refresh_token" not in tokens


def test_a_person_who_refuses_sends_the_app_away(shared_site: SiteProcess) -> None:
    """The app is called back with ``access_denied``, a sentence and the state, and without a code."""
    answer = called_back(decided(shared_site, asked_for(shared_site, SCOPES), "cancel"))
    assert answer == {
        "error": "access_denied",
        "error_description": "User did not authorize the request",
        "state": "s t&te",
    }


def test_a_page_counts_once(shared_site: SiteProcess) -> None:
    """Its buttons cannot be pressed again, by whomever."""
    page = asked_for(shared_site, SCOPES)
    called_back(decided(shared_site, page, "accept"))
    assert decided(shared_site, page, "accept").status_code == 400


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"client_id": "someone"}, "no app with this client_id"),
        ({"client_id": None}, "no app with this client_id"),
        ({"redirect_uri": "https://evil.example/"}, "not a callback URL"),
        ({"redirect_uri": None}, "not a callback URL"),
        ({"response_type": "token"}, "must be code"),
        ({"audience": None}, "audience"),
    ],
)
def test_a_request_that_is_wrong_leads_nowhere(shared_site: SiteProcess, changes: dict[str, None], said: str) -> None:
    """It ends on a page that says what is wrong, so that nobody is sent to an address that proved nothing."""
    reply = asked_for(shared_site, SCOPES, **changes)
    assert reply.status_code == 400
    assert said in reply.text


def test_callbacks_are_compared_letter_by_letter_where_an_app_has_some(restored: SiteProcess) -> None:
    """An app with callback URLs is called back at these only."""
    restored.control.set_app(restored.logins.oauth_client_id, callbacks=[CALLBACK])
    assert asked_for(restored, SCOPES).status_code == 200
    assert asked_for(restored, SCOPES, redirect_uri=f"{CALLBACK}/").status_code == 400


def test_scopes_that_the_app_may_not_ask_for_are_refused(shared_site: SiteProcess) -> None:
    """The app is called back with ``invalid_scope``, before anybody is asked."""
    assert called_back(asked_for(shared_site, ("read:jira-work",)))["error"] == "invalid_scope"
    assert called_back(asked_for(shared_site, ("offline_access",)))["error"] == "invalid_scope"


def test_a_code_works_once_and_for_the_address_it_was_sent_to(shared_site: SiteProcess) -> None:
    """A second exchange, another address and an invented code are refused with ``invalid_grant``."""
    code = _code(shared_site)
    assert _exchanged(shared_site, code).status_code == 200
    for reply in (
        _exchanged(shared_site, code),
        _exchanged(shared_site, _code(shared_site), redirect_uri="http://127.0.0.1:9/other"),
        _exchanged(shared_site, "invented"),
    ):
        assert (reply.status_code, reply.json()["error"]) == (403, "invalid_grant")


def test_a_code_that_was_asked_for_with_a_challenge_needs_its_source(shared_site: SiteProcess) -> None:
    """Who has the code alone cannot exchange it (RFC 7636; the pair of its appendix B)."""
    challenge = {"code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256"}
    statuses = []
    for verifier in ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "another", ""):
        code = called_back(decided(shared_site, asked_for(shared_site, SCOPES, **challenge), "accept"))["code"]
        statuses.append(_exchanged(shared_site, code, code_verifier=verifier).status_code)
    assert statuses == [200, 403, 403]


def test_a_refresh_token_dies_when_it_is_used(shared_site: SiteProcess) -> None:
    """Each refresh gives another one that works; the one before is refused at once."""
    before = _exchanged(shared_site, _code(shared_site)).json()
    after = token_request(shared_site, grant_type="refresh_token", refresh_token=before["refresh_token"]).json()
    assert after["refresh_token"] != before["refresh_token"]
    assert after["access_token"] != before["access_token"]
    assert after["scope"] == before["scope"]
    again = token_request(shared_site, grant_type="refresh_token", refresh_token=before["refresh_token"])
    assert again.status_code == 403
    assert again.json() == {"error": "invalid_grant", "error_description": "Unknown or invalid refresh token."}
    once_more = token_request(shared_site, grant_type="refresh_token", refresh_token=after["refresh_token"])
    assert once_more.status_code == 200


def test_a_refresh_token_may_be_given_a_time_to_die(restored: SiteProcess) -> None:
    """With a grace the used one works on for so long, by the site's clock, and then no more."""
    restored.control.set_token_life(3600, grace_seconds=600)
    token = restored.control.grant(restored.logins.oauth_client_id)["refresh_token"]
    replies = [token_request(restored, grant_type="refresh_token", refresh_token=token) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 200]
    restored.control.advance_clock(601)
    assert token_request(restored, grant_type="refresh_token", refresh_token=token).status_code == 403


def test_who_is_refused_and_how(shared_site: SiteProcess) -> None:
    """A wrong secret is 401, an invented refresh token and a grant that the app has not are 403, each in its words."""
    refusals = {
        ("refresh_token", "wrong", "x"): (401, "access_denied", "Unauthorized"),
        ("refresh_token", None, "x"): (403, "unauthorized_client", "refresh_token is invalid"),
        ("password", None, "x"): (403, "unsupported_grant_type", "Unsupported grant type: password"),
        ("client_credentials", None, "x"): (
            403,
            "unauthorized_client",
            "Grant type 'client_credentials' not allowed for the client.",
        ),
    }
    for (grant_type, secret, refresh), (status, error, description) in refusals.items():
        changes = {} if secret is None else {"client_secret": secret}
        reply = token_request(shared_site, grant_type=grant_type, refresh_token=refresh, **changes)
        said = {"error": error, "error_description": description}
        assert (reply.status_code, reply.json()) == (status, said)


@pytest.mark.parametrize("body", ["{", "[]", '{"client_id": 1}'])
def test_a_body_that_is_no_request_is_refused(shared_site: SiteProcess, body: str) -> None:
    """Neither what is no JSON nor what is no object breaks the token endpoint."""
    json_type = {"Content-Type": "application/json"}
    reply = requests.post(f"{shared_site.login_url}/oauth/token", data=body, headers=json_type, timeout=30)
    assert reply.status_code in (400, 401)
    assert reply.json()["error"] in ("invalid_request", "access_denied")


def test_credentials_are_taken_as_a_form_and_as_basic_too(shared_site: SiteProcess) -> None:
    """As libraries for OAuth 2.0 send them."""
    logins = shared_site.logins
    address, fields = f"{shared_site.login_url}/oauth/token", {"grant_type": "client_credentials"}
    as_basic = requests.post(
        address, data=fields, auth=(logins.service_client_id, logins.service_client_secret), timeout=30
    )
    both = {"client_id": logins.service_client_id, "client_secret": logins.service_client_secret}
    as_form = requests.post(address, data={**fields, **both}, timeout=30)
    assert [as_basic.status_code, as_form.status_code] == [200, 200]


def test_a_service_account_gets_an_access_token_and_no_other(shared_site: SiteProcess) -> None:
    """Client credentials open the gateway as the app's own account."""
    logins = shared_site.logins
    tokens = token_request(
        shared_site,
        grant_type="client_credentials",
        client_id=logins.service_client_id,
        client_secret=logins.service_client_secret,
    ).json()
    assert tokens.keys() == {"access_token", "expires_in", "token_type", "scope"}
    visitor = Visitor(shared_site, tokens["access_token"])
    assert visitor.get("/rest/api/user/current").json()["accountId"] == "712020:ada"


def test_an_access_token_expires(restored: SiteProcess) -> None:
    """By the site's clock, after the seconds that it said; the gateway then answers 401."""
    restored.control.set_token_life(60)
    tokens = restored.control.grant(restored.logins.oauth_client_id)
    visitor = Visitor(restored, tokens["access_token"])
    assert tokens["expires_in"] == 60
    restored.control.advance_clock(59)
    assert visitor.get("/api/v2/spaces").status_code == 200
    restored.control.advance_clock(2)
    reply = visitor.get("/api/v2/spaces")
    assert (reply.status_code, reply.json()) == (401, {"code": 401, "message": "Unauthorized"})
    assert token_request(restored, grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status_code == 200


def test_all_that_was_given_out_can_be_listed(shared_site: SiteProcess) -> None:
    """The code, the access token and the refresh token of a login are among what was issued."""
    code = _code(shared_site)
    tokens = _exchanged(shared_site, code).json()
    assert {code, tokens["access_token"], tokens["refresh_token"]} <= set(shared_site.control.issued_secrets())


def test_the_sites_of_a_token_are_listed(restored: SiteProcess) -> None:
    """The site with the token's scopes, and whatever else there is: the same site for another product, other sites."""
    tokens = restored.control.grant(restored.logins.oauth_client_id, scopes=["read:page:confluence"])
    other = {"id": restored.cloud_id, "url": "https://a.example", "name": "A", "scopes": ["read:jira-work"]}
    restored.control.set_neighbours(other)
    address = f"{restored.gateway_url}/oauth/token/accessible-resources"
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    own, *others = requests.get(address, headers=bearer, timeout=30).json()
    restored.control.set_neighbours()
    assert (own["id"], own["url"]) == (restored.cloud_id, restored.base_url.removesuffix("/wiki"))
    assert own["scopes"] == ["read:page:confluence"]
    assert others == [other]
    assert requests.get(address, timeout=30).status_code == 401
