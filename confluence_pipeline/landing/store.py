"""Where raw records lie in the lake, and how they are written so that nothing is ever half there.

::

    raw/spaces.parquet                          the spaces in scope, with their labels
    raw/users.parquet                           the users met so far
    raw/content/space_key=KEY/listing.parquet   what is in the space: replaced whole, so it is the commit
    raw/content/space_key=KEY/bodies/*.parquet  bodies in batches, immutable, named by what they hold; those of
                                                comments and of old versions in folders of their own beside it
    raw/content/space_key=KEY/KIND.parquet      the records of one kind (comments, tasks, ...), replaced whole
    raw/content/space_key=KEY/answers/KIND/*    what the site answered content by content, until the records landed
    raw/content/space_key=KEY/recent.json       up to when the site's own lists of what was modified were read
    raw/content/space_key=KEY/removing.json     what a sync is about to remove, until its report has landed
    raw/content/space_key=KEY/syncs/*.json      what each sync did, one file each
    raw/content/space_key=KEY/built.json        from which state the tables were built

The listing's file also holds the report of the sync that wrote it, so that what a sync removed is told even if it
dies before its report is written; the next one writes it before it replaces the listing. A body that landed counts even
if the sync that fetched it died before its listing was written: the next one finds it by id and version and does not
ask for it again. Where many files have few bodies each, they are put together; see
:mod:`~confluence_pipeline.landing.compaction`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import unquote

import pyarrow as pa

from confluence_pipeline.confluence import BodyRecord, ContentRecord
from confluence_pipeline.lake import Lake
from confluence_pipeline.lake.paths import quoted
from confluence_pipeline.landing.bodies import Body, BodyFiles, LandedBody
from confluence_pipeline.landing.compaction import compact
from confluence_pipeline.landing.entries import (
    LISTING,
    Entry,
    Listing,
    SyncReport,
    Titles,
    entry_of,
    landed_entry,
    row_of,
    titles_of,
)
from confluence_pipeline.landing.kinds import COMMENTS, PAGE_VERSIONS, Kind
from confluence_pipeline.landing.record_file import Landed, RecordFile
from confluence_pipeline.tables.report import Run

Record = TypeVar("Record")

_TITLES, _WHOLE = "titles", "whole"
_REPORT_NAME, _REPORT = "sync_name", "sync"  # key-values of the listing's file


class SpaceLanding:
    """The raw landing of one space.

    Args:
        lake: Where it lies.
        space_key: The space.
    """

    def __init__(self, lake: Lake, space_key: str) -> None:
        self.lake = lake
        self.space_key = space_key
        self.folder = f"raw/content/space_key={quoted(space_key)}"

    def listing(self) -> Listing:
        """Return what landed, by id; empty before the first sync."""
        entries = {}
        for batch in self.lake.scan(self._listing_file):
            for row in batch.to_pylist():
                entry = entry_of(row)
                entries[entry.record.content_id] = entry
        return entries

    def content_ids(self) -> set[str]:
        """Return the ids of the contents that landed."""
        batches = self.lake.scan(self._listing_file, columns=["content_id"])
        return {content_id for batch in batches for content_id in batch["content_id"].to_pylist()}

    def is_committed(self) -> bool:
        """Return whether any sync was ever committed."""
        return self.lake.exists(self._listing_file)

    def titles(self) -> Titles:
        """Return what links from other spaces can be checked against, without reading the listing."""
        metadata = self.lake.parquet_metadata(self._listing_file)
        return Titles(metadata.get(_TITLES, ""), is_whole=metadata.get(_WHOLE) == "true")

    def commit(self, listing: Listing, report: SyncReport, *, is_whole: bool) -> None:
        """Replace the listing whole, and with it tell what the sync did.

        What the old listing's sync did is written beside it first, if it died before it could do so itself.

        Args:
            listing: What is in the space.
            report: What the sync did.
            is_whole: Whether the space has no other contents, so that a link to one that is not here is broken.
        """
        for untold in self._committed_report():
            if untold.name != report.name and not self.lake.exists(self._sync_file(untold.name)):
                self.write_sync(untold)
        metadata = {
            _REPORT_NAME: report.name,
            _REPORT: json.dumps(report.facts, ensure_ascii=False),
            _TITLES: titles_of(listing),
            _WHOLE: "true" if is_whole else "false",
        }
        with self.lake.parquet_writer(self._listing_file, LISTING, metadata) as writer:
            ids = sorted(listing)
            for start in range(0, max(len(ids), 1), 1000):
                rows = [row_of(listing[content_id]) for content_id in ids[start : start + 1000]]
                writer.write(pa.RecordBatch.from_pylist(rows, schema=LISTING))

    def land_records(self, kind: Kind[Record], landed: Mapping[str, Landed[Record]]) -> bool:
        """Replace the records of one kind whole, and drop the bodies that nothing refers to any more.

        Where their bodies lie in many small files, these are put together.

        Args:
            kind: The kind.
            landed: What there is of it now, by key.

        Returns:
            Whether anything differs from what had landed.

        Raises:
            LakeError: The lake cannot be written; the old records stay.
        """
        landed = self._compacted(kind, landed)
        is_new = self.records(kind).replace(landed)
        self._drop_kind_bodies(kind, [item.body.file for item in landed.values() if item.body is not None])
        return is_new

    def drop_records(self, kind: Kind[Record]) -> None:
        """Remove the records of one kind, and their bodies, as if nothing of it had ever landed."""
        if self.records(kind).is_landed:
            self.records(kind).remove()
            self._drop_kind_bodies(kind, ())

    def records(self, kind: Kind[Record]) -> RecordFile[Record]:
        """Return the file of one kind of record of the space."""
        return RecordFile(self.lake, f"{self.folder}/{kind.name}.parquet", kind)

    @property
    def comment_bodies(self) -> BodyFiles:
        """The bodies of comments, by comment id."""
        return BodyFiles(self.lake, f"{self.folder}/comment_bodies")

    @property
    def version_bodies(self) -> BodyFiles:
        """The bodies of old versions, by content id and version number with an ``@`` between them."""
        return BodyFiles(self.lake, f"{self.folder}/version_bodies")

    def land_bodies(self, bodies: Sequence[BodyRecord], run: Run) -> list[Entry]:
        """Land a batch of bodies in a file of their own, whose name tells what is in it; none make no file."""
        contents = [
            Body(body.content.content_id, body.content.version_number, body.content, body.storage) for body in bodies
        ]
        landed = self._bodies.land(contents)
        return [landed_entry(body.record, landed[body.body_id], run) for body in contents]

    def body_files(self) -> frozenset[str]:
        """Return the names of the batches of bodies that are there."""
        return self._bodies.names()

    def stray_bodies(self, referenced: Iterable[str], run: Run) -> Iterator[Entry]:
        """Yield, without labels, the contents in body files that ``referenced`` does not name."""
        for record, body in self._bodies.strays(referenced, ContentRecord):
            yield landed_entry(record, body, run)

    def bodies(self, name: str, ids: Sequence[str]) -> dict[str, str]:
        """Return the bodies of ``ids`` in storage format from one batch, as far as they are there."""
        return self._bodies.read(name, ids)

    def compacted(self, listing: Listing) -> Listing:
        """Put small files of contents' bodies together where there are many; return the listing of where they are.

        The old files stay: commit what this returns, and then drop them.

        Raises:
            LakeError: The lake cannot be written; the listing that was given still holds.
        """
        landed = {
            content_id: LandedBody(entry.body_file, entry.body_sha256 or "", entry.body_bytes, entry.accounts)
            for content_id, entry in listing.items()
            if entry.body_file
        }
        moved = compact(self._bodies, landed)
        return {i: replace(entry, body_file=moved[i].file) if i in moved else entry for i, entry in listing.items()}

    def drop_bodies(self, keep: Iterable[str]) -> None:
        """Remove the batches that nothing refers to any more."""
        self._bodies.drop_all_but(keep)

    def write_sync(self, report: SyncReport) -> None:
        """Land what a sync did."""
        self.lake.write_bytes(self._sync_file(report.name), _json(report.facts))

    def syncs(self) -> list[dict[str, Any]]:
        """Return what each sync did, oldest first, as far back as it is kept."""
        reports = {report.name: report.facts for report in self._committed_report()}
        for path in self._sync_paths():
            reports[_report_name(path)] = json.loads(self.lake.read_bytes(path))
        return [reports[name] for name in sorted(reports)]

    def newest_sync(self) -> dict[str, Any] | None:
        """Return what the newest sync did; None before the first."""
        report = self.newest_report()
        return report.facts if report else None

    def newest_report(self) -> SyncReport | None:
        """Return the newest sync's report, with its name; None before the first."""
        committed = {report.name: report for report in self._committed_report()}
        name = max([*committed, *map(_report_name, self._sync_paths()[-1:])], default=None)
        if name is None or name in committed:
            return committed.get(name or "")
        return SyncReport(name, json.loads(self.lake.read_bytes(self._sync_file(name))))

    def has_report(self, name: str) -> bool:
        """Return whether the report of that name landed, and is still kept."""
        committed = (report.name for report in self._committed_report())
        return name in {*committed, *map(_report_name, self._sync_paths())}

    def drop_logged_syncs(self) -> None:
        """Remove all but the newest sync's report; call it once the log tables hold them."""
        for path in self._sync_paths()[:-1]:
            self.lake.remove(path)

    def built(self) -> dict[str, Any]:
        """Return from which state the tables were built; empty if they are not known to be whole."""
        path = f"{self.folder}/built.json"
        return json.loads(self.lake.read_bytes(path)) if self.lake.exists(path) else {}

    def write_built(self, state: dict[str, Any]) -> None:
        """Note from which state the tables were built."""
        self.lake.write_bytes(f"{self.folder}/built.json", _json(state))

    def forget_built(self) -> None:
        """Before tables are replaced: note that they are not known to be whole."""
        self.lake.remove(f"{self.folder}/built.json")

    def _compacted(self, kind: Kind[Record], landed: Mapping[str, Landed[Record]]) -> Mapping[str, Landed[Record]]:
        """Return records with the places of their bodies once small files of them are put together."""
        files = self._kind_bodies(kind)
        if files is None:
            return landed
        keys = {
            "@".join(map(str, kind.parts(item.record))): key for key, item in landed.items() if item.body is not None
        }
        moved = compact(files, {i: body for i, key in keys.items() if (body := landed[key].body) is not None})
        return {**landed, **{keys[i]: replace(landed[keys[i]], body=body) for i, body in moved.items()}}

    def _drop_kind_bodies(self, kind: Kind[Record], keep: Iterable[str]) -> None:
        files = self._kind_bodies(kind)
        if files is not None:
            files.drop_all_but(keep)

    def _kind_bodies(self, kind: Kind[Record]) -> BodyFiles | None:
        return {COMMENTS.name: self.comment_bodies, PAGE_VERSIONS.name: self.version_bodies}.get(kind.name)

    @property
    def _bodies(self) -> BodyFiles:
        return BodyFiles(self.lake, f"{self.folder}/bodies")

    @property
    def _listing_file(self) -> str:
        return f"{self.folder}/listing.parquet"

    def _sync_file(self, name: str) -> str:
        return f"{self.folder}/syncs/{name}.json"

    def _committed_report(self) -> list[SyncReport]:
        metadata = self.lake.parquet_metadata(self._listing_file)
        return [SyncReport(metadata[_REPORT_NAME], json.loads(metadata[_REPORT]))] if _REPORT in metadata else []

    def _sync_paths(self) -> list[str]:
        return self.lake.list_files(f"{self.folder}/syncs")


def _report_name(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".json")


def landed_spaces(lake: Lake) -> list[str]:
    """Return the keys of the spaces that have a landing, sorted."""
    keys = set()
    for path in lake.list_files("raw/content"):
        folder = next((part for part in path.split("/") if part.startswith("space_key=")), None)
        if folder and path.endswith("/listing.parquet"):
            keys.add(unquote(folder.removeprefix("space_key=")))
    return sorted(keys)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()
