"""Serving a site: sockets on a loopback address, one event loop, one process.

Three listeners share the process: the site; the gateway with the login server; and the media host that attachment
downloads are redirected to, which is another origin (``localhost`` and a port of its own), so that a client that sends
its credentials along is found out.
"""

import asyncio
import gc
import json
import os
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from confluence_pipeline.site.app import build_app, template_finder
from confluence_pipeline.site.data_center.adapting import load_data_center
from confluence_pipeline.site.data_center.app import data_center_app
from confluence_pipeline.site.data_center.installation import Installation
from confluence_pipeline.site.data_center.people import user_key
from confluence_pipeline.site.data_center.routes import data_center_routes
from confluence_pipeline.site.edge import Edge
from confluence_pipeline.site.faults import FaultPlan, FaultRule
from confluence_pipeline.site.gateway import login
from confluence_pipeline.site.gateway.app import gateway_app
from confluence_pipeline.site.gateway.seeding import seeded_logins
from confluence_pipeline.site.loading import load
from confluence_pipeline.site.media import media_app
from confluence_pipeline.site.rate_limit import RateLimiter
from confluence_pipeline.site.search_index import SearchIndex
from confluence_pipeline.site.seed import Seed
from confluence_pipeline.site.world import V1Removed, World

HOST = "127.0.0.1"
_BACKLOG = 2048
_KEEP_ALIVE_SECONDS = 75


@dataclass(frozen=True, slots=True)
class SiteOptions:
    """How a site behaves from the start; the control endpoints change most of it later.

    Args:
        port: the port to listen on; 0 takes a free one.
        latency_ms: how long each answer is held back; answers are held back side by side.
        index_lag_seconds: how far search is behind.
        v1_removed: where the v1 reads that Atlassian removed answer 410.
        requests_per_second: past this, requests are answered 429; 0 means no limit.
        burst: how many requests go through at once after a pause, when there is a limit.
        faults: what goes wrong from the start.
        fault_seed: which requests are hit by rules with a rate.
        token_seconds: how long an access token of the gateway works.
        installation: which Data Center to be; None is Cloud.
    """

    port: int = 0
    latency_ms: float = 0
    index_lag_seconds: float = 0
    v1_removed: V1Removed = "gateway"
    requests_per_second: float = 0
    burst: int = 10
    faults: Sequence[FaultRule] = ()
    fault_seed: int = 1
    token_seconds: float = 3600
    installation: Installation | None = None

    def arguments(self) -> list[str]:
        """Return the options of ``python -m confluence_pipeline.site`` that say the same."""
        return [
            f"--port={self.port}",
            f"--latency-ms={self.latency_ms}",
            f"--index-lag-seconds={self.index_lag_seconds}",
            f"--v1-removed={self.v1_removed}",
            f"--requests-per-second={self.requests_per_second}",
            f"--burst={self.burst}",
            *(f"--fault={json.dumps(rule.as_json())}" for rule in self.faults),
            f"--fault-seed={self.fault_seed}",
            f"--token-seconds={self.token_seconds}",
            *([] if self.installation is None else self.installation.arguments()),
        ]


def serve(
    seed: Seed, options: SiteOptions, when_ready: Callable[[World], None], *, until_stdin_ends: bool = False
) -> None:
    """Serve the site that the seed describes until the process is told to stop.

    Args:
        seed: what the site is filled with; used up.
        options: how it behaves.
        when_ready: called once the site takes connections.
        until_stdin_ends: stop as well when standard input closes, as it does when the parent process is gone.
    """
    # What is loaded stays: looking through it again and again for garbage would be most of the work.
    gc.disable()
    sockets = _listen(options.port), _listen(0), _listen(0)
    transports: dict[tuple[str, int], asyncio.Transport] = {}
    site_port, gateway_port, media_port = (listener.getsockname()[1] for listener in sockets)
    world = _world(seed, options, site_port, gateway_port, media_port)
    gc.freeze()
    gc.enable()

    async def refuse(seconds: float) -> None:
        await server.refuse(seconds)

    site, find = _application(world)
    gateway = gateway_app(world, site, build_app(world, login.ROUTES.table), find)
    edge = Edge(world, site, media_app(world), gateway, find, transports, refuse)
    config = uvicorn.Config(
        edge,
        http=_tracked(transports),
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        log_level="warning",
        access_log=False,
        lifespan="off",
        date_header=False,  # the site tells the time by its own clock
    )
    server = _Server(config, lambda: when_ready(world))
    if until_stdin_ends:
        threading.Thread(target=_stop_at_end_of_input, args=(server,), daemon=True).start()
    asyncio.run(server.serve(sockets=[*sockets]))


def _application(world: World) -> tuple[ASGIApp, Callable[[str, str], str]]:
    """Return what answers at the site's own address, and what names its endpoints."""
    installation = world.installation
    if installation is None:
        return build_app(world), template_finder()
    table = data_center_routes(installation.context_path)
    return data_center_app(world, installation), template_finder(table)


def _tracked(transports: dict[tuple[str, int], asyncio.Transport]) -> type[asyncio.Protocol]:
    """Return uvicorn's HTTP protocol, made to note each open connection by its client's address."""

    class Tracked(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
        def connection_made(self, transport: asyncio.Transport) -> None:
            self._peer = transport.get_extra_info("peername")
            transports[self._peer] = transport
            super().connection_made(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            transports.pop(self._peer, None)
            super().connection_lost(exc)

    return Tracked


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, when_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._when_ready = when_ready
        self._doors = asyncio.Lock()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._when_ready()

    async def refuse(self, seconds: float) -> None:
        """Take no connections to the site and its gateway for so long; the media host stays open."""
        if not self._doors.locked():
            async with self._doors:
                *doors, media = self.servers
                ports = [door.sockets[0].getsockname()[1] for door in doors]
                for door in doors:
                    door.close()
                await asyncio.sleep(seconds)
                await super().startup([_listen(port) for port in ports])
                self.servers.append(media)


def _stop_at_end_of_input(server: uvicorn.Server) -> None:
    # Not by sys.stdin: Python waits for its lock when it ends, and this thread would be holding it.
    while os.read(0, 4096):
        pass
    server.should_exit = True


def _listen(port: int) -> socket.socket:
    # Named as TCP, so that asyncio turns Nagle's algorithm off on what it accepts: 40 ms an answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, port))
    listener.listen(_BACKLOG)
    return listener


def _world(seed: Seed, options: SiteOptions, site_port: int, gateway_port: int, media_port: int) -> World:
    installation = options.installation
    store = load(seed) if installation is None else load_data_center(seed, installation.time_zone)
    context_path = "/wiki" if installation is None else installation.context_path
    caller = seed.caller if installation is None else user_key(seed.caller)
    world = World(
        store,
        SearchIndex(store, options.index_lag_seconds),
        base_url=f"http://{HOST}:{site_port}{context_path}",
        installation=installation,
        media_url=f"http://localhost:{media_port}",
        gateway_url=f"http://{HOST}:{gateway_port}",
        v1_removed=options.v1_removed,
        caller_id=caller,
        latency_ms=options.latency_ms,
        faults=FaultPlan(options.faults, options.fault_seed),
        limiter=RateLimiter(options.requests_per_second, options.burst),
    )
    world.logins = seeded_logins(store.clock, seed.caller, options.token_seconds)
    return world
