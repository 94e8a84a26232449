"""The tables that are kept by space, all built in one step from what landed."""

from collections.abc import Iterable, Iterator, Sequence
from threading import Event
from typing import Any

import dagster as dg
from pydantic import Field

from confluence_pipeline import landing, normalize
from confluence_pipeline.assets.failures import explained
from confluence_pipeline.assets.fan_out import Outcome, over_spaces
from confluence_pipeline.assets.metadata import by_space, shown, table_metadata
from confluence_pipeline.assets.policies import LAKE_POOL, WHEN_UPSTREAM_CHANGED
from confluence_pipeline.assets.runs import spaces_of_run, this_run
from confluence_pipeline.assets.specs import table_key, table_spec, with_code
from confluence_pipeline.assets.users import RAW_USERS
from confluence_pipeline.lake import Lake, LakeBusyError
from confluence_pipeline.landing.selection import Selection
from confluence_pipeline.partitions import space_keys
from confluence_pipeline.progress import Progress, report
from confluence_pipeline.resources import LakeResource
from confluence_pipeline.selections import tables_of
from confluence_pipeline.tables import ATTACHMENTS, BLOG_POSTS, COMMENTS, PAGES, SITE_PART, TASKS, Table
from confluence_pipeline.tables.report import TableReport

_SHOW_NAMES = (PAGES, BLOG_POSTS, COMMENTS, TASKS)
_MOST_SPACES_AT_ONCE = 2  # conversion is bound by the processor: more would only hold more memory

Reports = dict[str, TableReport]


def _spec(table: Table) -> dg.AssetSpec:
    names = [RAW_USERS] if table in _SHOW_NAMES else []  # a mention in a body becomes the user's name
    spec = table_spec(table, also=names, automation_condition=WHEN_UPSTREAM_CHANGED)
    return with_code(spec, normalize.build_space_tables)


class TablesConfig(dg.Config):
    """Which spaces to build."""

    space_keys: list[str] = Field(
        default=[], description="Only these spaces; if empty, those of the run's partitions, or all that landed."
    )


def space_tables(selection: Selection) -> tuple[Table, ...]:
    """Return the chosen tables that are kept by space."""
    return tuple(table for table in tables_of(selection) if table.by_space)


def table_assets(selection: Selection) -> dg.AssetsDefinition:
    """Build an asset for each chosen table that is kept by space.

    Args:
        selection: Which tables.
    """
    tables = space_tables(selection)

    @dg.multi_asset(name="build_tables", specs=[_spec(table) for table in tables], can_subset=True, pool=LAKE_POOL)
    def build_tables(
        context: dg.AssetExecutionContext, config: TablesConfig, lake: LakeResource
    ) -> Iterator[dg.MaterializeResult[Any]]:
        """Build the tables of the run's spaces, or of every space that landed; unchanged ones cost next to nothing."""
        chosen = [table for table in tables if table_key(table) in context.selected_asset_keys]
        with explained():
            store = lake.lake()
            left = landing.settle_moves(store)
            landed = _landed(store, space_keys(context.instance))
            asked = {*(config.space_keys or spaces_of_run(context) or landed), *left}
            keys = [key for key in landed if key in asked]
            built = _build(context, store, keys, {table.name for table in chosen})
        for table in chosen:
            with explained():
                reports = [of_space[table.name] for of_space in built]
                whole = set(keys) == set(landed)
                rest = store.part_facts(table, SITE_PART) if whole else None
                facts = {**table_metadata(reports, rest, whole=whole), **by_space(reports), **shown(store, table)}
            yield dg.MaterializeResult(asset_key=table_key(table), metadata=facts)
        attachments = [of_space[ATTACHMENTS.name] for of_space in built if ATTACHMENTS.name in of_space]
        if any(found.updated or found.removed for found in attachments):
            with explained():
                landing.drop_unused_files(store)

    return build_tables


def _landed(lake: Lake, known: Iterable[str]) -> list[str]:
    """Return the spaces of which anything landed, if only that their sync failed."""
    keys = sorted({*landing.landed_spaces(lake), *known})
    return [key for key in keys if landing.SpaceLanding(lake, key).newest_sync() is not None]


def _build(context: dg.AssetExecutionContext, lake: Lake, keys: Sequence[str], names: set[str]) -> list[Reports]:
    """Build the spaces side by side; one that another run holds is left to that run."""
    run, site, interrupted = this_run(context), normalize.SiteIndex(lake), Event()

    def go_on() -> None:
        if interrupted.is_set():
            raise InterruptedError("the run was interrupted")

    def build(key: str) -> Reports:
        return normalize.build_space_tables(lake, key, run, names, go_on, site)

    built = []
    for done, outcome in enumerate(
        over_spaces(keys, build, threads=_MOST_SPACES_AT_ONCE, stop=interrupted.set), start=1
    ):
        if isinstance(outcome.error, LakeBusyError):
            context.log.warning("%s is left to the run that is writing it: %s", outcome.space_key, outcome.error)
        elif outcome.error is not None:
            raise outcome.error
        if outcome.result is not None:
            built.append(outcome.result)
        report(_progress(outcome, done, len(keys)))
    return built


def _progress(outcome: Outcome[Reports], done: int, total: int) -> Progress:
    reports = outcome.result or {}
    contents = sum(found.extracted_rows for name, found in reports.items() if name in {PAGES.name, BLOG_POSTS.name})
    error = str(outcome.error) if outcome.error else None
    return Progress(step="tables", space_key=outcome.space_key, done=done, total=total, contents=contents, error=error)
