"""The attachments of a space, each with what landed of its bytes and text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from confluence_pipeline.confluence import AttachmentRecord
from confluence_pipeline.landing import Landed
from confluence_pipeline.landing.files import AttachmentFileRecord
from confluence_pipeline.landing.kinds import ATTACHMENT_FILES, ATTACHMENTS
from confluence_pipeline.landing.texts import TextStore
from confluence_pipeline.normalize.recipe import Build, Rows
from confluence_pipeline.normalize.sources import SpaceSources
from confluence_pipeline.tables.merge import Row
from confluence_pipeline.tables.record_rows import AttachedFile, attachment_row


@dataclass(frozen=True, slots=True)
class Attached:
    """An attachment, and what landed of the bytes of its current version; None if nothing did."""

    landed: Landed[AttachmentRecord]
    file: Landed[AttachmentFileRecord] | None

    @property
    def attachment_id(self) -> str:
        """The attachment's id."""
        return self.landed.record.attachment_id

    @property
    def text_bytes(self) -> int:
        """About how many bytes of text come with it: no more than there are bytes, as a rule."""
        return self.file.record.size if self.file and self.file.record.text_extractor else 0


def attachment_marks(sources: SpaceSources) -> Sequence[str]:
    """Return texts of which one changes with every fact of attachments and their files."""
    landing = sources.landing
    return (landing.records(ATTACHMENTS).fingerprint(), landing.records(ATTACHMENT_FILES).fingerprint())


def attached(sources: SpaceSources) -> Iterator[Attached]:
    """Yield the attachments of a space in the order of their ids, from two files that have this order."""
    files = sources.landing.records(ATTACHMENT_FILES).scan()
    file = next(files, None)
    for landed in sources.landing.records(ATTACHMENTS).scan():
        record = landed.record
        while file is not None and file.record.attachment_id < record.attachment_id:
            file = next(files, None)
        is_its = (
            file is not None
            and file.record.attachment_id == record.attachment_id
            and file.record.version_number == record.version_number
        )
        yield Attached(landed, file if is_its else None)


def attachment_rows(build: Build) -> Rows[Attached]:
    """Return what makes the rows of ``attachments``."""
    sources, texts = build.sources, TextStore(build.sources.lake)

    def rows(stretch: Sequence[Attached], _old: Sequence[Row]) -> Iterator[Row]:
        for each in stretch:
            newest = max((landed.run for landed in (each.landed, each.file) if landed), key=lambda run: run.started_at)
            stamp = sources.stamp(newest, each.landed.record.source_url)
            yield attachment_row(each.landed.record, sources.space_key, _file_of(each, texts), stamp)

    return rows


def _file_of(each: Attached, texts: TextStore) -> AttachedFile | None:
    if each.file is None:
        return None
    file = each.file.record
    extracted = texts.get(file.sha256) if file.text_extractor else None
    text = extracted.text if extracted else None
    return AttachedFile(file.blob_uri, file.sha256, text, file.text_extractor, file.text_error)
