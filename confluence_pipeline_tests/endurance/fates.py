"""What became of the contents in tables, by the site's own word, so that removals can be held against it."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from confluence_pipeline.site.control_client import TruthKind
from confluence_pipeline_tests.laboratory import Laboratory
from confluence_pipeline_tests.laboratory_seed import READER

Row = Mapping[str, Any]

KEYS = {
    "pages": "page_id",
    "blog_posts": "blog_post_id",
    "comments": "comment_id",
    "attachments": "attachment_id",
    "tree_nodes": "node_id",
}
"""The tables that hold contents, each with its key."""
HIDDEN = frozenset({"unknown", "access_lost"})
"""What is told of a content that was purged, and of one that is hidden: the site gives one answer for both."""
_GONE = ("trashed", "draft", "deleted")


@dataclass
class Fates:
    """Remembers what was in the tables when they were last known to be complete, and what has happened to it since.

    Attributes:
        lab: The site and the lake.
        seen: The contents that were in the tables, by id, each with the table and the id of what it stands on.
        told: The keys of the removals that there were then.
        reasons: What may be told of each content that has been gone at a time when a sync could see it.
    """

    lab: Laboratory
    seen: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    told: set[tuple[str, Any]] = field(default_factory=set)
    reasons: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def remember(self) -> None:
        """Begin anew with what is in the tables now."""
        self.seen = self._in_tables()
        self.told = {_key(row) for row in self.lab.rows("removals")}
        self.reasons.clear()

    def look(self) -> None:
        """See what became of everything by now; call it when people have changed the site, before a sync sees it."""
        rows = {table: self._truth(table) for table in KEYS}
        for content_id in self.seen:
            self.reasons[content_id] |= self._reasons(content_id, rows)

    def filtered(self, content_ids: Collection[str]) -> None:
        """Note that the settings take contents away."""
        for content_id in content_ids:
            self.reasons[content_id].add("filtered_out")

    def assert_told(self) -> None:
        """Whatever left the tables has a removal that is no older than its last sight, with a reason that fits."""
        new = [row for row in self.lab.rows("removals") if _key(row) not in self.told]
        gone = self.seen.keys() - self._in_tables().keys()
        untold = [i for i in gone - {row["content_id"] for row in new} if not self._is_moving_node(i)]
        assert {i: self.seen[i] for i in untold} == {}
        told = [(row["content_id"], row["reason"]) for row in new if row["content_id"] in gone]
        wrong = [(self.seen[i], reason, self.reasons[i]) for i, reason in told if reason not in self.reasons[i]]
        assert wrong == []

    def _is_moving_node(self, content_id: str) -> bool:
        """Return whether it is a node that is on the site, and so in another space whose sync brings it."""
        return self.seen[content_id][0] == "tree_nodes" and not self.reasons[content_id]

    def _in_tables(self) -> dict[str, tuple[str, str | None]]:
        return {
            row[key]: (table, row["content_id"] if table in ("comments", "attachments") else None)
            for table, key in KEYS.items()
            for row in self.lab.rows(table)
        }

    def _truth(self, table: str) -> dict[str, Row]:
        rows = self.lab.site.control.truth(cast(TruthKind, table), as_account=READER)
        return {row[KEYS[table]]: row for row in rows}

    def _reasons(self, content_id: str, rows: Mapping[str, Mapping[str, Row]]) -> set[str]:
        """Return what a sync may tell of a content now; nothing of one that is there."""
        table, container = self.seen[content_id]
        if container is not None:
            above = self._reasons_of_container(container, rows)
            if above:
                return above
        row = rows[table].get(content_id)
        if row is None:
            return {"purged"} if container is not None else set(HIDDEN)
        return {"trashed"} if row.get("status") in _GONE else set()

    def _reasons_of_container(self, container: str, rows: Mapping[str, Mapping[str, Row]]) -> set[str]:
        if container in self.seen:
            return self._reasons(container, rows)
        found = next((rows[table][container] for table in KEYS if container in rows[table]), None)
        if found is None:
            return set(HIDDEN)
        return {"trashed"} if found.get("status") in _GONE else set()


def _key(row: Row) -> tuple[str, Any]:
    return row["content_id"], row["removed_at"]
