"""How a table is built from landed records: what a recipe says, and the building by it."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from confluence_pipeline.landing import Landed
from confluence_pipeline.landing.kinds import Kind
from confluence_pipeline.normalize.conversion import Conversion
from confluence_pipeline.normalize.part import rebuilt
from confluence_pipeline.normalize.reports import Counts, counts_of, space_report, untouched
from confluence_pipeline.normalize.sources import SpaceSources
from confluence_pipeline.normalize.state import LINKED, State, is_current
from confluence_pipeline.normalize.stretches import rebuild, stretches
from confluence_pipeline.tables import Table
from confluence_pipeline.tables.merge import Row
from confluence_pipeline.tables.report import TableReport

Item = TypeVar("Item")
Record = TypeVar("Record")

_ITEMS_AT_ONCE = 512


@dataclass(frozen=True)
class Build:
    """One table of one space while it is built.

    Attributes:
        sources: What landed.
        conversion: Converts bodies; it knows the names of those whom the recipe says bodies mention.
    """

    sources: SpaceSources
    conversion: Conversion


Rows = Callable[[Sequence[Item], Sequence[Row]], Iterable[Row]]
"""Makes the rows of a stretch of items, given the old rows of the same stretch."""


def _nobody(_sources: SpaceSources) -> Collection[str]:
    return ()


def _no_body(_item: object) -> int:
    return 0


@dataclass(frozen=True)
class Recipe(Generic[Item]):
    """How one table is built.

    Attributes:
        table: The table.
        marks: Texts of which one changes with whatever the rows are made from.
        items: What rows are made from, in the order of the table's first key column.
        key: An item's value of that column.
        rows: Returns what makes rows; it is asked once a build.
        converts: Whether rows hold converted bodies, so that they depend on titles and names, too.
        mentioned: The account ids that those bodies mention.
        size: How many bytes of body come with an item.
    """

    table: Table
    marks: Callable[[SpaceSources], Sequence[str]]
    items: Callable[[SpaceSources], Iterable[Item]]
    key: Callable[[Item], str]
    rows: Callable[[Build], Rows[Item]]
    converts: bool = False
    mentioned: Callable[[SpaceSources], Collection[str]] = _nobody
    size: Callable[[Item], int] = _no_body


def of_records(
    table: Table,
    kind: Kind[Record],
    rows: Callable[[Build], Rows[Landed[Record]]],
    *,
    marks: Callable[[SpaceSources], Sequence[str]] = lambda _: (),
    converts: bool = False,
    mentioned: Callable[[SpaceSources], Collection[str]] = _nobody,
) -> Recipe[Landed[Record]]:
    """Return the recipe of a table that is built from the records of one kind.

    Args:
        table: The table.
        kind: The kind.
        rows: As in :class:`Recipe`.
        marks: Marks of what else the rows are made from.
        converts: As in :class:`Recipe`.
        mentioned: As in :class:`Recipe`.
    """
    return Recipe(
        table=table,
        marks=lambda sources: (sources.landing.records(kind).fingerprint(), *marks(sources)),
        items=lambda sources: sources.landing.records(kind).scan(),
        key=lambda landed: str(kind.parts(landed.record)[0]),
        rows=rows,
        converts=converts,
        mentioned=mentioned,
        size=lambda landed: landed.body.size if landed.body else 0,
    )


def build_tables(
    sources: SpaceSources, recipes: Sequence[Recipe[Any]], go_on: Callable[[], None]
) -> dict[str, TableReport]:
    """Build a space's part of tables; a part whose sources did not change is not even read.

    Args:
        sources: What landed of the space, and where the tables are.
        recipes: How each table is built.
        go_on: Called after every few rows; what it raises ends the work, and what is not replaced by then stays.

    Returns:
        What was done to each, by name.

    Raises:
        LakeError: The lake cannot be written; a part is replaced whole or not at all.
    """
    started_at = datetime.now(UTC)
    built = sources.landing.built()
    builds = {recipe.table.name: _build_of(sources, recipe, built.get(recipe.table.name, {})) for recipe in recipes}
    states = {recipe.table.name: _state(recipe, builds[recipe.table.name]) for recipe in recipes}
    due = [recipe for recipe in recipes if not _stands(sources, recipe, built, states[recipe.table.name])]
    names = {recipe.table.name for recipe in due}
    counts = {recipe.table.name: untouched(sources, recipe.table.name) for recipe in recipes if recipe not in due}
    if due:
        sources.landing.write_built({name: state for name, state in built.items() if name not in names})
    for recipe in due:
        counts[recipe.table.name] = _build(recipe, builds[recipe.table.name], go_on)
    if due:
        done = {name: states[name] | {LINKED: builds[name].conversion.linked} for name in sorted(names)}
        sources.landing.write_built(built | done)
    stale = sources.sync.get("stale", {}) if sources.sync else {}
    return {name: space_report(sources, name, counts[name], started_at, stale=stale.get(name, 0)) for name in builds}


def _build_of(sources: SpaceSources, recipe: Recipe[Any], before: Mapping[str, Any]) -> Build:
    return Build(sources, Conversion(sources, recipe.mentioned(sources), before))


def _state(recipe: Recipe[Any], build: Build) -> State:
    conversion = build.conversion.state if recipe.converts else {}
    return {**conversion, "columns": recipe.table.schema.names, "marks": list(recipe.marks(build.sources))}


def _stands(sources: SpaceSources, recipe: Recipe[Any], built: Mapping[str, Any], state: State) -> bool:
    is_there = sources.lake.part_files(recipe.table, sources.space_key)
    return bool(is_there) and is_current(built.get(recipe.table.name, {}), state, sources.site)


def _build(recipe: Recipe[Item], build: Build, go_on: Callable[[], None]) -> Counts:
    sources = build.sources
    with rebuilt(sources.lake, recipe.table, sources.space_key) as part:
        stretched = stretches(recipe.items(sources), recipe.key, most=_ITEMS_AT_ONCE, size=recipe.size)
        rebuild(part, stretched, recipe.rows(build), go_on)
    return counts_of(part)
