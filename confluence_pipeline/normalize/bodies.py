"""The tables of landed records that have bodies: comments, old versions and tasks."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from confluence_pipeline.confluence import CommentRecord, TaskRecord, VersionRecord
from confluence_pipeline.lake import LakeError
from confluence_pipeline.landing import Landed
from confluence_pipeline.landing.bodies import BodyFiles
from confluence_pipeline.landing.kinds import COMMENTS
from confluence_pipeline.normalize.recipe import Build, Rows
from confluence_pipeline.normalize.sources import SpaceSources
from confluence_pipeline.tables.merge import Row
from confluence_pipeline.tables.record_rows import COMMENT_BODY, comment_body, comment_row, task_row, version_row
from confluence_pipeline.tables.threads import place_in_thread


def comment_rows(build: Build) -> Rows[Landed[CommentRecord]]:
    """Return what makes the rows of ``comments``; a body is converted again only if it may come out otherwise."""
    sources = build.sources
    scanned = (landed.record for landed in sources.landing.records(COMMENTS).scan())
    parents = {record.comment_id: record.parent_comment_id for record in scanned if record.parent_comment_id}

    def rows(stretch: Sequence[Landed[CommentRecord]], old: Sequence[Row]) -> Iterator[Row]:
        bodies = _reusable(build, stretch, old)
        fresh = [landed for landed in stretch if landed.record.comment_id not in bodies]
        storages = _storages(sources, sources.landing.comment_bodies, fresh, lambda comment: comment.comment_id)
        for landed in stretch:
            record = landed.record
            body = bodies.get(record.comment_id)
            if body is None:
                storage = storages.get(record.comment_id)
                body = dict.fromkeys(COMMENT_BODY)
                if storage is not None:
                    body = comment_body(storage, build.conversion.convert(storage))
            place = place_in_thread(record.comment_id, parents)
            yield comment_row(record, sources.space_key, place, body, sources.stamp(landed.run, record.source_url))

    return rows


def _reusable(build: Build, stretch: Iterable[Landed[CommentRecord]], old: Iterable[Row]) -> dict[str, Row]:
    """Return the body columns, by id, of comments whose bodies need no conversion."""
    rows = {row["comment_id"]: row for row in old if row["body_storage"] is not None}
    return {
        landed.record.comment_id: {name: row[name] for name in COMMENT_BODY}
        for landed in stretch
        if landed.body is not None
        and (row := rows.get(landed.record.comment_id)) is not None
        and row["body_sha256"] == landed.body.sha256
        and build.conversion.stands(row["body_storage"])
    }


def version_rows(build: Build) -> Rows[Landed[VersionRecord]]:
    """Return what makes the rows of ``page_versions``, with the bodies that landed."""
    sources = build.sources

    def rows(stretch: Sequence[Landed[VersionRecord]], _old: Sequence[Row]) -> Iterator[Row]:
        storages = _storages(sources, sources.landing.version_bodies, stretch, _version_id)
        for landed in stretch:
            record = landed.record
            stamp = sources.stamp(landed.run, record.source_url)
            yield version_row(record, sources.space_key, storages.get(_version_id(record)), stamp)

    return rows


def _version_id(version: VersionRecord) -> str:
    return f"{version.content_id}@{version.version_number}"


def task_rows(build: Build) -> Rows[Landed[TaskRecord]]:
    """Return what makes the rows of ``tasks``; a task that came without its text has it from the body it is in."""
    sources = build.sources

    def rows(stretch: Sequence[Landed[TaskRecord]], _old: Sequence[Row]) -> Iterator[Row]:
        in_bodies = _texts_in_bodies(build, [landed.record for landed in stretch if landed.record.storage is None])
        for landed in stretch:
            record = landed.record
            text = in_bodies.get((record.content_id, record.local_id))
            if record.storage is not None:
                text = build.conversion.convert(record.storage).text
            yield task_row(record, sources.space_key, text, sources.stamp(landed.run, record.source_url))

    return rows


def _texts_in_bodies(build: Build, tasks: Iterable[TaskRecord]) -> dict[tuple[str, str | None], str]:
    """Return the texts of the tasks in the bodies of the contents that some tasks are in."""
    listing, landing = build.sources.listing, build.sources.landing
    texts = {}
    for content_id in sorted({task.content_id for task in tasks}):
        entry = listing.get(content_id)
        if entry is None or entry.body_file is None:
            continue
        for storage in landing.bodies(entry.body_file, [content_id]).values():
            for task in build.conversion.convert(storage).tasks:
                texts[content_id, task.local_id] = task.text
    return texts


def _storages(
    sources: SpaceSources,
    files: BodyFiles,
    stretch: Iterable[Landed[CommentRecord]] | Iterable[Landed[VersionRecord]],
    body_id: Callable[..., str],
) -> Mapping[str, str]:
    """Return the bodies of those that have one, by their id.

    Raises:
        LakeError: One that landed is not there any more.
    """
    wanted = sorted((landed.body.file, body_id(landed.record)) for landed in stretch if landed.body is not None)
    storages: dict[str, str] = {}
    for name, pairs in groupby(wanted, key=lambda pair: pair[0]):
        storages |= files.read(name, [identifier for _, identifier in pairs])
    lost = [identifier for _, identifier in wanted if identifier not in storages]
    if lost:
        raise LakeError(
            f"The raw bodies of {len(lost)} comments or old versions of space {sources.space_key} are missing from "
            f"the lake ({', '.join(lost[:5])}); sync the space in full to fetch them. Nothing was changed."
        )
    return storages
