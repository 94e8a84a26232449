"""The attachments of a space with their labels: listed by search, completed by what was uploaded last."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from confluence_pipeline.confluence import (
    AttachmentRecord,
    LabelledAttachment,
    NotFoundError,
    RecentItem,
    RefusedError,
    ServerError,
    missing_from,
)
from confluence_pipeline.landing.collect.gone import Ground, judge
from confluence_pipeline.landing.collect.view import Collected, SpaceView
from confluence_pipeline.landing.files import AttachmentFileRecord, land_files
from confluence_pipeline.landing.kinds import ATTACHMENT_FILES, ATTACHMENTS
from confluence_pipeline.landing.ledger import ledger_entry
from confluence_pipeline.landing.record_file import Landed, carried_over
from confluence_pipeline.landing.removals import Removal
from confluence_pipeline.tables.report import LedgerEntry

TABLE = "attachments"
TRASHED = "trashed"
LOCATION = "attachment"

Files = dict[str, LabelledAttachment]


def collect_attachments(view: SpaceView) -> Collected[AttachmentRecord]:
    """Collect every attachment of the contents in scope, 250 a request.

    What the index does not know is found among what was uploaded since the last sync, and read by itself. An attachment
    that is listed no more is removed only if the site says by id that it is not there, or trashed. Where the search
    gives less than it counts, the site's own list is read to its end; what is missing then is short.

    Args:
        view: The space.

    Raises:
        ConfluenceError: The site could not be asked, or its listing cannot be trusted.
    """
    before = view.landing.records(ATTACHMENTS).read()
    files, short = _listed(view)
    unknown, seen = _unindexed(view, files, everything=short > 0)
    unindexed, ledger = read_each(view, unknown)
    short = max(0, short - len(unindexed.keys() - files.keys()) - len(ledger))
    files |= unindexed
    missing = {i: old.record for i, old in before.items() if i not in files}
    gone = judge(
        view,
        TABLE,
        {i: record.container_id for i, record in missing.items()},
        Ground(view.contents, view.gone, view.moved, view.unverified),
        lambda i, reason, evidence: attachment_removal(missing[i], reason, evidence),
        short=short,
    )
    found, failed = read_each(view, [item_of(missing[i]) for i in gone.still_there])
    trashed = [i for i, file in found.items() if file.attachment.status == TRASHED]
    files |= {i: file for i, file in found.items() if file.attachment.status != TRASHED}
    unread = [entry.content_id for entry in (*ledger, *failed) if entry.content_id in before]
    after = {i: as_landed(view, file) for i, file in files.items()}
    after |= {i: before[i] for i in (*unread, *gone.kept) if i is not None and i not in after}
    return Collected(
        carried_over(before, after),
        (*ledger, *failed, *gone.ledger),
        (*gone.removals, *(attachment_removal(missing[i], "trashed", "asked by id: status trashed") for i in trashed)),
        gone.unproven | {i for i in unread if i is not None},
        {None: short} if short else {},
        {} if ledger else seen,
    )


def as_landed(view: SpaceView, file: LabelledAttachment) -> Landed[AttachmentRecord]:
    """Return an attachment as it lands, its labels in order."""
    labels = tuple(sorted(file.labels, key=lambda label: (label.prefix, label.name)))
    return Landed(file.attachment, view.run, labels)


def _listed(view: SpaceView) -> tuple[Files, int]:
    """Return what the search gives, and how many more it counts."""
    hits = view.listed.hits
    walks: list[Iterable[LabelledAttachment]]
    if hits is None:
        walks = [view.client.api.attachments(query) for query in view.queries("type = attachment")]
    else:
        walks = [hits.attachments]
    found = (file for walk in walks for file in walk)
    files = {file.attachment.attachment_id: file for file in found if file.attachment.container_id in view.contents}
    return files, sum(map(missing_from, walks))


def _unindexed(
    view: SpaceView, files: Mapping[str, LabelledAttachment], *, everything: bool
) -> tuple[list[RecentItem], dict[str, datetime]]:
    """Return the attachments that the search did not find as they are now, and up to when the list was read."""

    def is_unknown(item: RecentItem) -> bool:
        known = files.get(item.item_id)
        return known is None or known.attachment.version_number < item.version_number

    look = view.lately(ATTACHMENTS, LOCATION, view.contents, everything=everything)
    return list(filter(is_unknown, look.items)), {LOCATION: look.until} if look.until is not None else {}


def read_each(view: SpaceView, items: Iterable[RecentItem]) -> tuple[Files, list[LedgerEntry]]:
    """Read attachments one by one from the database; what is not there is left out."""

    def read(item: RecentItem) -> LabelledAttachment | LedgerEntry | None:
        try:
            return view.client.api.attachment(item)
        except NotFoundError:
            return None  # deleted since it was listed, so it is treated as not listed
        except (RefusedError, ServerError) as error:
            return ledger_entry(TABLE, "fetch", error, f"attachment {item.item_id}: {error}", item.item_id)

    answers = list(view.client.in_parallel(read, items))
    files = {answer.attachment.attachment_id: answer for answer in answers if isinstance(answer, LabelledAttachment)}
    return files, [answer for answer in answers if isinstance(answer, LedgerEntry)]


def item_of(file: AttachmentRecord) -> RecentItem:
    """Return what is needed to read an attachment by itself."""
    return RecentItem(file.attachment_id, file.container_id, "attachment", file.version_number)


def attachment_removal(file: AttachmentRecord, reason: str, evidence: str) -> Removal:
    """Return the removal of an attachment."""
    return Removal(file.attachment_id, "attachment", file.title, file.version_number, reason, evidence)


def collect_files(view: SpaceView, attachments: Collected[AttachmentRecord]) -> Collected[AttachmentFileRecord]:
    """Land the bytes of a space's attachments, and their text if it is wanted.

    Args:
        view: The space.
        attachments: What was collected of its attachments.

    Raises:
        MissingPackageError: Text is wanted, and the extra ``text`` is not installed.
        ConfluenceError: The site cannot be asked for any file.
        LakeError: The lake cannot be written.
    """
    before = view.landing.records(ATTACHMENT_FILES).read()
    listed = [landed.record for landed in attachments.landed.values()]
    known = {} if view.full else {i: landed.record for i, landed in before.items()}
    files = land_files(view.client, view.landing.lake, listed, known, view.selection)
    missing = frozenset(entry.content_id for entry in files.ledger if entry.content_id is not None)
    return Collected(view.landed(ATTACHMENT_FILES, files.records.values(), before), tuple(files.ledger), stale=missing)
