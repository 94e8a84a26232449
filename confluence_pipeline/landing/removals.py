"""Why something that landed is not listed any more: asked by id, since absence from a list proves nothing."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from confluence_pipeline.confluence import CONTENT_TYPES, ConfluenceClient, ContentRecord, Scope
from confluence_pipeline.confluence.dialect import GONE_STATUSES, IN_SCOPE_STATUSES
from confluence_pipeline.landing.doubts import INVISIBLE, Doubts, Refusal
from confluence_pipeline.landing.entries import Entry
from confluence_pipeline.landing.matching import still_matching
from confluence_pipeline.tables.report import LedgerEntry

_NOT_VANISHED = frozenset({"filtered_out", "moved_out_of_scope"})
"""Reasons of removals that the settings, or a move, account for."""


@dataclass(frozen=True, slots=True)
class Removal:
    """A content that was here and is not now; see the ``removals`` table for the columns."""

    content_id: str
    content_type: str
    title: str
    last_version_number: int
    reason: str
    evidence: str

    def as_json(self) -> dict[str, Any]:
        """Return the facts as a JSON object."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Verified:
    """What asking by id told about contents that are not listed.

    Attributes:
        removals: Proven gone, with the reason.
        moved: Ids that are in another space of the scope now, and so in that space's part of the tables.
        kept: Ids that stay as they landed, because nothing proved that they are gone.
        moving: Those of ``kept`` that are in another space of the scope where they have not landed yet, each with
            that space's key.
        refusal: Why something was kept that only a person can decide; None if nothing was.
        ledger: What could not be decided.
    """

    removals: tuple[Removal, ...] = ()
    moved: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    moving: Mapping[str, str] = field(default_factory=dict)
    refusal: Refusal | None = None
    ledger: tuple[LedgerEntry, ...] = ()


def out_of_scope(gone: Mapping[str, Entry], evidence: str) -> Verified:
    """Return removals for contents that the settings, and not the site, took away: no request is needed."""
    return Verified(tuple(content_removal(entry, "filtered_out", evidence) for entry in gone.values()))


def verify_gone(
    client: ConfluenceClient,
    scope: Scope,
    gone: Mapping[str, Entry],
    *,
    landed: int,
    doubts: Doubts | None = None,
) -> Verified:
    """Ask for each content by id, 250 a request, and say what became of it.

    Where the listing is known to be short, only what the site says by id is removed (in the trash, or in another
    space): what it merely does not find stays.

    Args:
        client: The site.
        scope: What is asked for.
        gone: What landed and is not listed, by id.
        landed: How many contents had landed in the space.
        doubts: What speaks against removing anything.

    Raises:
        ConfluenceError: The site could not be asked; then nothing is known, and nothing may be removed.
    """
    if not gone:
        return Verified()
    doubts = doubts or Doubts()
    found = _found(client, gone)
    missing = [content_id for content_id in gone if content_id not in found]
    types = visible_types(client, missing)
    space_keys = _keys_of(client, {record.space_id for record in found.values()} - _home_ids(gone))
    live = [i for i, record in found.items() if record.status not in GONE_STATUSES]
    outcome = _Outcome(scope, doubts, space_keys, still_matching(client, scope, live), client.api.proof_of_absence)
    for content_id, entry in gone.items():
        if content_id in found:
            outcome.judge_found(entry, found[content_id])
        else:
            outcome.judge_missing(entry, types.get(content_id))
    vanishing = [removal for removal in outcome.removals if removal.reason not in _NOT_VANISHED]
    refusal = doubts.against([removal.reason for removal in vanishing], landed)
    if refusal is not None:
        outcome.refuse([one for one in vanishing if refusal.of_all or one.reason in INVISIBLE], landed, refusal)
    elif any(one.reason in INVISIBLE for one in vanishing) and (unseen := doubts.unseen()) is not None:
        outcome.removals = [_told_of_space(removal, unseen) for removal in outcome.removals]
    return Verified(
        tuple(outcome.removals),
        frozenset(outcome.moved),
        frozenset(outcome.kept),
        outcome.moving,
        refusal,
        tuple(outcome.ledger),
    )


@dataclass(slots=True)
class _Outcome:
    scope: Scope
    doubts: Doubts
    space_keys: Mapping[str, str | None]
    matching: Collection[str]
    absence: str
    removals: list[Removal] = field(default_factory=list)
    moved: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)
    moving: dict[str, str] = field(default_factory=dict)
    ledger: list[LedgerEntry] = field(default_factory=list)

    def judge_found(self, entry: Entry, now: ContentRecord) -> None:
        """Say what became of a content that the site still has."""
        asked = f"asked by id: status {now.status}, version {now.version_number}, space id {now.space_id}"
        if now.status in GONE_STATUSES:
            self.removals.append(content_removal(entry, "trashed" if now.status == "trashed" else "purged", asked))
        elif now.space_id != entry.record.space_id:
            self._judge_moved(entry, self.space_keys.get(now.space_id), asked)
        elif now.content_id in self.matching:
            message = f"The listing left it out, but {asked}; the next sync lists again"
            self._keep(entry.record.content_id, entry.record.content_type, "listing_short", message)
        else:
            self._remove_if_listed_whole(entry, "filtered_out", f"no longer matches the scope; {asked}")

    def _judge_moved(self, entry: Entry, key: str | None, asked: str) -> None:
        content_id = entry.record.content_id
        if key is None or not self.scope.allows_space(key) or content_id not in self.matching:
            self.removals.append(content_removal(entry, "moved_out_of_scope", asked))
        elif self.doubts.has_landed(key, content_id):
            self.moved.add(content_id)
        else:
            self.kept.add(content_id)
            self.moving[content_id] = key

    def judge_missing(self, entry: Entry, visible_type: str | None) -> None:
        """Say what became of a content that no listing by id gives."""
        if visible_type is not None:
            message = f"It is in no listing by id, but the site says it is a {visible_type}"
            self._keep(entry.record.content_id, entry.record.content_type, "undecided", message)
            return
        evidence = f"asked by id in every status: not there; {self.absence}"
        proof = self.doubts.access_lost(entry.record.content_id)
        if proof is None:
            self._remove_if_listed_whole(entry, "unknown", f"{evidence} (purged, or hidden)")
        else:
            self._remove_if_listed_whole(entry, "access_lost", f"{evidence}; {proof}")

    def _remove_if_listed_whole(self, entry: Entry, reason: str, evidence: str) -> None:
        """Remove what the site does not say anything of by id, unless the listing was cut short."""
        if not self.doubts.is_unproven:
            self.removals.append(content_removal(entry, reason, evidence))
            return
        record = entry.record
        message = short_listing(f"{record.content_type} {record.content_id} is not listed", self.doubts.short, evidence)
        self._keep(record.content_id, record.content_type, "listing_short", message)

    def refuse(self, kept: Sequence[Removal], landed: int, refusal: Refusal) -> None:
        """Keep what would vanish until a person has decided."""
        reasons = Counter(removal.reason for removal in kept)
        told = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
        would = "are not visible any more" if INVISIBLE.issuperset(reasons) else f"would be removed ({told})"
        message = refusal.told(f"{len(kept)} of {landed} contents of the space {would}.")
        for removal in kept:
            self.removals.remove(removal)
            self._keep(removal.content_id, removal.content_type, refusal.reason, message, retryable=False)

    def _keep(self, content_id: str, content_type: str, reason: str, message: str, *, retryable: bool = True) -> None:
        self.kept.add(content_id)
        table = "pages" if content_type == "page" else "blog_posts"
        self.ledger.append(LedgerEntry(table, "verify", reason, message, content_id=content_id, retryable=retryable))


def short_listing(missing: str, short: int, evidence: str) -> str:
    """Return the ledger's message for something that stays although it may be gone.

    Args:
        missing: What is not listed.
        short: How many more things the site counts than it listed.
        evidence: What asking by id told.
    """
    return (
        f"{missing} ({evidence}), but the listing lacks {short} by the site's own count and proves nothing, so it was "
        "not removed. Run the sync again; if the listing stays short, --accept-removals removes it"
    )


def _told_of_space(removal: Removal, unseen: str) -> Removal:
    """Return a removal whose evidence says what the site answered about its space, if it is one that needs it."""
    if removal.reason not in INVISIBLE:
        return removal
    return replace(removal, evidence=f"{removal.evidence}; {unseen}")


def _found(client: ConfluenceClient, gone: Mapping[str, Entry]) -> dict[str, ContentRecord]:
    found = {}
    for content_type in CONTENT_TYPES:
        ids = [i for i, entry in gone.items() if entry.record.content_type == content_type]
        for start in range(0, len(ids), client.api.batch_size):
            batch = ids[start : start + client.api.batch_size]
            for record in client.api.contents_by_id(content_type, batch, IN_SCOPE_STATUSES + GONE_STATUSES):
                found[record.content_id] = record
    return found


def visible_types(client: ConfluenceClient, ids: Sequence[str]) -> dict[str, str | None]:
    """Return the type of each content id, however many there are; None where it is missing or hidden.

    Raises:
        ConfluenceError: The site could not be asked.
    """
    types: dict[str, str | None] = {}
    for start in range(0, len(ids), client.api.batch_size):
        types |= client.api.visible_types(ids[start : start + client.api.batch_size])
    return types


def _home_ids(gone: Mapping[str, Entry]) -> set[str]:
    return {entry.record.space_id for entry in gone.values()}


def _keys_of(client: ConfluenceClient, space_ids: set[str]) -> dict[str, str | None]:
    if not space_ids:
        return {}
    return {space.space_id: space.key for space in client.api.spaces(ids=sorted(space_ids))}


def content_removal(entry: Entry, reason: str, evidence: str) -> Removal:
    """Return the removal of a page or blog post."""
    record = entry.record
    return Removal(record.content_id, record.content_type, record.title, record.version_number, reason, evidence)
