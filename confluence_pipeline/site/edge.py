"""What stands before the application: latency, the rate limit, faults, and the request log.

Only here are connections cut and bodies mangled; handlers know of faults only as far as paging goes.
"""

import asyncio
import socket
import struct
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from confluence_pipeline.site.errors import ApiError
from confluence_pipeline.site.faults import FaultRule, edge_fault, incidents, paging_faults
from confluence_pipeline.site.incidents import happen
from confluence_pipeline.site.media import delete_file
from confluence_pipeline.site.rate_limit import RateLimiter
from confluence_pipeline.site.request_log import LoggedRequest
from confluence_pipeline.site.wire import as_json
from confluence_pipeline.site.world import World

CONTROL = "/_site/"
_DRIP_CHUNKS = 20
_LOGIN_PAGE = (
    b"<!DOCTYPE html><html><head><title>Log in</title></head><body><form action='/login'></form></body></html>"
)

Transports = MutableMapping[tuple[str, int], asyncio.Transport]


@dataclass(slots=True)
class _Sent:
    status: int = 0
    size: int = 0


class Edge:
    """The outermost ASGI application.

    Args:
        world: the site, whose latency, limiter, fault plan and log are read at each request.
        app: what answers.
        media_app: what answers on the media host's port.
        gateway_app: what answers on the gateway's port.
        template_of: names the endpoint of a method and path, for requests that do not get as far as ``app``.
        transports: the open connections by the client's address, to cut them.
        refuse: takes no connections for so many seconds.
    """

    def __init__(
        self,
        world: World,
        app: ASGIApp,
        media_app: ASGIApp,
        gateway_app: ASGIApp,
        template_of: Callable[[str, str], str],
        transports: Transports,
        refuse: Callable[[float], Awaitable[None]],
    ) -> None:
        self._world = world
        self._app = app
        self._app_by_port = {
            urlsplit(world.media_url).port: media_app,
            urlsplit(world.gateway_url).port: gateway_app,
        }
        self._template_of = template_of
        self._transports = transports
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Deal with one request."""
        if scope["type"] != "http" or scope["path"].startswith(CONTROL):
            await self._app(scope, receive, send)
            return
        sent = _Sent()
        began = time.perf_counter()
        self._world.log.begin()
        try:
            if self._world.latency_ms > 0:
                await asyncio.sleep(self._world.latency_ms / 1000)
            await self._answer(scope, receive, self._dated(_counting(send, sent)))
        finally:
            self._world.log.end(self._logged(scope, sent, time.perf_counter() - began))

    def _logged(self, scope: Scope, sent: _Sent, seconds: float) -> LoggedRequest:
        method, path = scope["method"], scope["path"]
        return LoggedRequest(
            method,
            scope.get("site.template") or self._template_of(method, path),
            path,
            scope["query_string"].decode(),
            sent.status,
            sent.size,
            seconds,
            any(name == b"authorization" for name, _ in scope["headers"]),
        )

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        limiter = self._limiter(scope)
        wait = limiter.wait_seconds()
        if wait:
            await _send_error(scope, send, 429, self._limits(scope, wait))
            return
        if self._world.installation is not None and limiter.per_second > 0:
            send = _with_headers(send, limiter.standing())
        rules = self._world.faults.hits(scope["method"], f"{scope['path']}?{scope['query_string'].decode()}")
        scope["site.faults"] = paging_faults(rules)
        for incident in incidents(rules):
            happen(self._world, incident)
        rule = edge_fault(rules)
        if rule is None:
            await self._app_for(scope)(scope, receive, send)
        else:
            await self._fail(rule, scope, receive, send)

    def _app_for(self, scope: Scope) -> ASGIApp:
        return self._app_by_port.get(scope["server"][1], self._app)

    async def _fail(self, rule: FaultRule, scope: Scope, receive: Receive, send: Send) -> None:
        match rule.kind:
            case "rate_limited":
                headers = self._limits(scope, round(rule.seconds))
                headers.pop("Retry-After")
                await _send_error(scope, send, 429, headers | _retry_after(rule, self._now))
            case "quota_spent":
                headers = _quota(rule, self._now, remaining=0)
                await _send_error(scope, send, 429, headers | {"RateLimit-Reason": "confluence-quota-global-based"})
            case "quota_near":
                near = _with_headers(send, _quota(rule, self._now, remaining=rule.amount))
                await self._app_for(scope)(scope, receive, near)
            case "error":
                await _send_error(scope, send, rule.status, _retry_after(rule, self._now))
            case "echo":
                await _send(send, rule.status, {"Content-Type": "application/json"}, await _echo(scope, receive))
            case "refuse":
                await self._refuse_all(rule.seconds)
            case "login_page":
                await _send(send, 200, {"Content-Type": "text/html;charset=UTF-8"}, _LOGIN_PAGE)
            case "reset":
                await self._cut(scope)
            case "ignore_range":
                await self._app_for(scope)(_without(scope, b"range"), receive, send)
            case "reset_mid_body":
                await self._send_half(scope, receive, send)
                await self._cut(scope)
            case "vanish":
                await self._send_half(scope, receive, send)
                delete_file(self._world, scope["path"])
                await self._cut(scope)
            case _:
                await self._mangle(rule, scope, receive, send)

    def _limiter(self, scope: Scope) -> RateLimiter:
        limiter = self._world.limiter
        if self._world.installation is None:
            return limiter
        return limiter.of(dict(scope["headers"]).get(b"authorization", b""))

    def _limits(self, scope: Scope, retry_after: int) -> dict[str, str]:
        """Return the headers of a 429, as the product that this is writes them."""
        limiter = self._limiter(scope)
        if self._world.installation is None:
            return limiter.headers(retry_after, self._now)
        return {**limiter.standing(), "X-RateLimit-Remaining": "0", "Retry-After": str(retry_after)}

    async def _refuse_all(self, seconds: float) -> None:
        for transport in [*self._transports.values()]:
            _reset(transport)
        await self._refuse(seconds)

    async def _cut(self, scope: Scope) -> None:
        transport = self._transports.get(tuple(scope["client"]))
        if transport is not None:
            _reset(transport)
        await asyncio.sleep(0.01)

    @property
    def _now(self) -> datetime:
        return self._world.store.clock.now()

    def _dated(self, send: Send) -> Send:
        return _with_headers(send, {"Date": format_datetime(self._now, usegmt=True)})

    async def _send_half(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on the first half of the body, and let the rest of it run into nothing."""
        left = 0

        async def half(message: Message) -> None:
            nonlocal left
            if message["type"] == "http.response.start":
                left = _length(message) // 2
                await send(message)
            elif left > 0:
                body = message.get("body", b"")[:left]
                left -= len(body)
                await send({"type": "http.response.body", "body": body, "more_body": True})

        await self._app_for(scope)(_without(scope, b"accept-encoding"), receive, half)
        await asyncio.sleep(0.02)

    async def _mangle(self, rule: FaultRule, scope: Scope, receive: Receive, send: Send) -> None:
        start, body = await _captured(self._app_for(scope), _without(scope, b"accept-encoding"), receive)
        half = body[: len(body) // 2]
        if rule.kind == "truncated":
            await send(_with_length(start, len(half)))
            await send({"type": "http.response.body", "body": half})
        else:
            await send(_with_length(start, len(body)))
            pieces = len(body) if rule.kind == "drip" else _DRIP_CHUNKS
            await self._drip(scope, send, body, pieces, rule.seconds if rule.kind == "drip" else rule.seconds / pieces)

    async def _drip(self, scope: Scope, send: Send, body: bytes, pieces: int, pause: float) -> None:
        size = max(1, len(body) // max(1, pieces))
        for at in range(0, len(body), size):
            await asyncio.sleep(pause)
            if tuple(scope["client"]) not in self._transports:
                return  # nobody is listening any more
            await send({"type": "http.response.body", "body": body[at : at + size], "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def _reset(transport: asyncio.Transport) -> None:
    connection = transport.get_extra_info("socket")
    # Lingering for 0 seconds makes the close a reset, which is what a broken middlebox sends.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _with_headers(send: Send, headers: dict[str, str]) -> Send:
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *pairs]}
        await send(message)

    return with_headers


def _counting(send: Send, sent: _Sent) -> Send:
    async def counted(message: Message) -> None:
        if message["type"] == "http.response.start":
            sent.status = message["status"]
        else:
            sent.size += len(message.get("body", b""))
        await send(message)

    return counted


async def _captured(app: ASGIApp, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, keep)
    return messages[0], b"".join(message.get("body", b"") for message in messages[1:])


def _without(scope: Scope, header: bytes) -> Scope:
    return {**scope, "headers": [known for known in scope["headers"] if known[0] != header]}


def _length(start: Message) -> int:
    return int(next((value for name, value in start["headers"] if name.lower() == b"content-length"), 0))


def _with_length(start: Message, length: int) -> Message:
    headers = [header for header in start["headers"] if header[0].lower() != b"content-length"]
    return {**start, "headers": [*headers, (b"content-length", str(length).encode())]}


def _quota(rule: FaultRule, now: datetime, remaining: int) -> dict[str, str]:
    """Return the headers of an hourly quota of points that is full again after the rule's seconds."""
    reset = (now + timedelta(seconds=rule.seconds + 1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    left = {"X-RateLimit-Remaining": str(remaining), "X-RateLimit-Reset": reset, "X-RateLimit-NearLimit": "true"}
    return {"X-RateLimit-Limit": "65000", **left}


def _retry_after(rule: FaultRule, now: datetime) -> dict[str, str]:
    if rule.retry_after == "none":
        return {}
    if rule.retry_after == "seconds":
        return {"Retry-After": f"{rule.seconds:g}"}
    # An HTTP date has whole seconds: the next one, so that the wait is never shorter than asked for.
    at = now.replace(microsecond=0) + timedelta(seconds=rule.seconds + 1)
    return {"Retry-After": format_datetime(at, usegmt=True)}


async def _echo(scope: Scope, receive: Receive) -> bytes:
    """Return an error that repeats all it was asked with, credentials too, as a careless proxy in between does."""
    headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
    asked = await Request(scope, receive).body()
    return as_json({"message": f"Cannot handle {headers} with {asked.decode(errors='replace')}", "headers": headers})


async def _send_error(scope: Scope, send: Send, status: int, headers: dict[str, str]) -> None:
    titles = {429: "Rate limit exceeded", 500: "Internal Server Error", 503: "Service Unavailable"}
    body = ApiError(status, titles.get(status, "Error")).body(scope["path"])
    await _send(send, status, {"Content-Type": "application/json", **headers}, as_json(body))


async def _send(send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    pairs: list[tuple[bytes, Any]] = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    pairs.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})
