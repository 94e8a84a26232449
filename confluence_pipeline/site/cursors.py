"""Opaque cursors: where a walk stands, signed, and bound to the query that they continue.

A cursor holds the sort key of the last item given out, so a walk goes on from that key whatever was added or
removed meanwhile; it is not a snapshot. Given to another endpoint, or with other filters, it is refused.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable
from typing import Any

_SIGNATURE_BYTES = 8
_NOT_OF_THE_QUERY = frozenset({"cursor", "limit", "start", "next", "prev"})

Position = tuple[Any, int]
"""The sort value and the id of the item a walk stands at."""


def fingerprint(path: str, pairs: Iterable[tuple[str, str]]) -> str:
    """Return a short name of a query: its path and its parameters apart from those that only page."""
    kept = sorted(pair for pair in pairs if pair[0] not in _NOT_OF_THE_QUERY)
    return hashlib.blake2s(json.dumps([path, kept]).encode(), digest_size=6).hexdigest()


class CursorSigner:
    """Writes and reads the cursors of one site."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def _signature(self, payload: bytes) -> bytes:
        return hashlib.blake2b(payload, key=self._secret, digest_size=_SIGNATURE_BYTES).digest()

    def write(self, query: str, position: Position | None, salt: int = 0) -> str:
        """Return a cursor; ``salt`` makes cursors of one position differ."""
        payload = json.dumps([query, position, salt], separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._signature(payload) + payload).decode().rstrip("=")

    def read(self, query: str, cursor: str) -> tuple[Position | None, int]:
        """Return the position and the salt of a cursor.

        Raises:
            ValueError: This site did not write it, or wrote it for another query.
        """
        try:
            raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except (binascii.Error, ValueError) as error:
            raise ValueError("not base64") from error
        signature, payload = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        if signature != self._signature(payload):
            raise ValueError("not written by this site")
        of_query, position, salt = json.loads(payload)
        if of_query != query:
            raise ValueError("of another query")
        return (None if position is None else (position[0], position[1])), salt
