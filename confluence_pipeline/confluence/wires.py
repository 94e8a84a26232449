"""Connections that can be cut while somebody waits for an answer on them.

``requests`` closes only the connections that nobody uses; a thread that waits for an answer goes on waiting, for as
long as the time-outs allow. Who stops a run cannot wait for that.
"""

import socket
from contextlib import suppress
from threading import Lock
from weakref import WeakSet

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection


class Wires:
    """The connections of one client, so that all of them can be cut at once."""

    def __init__(self) -> None:
        self._connections: WeakSet[HTTPConnection] = WeakSet()
        self._lock = Lock()
        self._is_cut = False

    def watch(self, pools: PoolManager) -> None:
        """Have the connections of a pool counted in; call it before any is made."""
        wires = self

        class Plain(HTTPConnection):
            def connect(self) -> None:
                wires._add(self)
                super().connect()

        class Secure(HTTPSConnection):
            def connect(self) -> None:
                wires._add(self)
                super().connect()

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        pools.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}

    def cut(self) -> None:
        """Cut every connection: who waits on one gets an ``OSError`` at once, and no further one can be made.

        One that is only being made ends by itself, if by the time-out for connecting.
        """
        with self._lock:
            self._is_cut = True
            connections = list(self._connections)
        for connection in connections:
            wire = connection.sock
            if wire is not None:
                with suppress(OSError):  # closed by the other side, or by its own thread
                    socket.socket.shutdown(wire, socket.SHUT_RDWR)  # an SSL socket's own would tear down its state

    def _add(self, connection: HTTPConnection) -> None:
        with self._lock:
            if self._is_cut:
                raise ConnectionAbortedError
            self._connections.add(connection)
