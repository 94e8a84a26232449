"""A space's content tables, built in one pass over its landing: every body is parsed once, for all tables."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

from confluence_pipeline.confluence import ContentRecord
from confluence_pipeline.content import Content
from confluence_pipeline.lake import LakeError, release_memory
from confluence_pipeline.landing import Entry, Listing
from confluence_pipeline.normalize.conversion import Conversion
from confluence_pipeline.normalize.part import Part, rebuilt
from confluence_pipeline.normalize.reports import counts_of, space_report, untouched
from confluence_pipeline.normalize.sources import SpaceSources
from confluence_pipeline.normalize.state import LINKED, State, is_current
from confluence_pipeline.normalize.stretches import stretches
from confluence_pipeline.tables import BLOG_POSTS, PAGES, TABLES
from confluence_pipeline.tables.merge import Row
from confluence_pipeline.tables.report import TableReport
from confluence_pipeline.tables.rows import (
    BODY_COLUMNS,
    STRUCTURE_TABLES,
    Body,
    Stamp,
    blog_post_row,
    page_row,
    structure_rows,
)
from confluence_pipeline.tables.tree import ancestry

CONTENT_TABLES = (PAGES.name, BLOG_POSTS.name, *STRUCTURE_TABLES)
_CONTENTS_AT_ONCE = 128


def build_content_tables(
    sources: SpaceSources, tables: Collection[str], go_on: Callable[[], None]
) -> dict[str, TableReport]:
    """Build a space's part of ``pages``, ``blog_posts`` and the tables of what is inside bodies.

    A body is converted again only if it changed, or if what its links or mentions resolve to may have. A part
    whose landing did not change since it was built is not even read.

    Args:
        sources: What landed of the space, and where the tables are.
        tables: The names of the tables to build; others than these are passed over.
        go_on: Called after every few contents; what it raises ends the work, and what was there stays.

    Raises:
        LakeError: The lake cannot be written; what was there stays.
    """
    started_at = datetime.now(UTC)
    wanted = [name for name in CONTENT_TABLES if name in tables]
    if not wanted:
        return {}
    landing, lake = sources.landing, sources.lake
    built = landing.built()
    conversion = Conversion(sources, sources.mentioned, built.get(PAGES.name, {}))
    state = _state(sources, conversion)
    there = {name: lake.part_files(TABLES[name], landing.space_key) for name in wanted}
    if all(is_current(built.get(name, {}), state, sources.site) and there[name] for name in wanted):
        counts = {name: untouched(sources, name) for name in wanted}
    else:
        landing.forget_built()
        build = _Build(sources, conversion, built, state)
        with ExitStack() as stack:
            parts = {name: stack.enter_context(rebuilt(lake, TABLES[name], landing.space_key)) for name in wanted}
            build.write(parts, go_on)
        counts = {name: counts_of(part) for name, part in parts.items()}
        landing.write_built(built | dict.fromkeys(wanted, state | {LINKED: conversion.linked}))
    return {name: space_report(sources, name, counts[name], started_at, stale=_stale(sources, name)) for name in wanted}


def _state(sources: SpaceSources, conversion: Conversion) -> State:
    """Return the state that parts would be built from now."""
    return {
        **conversion.state,
        "generation": sources.generation,
        "tree": sources.tree_mark,
        "columns": [TABLES[name].schema.names for name in CONTENT_TABLES],
    }


def _stale(sources: SpaceSources, name: str) -> int:
    """Return how many rows of a table are of an older version than the newest sync listed."""
    missing = [item for item in sources.sync["ledger"] if item["table"] == name] if sources.sync else []
    landed = (sources.listing.get(item["content_id"]) for item in missing)
    return sum(1 for entry in landed if entry is not None and entry.body_file)


class _Build:
    """One pass over a space's landing."""

    def __init__(self, sources: SpaceSources, conversion: Conversion, built: Mapping[str, Any], state: State) -> None:
        self._sources = sources
        self._conversion = conversion
        self._built = built
        self._state = state
        self._space_key = sources.space_key

    def write(self, parts: Mapping[str, Part], go_on: Callable[[], None]) -> None:
        """Write every content, in stretches of the order of ids, to all parts."""
        listing = self._sources.listing
        for stretch, last in stretches(
            listing, lambda content_id: content_id, most=_CONTENTS_AT_ONCE, size=lambda i: listing[i].body_bytes
        ):
            self._write_stretch(parts, listing, stretch, last)
            release_memory()
            go_on()

    def _write_stretch(self, parts: Mapping[str, Part], listing: Listing, ids: Sequence[str], last: str | None) -> None:
        old = {name: part.old(last) for name, part in parts.items()}
        new: dict[str, list[Row]] = {name: [] for name in parts}
        entries = [listing[content_id] for content_id in ids if listing[content_id].body_file]
        bodies = self._reusable(parts, entries, old)
        storages = self._storages([entry for entry in entries if entry.record.content_id not in bodies])
        carried = _by_content(old)
        for entry in entries:
            self._write_content(entry, bodies, storages, carried, new)
        for name, part in parts.items():
            part.add(old[name], new[name])

    def _write_content(
        self,
        entry: Entry,
        bodies: Mapping[str, Row],
        storages: Mapping[str, str],
        carried: Mapping[tuple[str, str], list[Row]],
        new: dict[str, list[Row]],
    ) -> None:
        record = entry.record
        stamp = self._sources.stamp(entry.run, record.source_url)
        body = bodies.get(record.content_id)
        if body is None:
            content = self._conversion.convert(storages[record.content_id])
            body = Body(storages[record.content_id], content).as_columns()
            self._add_structure(record, content, stamp, new)
        else:
            for name in STRUCTURE_TABLES:
                if name in new:
                    new[name] += carried.get((name, record.content_id), [])
        if record.content_type == "page" and PAGES.name in new:
            place = ancestry(record.content_id, record.parent_id, self._sources.tree)
            new[PAGES.name].append(page_row(record, self._space_key, place, body, stamp))
        if record.content_type == "blogpost" and BLOG_POSTS.name in new:
            new[BLOG_POSTS.name].append(blog_post_row(record, self._space_key, body, stamp))

    def _add_structure(self, record: ContentRecord, content: Content, stamp: Stamp, new: dict[str, list[Row]]) -> None:
        for name in STRUCTURE_TABLES:
            if name in new:
                new[name] += structure_rows(name, record, self._space_key, content, stamp)

    def _reusable(
        self, parts: Mapping[str, Part], entries: Sequence[Entry], old: Mapping[str, list[Row]]
    ) -> dict[str, Row]:
        """Return the body columns, by id, of contents whose rows stand and need no conversion."""
        if not self._consistent(parts):
            return {}
        rows = {row["page_id"]: row for row in old.get(PAGES.name, ())}
        rows |= {row["blog_post_id"]: row for row in old.get(BLOG_POSTS.name, ())}
        return {
            entry.record.content_id: {name: row[name] for name in BODY_COLUMNS}
            for entry in entries
            if (row := rows.get(entry.record.content_id)) is not None
            and row["body_sha256"] == entry.body_sha256
            and self._conversion.stands(row["body_storage"])
        }

    def _consistent(self, parts: Mapping[str, Part]) -> bool:
        """Whether the old rows of all parts were made together, with these columns, pages and blog posts included."""
        if not {PAGES.name, BLOG_POSTS.name} <= set(parts):
            return False
        states = [self._built.get(name) for name in parts]
        return (
            states[0] is not None
            and all(state == states[0] for state in states)
            and states[0].get("columns") == self._state["columns"]
        )

    def _storages(self, entries: Sequence[Entry]) -> dict[str, str]:
        by_file: dict[str, list[str]] = {}
        for entry in entries:
            by_file.setdefault(entry.body_file or "", []).append(entry.record.content_id)
        storages: dict[str, str] = {}
        for name, ids in by_file.items():
            storages |= self._sources.landing.bodies(name, ids)
        lost = [entry.record.content_id for entry in entries if entry.record.content_id not in storages]
        if lost:
            raise LakeError(
                f"The raw bodies of {len(lost)} contents of space {self._space_key} are missing from the lake "
                f"({', '.join(lost[:5])}); sync the space again to fetch them. Nothing was changed."
            )
        return storages


def _by_content(old: Mapping[str, list[Row]]) -> dict[tuple[str, str], list[Row]]:
    grouped: dict[tuple[str, str], list[Row]] = {}
    for name in STRUCTURE_TABLES:
        for row in old.get(name, ()):
            grouped.setdefault((name, row["content_id"]), []).append(row)
    return grouped
