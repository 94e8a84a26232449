"""The comments and replies of a space: listed by search, completed by what was written last, bodies in batches."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from confluence_pipeline.confluence import (
    AttachmentRecord,
    CommentBody,
    CommentRecord,
    NotFoundError,
    RecentItem,
    RefusedError,
    ServerError,
    missing_from,
)
from confluence_pipeline.confluence.batches import fetch_halving
from confluence_pipeline.landing.bodies import Body, LandedBody
from confluence_pipeline.landing.collect.gone import Ground, judge
from confluence_pipeline.landing.collect.view import Collected, SpaceView, batches
from confluence_pipeline.landing.kinds import COMMENTS
from confluence_pipeline.landing.ledger import ledger_entry
from confluence_pipeline.landing.record_file import Landed, carried_over
from confluence_pipeline.landing.removals import Removal
from confluence_pipeline.tables.report import LedgerEntry

TABLE = "comments"
LOCATIONS = ("footer", "inline")

Comments = dict[str, CommentRecord]
Bodies = dict[str, LandedBody]


def collect_comments(view: SpaceView, attachments: Collected[AttachmentRecord]) -> Collected[CommentRecord]:
    """Collect every comment and reply on the contents in scope and on their attachments.

    The search lists them, 250 a request, and bodies come in batches for those that are new or changed. What the
    index does not know is found among what was written since the last sync, and read by itself. A comment that is
    listed no more is removed only if the site says by id that it is not there. Where the search gives less than it
    counts, the site's own lists are read to their end; what is missing then is short.

    Args:
        view: The space.
        attachments: What was collected of its attachments.

    Raises:
        ConfluenceError: The site could not be asked, or its listing cannot be trusted.
    """
    before = view.landing.records(COMMENTS).read()
    present = {*view.contents, *attachments.landed}
    listed, short = _listed(view, present)
    unknown, seen = _unindexed(view, present, listed, everything=short > 0)
    unindexed = read_each(view, unknown)
    short = max(0, short - len(unindexed.listed.keys() - listed.keys()) - len(unindexed.ledger))
    missing = {i: old.record for i, old in before.items() if i not in listed and i not in unindexed.listed}
    gone = judge(
        view,
        TABLE,
        {i: comment.container_id for i, comment in missing.items()},
        _ground(view, present, attachments),
        lambda i, reason, evidence: comment_removal(missing[i], reason, evidence),
        short=short,
    )
    lost = read_each(view, [item_of(missing[i]) for i in gone.still_there])
    wanted = [c for c in listed.values() if view.full or not _has_body(before, c)]
    strays = {} if view.full else _strays(view, before, wanted)
    batched = _read_bodies(view, [comment for comment in wanted if comment.comment_id not in strays])
    listed |= unindexed.listed | lost.listed | batched.listed
    bodies = {**strays, **unindexed.bodies, **lost.bodies, **batched.bodies}
    after, stale = _after(view, before, listed, bodies)
    after |= {i: before[i] for i in gone.kept}
    return Collected(
        carried_over(before, after),
        (*unindexed.ledger, *lost.ledger, *batched.ledger, *gone.ledger),
        gone.removals,
        gone.unproven | stale,
        {None: short} if short else {},
        {} if unindexed.ledger else seen,
    )


def _ground(view: SpaceView, present: set[str], attachments: Collected[AttachmentRecord]) -> Ground:
    """Return what comments stand on: contents, and attachments that go or stay with their contents."""
    files = attachments.landed.items()
    return Ground(
        present,
        {**view.gone, **{removal.content_id: removal for removal in attachments.removals}},
        view.moved,
        view.unverified | {i for i, file in files if file.record.container_id in view.unverified},
    )


class ReadComments:
    """Comments that were read with their bodies, which landed."""

    def __init__(self) -> None:
        self.listed: Comments = {}
        self.bodies: Bodies = {}
        self.ledger: list[LedgerEntry] = []

    def land(self, view: SpaceView, bodies: Iterable[CommentBody]) -> None:
        """Land the bodies of some, on the thread that read them, so that few are in memory."""
        known = [Body(b.comment.comment_id, b.comment.version_number, b.comment, b.storage) for b in bodies]
        self.bodies |= view.landing.comment_bodies.land(known)
        self.listed |= {body.body_id: body.record for body in known}

    def add(self, other: "ReadComments") -> None:
        """Take what was read elsewhere."""
        self.listed |= other.listed
        self.bodies |= other.bodies
        self.ledger += other.ledger


def _listed(view: SpaceView, present: set[str]) -> tuple[Comments, int]:
    """Return what the search gives, and how many more it counts."""
    hits = view.listed.hits
    walks: list[Iterable[CommentRecord]]
    if hits is None:
        walks = [view.client.api.comments(query) for query in view.queries("type = comment", present)]
    else:
        walks = [hits.comments]
    found = (comment for walk in walks for comment in walk)
    listed = {comment.comment_id: comment for comment in found if comment.container_id in present}
    return listed, sum(map(missing_from, walks))


def _unindexed(
    view: SpaceView, present: set[str], listed: Comments, *, everything: bool
) -> tuple[list[RecentItem], dict[str, datetime]]:
    """Return the comments that the search did not find as they are now, and up to when each list was read."""

    def is_unknown(item: RecentItem) -> bool:
        known = listed.get(item.item_id)
        return known is None or known.version_number < item.version_number

    looks = {location: view.lately(COMMENTS, location, present, everything=everything) for location in LOCATIONS}
    unknown = [item for look in looks.values() for item in look.items if is_unknown(item)]
    return unknown, {location: look.until for location, look in looks.items() if look.until is not None}


def read_each(view: SpaceView, items: Iterable[RecentItem]) -> ReadComments:
    """Read comments one by one from the database; what is not there is left out."""

    def read(item: RecentItem) -> CommentBody | LedgerEntry | None:
        try:
            return view.client.api.comment(item)
        except NotFoundError:
            return None  # deleted since it was listed, so it is treated as not listed
        except (RefusedError, ServerError) as error:
            return ledger_entry(TABLE, "fetch", error, f"comment {item.item_id}: {error}", item.item_id)

    outcome = ReadComments()
    answers = list(view.client.in_parallel(read, items))
    outcome.land(view, [answer for answer in answers if isinstance(answer, CommentBody)])
    outcome.ledger += [answer for answer in answers if isinstance(answer, LedgerEntry)]
    return outcome


def read_in_batches(view: SpaceView, ids: Iterable[str]) -> ReadComments:
    """Read comments with their bodies, as many in a request as it takes; what the index does not know is left out."""

    def read(some: Sequence[str]) -> tuple[ReadComments, list[LedgerEntry]]:
        part = ReadComments()

        def land(few: Sequence[str]) -> list[str]:
            bodies = view.client.api_for(len(few)).comment_bodies(few)
            part.land(view, bodies)
            return [body.comment.comment_id for body in bodies]

        fetched = fetch_halving(some, land)
        failed = [
            ledger_entry(TABLE, "fetch", failure.error, f"comment {failure.item_id}: {failure.error}", failure.item_id)
            for failure in fetched.failures
        ]
        return part, failed

    outcome = ReadComments()
    for part, failed in view.client.in_parallel(read, batches(ids, view.client.api.comment_batch_size)):
        outcome.add(part)
        outcome.ledger += failed
    return outcome


def _strays(view: SpaceView, before: Mapping[str, Landed[CommentRecord]], wanted: Iterable[CommentRecord]) -> Bodies:
    """Return those of the bodies wanted that a sync which died has landed."""
    versions = {comment.comment_id: comment.version_number for comment in wanted}
    if not versions:
        return {}
    referenced = (old.body.file for old in before.values() if old.body is not None)
    found = view.landing.comment_bodies.strays(referenced, CommentRecord)
    return {
        comment.comment_id: body
        for comment, body in found
        if versions.get(comment.comment_id) == comment.version_number
    }


def _read_bodies(view: SpaceView, wanted: list[CommentRecord]) -> ReadComments:
    outcome = read_in_batches(view, (comment.comment_id for comment in wanted))
    told = {entry.content_id for entry in outcome.ledger}
    silent = [c for c in wanted if c.comment_id not in outcome.bodies and c.comment_id not in told]
    alone = read_each(view, map(item_of, silent))
    told = {entry.content_id for entry in alone.ledger}
    outcome.add(alone)
    lost = [c for c in silent if c.comment_id not in alone.bodies and c.comment_id not in told]
    outcome.ledger += [_gone_meanwhile(comment) for comment in lost]
    return outcome


def _after(
    view: SpaceView, before: Mapping[str, Landed[CommentRecord]], listed: Comments, bodies: Bodies
) -> tuple[dict[str, Landed[CommentRecord]], set[str]]:
    """Return what is to land, and the ids of what stays as it was because its body could not be read."""
    after: dict[str, Landed[CommentRecord]] = {}
    stale = set()
    for comment_id, comment in listed.items():
        old = before.get(comment_id)
        if comment_id in bodies:
            after[comment_id] = Landed(comment, view.run, body=bodies[comment_id])
        elif old is not None and _has_body(before, comment) and not view.full:
            after[comment_id] = Landed(comment, view.run, body=old.body)
        elif old is not None:
            after[comment_id] = old
            stale.add(comment_id)
    return after, stale


def _has_body(before: Mapping[str, Landed[CommentRecord]], comment: CommentRecord) -> bool:
    old = before.get(comment.comment_id)
    return old is not None and old.body is not None and old.record.version_number == comment.version_number


def item_of(comment: CommentRecord) -> RecentItem:
    """Return what is needed to read a comment by itself."""
    return RecentItem(comment.comment_id, comment.container_id, comment.location, comment.version_number)


def _gone_meanwhile(comment: CommentRecord) -> LedgerEntry:
    message = f"comment {comment.comment_id} was listed, but not there when its body was asked for"
    return LedgerEntry(TABLE, "fetch", "gone_meanwhile", message, content_id=comment.comment_id)


def comment_removal(comment: CommentRecord, reason: str, evidence: str) -> Removal:
    """Return the removal of a comment."""
    title = f"{comment.location} comment on {comment.container_type} {comment.container_id}"
    return Removal(comment.comment_id, "comment", title, comment.version_number, reason, evidence)
