"""The labels of a space, its contents and their attachments, as one stream in the order of ids."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from confluence_pipeline.confluence import Label
from confluence_pipeline.landing.kinds import ATTACHMENTS
from confluence_pipeline.normalize.recipe import Build, Rows
from confluence_pipeline.normalize.sources import SpaceSources
from confluence_pipeline.normalize.state import fingerprint
from confluence_pipeline.tables import rows as rows_of
from confluence_pipeline.tables.merge import Row
from confluence_pipeline.tables.report import Run


@dataclass(frozen=True, slots=True)
class Carrier:
    """Something that carries labels, and when they were read from where."""

    content_id: str
    content_type: str
    labels: tuple[Label, ...]
    run: Run
    source_url: str


def label_marks(sources: SpaceSources) -> Sequence[str]:
    """Return texts of which one changes with the labels of a space and all in it."""
    own = [[space.source_url, [[label.prefix, label.name] for label in space.labels]] for space in _space(sources)]
    return (sources.generation, sources.landing.records(ATTACHMENTS).fingerprint(), fingerprint(own))


def labelled(sources: SpaceSources) -> Iterator[Carrier]:
    """Yield what may carry labels, in the order of ids: the space, pages, blog posts and attachments."""
    return heapq.merge(
        _space(sources), _contents(sources), _attachments(sources), key=lambda carrier: carrier.content_id
    )


def label_rows(build: Build) -> Rows[Carrier]:
    """Return what makes the rows of ``labels``."""
    sources = build.sources

    def rows(stretch: Sequence[Carrier], _old: Sequence[Row]) -> Iterator[Row]:
        for carrier in stretch:
            stamp = sources.stamp(carrier.run, carrier.source_url)
            yield from rows_of.label_rows(
                carrier.content_id, carrier.content_type, sources.space_key, carrier.labels, stamp
            )

    return rows


def _space(sources: SpaceSources) -> Iterator[Carrier]:
    space = sources.space
    if space is not None and sources.landing.is_committed():
        yield Carrier(space.record.space_id, "space", space.labels, space.run, space.record.source_url)


def _contents(sources: SpaceSources) -> Iterator[Carrier]:
    for content_id, entry in sources.listing.items():
        if entry.body_file:
            yield Carrier(content_id, entry.record.content_type, entry.labels, entry.run, entry.record.source_url)


def _attachments(sources: SpaceSources) -> Iterator[Carrier]:
    for landed in sources.landing.records(ATTACHMENTS).scan():
        if landed.labels:
            record = landed.record
            yield Carrier(record.attachment_id, "attachment", landed.labels, landed.run, record.source_url)
