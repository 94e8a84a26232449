"""A client that is closed while requests are on the wire: whoever waits for an answer is told at once."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from confluence_pipeline.confluence import ApiToken
from confluence_pipeline.confluence.budget import Budget, ClosedError
from confluence_pipeline.confluence.meter import Meter
from confluence_pipeline.confluence.transport import Transport

LOGIN = ApiToken("ada@example.com", "token")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\nContent-Type: application/json\r\n\r\n"
Talk = Callable[[socket.socket], None]


@contextmanager
def serving_badly(talk: Talk) -> Iterator[tuple[int, threading.Event]]:
    """A server that talks so to whoever comes, and then waits; yields its port, and whether anybody came."""
    came, over = threading.Event(), threading.Event()

    def serve(peer: socket.socket) -> None:
        with peer:
            try:
                talk(peer)
                came.set()
                over.wait(30)
            except OSError:
                return

    def accept(server: socket.socket) -> None:
        while not over.is_set():
            try:
                peer, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(peer,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=accept, args=(server,), daemon=True).start()
        yield server.getsockname()[1], came
        over.set()


def never_answer(peer: socket.socket) -> None:
    """Take the request, and say nothing."""
    peer.recv(4096)


def stop_halfway(peer: socket.socket) -> None:
    """Begin an answer."""
    peer.recv(4096)
    peer.sendall(HEAD + b'{"results": [')


def assert_stops_at_once(transport: Transport, came: threading.Event, threads: int) -> None:
    """Close a transport under requests that would wait for a minute; each ends within a second."""
    with ThreadPoolExecutor(threads) as pool:
        asking = [pool.submit(transport.get, "/api/v2/spaces", meter=Meter()) for _ in range(threads)]
        assert came.wait(10)
        time.sleep(0.2)
        began = time.monotonic()
        transport.close()
        for future in asking:
            with pytest.raises(ClosedError):
                future.result(timeout=5)
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("talk", [never_answer, stop_halfway])
def test_requests_on_the_wire_end_when_the_client_is_closed(talk: Talk) -> None:
    """Whether the answer has not begun or has stopped in the middle, and however many wait."""
    with serving_badly(talk) as (port, came):
        assert_stops_at_once(Transport(f"http://127.0.0.1:{port}", LOGIN, Budget(4, start=4), connections=4), came, 4)


@pytest.mark.parametrize("talk", [never_answer, stop_halfway])
def test_encrypted_requests_end_too(certificate: Path, talk: Talk) -> None:
    """The connection is cut below its encryption."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def talk_secretly(peer: socket.socket) -> None:
        secure = context.wrap_socket(peer.dup(), server_side=True)
        kept.append(secure)
        talk(secure)

    kept: list[ssl.SSLSocket] = []
    with serving_badly(talk_secretly) as (port, came):
        transport = Transport(f"https://localhost:{port}", LOGIN, Budget(1), ca_bundle=str(certificate))
        assert_stops_at_once(transport, came, 1)
    for secure in kept:
        secure.close()
