"""Proves that the settings lead to a site that can be read, and says what a sync will cost before it is paid."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from confluence_pipeline.confluence import (
    CONTENT_TYPES,
    AccessError,
    ConfluenceClient,
    ConfluenceError,
    QueryError,
    RefusedError,
    RetryPolicy,
    Scope,
    SettingError,
    SpaceRecord,
)
from confluence_pipeline.confluence.cql import all_of, any_of, groups
from confluence_pipeline.extraction.extractor import installed_extractor
from confluence_pipeline.lake import Lake, LakeError
from confluence_pipeline.landing import Selection, discover_spaces
from confluence_pipeline.prices import Price, SiteCounts, in_units, prices, total
from confluence_pipeline.selections import require_extractor
from confluence_pipeline.settings import Settings
from confluence_pipeline.warehouse import WarehouseError, default_warehouse_uri, open_warehouse

_PAGE_SIZE = 250
_MOST_SPACES_NAMED = 10
_SPACES_IN_A_QUERY = 50
_PATIENCE = RetryPolicy(attempts=4)
"""A person waits for the answer: a few seconds for a site that is away, where a sync would give it a minute."""
_KINDS = ("comment", "attachment", "folder, whiteboard, database, embed")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: A word or two.
        good: Whether it is as it should be.
        said: What was found; for a fault, one sentence with the setting to change.
        setting_fault: Whether a setting must change (rather than the site being away).
        prices: What each table takes, where this is about cost.
    """

    what: str
    good: bool
    said: str
    setting_fault: bool = False
    prices: tuple[Price, ...] = ()


def check(settings: Settings) -> Iterator[Finding]:
    """Look at the lake, the warehouse, what reads attachments, the login, the site and the scope, in that order.

    What depends on something that is wrong is not looked at.

    Args:
        settings: What to check.

    Yields:
        A finding for each thing, as soon as it is known.
    """
    yield _lake(settings)
    yield _warehouse(settings)
    yield from _extractor(settings.selection)
    try:
        with ConfluenceClient(replace(settings.connection(), retries=_PATIENCE)) as client:
            yield from _site(client, settings)
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


def _extractor(selection: Selection) -> Iterator[Finding]:
    """Tell what reads text out of attachments, where that is asked for."""
    if not selection.attachment_text:
        return
    try:
        require_extractor(selection)
    except SettingError as error:
        yield Finding("text", good=False, said=str(error), setting_fault=True)
    else:
        yield Finding("text", good=True, said=f"{installed_extractor()} reads attachments")


def _site(client: ConfluenceClient, settings: Settings) -> Iterator[Finding]:
    scope, selection = settings.scope, settings.selection
    yield _way_in(client, settings)
    caller = client.log_in()
    yield Finding("account", good=True, said=f"{caller.display_name} ({caller.account_id})")
    yield from _scopes(client, selection)
    facts = client.api.site_facts()
    zone = f"time zone {facts.time_zone}" if facts.time_zone else "its time zone is not shown to this account"
    title = f"{facts.title}, " if facts.title else ""
    yield Finding("site", good=True, said=f"{title}{client.api.product} at {client.base_url}, {zone}")
    spaces = discover_spaces(client, scope)
    yield Finding("spaces", good=bool(spaces), said=_named(spaces), setting_fault=not spaces)
    if spaces:
        counts = _counts(client, scope, spaces)
        yield _found(counts)
        yield _cost(counts, selection)


def _way_in(client: ConfluenceClient, settings: Settings) -> Finding:
    """Tell how requests are signed and where they go, and what Atlassian grants to them."""
    points = settings.max_points_per_hour or settings.auth.points_per_hour()
    paced = f", at most {points:,.0f} points an hour" if points else ""
    place = "through the gateway at" if client.api_url != client.base_url else "at the site's own address,"
    return Finding("way in", good=True, said=f"{settings.auth.chosen()} {place} {client.api_url}{paced}")


def _scopes(client: ConfluenceClient, selection: Selection) -> Iterator[Finding]:
    """Tell which scopes the login lacks, and which of the chosen tables that leaves incomplete."""
    if client.api_url == client.base_url:
        return
    lacking = client.lacking_scopes(selection.tables)
    for scope, tables in lacking.items():
        every = len(tables) == len(selection.tables)
        named = "every table needs" if every else f"these tables need: {', '.join(sorted(tables))}"
        yield Finding("scopes", good=False, said=f"{scope} is missing, which {named}", setting_fault=True)
    if not lacking:
        yield Finding("scopes", good=True, said="all that the chosen tables need")


def _named(spaces: list[SpaceRecord]) -> str:
    if not spaces:
        return (
            "no space matches the scope; widen CONFLUENCE_SPACE_KEY, CONFLUENCE_LABEL, CONFLUENCE_CQL or "
            "CONFLUENCE_PAGE_IDS"
        )
    shown = ", ".join(space.key for space in spaces[:_MOST_SPACES_NAMED])
    more = f" and {len(spaces) - _MOST_SPACES_NAMED} more" if len(spaces) > _MOST_SPACES_NAMED else ""
    return f"{len(spaces)} in scope: {shown}{more}"


def _counts(client: ConfluenceClient, scope: Scope, spaces: list[SpaceRecord]) -> SiteCounts:
    """Count what is in scope, a request for each kind and 50 spaces."""
    pages, blog_posts = _contents(client, scope, spaces)
    comments, attachments, tree_nodes = (_in_spaces(client, spaces, f"type in ({kinds})") for kinds in _KINDS)
    return SiteCounts(
        spaces=len(spaces),
        pages=pages,
        blog_posts=blog_posts,
        comments=comments,
        attachments=attachments,
        attachment_bytes=_attachment_bytes(client, spaces, attachments),
        tree_nodes=tree_nodes,
        groups=_groups(client),
        narrowed=not scope.lists_whole_spaces,
    )


def _contents(client: ConfluenceClient, scope: Scope, spaces: list[SpaceRecord]) -> tuple[int, int]:
    """Return the number of pages and of blog posts; of contents named by id, all count as pages."""
    if scope.needs_search:
        found = [
            sum(client.in_parallel(client.api.count, [all_of(query, f"type = {kind}") for query in scope.queries()]))
            for kind in CONTENT_TYPES
        ]
        return found[0], found[1]
    if scope.page_ids:
        return len(scope.page_ids), 0
    return _in_spaces(client, spaces, "type = page"), _in_spaces(client, spaces, "type = blogpost")


def _in_spaces(client: ConfluenceClient, spaces: list[SpaceRecord], clause: str) -> int:
    """Return how much the search finds in spaces; 0 where its language does not know what is asked for."""
    try:
        return sum(client.in_parallel(client.api.count, _queries(spaces, clause)))
    except QueryError:
        return 0


def _queries(spaces: list[SpaceRecord], clause: str) -> list[str]:
    return [all_of(any_of("space", some), clause) for some in groups([s.key for s in spaces], _SPACES_IN_A_QUERY)]


def _attachment_bytes(client: ConfluenceClient, spaces: list[SpaceRecord], count: int) -> int | None:
    """Estimate the size of all attachments from the first page of their listing; None where that tells nothing."""
    if not count:
        return 0
    listing = client.api.attachments(_queries(spaces, "type = attachment")[0])
    sizes = [found.attachment.file_size for found in islice(listing, _PAGE_SIZE)]
    known = [size for size in sizes if size is not None]
    return round(sum(known) / len(known) * count) if known else None


def _groups(client: ConfluenceClient) -> int | None:
    try:
        return sum(1 for _ in client.api.groups())
    except (AccessError, RefusedError):
        return None


def _found(counts: SiteCounts) -> Finding:
    size = f" of about {in_units(counts.attachment_bytes)}" if counts.attachment_bytes else ""
    within = " in whole spaces" if counts.narrowed else ""
    return Finding(
        "contents",
        good=True,
        said=f"{counts.pages:,} pages, {counts.blog_posts:,} blog posts, {counts.comments:,} comments and "
        f"{counts.attachments:,} attachments{size}{within}",
    )


def _cost(counts: SiteCounts, selection: Selection) -> Finding:
    quoted = prices(counts, selection)
    first, unchanged = total(quoted)
    return Finding(
        "cost",
        good=True,
        said=f"about {first:,} requests for a first sync, {unchanged:,} when nothing changed, "
        f"with the {len(selection.tables)} tables chosen",
        prices=tuple(quoted),
    )
