"""The application of a Data Center: its endpoints, behind what recognises callers and knows no other addresses.

What a browser would be shown is HTML here as there: a login that fails, and addresses outside the API, those of
Cloud's v2 among them.
"""

import html

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from confluence_pipeline.site.app import build_app
from confluence_pipeline.site.data_center.installation import Installation
from confluence_pipeline.site.data_center.login import demand_access, viewer_from
from confluence_pipeline.site.data_center.routes import data_center_routes
from confluence_pipeline.site.errors import ApiError
from confluence_pipeline.site.wire import as_json
from confluence_pipeline.site.world import World

_API = ("/rest/", "/download/", "/rpc/")
_FILES = "/download/"
_FOR_ANYBODY = ("/rest/applinks/",)
_CONTROL = "/_site/"


def data_center_app(world: World, installation: Installation) -> ASGIApp:
    """Return the application that serves a Data Center.

    Args:
        world: the site.
        installation: where it is served and what it can do.
    """
    context = installation.context_path
    inner = build_app(world, data_center_routes(context))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if path.startswith(_CONTROL):
            await inner(scope, receive, send)
            return
        tail = path.removeprefix(context)
        if not path.startswith(context) or not tail.startswith(_API):
            await _page(404, "Page Not Found")(scope, receive, send)
            return
        try:
            scope["site.viewer"] = viewer_from(
                world.store, _header(scope, b"authorization"), takes_tokens=installation.takes_tokens
            )
            if not tail.startswith(_FOR_ANYBODY):
                demand_access(world.store, scope["site.viewer"])
        except ApiError as error:
            await _refused(error, path)(scope, receive, send)
            return
        await inner(_plain(scope) if tail.startswith(_FILES) else scope, receive, send)

    return app


def _plain(scope: Scope) -> Scope:
    """Return the request as one that takes no compressed answer: files are sent as they are, in parts too."""
    return {**scope, "headers": [header for header in scope["headers"] if header[0] != b"accept-encoding"]}


def _header(scope: Scope, name: bytes) -> str | None:
    return next((value.decode("latin-1") for known, value in scope["headers"] if known == name), None)


def _refused(error: ApiError, path: str) -> Response:
    if error.status == 401:
        return _page(401, error.title, error.headers)
    return Response(as_json(error.body(path)), error.status, error.headers, "application/json")


def _page(status: int, title: str, headers: dict[str, str] | None = None) -> Response:
    words = html.escape(title)
    text = f"<!DOCTYPE html><html><head><title>{words}</title></head><body><h1>{words}</h1></body></html>"
    return Response(text, status, headers, "text/html;charset=UTF-8")
