"""Why something that landed is not listed any more: asked by id, since absence from a list proves nothing."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from confluence_pipeline.confluence import CONTENT_TYPES, ConfluenceClient, ContentRecord, Scope
from confluence_pipeline.confluence.dialect import GONE_STATUSES, IN_SCOPE_STATUSES
from confluence_pipeline.landing.entries import Entry
from confluence_pipeline.tables.report import LedgerEntry

MOST_SHARE_LOST = 0.2
FEWEST_LOST = 20
"""A sync that would lose this many contents, and this share of a space, without a reason the API can name,
removes nothing: a caller who lost rights sees just that."""


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
        ledger: What could not be decided.
    """

    removals: tuple[Removal, ...] = ()
    moved: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    ledger: tuple[LedgerEntry, ...] = ()


def out_of_scope(gone: Mapping[str, Entry], evidence: str) -> Verified:
    """Return removals for contents that the settings, and not the site, took away: no request is needed."""
    return Verified(tuple(_removal(entry, "filtered_out", evidence) for entry in gone.values()))


def verify_gone(
    client: ConfluenceClient,
    scope: Scope,
    gone: Mapping[str, Entry],
    *,
    landed: int,
    accept_removals: bool = False,
) -> Verified:
    """Ask for each content by id, 250 a request, and say what became of it.

    Args:
        client: The site.
        scope: What is asked for.
        gone: What landed and is not listed, by id.
        landed: How many contents had landed in the space.
        accept_removals: Remove even if a large share of the space is gone without a nameable reason.

    Raises:
        ConfluenceError: The site could not be asked; then nothing is known, and nothing may be removed.
    """
    if not gone:
        return Verified()
    found = _found(client, gone)
    missing = [content_id for content_id in gone if content_id not in found]
    types = _visible_types(client, missing)
    space_keys = _keys_of(client, {record.space_id for record in found.values()} - _home_ids(gone))
    outcome = _Outcome([], set(), set(), [])
    for content_id, entry in gone.items():
        if content_id in found:
            outcome.judge_found(entry, found[content_id], scope, space_keys)
        else:
            outcome.judge_missing(entry, types.get(content_id))
    lost = [removal for removal in outcome.removals if removal.reason == "unknown"]
    if len(lost) >= FEWEST_LOST and len(lost) > MOST_SHARE_LOST * landed and not accept_removals:
        outcome.refuse(lost, landed)
    return Verified(tuple(outcome.removals), frozenset(outcome.moved), frozenset(outcome.kept), tuple(outcome.ledger))


@dataclass(slots=True)
class _Outcome:
    removals: list[Removal]
    moved: set[str]
    kept: set[str]
    ledger: list[LedgerEntry]

    def judge_found(self, entry: Entry, now: ContentRecord, scope: Scope, space_keys: Mapping[str, str | None]) -> None:
        """Say what became of a content that the site still has."""
        asked = f"asked by id: status {now.status}, version {now.version_number}, space id {now.space_id}"
        if now.status in GONE_STATUSES:
            self.removals.append(_removal(entry, "trashed" if now.status == "trashed" else "purged", asked))
        elif now.space_id != entry.record.space_id:
            key = space_keys.get(now.space_id)
            if key is not None and scope.allows_space(key) and scope.names(now.content_id):
                self.moved.add(entry.record.content_id)
            else:
                self.removals.append(_removal(entry, "moved_out_of_scope", asked))
        elif scope.names(now.content_id):
            message = f"The listing left it out, but {asked}; the next sync lists again"
            self._keep(entry.record.content_id, entry.record.content_type, "listing_short", message)
        else:
            self.removals.append(_removal(entry, "filtered_out", f"no longer matches the scope; {asked}"))

    def judge_missing(self, entry: Entry, visible_type: str | None) -> None:
        """Say what became of a content that no listing by id gives."""
        if visible_type is None:
            evidence = "asked by id in every status: not there; convert-ids-to-types: null (purged, or hidden)"
            self.removals.append(_removal(entry, "unknown", evidence))
        else:
            message = f"It is in no listing by id, but the site says it is a {visible_type}"
            self._keep(entry.record.content_id, entry.record.content_type, "undecided", message)

    def refuse(self, lost: list[Removal], landed: int) -> None:
        """Keep what would be lost: so much at once looks like lost rights."""
        message = (
            f"{len(lost)} of {landed} contents of the space are not visible any more, which looks like lost rights "
            "of the account, so none of them was removed. Check the account's access, or run the sync with "
            "--accept-removals"
        )
        for removal in lost:
            self.removals.remove(removal)
            self._keep(removal.content_id, removal.content_type, "mass_removal", message, retryable=False)

    def _keep(self, content_id: str, content_type: str, reason: str, message: str, *, retryable: bool = True) -> None:
        self.kept.add(content_id)
        table = "pages" if content_type == "page" else "blog_posts"
        self.ledger.append(LedgerEntry(table, "verify", reason, message, content_id=content_id, retryable=retryable))


def _found(client: ConfluenceClient, gone: Mapping[str, Entry]) -> dict[str, ContentRecord]:
    found = {}
    for content_type in CONTENT_TYPES:
        ids = [i for i, entry in gone.items() if entry.record.content_type == content_type]
        for start in range(0, len(ids), client.api.batch_size):
            batch = ids[start : start + client.api.batch_size]
            for record in client.api.contents_by_id(content_type, batch, IN_SCOPE_STATUSES + GONE_STATUSES):
                found[record.content_id] = record
    return found


def _visible_types(client: ConfluenceClient, ids: list[str]) -> dict[str, str | None]:
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


def _removal(entry: Entry, reason: str, evidence: str) -> Removal:
    record = entry.record
    return Removal(record.content_id, record.content_type, record.title, record.version_number, reason, evidence)
