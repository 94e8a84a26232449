"""The media host: attachments' bytes at signed addresses, on an origin of its own, sent as their loader gives them.

An address works for a minute, by the site's clock. A request that brings credentials along is refused, as
storage services refuse a second way to authenticate: a client must not forward them over the redirect.
"""

import re
from collections.abc import Iterator
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from confluence_pipeline.site.call import Answer
from confluence_pipeline.site.model import Attachment, AttachmentFile
from confluence_pipeline.site.wire import streamed
from confluence_pipeline.site.world import World

_LIFETIME = timedelta(seconds=60)
_PIECE = 1 << 16
_PATH = re.compile(r"/file/([0-9a-f-]{36})/binary")
_LINK = re.compile(r"/download/attachments/(\d+)/(.+)$")
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


def delete_file(world: World, path: str) -> None:
    """Delete the attachment for good whose bytes are at a path of the media host, or of a Data Center, if any is."""
    match, linked = _PATH.fullmatch(path), _LINK.search(path)
    for attachment in [*world.store.attachments.values()]:
        by_id = match is not None and match[1] in {file.file_id for file in attachment.files}
        by_name = linked is not None and (str(attachment.content_id), attachment.title) == linked.groups()
        if by_id or by_name:
            world.store.changing(attachment.attachment_id, *attachment.comments)
            world.store.remove_attachment(attachment)


def _answer(world: World, request: Request) -> Response:
    match = _PATH.fullmatch(request.url.path)
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
    answer = file_answer(attachment.files[version - 1], attachment.media_type, request.headers.get("range"))
    return StreamingResponse(streamed(answer.body), answer.status, answer.headers, answer.media_type)


def file_answer(file: AttachmentFile, media_type: str, asked: str | None) -> Answer:
    """Return the bytes of a file as they come, or the part of them that a ``Range`` header asks for."""
    headers = {"Accept-Ranges": "bytes", "Content-Disposition": "attachment"}
    first, last, status = 0, file.size - 1, 200
    match = _RANGE.fullmatch(asked or "")
    if match is not None:
        first, last, status = int(match[1]), min(int(match[2] or last), last), 206
        if first > last:
            return Answer(iter(()), 416, {"Content-Range": f"bytes */{file.size}", "Content-Length": "0"}, media_type)
        headers["Content-Range"] = f"bytes {first}-{last}/{file.size}"
    headers["Content-Length"] = str(last - first + 1)
    pieces = _first_bytes(file.loader.stream(first), last - first + 1)
    return Answer(pieces, status, headers, media_type)


def _first_bytes(pieces: Iterator[bytes], length: int) -> Iterator[bytes]:
    """Yield so many bytes, cut into pieces of a size that a connection takes at once."""
    for piece in pieces:
        for at in range(0, min(len(piece), length), _PIECE):
            yield piece[at : min(at + _PIECE, length)]
        length -= len(piece)
        if length <= 0:
            break
