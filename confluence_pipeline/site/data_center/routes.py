"""Every endpoint of a Data Center, below its context path."""

from collections.abc import Iterator
from dataclasses import replace

from confluence_pipeline.site import control
from confluence_pipeline.site.data_center import (
    routes_access,
    routes_children,
    routes_contents,
    routes_files,
    routes_people,
    routes_search,
    routes_site,
    routes_spaces,
    routes_writes,
)
from confluence_pipeline.site.routing import SiteRoute

_TABLES = (
    routes_search.ROUTES,
    routes_children.ROUTES,
    routes_access.ROUTES,
    routes_access.JSON_RPC,
    routes_files.ROUTES,
    routes_writes.ROUTES,
    routes_contents.ROUTES,
    routes_contents.EXPERIMENTAL,
    routes_spaces.ROUTES,
    routes_site.ROUTES,
    routes_people.ROUTES,
    routes_site.APPLICATION_LINKS,
)


def data_center_routes(context_path: str) -> list[SiteRoute]:
    """Return the endpoints in the order in which they are tried, and those that only the local site has."""
    return [*_below(context_path), *control.ROUTES.table]


def _below(context_path: str) -> Iterator[SiteRoute]:
    for routes in _TABLES:
        for route in routes.table:
            yield replace(route, template=context_path + route.template)
