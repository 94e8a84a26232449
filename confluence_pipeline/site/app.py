"""The ASGI application: routes put together, callers recognised, refusals written in the API's shapes."""

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confluence_pipeline.site import (
    routes_v1_search,
    routes_v1_site,
    routes_v2_bulk,
    routes_v2_contents,
    routes_v2_labels,
    routes_v2_spaces,
)
from confluence_pipeline.site.auth import demand_login, viewer_from
from confluence_pipeline.site.call import Answer, Call, PagingFaults
from confluence_pipeline.site.errors import ApiError, not_found
from confluence_pipeline.site.routing import SiteRoute
from confluence_pipeline.site.shapes_v2 import as_json
from confluence_pipeline.site.world import World

_SMALLEST_GZIP = 512
_GZIP_LEVEL = 1
_V2 = "/wiki/api/v2/"

Endpoint = Callable[[Request], Awaitable[Response]]


def all_routes() -> list[SiteRoute]:
    """Return every endpoint of the site, in the order in which they are tried."""
    return [
        *routes_v2_contents.ROUTES.table,
        *routes_v2_spaces.ROUTES.table,
        *routes_v2_labels.ROUTES.table,
        *routes_v2_bulk.ROUTES.table,
        *routes_v1_search.ROUTES.table,
        *routes_v1_site.ROUTES.table,
        *routes_v1_site.TENANT_ROUTES.table,
    ]


def build_app(world: World) -> Starlette:
    """Return the application that serves one site."""
    routes = [_route(world, site_route) for site_route in all_routes()]
    gzip = Middleware(GZipMiddleware, minimum_size=_SMALLEST_GZIP, compresslevel=_GZIP_LEVEL)
    return Starlette(routes=routes, middleware=[gzip], exception_handlers={404: _missing, 405: _missing})


async def _missing(request: Request, _: Exception) -> Response:
    return _refused(not_found(), request.url.path)


def _route(world: World, site_route: SiteRoute) -> Route:
    async def endpoint(request: Request) -> Response:
        request.scope["site.template"] = site_route.template
        try:
            return _written(site_route.handler(await _call(world, request)))
        except ApiError as error:
            return _refused(error, request.url.path)

    return Route(site_route.template, endpoint, methods=[site_route.method])


async def _call(world: World, request: Request) -> Call:
    viewer = viewer_from(world.store, request.headers.get("authorization"))
    path = request.url.path
    if path.startswith(_V2):
        demand_login(viewer)
    return Call(
        world,
        request.method,
        path,
        parse_qsl(request.url.query, keep_blank_values=True),
        request.path_params,
        request.headers,
        viewer,
        await request.body() if request.method in ("POST", "PUT") else b"",
        request.scope.get("site.faults") or PagingFaults(),
    )


def _written(answer: Answer) -> Response:
    body = answer.body if isinstance(answer.body, bytes) else as_json(answer.body)
    if answer.body is None:
        body = b""
    return Response(body, answer.status, answer.headers, answer.media_type)


def _refused(error: ApiError, path: str) -> Response:
    return Response(as_json(error.body(path)), error.status, error.headers, "application/json")
