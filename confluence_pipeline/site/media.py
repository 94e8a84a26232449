"""The media host: attachments' bytes at signed addresses, on an origin of its own.

An address works for a minute, by the site's clock. A request that brings credentials along is refused, as
storage services refuse a second way to authenticate: a client must not forward them over the redirect.
"""

import re
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from confluence_pipeline.site.model import Attachment
from confluence_pipeline.site.world import World

_LIFETIME = timedelta(seconds=60)
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
TEMPLATE = "/file/{fileId}/binary"


def signed_path(world: World, attachment: Attachment, version: int) -> str:
    """Return the path and query of an attachment's bytes that work from now on for a minute."""
    file_id = attachment.files[version - 1].file_id
    until = round((world.store.clock.now() + _LIFETIME).timestamp() * 1000)
    token = world.cursors.write(f"media/{file_id}", (until, attachment.attachment_id), version)
    return f"/file/{file_id}/binary?token={token}"


def media_app(world: World) -> ASGIApp:
    """Return the application behind the media host."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["site.template"] = TEMPLATE
        await _answer(world, Request(scope))(scope, receive, send)

    return app


def _answer(world: World, request: Request) -> Response:
    match = re.fullmatch(r"/file/([0-9a-f-]{36})/binary", request.url.path)
    if match is None:
        return PlainTextResponse("Not found", 404)
    if "authorization" in request.headers:
        return PlainTextResponse("Only one auth mechanism allowed", 400)
    try:
        position, version = world.cursors.read(f"media/{match[1]}", request.query_params.get("token", ""))
    except ValueError:
        return PlainTextResponse("The signature does not match", 403)
    until, number = position or (0, 0)
    attachment = world.store.attachments.get(number)
    if attachment is None:
        return PlainTextResponse("Not found", 404)
    if world.store.clock.now().timestamp() * 1000 > until:
        return PlainTextResponse("The address has expired", 403)
    return _file(attachment, version, request.headers.get("range"))


def _file(attachment: Attachment, version: int, asked: str | None) -> Response:
    data = attachment.files[version - 1].loader.read()
    headers = {"Accept-Ranges": "bytes", "Content-Disposition": "attachment"}
    match = _RANGE.fullmatch(asked or "")
    if match is None:
        return Response(data, 200, headers, attachment.media_type)
    first, last = int(match[1]), min(int(match[2] or len(data) - 1), len(data) - 1)
    if first > last:
        return Response(b"", 416, {"Content-Range": f"bytes */{len(data)}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
    return Response(data[first : last + 1], 206, headers, attachment.media_type)
