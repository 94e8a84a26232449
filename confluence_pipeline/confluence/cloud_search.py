"""Confluence Cloud: what the index finds, with facts that the database tells of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from confluence_pipeline.confluence.answers import Json
from confluence_pipeline.confluence.calls import V1
from confluence_pipeline.confluence.cloud_access import RESTRICTION_PARTS, CloudAccess, restrictions_told
from confluence_pipeline.confluence.cloud_calls import CloudCalls
from confluence_pipeline.confluence.cloud_contents import CloudContents
from confluence_pipeline.confluence.cloud_records import COLLECTIONS
from confluence_pipeline.confluence.counted import Counted
from confluence_pipeline.confluence.errors import NotFoundError
from confluence_pipeline.confluence.parsing import labels_told, moment, parsed
from confluence_pipeline.confluence.records import ChangeHit, ContentType, SearchHit

_LABELS = "metadata.labels"


@dataclass(frozen=True)
class CloudSearch:
    """Asks by CQL; what a search does not tell in full is asked for by itself."""

    calls: CloudCalls
    contents: CloudContents
    access: CloudAccess

    def search(self, cql: str) -> Iterator[tuple[str, str]]:
        """Walk v1 ``search`` without expansions."""
        return self.calls.search(cql, (), lambda data: (str(data["id"]), str(data.get("type"))))

    def search_spaces(self, cql: str) -> set[str]:
        """Walk v1 ``search`` with ``content.space``."""
        return set(self.calls.search(cql, ["space"], lambda data: str(data["space"]["key"])))

    def count(self, cql: str) -> int:
        """Ask v1 ``search`` for no hits but their number; archived contents do not count in it."""
        params = [("cql", cql), ("limit", "1"), ("includeArchivedSpaces", "true")]
        return int(self.calls.query(f"{V1}/search", params).data.get("totalSize", 0))

    def search_facts(self, cql: str, *, labels: bool, restrictions: bool) -> Iterator[SearchHit]:
        """Walk v1 ``search`` with what is asked for expanded: the index finds, the database tells.

        A content that more is to be told of than the expansions hold is asked for by itself; if it is gone by
        then, it is left out.
        """
        hits = self.calls.search(cql, parts_of_facts(labels=labels, restrictions=restrictions), as_it_is)
        return Counted(self.facts_in(hits, labels=labels, restrictions=restrictions), hits.count)

    def facts_in(self, found: Iterable[Json], *, labels: bool, restrictions: bool) -> Iterator[SearchHit]:
        """Yield the facts in what a search found with :func:`parts_of_facts` expanded."""
        hits = parsed(found, lambda data: self._hit(data, labels=labels, restrictions=restrictions), "search results")
        for hit in hits:
            try:
                yield self._completed(hit, labels=labels, restrictions=restrictions)
            except NotFoundError:
                continue

    def search_changes(self, cql: str) -> Iterator[ChangeHit]:
        """Walk v1 ``search`` with ``content.space`` and ``content.version``."""
        return self.calls.search(cql, ["space", "version"], _change)

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
        if labels and hit.labels is None and hit.content_type in COLLECTIONS:
            content_type: ContentType = "page" if hit.content_type == "page" else "blogpost"
            hit = replace(hit, labels=tuple(self.contents.content_labels(content_type, hit.content_id)))
        if restrictions and hit.restrictions is None:
            hit = replace(hit, restrictions=tuple(self.access.restrictions(hit.content_id)))
        return hit


def parts_of_facts(*, labels: bool, restrictions: bool) -> list[str]:
    """Return what a search is to expand to tell the facts of pages and blog posts."""
    return [*([_LABELS] if labels else []), *(RESTRICTION_PARTS if restrictions else ())]


def as_it_is(data: Json) -> Json:
    """Return what a search found, to be read later."""
    return data


def _change(data: Json) -> ChangeHit:
    version = data.get("version") or {}
    return ChangeHit(str(data["id"]), str(data["space"]["key"]), version.get("number"), moment(version.get("when")))
