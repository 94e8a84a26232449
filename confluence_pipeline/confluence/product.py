"""Finds out which product is at an address, and where: Confluence Cloud, or a Data Center and its version.

``user/current`` is there in both and tells them apart: Cloud names people by ``accountId``, Data Center by
``userKey`` and ``username``. A Data Center's version is in ``server-information``; where a version does not have
that yet, in the manifest that it shows to linked applications.
"""

import re
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from confluence_pipeline.confluence.address import SETTING, data_center_bases, is_cloud_host, site_base
from confluence_pipeline.confluence.answers import Fault, Json
from confluence_pipeline.confluence.data_center_version import ServerVersion
from confluence_pipeline.confluence.errors import (
    AccessError,
    AddressError,
    AuthenticationError,
    ConfluenceError,
    NotFoundError,
    RefusedError,
)
from confluence_pipeline.confluence.meter import Meter
from confluence_pipeline.confluence.retries import RETRIED_STATUSES, asked_wait
from confluence_pipeline.confluence.transport import DATA_CENTER_KNOWS_LOGINS, NETWORK_ERRORS, Transport

Product = Literal["cloud", "data_center"]

_WHO = "/rest/api/user/current"
_SERVER = "/rest/api/server-information"
_MANIFEST = "/rest/applinks/1.0/manifest"
_VERSION = re.compile(rb'"version"\s*:\s*"([\w.-]+)"|<version>\s*([\w.-]+)\s*</version>')
_CANNOT_BE_ASKED = (AccessError, AddressError, AuthenticationError, RefusedError)


@dataclass(frozen=True, slots=True)
class Place:
    """A product and where it is.

    Attributes:
        product: Which.
        base: Its base URL, without a trailing slash.
        version: The version of a Data Center; None for Cloud, which has none.
    """

    product: Product
    base: str
    version: ServerVersion | None = None


def certain_place(server_url: str, product: Product | None) -> Place | None:
    """Return the place of which nothing need be asked: Cloud by setting or by its domain; None for any other.

    Raises:
        AddressError: The address is not one of a site.
    """
    if product == "cloud" or (product is None and is_cloud_host(server_url)):
        return Place("cloud", site_base(server_url))
    return None


def find_place(
    server_url: str, product: Product | None, connect: Callable[[str], Transport], meter: Meter
) -> tuple[Place, Transport]:
    """Ask who we are wherever the address may mean, and which version it is where that is a Data Center.

    Args:
        server_url: What a person pasted.
        product: What must be there; None for either.
        connect: Opens a line to a base.
        meter: Counts the requests.

    Returns:
        The place, and the line to it.

    Raises:
        AddressError: There is no Confluence at any of them.
        AuthenticationError: There is one that does not accept the credentials, or a login page before it.
        ConfluenceError: The site cannot be asked.
    """
    met: list[ConfluenceError] = []
    for base in _candidates(server_url, product):
        transport = connect(base)
        try:
            found = _product_of(transport.get(_WHO, meter=meter).data, product)
            if found is not None and found == (product or found):
                if found == "cloud":
                    return Place(found, base), transport
                transport.knows_logins = DATA_CENTER_KNOWS_LOGINS
                return Place(found, base, _version(transport, meter)), transport
        except _CANNOT_BE_ASKED as error:
            met.append(error)
        except BaseException:
            transport.close()
            raise
        transport.close()
    raise _most_telling(met, server_url)


def _candidates(server_url: str, product: Product | None) -> Iterable[str]:
    likely = data_center_bases(server_url)
    return likely if product == "data_center" else dict.fromkeys([*likely, site_base(server_url)])


def _product_of(who: Json, asked: Product | None) -> Product | None:
    """Return the product by whom it takes us for.

    Cloud takes somebody whose credentials it does not know for a stranger, who has no name of either kind; a Data
    Center refuses them, unless whatever stands before it took them away.
    """
    if who.get("type") == "anonymous" and "accountId" not in who:
        return asked or "cloud"
    if "accountId" in who:
        return "cloud"
    return "data_center" if "type" in who else None


def _most_telling(met: Iterable[ConfluenceError], server_url: str) -> ConfluenceError:
    """Return what to report of the places that were asked: first that somebody refused us there, or on the way."""
    errors = list(met)
    refused = [e for e in errors if isinstance(e, AuthenticationError | AccessError)]
    if refused:
        return min(refused, key=lambda error: error.status == 200)  # a login page may be any server's
    on_the_way = [e for e in errors if isinstance(e, AddressError) and _is_on_the_way(e.status)]
    if on_the_way:
        return on_the_way[0]
    tried = " or ".join(_candidates(server_url, None))
    return AddressError(f"There is no Confluence at {tried}; check {SETTING}", setting=SETTING)


def _is_on_the_way(status: int | None) -> bool:
    """Return whether it was not the site that spoke: a redirect, a proxy, or no answer for a certificate's sake."""
    return status is None or status == 407 or 300 <= status < 400


def _version(transport: Transport, meter: Meter) -> ServerVersion:
    try:
        told = transport.get(_SERVER, meter=meter).data.get("version")
    except (NotFoundError, AccessError, AddressError):
        told = None
    return ServerVersion(str(told) if told else _by_manifest(transport, meter))


def _by_manifest(transport: Transport, meter: Meter) -> str | None:
    """Return the version that the manifest tells, which is JSON or XML; None where there is no manifest."""

    def attempt(_number: int) -> bytes | Fault:
        answer = transport.open(_MANIFEST, meter, {"Accept": "application/json, application/xml"})
        if isinstance(answer, Fault):
            return answer
        with closing(answer):
            if answer.status_code in RETRIED_STATUSES:
                wait = asked_wait(answer.headers, datetime.now(UTC))
                return Fault(f"status {answer.status_code}", answer.status_code, wait)
            deadline = time.monotonic() + transport.timeouts.read
            try:
                return transport.read_piece(answer, deadline) if answer.status_code == 200 else b""
            except NETWORK_ERRORS as error:
                return transport.judge.unanswered(error, transport.base)

    match = _VERSION.search(transport.repeat(_MANIFEST, meter, attempt))
    return (match[1] or match[2]).decode() if match else None
