"""Proves that the settings lead to a site that can be read, and says what a sync will cost before it is paid."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from confluence_pipeline.confluence import ConfluenceClient, ConfluenceError, Scope, SettingError, SpaceRecord
from confluence_pipeline.confluence.cql import all_of, any_of
from confluence_pipeline.lake import Lake, LakeError
from confluence_pipeline.landing import discover_spaces
from confluence_pipeline.settings import Settings
from confluence_pipeline.warehouse import WarehouseError, default_warehouse_uri, open_warehouse

_PAGE_SIZE = 250
_MOST_SPACES_NAMED = 10
_SPACES_IN_A_QUERY = 50


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: A word or two.
        good: Whether it is as it should be.
        said: What was found; for a fault, one sentence with the setting to change.
        setting_fault: Whether a setting must change (rather than the site being away).
    """

    what: str
    good: bool
    said: str
    setting_fault: bool = False


def check(settings: Settings) -> Iterator[Finding]:
    """Look at the lake, the warehouse, the login, the site and the scope, in that order.

    What depends on something that is wrong is not looked at.

    Args:
        settings: What to check.

    Yields:
        A finding for each thing, as soon as it is known.
    """
    yield _lake(settings)
    yield _warehouse(settings)
    try:
        with ConfluenceClient(settings.connection()) as client:
            yield from _site(client, settings.scope)
    except ConfluenceError as error:
        yield Finding("connection", good=False, said=str(error), setting_fault=isinstance(error, SettingError))


def _lake(settings: Settings) -> Finding:
    try:
        lake = Lake(settings.lake)
        lake.check_writable()
    except LakeError as error:
        return Finding("lake", good=False, said=str(error), setting_fault=True)
    return Finding("lake", good=True, said=f"{lake.uri} can be written")


def _warehouse(settings: Settings) -> Finding:
    try:
        uri = settings.warehouse or default_warehouse_uri(Lake(settings.lake).uri)
        return Finding("warehouse", good=True, said=open_warehouse(uri).uri)
    except (LakeError, WarehouseError) as error:
        return Finding("warehouse", good=False, said=str(error), setting_fault=True)


def _site(client: ConfluenceClient, scope: Scope) -> Iterator[Finding]:
    caller = client.log_in()
    yield Finding("account", good=True, said=f"{caller.display_name} ({caller.account_id})")
    facts = client.api.site_facts()
    zone = f"time zone {facts.time_zone}" if facts.time_zone else "its time zone is not shown to this account"
    title = f"{facts.title}, " if facts.title else ""
    yield Finding("site", good=True, said=f"{title}{client.api.product} at {client.base_url}, {zone}")
    spaces = discover_spaces(client, scope)
    yield Finding("spaces", good=bool(spaces), said=_named(spaces), setting_fault=not spaces)
    if spaces:
        yield _cost(client, scope, spaces)


def _named(spaces: list[SpaceRecord]) -> str:
    if not spaces:
        return (
            "no space matches the scope; widen CONFLUENCE_SPACE_KEY, CONFLUENCE_LABEL, CONFLUENCE_CQL or "
            "CONFLUENCE_PAGE_IDS"
        )
    shown = ", ".join(space.key for space in spaces[:_MOST_SPACES_NAMED])
    more = f" and {len(spaces) - _MOST_SPACES_NAMED} more" if len(spaces) > _MOST_SPACES_NAMED else ""
    return f"{len(spaces)} in scope: {shown}{more}"


def _cost(client: ConfluenceClient, scope: Scope, spaces: list[SpaceRecord]) -> Finding:
    contents = _contents(client, scope, spaces)
    first, later = estimated_requests(contents, len(spaces))
    return Finding(
        "cost",
        good=True,
        said=f"about {contents:,} pages and blog posts (archived ones not counted); about {first:,} requests for a "
        f"first sync, {later:,} when nothing changed",
    )


def _contents(client: ConfluenceClient, scope: Scope, spaces: list[SpaceRecord]) -> int:
    if scope.needs_search:
        return sum(client.in_parallel(client.api.count, scope.queries()))
    if scope.page_ids:
        return len(scope.page_ids)
    keys = [space.key for space in spaces]
    groups = [keys[start : start + _SPACES_IN_A_QUERY] for start in range(0, len(keys), _SPACES_IN_A_QUERY)]
    queries = [all_of(any_of("space", group), "type in (page, blogpost)") for group in groups]
    return sum(client.in_parallel(client.api.count, queries))


def estimated_requests(contents: int, spaces: int) -> tuple[int, int]:
    """Return about how many requests a first sync takes, and one where nothing changed.

    Per space: its labels, the ends of two listings and of one search; and for each 250 contents a request each
    for listing, labels and, the first time, bodies. Beside them the login, the spaces and the users.
    """
    pages = ceil(contents / _PAGE_SIZE)
    shared = 2 + ceil(spaces / _PAGE_SIZE) + max(1, ceil(contents / (10 * _PAGE_SIZE)))
    unchanged = shared + 4 * spaces + 2 * pages
    return unchanged + pages + spaces, unchanged
