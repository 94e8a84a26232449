"""Contents and nodes that moved between spaces: each is in one space's landing, whichever of the two was synced."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from confluence_pipeline.lake import Lake, LakeBusyError
from confluence_pipeline.landing.entries import SyncReport
from confluence_pipeline.landing.kinds import ATTACHMENTS, SPACE_KINDS, TREE_NODES, Kind
from confluence_pipeline.landing.reports import TABLE_OF
from confluence_pipeline.landing.store import SpaceLanding, landed_spaces

_WAIT_SECONDS = 5


@dataclass(frozen=True)
class _Claim:
    """What one space says of contents and nodes that another has, too."""

    key: str
    ids: frozenset[str]
    moving: Collection[str]
    since: str

    def weight(self, content_id: str) -> tuple[bool, str]:
        """Return how much the space's word counts: one that knows that a content left loses, then the older one."""
        return content_id not in self.moving, self.since


def settle_moves(lake: Lake) -> list[str]:
    """Take contents and nodes out of the spaces that they left, once the spaces that they moved to have them.

    A sync keeps what moved until it has landed where it is now, and a space whose sync came first does not know yet
    that something left it. Of two spaces that both have a content, the one that listed it last keeps it; in the
    other it leaves with everything on it, and its report tells so. Call it when the spaces of a run have landed and
    before tables are built; nothing is asked of the site. A space that another run is writing is left to that run.

    Returns:
        The keys of the spaces that changed, whose tables are to be built, sorted.

    Raises:
        LakeError: The lake cannot be read or written.
    """
    shared = _shared(lake, landed_spaces(lake))
    claims = [claim for key, ids in sorted(shared.items()) if (claim := _claim(lake, key, ids)) is not None]
    owners: dict[str, _Claim] = {}
    leaving: dict[str, set[str]] = {}
    for claim in claims:
        for content_id in claim.ids:
            other = owners.setdefault(content_id, claim)
            if other is claim:
                continue
            loser, winner = sorted((other, claim), key=lambda one: one.weight(content_id))
            owners[content_id] = winner
            leaving.setdefault(loser.key, set()).add(content_id)
    return [key for key, ids in sorted(leaving.items()) if _left(lake, key, ids)]


def _left(lake: Lake, key: str, ids: Collection[str]) -> bool:
    """Take contents and nodes out of a space, and return whether it could be written."""
    try:
        with lake.lock(key, wait_seconds=_WAIT_SECONDS):
            _let_go(SpaceLanding(lake, key), ids)
    except LakeBusyError:
        return False
    return True


def _shared(lake: Lake, keys: Sequence[str]) -> dict[str, frozenset[str]]:
    """Return, for each space that has any, the ids that another space may have, too.

    Eight bytes of hash are held of each id, not the ids: a site has many contents, and few of them moved.
    """
    hashes = {key: _hashes(_ids(lake, key)) for key in keys}
    found, counts = np.unique(np.concatenate([_NO_HASHES, *hashes.values()]), return_counts=True)
    twice = found[counts > 1]
    suspects = [key for key in keys if np.isin(hashes[key], twice).any()]
    del hashes
    known = set(twice.tolist())
    ids = {key: _ids(lake, key) for key in suspects}
    return {key: frozenset(i for i in of_space if _hash(i) in known) for key, of_space in ids.items()}


def _ids(lake: Lake, key: str) -> set[str]:
    """Return the ids of a space's contents and nodes; the site gives no two of them the same."""
    landing = SpaceLanding(lake, key)
    return landing.content_ids() | landing.records(TREE_NODES).read_keys()


_NO_HASHES = np.empty(0, np.uint64)


def _hash(content_id: str) -> int:
    return int.from_bytes(hashlib.blake2b(content_id.encode(), digest_size=8).digest())


def _hashes(ids: Collection[str]) -> "np.ndarray[Any, np.dtype[np.uint64]]":
    return np.fromiter(map(_hash, ids), np.uint64, len(ids))


def _claim(lake: Lake, key: str, ids: frozenset[str]) -> _Claim | None:
    newest = SpaceLanding(lake, key).newest_sync()
    return _Claim(key, ids, newest["moving"], newest["listed_at"] or "") if newest is not None else None


def _let_go(landing: SpaceLanding, ids: Collection[str]) -> None:
    """Take contents and nodes, with all that is on them, out of a space, and amend the newest report."""
    listing = landing.listing()
    left = {content_id: entry for content_id, entry in listing.items() if content_id in ids}
    nodes = landing.records(TREE_NODES).read_keys().intersection(ids)
    report = landing.newest_report()
    if not (left or nodes) or report is None:
        return
    fewer = _drop_with_all_on_them(landing, {*left, *nodes})
    for entry in left.values():
        table = TABLE_OF[entry.record.content_type]
        fewer[table] = fewer.get(table, 0) + 1
        fewer["labels"] = fewer.get("labels", 0) + (len(entry.labels) if entry.body_file else 0)
    stays = {content_id: entry for content_id, entry in listing.items() if content_id not in left}
    amended = SyncReport(report.name, _amended(report.facts, fewer, {*left, *nodes}))
    landing.write_sync(amended)
    landing.commit(stays, amended, is_whole=landing.titles().is_whole)
    landing.drop_bodies(entry.body_file for entry in stays.values() if entry.body_file)


def _drop_with_all_on_them(landing: SpaceLanding, left: Collection[str]) -> dict[str, int]:
    """Drop the records of nodes, and those that go with contents; return how many rows fewer each table has."""
    gone = set(left)
    fewer = {"labels": 0}
    for kind in sorted(SPACE_KINDS, key=lambda kind: kind is not ATTACHMENTS):  # comments stand on attachments, too
        before = landing.records(kind).read()
        stays = {key: landed for key, landed in before.items() if _goes_with(kind, landed.record) not in gone}
        if len(stays) == len(before):
            continue
        if kind is ATTACHMENTS:
            gone |= before.keys() - stays.keys()
        if kind.part_of is None:
            fewer[kind.name] = len(before) - len(stays)
        fewer["labels"] += sum(len(landed.labels) for key, landed in before.items() if key not in stays)
        landing.land_records(kind, stays)
    return fewer


def _goes_with(kind: Kind[Any], record: Any) -> str | None:
    return kind.key(record) if kind is TREE_NODES else kind.stands_on(record)


def _amended(facts: Mapping[str, Any], fewer: Mapping[str, int], left: Collection[str]) -> dict[str, Any]:
    expected = {table: rows - fewer.get(table, 0) for table, rows in facts["expected"].items()}
    moving = {content_id: key for content_id, key in facts["moving"].items() if content_id not in left}
    return {**facts, "expected": expected, "moving": moving}
