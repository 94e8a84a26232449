"""The ASGI application: routes put together, callers recognised, refusals written in the API's shapes."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route, compile_path

from confluence_pipeline.site import (
    control,
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
        *control.ROUTES.table,
    ]


def template_finder() -> Callable[[str, str], str]:
    """Return a function that names the endpoint of a method and path, or "unknown"."""
    known = [(site_route.method, compile_path(site_route.template)[0], site_route) for site_route in all_routes()]

    def find(method: str, path: str) -> str:
        matching = (route for known_method, regex, route in known if known_method == method and regex.match(path))
        found = next(matching, None)
        return "unknown" if found is None else found.template

    return find


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
    body = answer.body
    if body is None:
        return Response(b"", answer.status, answer.headers)
    if isinstance(body, Iterator):
        return StreamingResponse(_streamed(body), answer.status, answer.headers, answer.media_type)
    data = body if isinstance(body, bytes) else as_json(body)
    return Response(data, answer.status, answer.headers, answer.media_type)


async def _streamed(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    # An async generator keeps the store on its one thread; a plain one would be run in a pool.
    for chunk in chunks:
        yield chunk


def _refused(error: ApiError, path: str) -> Response:
    return Response(as_json(error.body(path)), error.status, error.headers, "application/json")
