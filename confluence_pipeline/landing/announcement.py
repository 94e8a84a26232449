"""Removals told before they are made, so that a sync that dies in between does not take them with it.

The records of a space are replaced kind by kind, and the report that tells what is gone lands after them. A sync that
dies in between has removed a comment and told nobody; and the next sync, which does not find it among what landed,
could not know that it was ever there. So whoever removes records first lands what is to be removed, in
``raw/content/space_key=KEY/removing.json``. Of what a sync finds there whose report never landed, it tells itself what
is gone from the landing by then; the rest is still there, and judged anew.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from confluence_pipeline.landing.collect import Collection
from confluence_pipeline.landing.entries import Listing
from confluence_pipeline.landing.kinds import ATTACHMENTS, COMMENTS, TREE_NODES, Kind
from confluence_pipeline.landing.removals import Removal
from confluence_pipeline.landing.store import SpaceLanding

_WITH_REMOVALS: tuple[Kind[Any], ...] = (COMMENTS, ATTACHMENTS, TREE_NODES)


class Announcement:
    """What a sync of a space is about to remove.

    Args:
        landing: The raw landing of the space.
    """

    def __init__(self, landing: SpaceLanding) -> None:
        self._landing = landing
        self._path = f"{landing.folder}/removing.json"

    def untold(self) -> tuple[Removal, ...]:
        """Return what an earlier sync removed without living to tell it; call it before anything lands.

        Raises:
            LakeError: The lake cannot be read, or what was told not be taken back.
        """
        lake, landing = self._landing.lake, self._landing
        if not lake.exists(self._path):
            return ()
        announced = json.loads(lake.read_bytes(self._path))
        if landing.has_report(announced["report"]):
            self.withdraw()
            return ()
        there = landing.content_ids().union(*(landing.records(kind).read() for kind in _WITH_REMOVALS))
        removals = (Removal(**facts) for facts in announced["removals"])
        return tuple(removal for removal in removals if removal.content_id not in there)

    def make(self, report: str, removals: Sequence[Removal]) -> None:
        """Land what is to be removed; without any removals nothing is written.

        Args:
            report: The name of the report that will tell them.
            removals: All that the report will tell, what an earlier sync left untold included.

        Raises:
            LakeError: The lake cannot be written; nothing may be removed then.
        """
        if removals:
            facts = {"report": report, "removals": [removal.as_json() for removal in removals]}
            self._landing.lake.write_bytes(self._path, json.dumps(facts, ensure_ascii=False).encode())

    def withdraw(self) -> None:
        """Take it back, since the report has landed."""
        self._landing.lake.remove(self._path)


def told_once(
    removals: Iterable[Removal], collection: Collection, untold: Iterable[Removal], after: Listing
) -> tuple[Removal, ...]:
    """Return all removals that a sync has to tell, those that an earlier one left untold among them.

    What came back in the meantime was never seen to be gone, and is not told.

    Args:
        removals: What this sync removes.
        collection: What it collected of all that stands on contents.
        untold: What an earlier one removed.
        after: The contents that there are now.
    """
    present = {*after, *(key for kind, parts in collection.parts if kind in _WITH_REMOVALS for key in parts.landed)}
    told = {removal.content_id: removal for removal in untold if removal.content_id not in present}
    told |= {removal.content_id: removal for removal in removals}
    return tuple(told.values())
