"""How each table that is built from landed records is built: a new one is a few lines in :data:`RECIPES`."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from confluence_pipeline import tables
from confluence_pipeline.confluence import ContentRecord, RestrictionRecord, TreeNodeRecord
from confluence_pipeline.landing import Entry, Landed, kinds
from confluence_pipeline.normalize.access import access_marks, access_rows
from confluence_pipeline.normalize.attachments import attached, attachment_marks, attachment_rows
from confluence_pipeline.normalize.bodies import comment_rows, task_rows, version_rows
from confluence_pipeline.normalize.labels import label_marks, label_rows, labelled
from confluence_pipeline.normalize.recipe import Build, Recipe, Rows, of_records
from confluence_pipeline.normalize.sources import SpaceSources
from confluence_pipeline.tables.merge import Row
from confluence_pipeline.tables.record_rows import (
    like_row,
    permission_row,
    property_row,
    restriction_row,
    tree_node_row,
    views_row,
)
from confluence_pipeline.tables.rows import Stamp
from confluence_pipeline.tables.tree import ancestry

Record = TypeVar("Record")


def _plain(row: Callable[[Any, str, Stamp], Row]) -> Callable[[Build], Rows[Landed[Any]]]:
    """Return what makes a row of each record alone."""
    return _each(lambda sources, record, stamp: row(record, sources.space_key, stamp))


def _each(row: Callable[[SpaceSources, Any, Stamp], Row]) -> Callable[[Build], Rows[Landed[Any]]]:
    """Return what makes a row of each record and what else is known of the space."""

    def bind(build: Build) -> Rows[Landed[Any]]:
        sources = build.sources

        def rows(stretch: Sequence[Landed[Any]], _old: Sequence[Row]) -> Iterator[Row]:
            for landed in stretch:
                yield row(sources, landed.record, sources.stamp(landed.run, landed.record.source_url))

        return rows

    return bind


def _restriction(sources: SpaceSources, record: RestrictionRecord, stamp: Stamp) -> Row:
    return restriction_row(record, sources.space_key, _type_of(sources.tree.get(record.content_id)), stamp)


def _type_of(placed: object) -> str | None:
    if isinstance(placed, ContentRecord):
        return placed.content_type
    return placed.type if isinstance(placed, TreeNodeRecord) else None


def _tree_node(sources: SpaceSources, record: TreeNodeRecord, stamp: Stamp) -> Row:
    place = ancestry(record.node_id, record.parent_id, sources.tree)
    return tree_node_row(record, sources.space_key, place, stamp)


def _listed(sources: SpaceSources) -> Iterator[Entry]:
    """Yield the contents that have rows of their own."""
    return (entry for entry in sources.listing.values() if entry.body_file)


RECIPES: dict[str, Recipe[Any]] = {
    recipe.table.name: recipe
    for recipe in (
        Recipe(tables.LABELS, label_marks, labelled, lambda carrier: carrier.content_id, label_rows),
        of_records(
            tables.COMMENTS,
            kinds.COMMENTS,
            comment_rows,
            converts=True,
            mentioned=lambda sources: sources.landing.records(kinds.COMMENTS).people(),
        ),
        Recipe(
            tables.ATTACHMENTS,
            attachment_marks,
            attached,
            lambda each: each.attachment_id,
            attachment_rows,
            size=lambda each: each.text_bytes,
        ),
        of_records(tables.PAGE_VERSIONS, kinds.PAGE_VERSIONS, version_rows),
        of_records(
            tables.TASKS,
            kinds.TASKS,
            task_rows,
            marks=lambda sources: (sources.generation,),
            converts=True,
            mentioned=lambda sources: sources.mentioned,
        ),
        of_records(tables.PROPERTIES, kinds.PROPERTIES, _plain(property_row)),
        of_records(tables.LIKES, kinds.LIKES, _plain(like_row)),
        of_records(tables.VIEWS, kinds.VIEWS, _plain(views_row)),
        of_records(tables.SPACE_PERMISSIONS, kinds.SPACE_PERMISSIONS, _plain(permission_row)),
        of_records(
            tables.RESTRICTIONS, kinds.RESTRICTIONS, _each(_restriction), marks=lambda sources: (sources.tree_mark,)
        ),
        Recipe(tables.EFFECTIVE_ACCESS, access_marks, _listed, lambda entry: entry.record.content_id, access_rows),
        of_records(
            tables.TREE_NODES,
            kinds.TREE_NODES,
            _each(_tree_node),
            marks=lambda sources: (sources.tree_mark, sources.generation),
        ),
    )
}
"""The recipe of each table, by its name."""
