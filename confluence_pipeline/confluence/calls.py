"""The ways in which any product is asked: one request, one thing by itself, CQL, and how long an address may be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar
from urllib.parse import quote

from confluence_pipeline.confluence.address import SETTING as SERVER_SETTING
from confluence_pipeline.confluence.answers import Json, Reply
from confluence_pipeline.confluence.errors import (
    AddressError,
    ListingError,
    NotFoundError,
    QueryError,
    RefusedError,
    ServerError,
)
from confluence_pipeline.confluence.meter import Meter
from confluence_pipeline.confluence.parsing import parsed
from confluence_pipeline.confluence.transport import Params, Transport

V1 = "/rest/api"
_LONGEST_QUERY = 6_000  # characters; servers and what stands before them commonly refuse addresses over 8,000

Record = TypeVar("Record")


@dataclass(frozen=True)
class Calls:
    """Asks one site and counts what it costs.

    Attributes:
        transport: Sends the requests.
        meter: Counts them.
        attempts: How many faulty answers to one request are enough; None for as many as the retry policy says.
    """

    product: ClassVar[str] = "Confluence"

    transport: Transport
    meter: Meter
    attempts: int | None = None

    @property
    def base(self) -> str:
        """The site's base URL, without a trailing slash."""
        return self.transport.base

    def get(self, path: str, params: Params = (), *, most_bytes: int | None = None) -> Reply:
        """Ask for ``path`` below the base."""
        return self.transport.get(path, params, meter=self.meter, most_bytes=most_bytes, attempts=self.attempts)

    def post(self, path: str, body: Json) -> Json:
        """Send JSON to ``path`` for a call that only reads; return the answer's JSON."""
        return self.transport.post(path, body, meter=self.meter).data

    def entrance(self, path: str, params: Params = ()) -> Reply:
        """Ask for what every Confluence has.

        Raises:
            AddressError: It is missing, so there is no Confluence at the address.
        """
        try:
            return self.get(path, params)
        except NotFoundError as error:
            raise self.elsewhere(str(error)) from error

    def elsewhere(self, said: str) -> AddressError:
        """Return the error for an address that does not lead to a site of this product."""
        also = " and CONFLUENCE_CLOUD_ID" if self.transport.auth.through_gateway else ""
        return AddressError(
            f"There is no {self.product} at {self.base} ({said}); check {SERVER_SETTING}{also}", setting=SERVER_SETTING
        )

    def single(self, path: str, params: Params, parse: Callable[[Json], Record], what: str) -> Record:
        """Ask for one thing by itself.

        Raises:
            NotFoundError: It is gone, or hidden from the caller.
            ServerError: What came is not of the documented form.
        """
        data = self.get(path, params).data
        try:
            return next(parsed([data], parse, what))
        except ListingError as error:
            raise ServerError(str(error), status=200) from error

    def query(self, path: str, params: Params, most_bytes: int | None = None) -> Reply:
        """Send CQL to ``path``.

        Raises:
            QueryError: The site does not accept it.
        """
        try:
            return self.get(path, params, most_bytes=most_bytes)
        except RefusedError as error:
            if error.status != 400 or any(name == "cursor" for name, _ in params):
                raise
            raise QueryError(
                f"The site does not accept the CQL ({_after_colon(error)}); check CONFLUENCE_CQL, and that "
                "CONFLUENCE_LABEL and CONFLUENCE_SPACE_KEY hold names that exist",
                status=400,
                setting="CONFLUENCE_CQL",
            ) from error


def short_enough(params: Sequence[tuple[str, str]], most: int) -> list[list[tuple[str, str]]]:
    """Cut parameters into as few requests as their number and the length of an address allow."""
    groups: list[list[tuple[str, str]]] = []
    room = 0
    for name, value in params:
        size = len(name) + len(quote(value, safe="")) + 2
        if not groups or len(groups[-1]) == most or size > room:
            groups.append([])
            room = _LONGEST_QUERY
        groups[-1].append((name, value))
        room -= size
    return groups


def _after_colon(error: RefusedError) -> str:
    return str(error).partition(": ")[2] or "it gave no reason"
