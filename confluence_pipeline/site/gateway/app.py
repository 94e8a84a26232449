"""The gateway: requests for ``/ex/confluence/{cloudId}/wiki/…`` go on to the site, if their token opens the endpoint.

What the site answers comes back as it is, so the links in it name the site and not the gateway. The v1 reads that were
removed are gone here, whatever the site's own address still answers (``v1_removed``).
"""

import re
from collections.abc import Callable, Mapping

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from confluence_pipeline.site import routes_v1_legacy
from confluence_pipeline.site.auth import basic_credentials
from confluence_pipeline.site.errors import ApiError
from confluence_pipeline.site.gateway.logins import Pass
from confluence_pipeline.site.gateway.needs import opens
from confluence_pipeline.site.gateway.refusals import gateway_refusal
from confluence_pipeline.site.visibility import ANONYMOUS, Viewer, viewer_of
from confluence_pipeline.site.wire import as_json
from confluence_pipeline.site.world import World

PREFIX = "/ex/confluence/{cloudId}"
_PATH = re.compile(r"/ex/confluence/([^/]+)(/wiki/.*)", re.DOTALL)
_REMOVED = frozenset(f"{route.method} {route.template}" for route in routes_v1_legacy.ROUTES.table)


def gateway_app(world: World, site_app: ASGIApp, login_app: ASGIApp, template_of: Callable[[str, str], str]) -> ASGIApp:
    """Return the application behind the gateway's port.

    Args:
        world: the site.
        site_app: what answers for the site's own address.
        login_app: what answers for everything that is not below ``/ex/confluence``.
        template_of: names the endpoint of a method and a path of the site.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        match = _PATH.fullmatch(scope["path"])
        if match is None:
            scope["site.viewer"] = ANONYMOUS
            await login_app(scope, receive, send)
            return
        path = match[2]
        template = template_of(scope["method"], path)
        scope["site.template"] = f"{PREFIX}{template}"
        try:
            visit = _admitted(world, scope, match[1])
            viewer = _viewer(world, visit, f"{scope['method']} {template}")
        except ApiError as error:
            refusal = Response(as_json(error.body(path)), error.status, error.headers, "application/json")
            await refusal(scope, receive, send)
            return
        inner = {**scope, "path": path, "raw_path": path.encode(), "site.viewer": viewer}
        await site_app(inner, receive, _metered(world, visit, inner, send))

    return app


def _admitted(world: World, scope: Scope, cloud_id: str) -> Pass:
    """Return what the request's token lets it do.

    Raises:
        ApiError: 401 for a token that is nobody's, expired or revoked; 404 for a site that is not here; 429 when the
            app's points of the hour are spent.
    """
    visit = _pass_of(world, _authorization(scope))
    if visit is None:
        raise gateway_refusal(401, "Unauthorized")
    if cloud_id != world.store.cloud_id:
        raise gateway_refusal(404, "Not Found")
    now = world.store.clock.now()
    if visit.app is not None and visit.app.allowance.is_spent(now):
        raise gateway_refusal(429, "Rate limit exceeded", headers=visit.app.allowance.refusal_headers(now))
    return visit


def _authorization(scope: Scope) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"), "")


def _pass_of(world: World, authorization: str) -> Pass | None:
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return world.logins.bearer(credentials)
    email, token = basic_credentials(authorization) or ("", "")
    known = world.logins.scoped_tokens.get(token)
    user = None if known is None else world.store.users.get(known.account_id)
    return known if user is not None and user.email.lower() == email.lower() else None


def _viewer(world: World, visit: Pass, endpoint: str) -> Viewer:
    """Return whom the endpoint is asked by.

    Raises:
        ApiError: 401 where the token lacks a scope or its account is gone, 403 where the account may not use
            Confluence, 410 for a v1 read that was removed.
    """
    user = world.store.users.get(visit.account_id)
    if user is None or user.account_status != "active":
        raise gateway_refusal(401, "Unauthorized")
    if not opens(visit.scopes, endpoint):
        raise gateway_refusal(401, "Unauthorized; scope does not match")
    if not user.can_use:
        raise ApiError(403, "Current user not permitted to use Confluence")
    if world.v1_removed != "never" and endpoint in _REMOVED:
        raise ApiError(410, "This deprecated endpoint has been removed.")
    return viewer_of(world.store, visit.account_id)


def _metered(world: World, visit: Pass, inner: Mapping[str, object], send: Send) -> Send:
    """Return a way to send that charges the app for the answer, and tells it in the headers what is left."""
    app = visit.app
    if app is None:
        return send

    async def metered(message: Message) -> None:
        if message["type"] == "http.response.start":
            now = world.store.clock.now()
            points = inner.get("site.points", 1)
            app.allowance.charge(points if isinstance(points, int) else 1, now)
            told = [(name.lower().encode(), value.encode()) for name, value in app.allowance.headers(now).items()]
            message = {**message, "headers": [*message["headers"], *told]}
        await send(message)

    return metered
