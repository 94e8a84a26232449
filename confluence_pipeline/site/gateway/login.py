"""The login server: the consent page, the token endpoint, and which sites a token is good for.

``/authorize`` and ``/oauth/token`` stand for those of ``auth.atlassian.com``, ``/oauth/token/accessible-resources`` for
that of ``api.atlassian.com``. Who consents is the site's default caller, who is taken to be logged in.
"""

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qs, urlencode, urlsplit

from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.gateway import consent
from confluence_pipeline.site.gateway.logins import OFFLINE, App, Consent
from confluence_pipeline.site.gateway.refusals import gateway_refusal, oauth_refusal
from confluence_pipeline.site.routing import Routes

ROUTES = Routes("")

_AUDIENCE = "api.atlassian.com"
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


@ROUTES.get("/authorize")
def authorize(call: Call) -> Answer:
    """The consent page, or a page that says what is wrong with the app's request; such a one leads nowhere."""
    app = call.world.logins.apps.get(call.one("client_id") or "")
    redirect_uri = call.one("redirect_uri") or ""
    if app is None:
        return consent.mistake("There is no app with this client_id.")
    if not _may_call_back(app, redirect_uri):
        return consent.mistake("The redirect_uri is not a callback URL of this app.")
    if call.one("response_type") != "code" or call.one("audience") != _AUDIENCE:
        return consent.mistake(f"The response_type must be code, and the audience {_AUDIENCE}.")
    scopes = frozenset((call.one("scope") or "").split())
    if not scopes - {OFFLINE} or not scopes - {OFFLINE} <= app.scopes:
        wrong = {"error": "invalid_scope", "error_description": "The app may not ask for these scopes."}
        return _called_back(redirect_uri, wrong, call.one("state"))
    until, challenge = call.world.logins.consent_until(), call.one("code_challenge")
    asked = Consent(app, call.world.caller_id, scopes, redirect_uri, until, challenge)
    return consent.page(call, asked, _ticket(call, asked))


def _ticket(call: Call, asked: Consent) -> str:
    ticket = secrets.token_urlsafe(16)
    call.world.logins.asked[ticket] = asked, call.one("state")
    return ticket


def _may_call_back(app: App, address: str) -> bool:
    if app.callbacks:
        return address in app.callbacks
    parts = urlsplit(address)
    return parts.scheme == "http" and parts.hostname in _LOOPBACK


@ROUTES.post("/authorize")
def decide(call: Call) -> Answer:
    """What the person decided on the consent page, once: back to the app with a code, or with ``access_denied``."""
    form = _fields(call)
    asked, state = call.world.logins.asked.pop(form.get("ticket", ""), (None, None))
    if asked is None:
        return consent.mistake("This page was used already. Start again from the app.")
    if form.get("decision") != "accept":
        refused = {"error": "access_denied", "error_description": "User did not authorize the request"}
        return _called_back(asked.redirect_uri, refused, state)
    return _called_back(asked.redirect_uri, {"code": call.world.logins.consented(asked)}, state)


def _called_back(redirect_uri: str, said: Mapping[str, str], state: str | None) -> Answer:
    query = urlencode({**said, **({} if state is None else {"state": state})})
    return Answer(status=302, headers={"Location": f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{query}"})


@ROUTES.post("/oauth/token")
def token(call: Call) -> Answer:
    """Tokens for a code, a refresh token, or the app's own credentials."""
    fields = _fields(call)
    client_id, client_secret = _credentials(call, fields)
    logins = call.world.logins
    app = logins.app(client_id, client_secret)
    match fields.get("grant_type"):
        case "authorization_code":
            code, redirect_uri = fields.get("code", ""), fields.get("redirect_uri", "")
            answer = logins.by_code(app, code, redirect_uri, fields.get("code_verifier", ""))
        case "refresh_token":
            answer = logins.by_refresh_token(app, fields.get("refresh_token", ""))
        case "client_credentials":
            answer = logins.by_credentials(app)
        case other:
            raise oauth_refusal(403, "unsupported_grant_type", f"Unsupported grant type: {other}")
    return Answer(answer, headers=_NO_STORE)


def _fields(call: Call) -> dict[str, str]:
    """Return the fields of a form or a JSON object; both are taken."""
    if call.headers.get("content-type", "").startswith("application/json"):
        try:
            body = json.loads(call.body)
        except ValueError as error:
            raise oauth_refusal(400, "invalid_request", "The request body is not JSON.") from error
        if not isinstance(body, dict):
            raise oauth_refusal(400, "invalid_request", "The request body is not a JSON object.")
        return {name: value for name, value in body.items() if isinstance(value, str)}
    return {name: values[0] for name, values in parse_qs(call.body.decode(errors="replace")).items()}


def _credentials(call: Call, fields: Mapping[str, str]) -> tuple[str, str]:
    """Return the app's credentials, from the body or as HTTP Basic (RFC 6749, 2.3.1)."""
    scheme, _, encoded = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return fields.get("client_id", ""), fields.get("client_secret", "")
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return client_id, secret


@ROUTES.get("/oauth/token/accessible-resources")
def accessible_resources(call: Call) -> Answer:
    """The sites that a token is good for; one may come twice, once for each product (Jira's has Jira's scopes)."""
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    visit = call.world.logins.bearer(token) if scheme.lower() == "bearer" else None
    if visit is None or visit.app is None:
        raise gateway_refusal(401, "Unauthorized")
    world = call.world
    own = {
        "id": world.store.cloud_id,
        "url": world.base_url.removesuffix("/wiki"),
        "name": world.store.title,
        "scopes": sorted(visit.scopes),
        "avatarUrl": f"{world.gateway_url}/avatars/240/site.png",
    }
    return Answer([own, *world.logins.neighbours])
