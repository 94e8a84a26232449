"""The bytes and text of a space's attachments, brought up to date."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from confluence_pipeline.confluence import (
    AccessError,
    AttachmentRecord,
    ConfluenceClient,
    ConfluenceError,
    NotFoundError,
    RefusedError,
    ServerError,
    SiteUnavailableError,
    TooLargeError,
)
from confluence_pipeline.confluence.batches import MOST_FAILURES_WITHOUT_SUCCESS
from confluence_pipeline.extraction import TextExtractor, readable_as
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing.blobs import Blob, BlobStore
from confluence_pipeline.landing.ledger import ledger_entry
from confluence_pipeline.landing.selection import Selection
from confluence_pipeline.landing.texts import TextStore, land_texts
from confluence_pipeline.tables.report import LedgerEntry

_TABLE, _OPERATION = "attachments", "download"


@dataclass(frozen=True, slots=True)
class AttachmentFileRecord:
    """What landed of an attachment's bytes.

    Attributes:
        attachment_id: The attachment.
        version_number: Which version's bytes they are.
        sha256: Their SHA-256, as lower-case hex.
        size: How many they are, whatever the site says.
        blob_uri: Where they lie, relative to the lake's root.
        text_extractor: What read their text, name and version; :class:`TextStore` has the text then. None if text
            was not asked for, or this kind of file (a picture, a film, an archive) has none.
        text_error: Why there is no text, or not all of it; None if there is.
    """

    attachment_id: str
    version_number: int
    sha256: str
    size: int
    blob_uri: str
    text_extractor: str | None = None
    text_error: str | None = None


@dataclass(frozen=True, slots=True)
class Files:
    """What a space's attachments came to.

    Attributes:
        records: Those whose bytes are in the lake, by attachment id.
        ledger: An entry for each of the others.
    """

    records: dict[str, AttachmentFileRecord] = field(default_factory=dict)
    ledger: list[LedgerEntry] = field(default_factory=list)


def land_files(
    client: ConfluenceClient,
    lake: Lake,
    attachments: Iterable[AttachmentRecord],
    known: Mapping[str, AttachmentFileRecord],
    selection: Selection,
) -> Files:
    """Download what is new or changed, and read its text if that is wanted.

    Nothing is asked of the site for an attachment whose version is known and whose bytes are in the lake.

    Args:
        client: The site.
        lake: Where bytes and text land.
        attachments: The attachments of a space.
        known: What landed before, by attachment id.
        selection: Whether bytes and text are wanted, and how large a file may be.

    Returns:
        A record for each attachment whose bytes are there, and a ledger entry for each of the others; neither if
        bytes are not wanted.

    Raises:
        MissingPackageError: Text is wanted, and the extra ``text`` is not installed.
        LakeError: The lake cannot be written.
        SiteUnavailableError: The site fails for every attachment it is asked for.
        ConfluenceError: The site refuses the caller, or cannot be reached.
    """
    if not selection.downloads:
        return Files()
    listed = sorted(attachments, key=lambda attachment: attachment.attachment_id)
    if not selection.attachment_text:
        return _land_bytes(client, lake, listed, known, selection.attachment_max_bytes)
    with TextExtractor() as extractor, client.when_closed(extractor.stop):
        files = _land_bytes(client, lake, listed, known, selection.attachment_max_bytes)
        return replace(files, records=_with_texts(client, lake, extractor, listed, files.records, known))


def drop_unreferenced(lake: Lake, referenced: Collection[str]) -> list[str]:
    """Remove bytes, with their text, that no attachment has any more.

    What a sync has downloaded within the last seven days stays, since its records may not have landed yet.

    Args:
        lake: The lake.
        referenced: The digests in the records of all spaces, not just of one.

    Returns:
        The digests of what was removed.

    Raises:
        LakeError: The lake cannot be written.
    """
    blobs = BlobStore(lake)
    dropped = blobs.drop(referenced)
    TextStore(lake).drop(blobs.present())
    return dropped


def _land_bytes(
    client: ConfluenceClient,
    lake: Lake,
    listed: Sequence[AttachmentRecord],
    known: Mapping[str, AttachmentFileRecord],
    max_bytes: int,
) -> Files:
    blobs = BlobStore(lake)
    committed = [attachment for attachment in listed if _is_known(attachment, known)]
    there = blobs.noted(listed)
    there |= {i: Blob(known[i].sha256, known[i].size) for i in (file.attachment_id for file in committed)}
    present = blobs.present()
    landed = {i: blob for i, blob in there.items() if blob.sha256 in present}
    downloaded, ledger = _download(
        client, blobs, [file for file in listed if file.attachment_id not in landed], max_bytes
    )
    landed |= downloaded
    blobs.forget_notes(file for file in committed if file.attachment_id not in downloaded)
    records = {
        file.attachment_id: _record(file, landed[file.attachment_id], blobs)
        for file in listed
        if file.attachment_id in landed
    }
    return Files(records, ledger)


def _is_known(attachment: AttachmentRecord, known: Mapping[str, AttachmentFileRecord]) -> bool:
    record = known.get(attachment.attachment_id)
    return record is not None and record.version_number == attachment.version_number


def _record(attachment: AttachmentRecord, blob: Blob, blobs: BlobStore) -> AttachmentFileRecord:
    path = blobs.path(blob.sha256)
    return AttachmentFileRecord(attachment.attachment_id, attachment.version_number, blob.sha256, blob.size, path)


def _download(
    client: ConfluenceClient, blobs: BlobStore, wanted: Sequence[AttachmentRecord], max_bytes: int
) -> tuple[dict[str, Blob], list[LedgerEntry]]:
    """Download side by side; what fails for a reason of its own goes to the ledger."""

    def fetch(attachment: AttachmentRecord) -> Blob | ConfluenceError:
        try:
            return blobs.land(client.api, attachment, max_bytes)
        except (AccessError, RefusedError, ServerError, TooLargeError) as error:
            return error

    landed: dict[str, Blob] = {}
    ledger: list[LedgerEntry] = []
    failures = 0
    for attachment, outcome in zip(wanted, client.in_parallel(fetch, wanted), strict=True):
        if isinstance(outcome, Blob):
            landed[attachment.attachment_id] = outcome
            continue
        ledger.append(_missing(attachment, outcome))
        failures += isinstance(outcome, AccessError | ServerError)
        if not landed and failures >= MOST_FAILURES_WITHOUT_SUCCESS:
            raise _nothing_works(outcome)
    return landed, ledger


def _missing(attachment: AttachmentRecord, error: ConfluenceError) -> LedgerEntry:
    message = f"attachment {attachment.title!r} ({attachment.attachment_id}): {error}"
    entry = ledger_entry(_TABLE, _OPERATION, error, message, attachment.attachment_id)
    return replace(entry, reason="gone_meanwhile") if isinstance(error, NotFoundError) else entry


def _nothing_works(error: ConfluenceError) -> ConfluenceError:
    if isinstance(error, AccessError):
        return error
    return SiteUnavailableError(
        f"The site fails for every attachment it is asked for; the last answer: {error}",
        status=error.status,
        attempts=error.attempts,
    )


def _with_texts(
    client: ConfluenceClient,
    lake: Lake,
    extractor: TextExtractor,
    listed: Sequence[AttachmentRecord],
    records: Mapping[str, AttachmentFileRecord],
    known: Mapping[str, AttachmentFileRecord],
) -> dict[str, AttachmentFileRecord]:
    """Return the records with what became of their text."""
    files = [
        (file, Blob(records[file.attachment_id].sha256, records[file.attachment_id].size))
        for file in listed
        if file.attachment_id in records
    ]
    read = {old.sha256: old.text_error for old in known.values() if old.text_extractor == extractor.extractor}
    errors = land_texts(client, lake, extractor, files, read)
    with_text = dict(records)
    for file, blob in files:
        if blob.sha256 in errors and readable_as(file.media_type, file.title) is not None:
            with_text[file.attachment_id] = replace(
                records[file.attachment_id], text_extractor=extractor.extractor, text_error=errors[blob.sha256]
            )
    return with_text
