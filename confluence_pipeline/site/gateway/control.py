"""Endpoints under ``/_site/`` for what lets people in through the gateway: apps, tokens, grants, and other sites."""

from typing import Any

from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.errors import bad_request, not_found
from confluence_pipeline.site.gateway.logins import App, Pass
from confluence_pipeline.site.routing import Routes

ROUTES = Routes("/_site")


@ROUTES.put("/apps/{id}")
def set_app(call: Call) -> Answer:
    """Change an app or add one.

    Fields: ``client_secret``, ``name``, ``scopes``, ``callbacks``, ``account_id`` and ``per_hour``, its points.
    """
    body, client_id, apps = call.json(), call.path_params["id"], call.world.logins.apps
    unknown = body.keys() - {"client_secret", "name", "scopes", "callbacks", "account_id", "per_hour"}
    if unknown:
        raise bad_request(f"An app has no field {', '.join(sorted(unknown))}.")
    app = apps.setdefault(client_id, App(client_id, "", client_id, frozenset()))
    app.client_secret = str(body.get("client_secret", app.client_secret))
    app.name = str(body.get("name", app.name))
    app.scopes = _scopes(body, app.scopes)
    app.callbacks = tuple(map(str, _list(body, "callbacks", app.callbacks)))
    app.account_id = body.get("account_id", app.account_id)
    if not isinstance(body.get("per_hour", 0), int):
        raise bad_request("'per_hour' must be a whole number.")
    app.allowance.per_hour = body.get("per_hour", app.allowance.per_hour)
    return Answer(status=204)


@ROUTES.put("/scoped-tokens/{token}")
def set_scoped_token(call: Call) -> Answer:
    """Make an API token with ``scopes`` for an ``account_id``, or change the scopes of one."""
    body, tokens = call.json(), call.world.logins.scoped_tokens
    before = tokens.get(call.path_params["token"])
    account_id = body.get("account_id", before.account_id if before else call.world.caller_id)
    scopes = _scopes(body, before.scopes if before else frozenset())
    tokens[call.path_params["token"]] = Pass(str(account_id), scopes)
    return Answer(status=204)


@ROUTES.post("/grants")
def add_grant(call: Call) -> Answer:
    """Tokens as if somebody (``account_id``) had let an app (``client_id``) have ``scopes`` on the consent page."""
    body, logins = call.json(), call.world.logins
    app = logins.apps.get(str(body.get("client_id")))
    if app is None:
        raise not_found("There is no such app.")
    account_id = str(body.get("account_id", call.world.caller_id))
    return Answer(logins.granted(app, account_id, _scopes(body, app.scopes | {"offline_access"})))


@ROUTES.delete("/grants")
def revoke_grants(call: Call) -> Answer:
    """Revoke every grant, with all tokens that came of it, and every API token with scopes."""
    call.world.logins.revoke_all()
    return Answer(status=204)


@ROUTES.get("/issued")
def issued(call: Call) -> Answer:
    """Every code and token that was ever given out, the oldest first."""
    return Answer({"issued": call.world.logins.issued})


@ROUTES.put("/neighbours")
def set_neighbours(call: Call) -> Answer:
    """Set what ``accessible-resources`` lists besides the site: ``{"neighbours": [{"id": …, "scopes": […]}]}``."""
    neighbours = _list(call.json(), "neighbours", ())
    if not all(isinstance(entry, dict) for entry in neighbours):
        raise bad_request("'neighbours' must be a list of objects.")
    call.world.logins.neighbours = list(neighbours)
    return Answer(status=204)


def _scopes(body: dict[str, Any], before: frozenset[str]) -> frozenset[str]:
    return frozenset(map(str, _list(body, "scopes", before)))


def _list(body: dict[str, Any], name: str, before: object) -> Any:
    value = body.get(name, before)
    if name in body and not isinstance(value, list):
        raise bad_request(f"'{name}' must be a list.")
    return value
