"""From the raw landing to the lake's tables: each part replaced whole, and only where its rows changed."""

from collections.abc import Callable, Collection

from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import SpaceLanding
from confluence_pipeline.normalize.context import SiteIndex
from confluence_pipeline.normalize.deselected import drop_deselected
from confluence_pipeline.normalize.logs import append_logs, log_reports
from confluence_pipeline.normalize.recipe import build_tables
from confluence_pipeline.normalize.recipes import RECIPES
from confluence_pipeline.normalize.site import (
    build_group_members,
    build_groups,
    build_spaces,
    build_users,
    drop_deselected_site,
)
from confluence_pipeline.normalize.sources import SpaceSources
from confluence_pipeline.normalize.space import build_content_tables
from confluence_pipeline.tables.report import Run, TableReport

__all__ = [
    "SiteIndex",
    "build_group_members",
    "build_groups",
    "build_space_tables",
    "build_spaces",
    "build_users",
    "drop_deselected_site",
]


def build_space_tables(
    lake: Lake,
    space_key: str,
    run: Run,
    tables: Collection[str],
    go_on: Callable[[], None] = lambda: None,
    site: SiteIndex | None = None,
) -> dict[str, TableReport]:
    """Build one space's part of the tables from its raw landing.

    Args:
        lake: Where the landing and the tables are.
        space_key: The space.
        run: The run that rows which changed are stamped with.
        tables: The names of the tables to build; those that do not belong to spaces are passed over.
        go_on: Called every few rows; what it raises ends the work, and what is not replaced by then stays.
        site: What links to other spaces resolve to; give the same one to several spaces to read less.

    Returns:
        What was done to each table, by name.

    Raises:
        LakeBusyError: Another run is writing this space.
        LakeError: The lake cannot be written; what was there stays.
    """
    with lake.lock(space_key):
        lake.clear_staging(space_key)
        landing = SpaceLanding(lake, space_key)
        sources = SpaceSources(lake, landing, run, site or SiteIndex(lake))
        reports = build_content_tables(sources, tables, go_on)
        reports |= build_tables(sources, [recipe for name, recipe in RECIPES.items() if name in tables], go_on)
        append_logs(lake, landing, run, [*reports.values(), *drop_deselected(sources)], tables)
        return reports | log_reports(lake, space_key, run, tables)
