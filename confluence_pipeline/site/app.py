"""The ASGI application: routes put together, callers recognised, refusals written in the API's shapes."""

import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route, compile_path

from confluence_pipeline.site import (
    control,
    routes_v1_attachments,
    routes_v1_grants,
    routes_v1_legacy,
    routes_v1_people,
    routes_v1_restrictions,
    routes_v1_search,
    routes_v1_site,
    routes_v1_users,
    routes_v1_writes,
    routes_v2_attachments,
    routes_v2_bulk,
    routes_v2_comments,
    routes_v2_contents,
    routes_v2_custom,
    routes_v2_labels,
    routes_v2_parts,
    routes_v2_permissions,
    routes_v2_spaces,
    routes_v2_tasks,
    routes_v2_tree,
    routes_v2_writes,
    web,
)
from confluence_pipeline.site.auth import demand_login, viewer_from
from confluence_pipeline.site.call import Answer, Call, PagingFaults
from confluence_pipeline.site.errors import ApiError, not_found
from confluence_pipeline.site.gateway import control as gateway_control
from confluence_pipeline.site.gateway import points
from confluence_pipeline.site.routing import SiteRoute
from confluence_pipeline.site.wire import as_json, streamed
from confluence_pipeline.site.world import World

_SMALLEST_GZIP = 512
_GZIP_LEVEL = 1
_V2 = "/wiki/api/v2/"
_PARAMETER = re.compile(r"\{[^}]*\}")

Endpoint = Callable[[Request], Awaitable[Response]]


def all_routes() -> list[SiteRoute]:
    """Return every endpoint of the site, in the order in which they are tried."""
    return [
        *routes_v2_contents.ROUTES.table,
        *routes_v2_spaces.ROUTES.table,
        *routes_v2_bulk.ROUTES.table,
        *routes_v2_labels.ROUTES.table,
        *routes_v2_comments.ROUTES.table,
        *routes_v2_attachments.ROUTES.table,
        *routes_v2_parts.ROUTES.table,
        *routes_v2_tree.ROUTES.table,
        *routes_v2_tasks.ROUTES.table,
        *routes_v2_permissions.ROUTES.table,
        *routes_v2_custom.ROUTES.table,
        *routes_v2_writes.ROUTES.table,
        *routes_v1_search.ROUTES.table,
        *routes_v1_site.ROUTES.table,
        *routes_v1_users.ROUTES.table,
        *routes_v1_people.ROUTES.table,
        *routes_v1_restrictions.ROUTES.table,
        *routes_v1_attachments.ROUTES.table,
        *routes_v1_writes.ROUTES.table,
        *routes_v1_grants.ROUTES.table,
        *routes_v1_legacy.ROUTES.table,
        *control.ROUTES.table,
        *gateway_control.ROUTES.table,
        *web.ROUTES.table,
        *routes_v1_site.TENANT_ROUTES.table,
        *routes_v1_attachments.LEGACY_ROUTES.table,
    ]


def template_finder(table: Sequence[SiteRoute] | None = None) -> Callable[[str, str], str]:
    """Return a function that names the endpoint of a method and path, or "unknown"."""
    routes = all_routes() if table is None else table
    known = [(site_route.method, compile_path(_path(site_route))[0], site_route) for site_route in routes]

    def find(method: str, path: str) -> str:
        matching = (route for known_method, regex, route in known if known_method == method and regex.match(path))
        found = next(matching, None)
        return "unknown" if found is None else found.template

    return find


def build_app(world: World, table: Sequence[SiteRoute] | None = None) -> Starlette:
    """Return the application that serves a table of endpoints, by default all that one site has."""
    routes = [_route(world, site_route) for site_route in (all_routes() if table is None else table)]
    gzip = Middleware(GZipMiddleware, minimum_size=_SMALLEST_GZIP, compresslevel=_GZIP_LEVEL)
    return Starlette(routes=routes, middleware=[gzip], exception_handlers={404: _missing, 405: _missing})


async def _missing(request: Request, _: Exception) -> Response:
    return _refused(not_found(), request.url.path)


def _route(world: World, site_route: SiteRoute) -> Route:
    async def endpoint(request: Request) -> Response:
        request.scope["site.template"] = site_route.template
        try:
            answer = site_route.handler(await _call(world, request))
            request.scope["site.points"] = points.cost(site_route.method, site_route.template, answer.body)
            return _written(answer)
        except ApiError as error:
            return _refused(error, request.url.path)

    return Route(_path(site_route), endpoint, methods=[site_route.method])


def _path(site_route: SiteRoute) -> str:
    """Return the template with the hyphens of its parameters as underscores, which Starlette can read."""
    return _PARAMETER.sub(lambda match: match[0].replace("-", "_"), site_route.template)


async def _call(world: World, request: Request) -> Call:
    authorization = request.headers.get("authorization")
    viewer = request.scope.get("site.viewer") or viewer_from(world, authorization)
    path = request.url.path
    if path.startswith(_V2):
        demand_login(world.store, viewer, authorization)
    return Call(
        world,
        request.method,
        path,
        parse_qsl(request.url.query, keep_blank_values=True),
        {name.replace("_", "-"): value for name, value in request.path_params.items()},
        request.headers,
        viewer,
        await request.body() if request.method in ("POST", "PUT") else b"",
        request.scope.get("site.faults") or PagingFaults(),
    )


def _written(answer: Answer) -> Response:
    body = answer.body
    if body is None:
        return Response(b"", answer.status, answer.headers)
    if isinstance(body, Iterator):
        return StreamingResponse(streamed(body), answer.status, answer.headers, answer.media_type)
    data = body if isinstance(body, bytes) else as_json(body)
    return Response(data, answer.status, answer.headers, answer.media_type)


def _refused(error: ApiError, path: str) -> Response:
    return Response(as_json(error.body(path)), error.status, error.headers, "application/json")
