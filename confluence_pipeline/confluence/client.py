"""The client: one connection to one site, its threads, and what it cost."""

import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, TypeVar

from confluence_pipeline import __version__
from confluence_pipeline.confluence.auth import Auth, PersonalAccessToken
from confluence_pipeline.confluence.budget import Budget, Caps
from confluence_pipeline.confluence.cloud import CloudDialect
from confluence_pipeline.confluence.data_center import DataCenterDialect
from confluence_pipeline.confluence.data_center_calls import SiteMemory
from confluence_pipeline.confluence.dialect import Dialect
from confluence_pipeline.confluence.errors import SettingError
from confluence_pipeline.confluence.gateway import GATEWAY_URL, CloudIdLookup, gateway_base
from confluence_pipeline.confluence.meter import Meter
from confluence_pipeline.confluence.product import Place, Product, certain_place, find_place
from confluence_pipeline.confluence.records import Caller
from confluence_pipeline.confluence.retries import RetryPolicy
from confluence_pipeline.confluence.scope_probe import lacking_scopes
from confluence_pipeline.confluence.shared_file import SharedFile, shared_path
from confluence_pipeline.confluence.transport import Timeouts, Transport
from confluence_pipeline.cost import Cost

_LOG = logging.getLogger(__name__)
Item = TypeVar("Item")
Result = TypeVar("Result")

USER_AGENT = f"confluence-pipeline/{__version__}"
_STARTING_CONCURRENCY = 4
_ATTEMPTS_FOR_A_BATCH = 2


@dataclass(frozen=True)
class Connection:
    """How to reach a site.

    Attributes:
        server_url: The site's address in any of the forms that people paste.
        auth: The way to log in.
        max_concurrency: The most requests under way at once.
        retries: When a request is repeated.
        timeouts: How long a request may take.
        max_requests_per_second: The most requests a second, of all clients of this machine together; None for as
            many as the site takes.
        max_points_per_hour: The most points an hour by Atlassian's count, of all clients of this machine together;
            None for as many as Atlassian grants to the way in, where it counts them.
        cloud_id: The site's cloud id, for ways in that go through the gateway; None to ask the site for it.
        gateway_url: Where Atlassian's gateway is.
        ca_bundle: A file of certificate authorities that are trusted beside the public ones.
        product: What is at the address; None to find out, with a request or two where its domain does not tell.
    """

    server_url: str
    auth: Auth
    max_concurrency: int = 8
    retries: RetryPolicy = field(default_factory=RetryPolicy)
    timeouts: Timeouts = field(default_factory=Timeouts)
    max_requests_per_second: float | None = None
    max_points_per_hour: float | None = None
    cloud_id: str | None = None
    gateway_url: str = GATEWAY_URL
    ca_bundle: str | None = None
    product: Product | None = None


@dataclass(frozen=True)
class _Line:
    """What every view of one client shares."""

    place: Place
    transport: Transport
    pool: ThreadPoolExecutor
    threads: int
    memory: SiteMemory = field(default_factory=SiteMemory)
    opening: list[Cost] = field(default_factory=list)
    stops: list[Callable[[], None]] = field(default_factory=list)

    def claim_opening(self) -> Cost:
        """Return what it cost to open the line, to the first that asks, so that it is counted with some work once."""
        try:
            return self.opening.pop()
        except IndexError:
            return Cost()

    def dialect(self, meter: Meter, attempts: int | None = None) -> Dialect:
        """Return the calls of the product that is at the place."""
        if self.place.version is None:
            return CloudDialect(self.transport, meter, attempts)
        return DataCenterDialect(self.transport, meter, self.place.version, self.memory, attempts)


def _open(connection: Connection, meter: Meter) -> _Line:
    product = connection.product
    if connection.auth.through_gateway:
        if product == "data_center":
            raise SettingError(
                "CONFLUENCE_PRODUCT is data_center, and this way in goes through Atlassian's gateway, behind which "
                "there is Cloud alone; unset CONFLUENCE_PRODUCT, or come in with CONFLUENCE_PERSONAL_ACCESS_TOKEN",
                setting="CONFLUENCE_PRODUCT",
            )
        product = "cloud"
    elif isinstance(connection.auth, PersonalAccessToken):
        product = product or "data_center"
    place = certain_place(connection.server_url, product)
    if place is not None:
        transport = _transport(connection, place.base, _api(connection, place.base))
    else:
        place, transport = find_place(
            connection.server_url, product, lambda base: _transport(connection, base, base), meter
        )
    if place.version is not None and place.version.is_old:
        _LOG.warning("%s is %s", place.base, place.version.described)
    most = connection.max_concurrency
    pool = ThreadPoolExecutor(most, thread_name_prefix="confluence")
    return _Line(place, transport, pool, most, opening=[meter.total])


def _transport(connection: Connection, base: str, api: str) -> Transport:
    most = connection.max_concurrency
    points = connection.max_points_per_hour or connection.auth.points_per_hour
    owner = connection.auth.quota_owner
    return Transport(
        base=base,
        auth=connection.auth,
        budget=Budget(
            most,
            start=min(_STARTING_CONCURRENCY, most),
            caps=Caps(connection.max_requests_per_second, points),
            store=SharedFile(shared_path(f"{connection.gateway_url}#{owner}" if owner else api)),
            longest_pause=connection.retries.longest_wait_seconds,
        ),
        retries=connection.retries,
        timeouts=connection.timeouts,
        user_agent=USER_AGENT,
        connections=most,
        ca_bundle=connection.ca_bundle,
        api=api,
    )


def _api(connection: Connection, base: str) -> str:
    """Return what paths are joined to, for which the site may have to be asked who it is."""
    if not connection.auth.through_gateway:
        return base
    cloud_id = (
        connection.cloud_id
        or CloudIdLookup(base, connection.retries, connection.timeouts, USER_AGENT, connection.ca_bundle).cloud_id()
    )
    return gateway_base(connection.gateway_url, cloud_id)


class ConfluenceClient:
    """A site, ready to be asked; use it as a context manager.

    Args:
        connection: Where the site is and how to log in.

    Raises:
        AddressError: The address is not one of a site, or a site that has to does not tell its cloud id.
        AuthenticationError: The site had to be asked which product it is, and does not accept the credentials.
        SettingError: The cloud id or the gateway's address is not of its form, or the product is not behind it.
        SiteUnavailableError: The site had to be asked for its product or cloud id, and cannot be reached.
    """

    def __init__(self, connection: Connection, *, line: _Line | None = None, meter: Meter | None = None) -> None:
        self._connection = connection
        self._meter = meter or Meter()
        self._line = line or _open(connection, self._meter)
        self.api = self._line.dialect(self._meter)
        self._hurried = self._line.dialect(self._meter, _ATTEMPTS_FOR_A_BATCH)

    @property
    def base_url(self) -> str:
        """The site's base URL, without a trailing slash."""
        return self._line.transport.base

    @property
    def cost(self) -> Cost:
        """What this client, or this part of it, asked of the site so far."""
        return self._meter.total

    def log_in(self) -> Caller:
        """Prove that the site knows the caller, since some calls answer a wrong token as if to a stranger.

        Returns:
            Who the credentials log in as.

        Raises:
            AuthenticationError: The site takes the caller for anonymous, or refuses the credentials.
        """
        caller = self.api.caller()
        if caller.anonymous:
            raise self._connection.auth.refused("/rest/api/user/current", "it takes us for an anonymous visitor")
        return caller

    @property
    def api_url(self) -> str:
        """Where requests go: the site's base URL, or the one that stands for it at the gateway."""
        return self._line.transport.api

    def lacking_scopes(self, tables: Iterable[str]) -> dict[str, frozenset[str]]:
        """Ask which scopes the login lacks, each with those of some tables that need it.

        Raises:
            AuthenticationError: The login is refused as a whole.
            SiteUnavailableError: The gateway cannot be reached.
        """
        return lacking_scopes(self._line.transport, self._meter, tables)

    def api_for(self, items: int) -> Dialect:
        """Return whom to ask for so many items at once that are asked for in halves if that fails.

        A batch is given little patience with faulty answers, since its halves are another attempt; the whole of it
        is for an item by itself. Else one bad item among 250 would use it up eight times.
        """
        return self.api if items == 1 else self._hurried

    def metered(self) -> "ConfluenceClient":
        """Return a view of this client that counts its own cost as well; close only the original.

        The first view counts what it cost to find the site, too.
        """
        meter = Meter(self._meter, self._line.claim_opening())
        return ConfluenceClient(self._connection, line=self._line, meter=meter)

    def in_parallel(self, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Yield ``work(item)`` in the order of ``items``, with as many under way as the budget has threads.

        ``work`` must not call this again: it runs on the same threads. At most twice as many results as there
        are threads wait to be taken, so memory does not grow with the number of items.

        Raises:
            Exception: What the first failing ``work`` raised; work that had not begun is then dropped.
        """
        waiting: list[Future[Result]] = []
        most_waiting = 2 * self._line.threads
        try:
            for item in items:
                waiting.append(self._line.pool.submit(work, item))
                if len(waiting) >= most_waiting:
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        finally:
            for future in waiting:
                future.cancel()

    def check_open(self) -> None:
        """Do nothing, unless the client was closed.

        Raises:
            ClosedError: It was.
        """
        self._line.transport.budget.check_open()

    @contextmanager
    def when_closed(self, stop: Callable[[], None]) -> Iterator[None]:
        """Have other work that is done on the client's threads during the block stopped if the client is closed.

        Args:
            stop: Makes the work end at once; it may be called from another thread.

        Raises:
            ClosedError: The client was closed before.
        """
        self._line.stops.append(stop)
        try:
            self.check_open()
            yield
        finally:
            self._line.stops.remove(stop)

    def close(self) -> None:
        """Close the connections and threads.

        What waits or is under way stops at once, with :class:`ClosedError` in the thread that asked for it.
        """
        self._line.transport.close()
        for stop in tuple(self._line.stops):
            stop()
        self._line.pool.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
