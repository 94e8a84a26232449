"""A space's content tables, built in one pass over its landing: every body is parsed once, for all tables."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from confluence_pipeline.confluence import ContentRecord, Cost
from confluence_pipeline.content import Content, convert
from confluence_pipeline.lake import Lake, LakeError, release_memory
from confluence_pipeline.landing import Entry, LandedSpace, Listing, SpaceLanding
from confluence_pipeline.landing import landed_space_records as landed_spaces
from confluence_pipeline.normalize.context import (
    LinkTargets,
    SiteIndex,
    conversion_context,
    index_of,
    names_of,
    site_url_of,
)
from confluence_pipeline.normalize.part import Part, rebuilt
from confluence_pipeline.normalize.state import CONTENT_TABLES, LINKED, BuildState, is_current, state_of
from confluence_pipeline.tables import BLOG_POSTS, LABELS, PAGES, TABLES
from confluence_pipeline.tables.merge import Row
from confluence_pipeline.tables.report import Run, TableReport
from confluence_pipeline.tables.rows import (
    BODY_COLUMNS,
    STRUCTURE_TABLES,
    Body,
    Stamp,
    blog_post_row,
    label_rows,
    page_row,
    structure_rows,
)
from confluence_pipeline.tables.tree import ancestry

_CONTENTS_AT_ONCE = 128
_BYTES_AT_ONCE = 8 * 1024**2  # of bodies; their Markdown, text and old rows are in memory with them
_LINK_MARKS = ("<ri:page", "<ri:blog-post", "<ri:content-entity", "pageId=", "/pages/")
_USER_MARK = "<ri:user"

Progress = Callable[[int, int], None]


def build_content_tables(
    lake: Lake,
    landing: SpaceLanding,
    run: Run,
    tables: Collection[str],
    on_progress: Progress,
    site: SiteIndex,
) -> dict[str, TableReport]:
    """Build a space's part of ``pages``, ``blog_posts``, ``labels`` and the tables of what is inside bodies.

    A body is converted again only if it changed, or if what its links or mentions resolve to may have. A part
    whose landing did not change since it was built is not even read.

    Args:
        lake: Where the tables are.
        landing: The space's raw landing.
        run: The run that rows which changed are stamped with.
        tables: The names of the tables to build; others than these are passed over.
        on_progress: Called with the contents done and to do.
        site: What links to other spaces resolve to.

    Raises:
        LakeError: The lake cannot be written; what was there stays.
    """
    started_at = datetime.now(UTC)
    wanted = [name for name in CONTENT_TABLES if name in tables]
    listing = landing.listing()
    space = landed_spaces(lake).get(landing.space_key)
    names = names_of(lake, listing)
    own = index_of(listing, landing.titles())
    state = state_of(listing, own.mark, names, space)
    built = landing.built()
    counts: dict[str, tuple[int, int, int, int]] = {}
    paths = {name: lake.part_path(TABLES[name], landing.space_key) for name in wanted}
    if all(is_current(built.get(name, {}), state, site) and lake.exists(paths[name]) for name in wanted):
        for name in wanted:
            file = lake.facts(paths[name])
            counts[name] = (0, 0, file.rows if file else 0, 0)
    else:
        landing.forget_built()
        targets = LinkTargets(landing.space_key, own, site)
        build = _Build(lake, landing, run, listing, space, names, state, built, targets)
        with ExitStack() as stack:
            parts = {name: stack.enter_context(rebuilt(lake, TABLES[name], landing.space_key)) for name in wanted}
            build.write(parts, on_progress)
        for name, part in parts.items():
            counts[name] = (part.merge.inserted, part.merge.updated, part.merge.unchanged, part.merge.removed)
        after = asdict(state) | {LINKED: targets.other_spaces}
        landing.write_built(built | dict.fromkeys(wanted, after))
    return {name: _report(lake, landing, run, name, counts[name], listing, started_at) for name in wanted}


class _Build:
    """One pass over a space's landing."""

    def __init__(
        self,
        lake: Lake,
        landing: SpaceLanding,
        run: Run,
        listing: Listing,
        space: LandedSpace | None,
        names: Mapping[str, str],
        state: BuildState,
        built: Mapping[str, Any],
        targets: LinkTargets,
    ) -> None:
        self._lake = lake
        self._landing = landing
        self._run = run
        self._listing = listing
        self._space = space
        self._contents = {content_id: entry.record for content_id, entry in listing.items()}
        self._context = conversion_context(landing.space_key, site_url_of(listing), targets, names)
        self._links_moved = targets.have_moved(built.get(PAGES.name, {}).get(LINKED, {}))
        self._state = state
        self._built = built
        self._space_to_come = True

    def write(self, parts: Mapping[str, Part], on_progress: Progress) -> None:
        """Write every content, in stretches of the order of ids, to all parts."""
        done = 0
        for stretch, last in _stretches(self._listing):
            self._write_stretch(parts, stretch, last)
            done += len(stretch)
            release_memory()
            on_progress(done, len(self._listing))

    def _write_stretch(self, parts: Mapping[str, Part], ids: Sequence[str], last: str | None) -> None:
        old = {name: part.old(last) for name, part in parts.items()}
        new: dict[str, list[Row]] = {name: [] for name in parts}
        entries = [self._listing[content_id] for content_id in ids if self._listing[content_id].body_file]
        bodies = self._reusable(parts, entries, old)
        storages = self._storages([entry for entry in entries if entry.record.content_id not in bodies])
        carried = _by_content(old)
        for entry in entries:
            self._write_content(entry, bodies, storages, carried, new)
        if LABELS.name in new:
            new[LABELS.name] += self._space_labels(last)
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
        stamp = Stamp(self._run.run_id, entry.run.started_at, record.source_url)
        body = bodies.get(record.content_id)
        if body is None:
            content = convert(storages[record.content_id], context=self._context)
            body = Body(storages[record.content_id], content).as_columns()
            self._add_structure(record, content, stamp, new)
        else:
            for name in STRUCTURE_TABLES:
                if name in new:
                    new[name] += carried.get((name, record.content_id), [])
        if LABELS.name in new:
            new[LABELS.name] += label_rows(
                record.content_id, record.content_type, self._landing.space_key, entry.labels, stamp
            )
        if record.content_type == "page" and PAGES.name in new:
            place = ancestry(record, self._contents)
            new[PAGES.name].append(page_row(record, self._landing.space_key, place, body, stamp))
        if record.content_type == "blogpost" and BLOG_POSTS.name in new:
            new[BLOG_POSTS.name].append(blog_post_row(record, self._landing.space_key, body, stamp))

    def _add_structure(self, record: ContentRecord, content: Content, stamp: Stamp, new: dict[str, list[Row]]) -> None:
        for name in STRUCTURE_TABLES:
            if name in new:
                new[name] += structure_rows(name, record, self._landing.space_key, content, stamp)

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
            and not self._affected(row["body_storage"])
        }

    def _consistent(self, parts: Mapping[str, Part]) -> bool:
        """Whether the old rows of all parts were made together, by this converter, pages and blog posts included."""
        if not {PAGES.name, BLOG_POSTS.name} <= set(parts):
            return False
        states = [self._built.get(name) for name in parts if name != LABELS.name]
        return (
            states[0] is not None
            and all(state == states[0] for state in states)
            and (states[0]["converter"] == self._state.converter)
        )

    def _affected(self, storage: str) -> bool:
        """Whether what the body's links or mentions resolve to may have changed since its rows were made."""
        before = self._built[PAGES.name]
        titles_changed = before["titles"] != self._state.titles or self._links_moved
        names_changed = before["names"] != self._state.names
        return (titles_changed and any(mark in storage for mark in _LINK_MARKS)) or (
            names_changed and _USER_MARK in storage
        )

    def _storages(self, entries: Sequence[Entry]) -> dict[str, str]:
        by_file: dict[str, list[str]] = {}
        for entry in entries:
            by_file.setdefault(entry.body_file or "", []).append(entry.record.content_id)
        storages: dict[str, str] = {}
        for name, ids in by_file.items():
            storages |= self._landing.bodies(name, ids)
        lost = [entry.record.content_id for entry in entries if entry.record.content_id not in storages]
        if lost:
            raise LakeError(
                f"The raw bodies of {len(lost)} contents of space {self._landing.space_key} are missing from the lake "
                f"({', '.join(lost[:5])}); sync the space again to fetch them. Nothing was changed."
            )
        return storages

    def _space_labels(self, last: str | None) -> list[Row]:
        """Return the rows of the space's own labels if its id is in the stretch that ends with ``last``."""
        if self._space is None or not self._listing or not self._space_to_come:
            return []
        space = self._space.record
        if last is not None and space.space_id > last:
            return []
        self._space_to_come = False
        stamp = Stamp(self._run.run_id, self._space.run.started_at, space.source_url)
        return label_rows(space.space_id, "space", space.key, self._space.labels, stamp)


def _stretches(listing: Listing) -> Iterator[tuple[Sequence[str], str | None]]:
    """Yield ids in stretches that fit in memory, each with the id it reaches to; the last reaches to the end."""
    stretch: list[str] = []
    size = 0
    for content_id, entry in listing.items():
        if stretch and (len(stretch) == _CONTENTS_AT_ONCE or size + entry.body_bytes > _BYTES_AT_ONCE):
            yield stretch, stretch[-1]
            stretch, size = [], 0
        stretch.append(content_id)
        size += entry.body_bytes
    yield stretch, None


def _by_content(old: Mapping[str, list[Row]]) -> dict[tuple[str, str], list[Row]]:
    grouped: dict[tuple[str, str], list[Row]] = {}
    for name in STRUCTURE_TABLES:
        for row in old.get(name, ()):
            grouped.setdefault((name, row["content_id"]), []).append(row)
    return grouped


def _report(
    lake: Lake,
    landing: SpaceLanding,
    run: Run,
    name: str,
    counts: tuple[int, int, int, int],
    listing: Listing,
    started_at: datetime,
) -> TableReport:
    """Say what was done to one table, against what the newest sync expected of it."""
    inserted, updated, unchanged, removed = counts
    rows = inserted + updated + unchanged
    sync = landing.newest_sync()
    missing = [item for item in sync["ledger"] if item["table"] == name] if sync else []
    stale = sum(1 for item in missing if item["content_id"] in listing and listing[item["content_id"]].body_file)
    expected = sync["expected"].get(name, rows) if sync else 0
    mine = sync is not None and sync["run_id"] == run.run_id
    return TableReport(
        table=name,
        space_key=landing.space_key,
        expected_rows=expected,
        extracted_rows=rows - stale,
        inserted=inserted,
        updated=updated,
        unchanged=unchanged,
        removed=removed,
        ledger_rows=len(missing),
        complete=sync is not None and not sync["failed"] and rows - stale + len(missing) == expected,
        file=lake.facts(lake.part_path(TABLES[name], landing.space_key)),
        mode=sync["mode"] if sync and mine else "incremental",
        cost=Cost(**sync["cost"]) if sync and mine and name == PAGES.name else Cost(),
        started_at=started_at,
        finished_at=datetime.now(UTC),
    )
