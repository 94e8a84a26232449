"""Confluence Data Center: what the index finds, with facts that the database tells of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from confluence_pipeline.confluence.answers import Json
from confluence_pipeline.confluence.calls import V1
from confluence_pipeline.confluence.counted import Counted
from confluence_pipeline.confluence.data_center_access import (
    RESTRICTION_PARTS,
    DataCenterAccess,
    restrictions_told,
)
from confluence_pipeline.confluence.data_center_calls import DataCenterCalls
from confluence_pipeline.confluence.data_center_contents import DataCenterContents
from confluence_pipeline.confluence.errors import NotFoundError
from confluence_pipeline.confluence.parsing import labels_told, moment
from confluence_pipeline.confluence.records import ChangeHit, NodeHit, SearchHit, TreeNodeRecord

_LABELS = "metadata.labels"


@dataclass(frozen=True)
class DataCenterSearch:
    """Asks by CQL; what a search does not tell in full is asked for by itself."""

    calls: DataCenterCalls
    contents: DataCenterContents
    access: DataCenterAccess

    def search(self, cql: str) -> Iterator[tuple[str, str]]:
        """Walk ``search`` without expansions."""
        return self.calls.search(cql, (), lambda data: (str(data["id"]), str(data.get("type"))))

    def search_spaces(self, cql: str) -> set[str]:
        """Walk ``search`` with ``content.space``."""
        return set(self.calls.search(cql, ["space"], lambda data: str(data["space"]["key"])))

    def count(self, cql: str) -> int:
        """Ask ``search`` for one hit and the number of all."""
        params = [("cql", cql), ("limit", "1"), ("includeArchivedSpaces", "true"), ("excerpt", "none")]
        return int(self.calls.query(f"{V1}/search", params).data.get("totalSize", 0))

    def search_facts(self, cql: str, *, labels: bool, restrictions: bool) -> Iterator[SearchHit]:
        """Walk ``search`` with what is asked for expanded: the index finds, the database tells.

        A content that more is to be told of than the expansions hold is asked for by itself; if it is gone by
        then, it is left out.
        """
        parts = [_LABELS] if labels else []
        parts += RESTRICTION_PARTS if restrictions else ()
        hits = self.calls.search(cql, parts, lambda data: self._hit(data, labels=labels, restrictions=restrictions))
        return Counted(self._all_completed(hits, labels=labels, restrictions=restrictions), hits.count)

    def _all_completed(self, hits: Iterable[SearchHit], *, labels: bool, restrictions: bool) -> Iterator[SearchHit]:
        for hit in hits:
            try:
                yield self._completed(hit, labels=labels, restrictions=restrictions)
            except NotFoundError:
                continue

    def search_changes(self, cql: str) -> Iterator[ChangeHit]:
        """Walk ``search`` with ``content.space`` and ``content.version``."""
        return self.calls.search(cql, ["space", "version"], _change)

    def tree_nodes(self, _cql: str) -> Iterator[NodeHit]:
        """Yield none: a Data Center's page tree has nothing but pages in it."""
        return iter(())

    def tree_node(self, node_type: str, node_id: str) -> TreeNodeRecord:
        """Raise :class:`NotFoundError`: a Data Center has no such node."""
        raise NotFoundError(f"{self.calls.version.product} knows no {node_type}, so {node_id} is none")

    def _hit(self, data: Json, *, labels: bool, restrictions: bool) -> SearchHit:
        content_id = str(data["id"])
        held = data.get("restrictions") or {}
        return SearchHit(
            content_id,
            str(data.get("type")),
            labels_told((data.get("metadata") or {}).get("labels")) if labels else None,
            restrictions_told(self.calls.base, content_id, held) if restrictions else None,
        )

    def _completed(self, hit: SearchHit, *, labels: bool, restrictions: bool) -> SearchHit:
        if labels and hit.labels is None and hit.content_type in ("page", "blogpost"):
            hit = replace(hit, labels=tuple(self.contents.content_labels("page", hit.content_id)))
        if restrictions and hit.restrictions is None:
            hit = replace(hit, restrictions=tuple(self.access.restrictions(hit.content_id)))
        return hit


def _change(data: Json) -> ChangeHit:
    version = data.get("version") or {}
    return ChangeHit(str(data["id"]), str(data["space"]["key"]), version.get("number"), moment(version.get("when")))
