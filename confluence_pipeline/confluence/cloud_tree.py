"""Confluence Cloud: the nodes of the page tree that are no pages: folders, whiteboards, databases and embeds."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from confluence_pipeline.confluence.answers import Json
from confluence_pipeline.confluence.cloud_access import RESTRICTION_PARTS, restrictions_told
from confluence_pipeline.confluence.cloud_calls import CloudCalls
from confluence_pipeline.confluence.cloud_records import V2
from confluence_pipeline.confluence.cloud_search import as_it_is
from confluence_pipeline.confluence.counted import Counted
from confluence_pipeline.confluence.errors import QueryError
from confluence_pipeline.confluence.parsing import moment, optional_text, parsed, web_url
from confluence_pipeline.confluence.records import NodeHit, TreeNodeRecord

_COLLECTIONS = {"folder": "folders", "whiteboard": "whiteboards", "database": "databases", "embed": "embeds"}
NODE_PARTS = ("version", "ancestors", *RESTRICTION_PARTS)


@dataclass(frozen=True)
class CloudTree:
    """Asks for nodes of the page tree, which v2 gives one by one only."""

    calls: CloudCalls

    def tree_nodes(self, cql: str) -> Iterator[NodeHit]:
        """Walk v1 ``search``; a site whose CQL does not know the types answers 400, and has none to give."""
        hits = self.calls.search(cql, NODE_PARTS, as_it_is)
        return Counted(_unless_unknown(self.nodes_in(hits)), hits.count)

    def nodes_in(self, found: Iterable[Json]) -> Iterator[NodeHit]:
        """Yield the nodes in what a search found with :data:`NODE_PARTS` expanded."""
        return parsed(found, self._hit, "search results")

    def _hit(self, data: Json) -> NodeHit:
        node_id = str(data["id"])
        ancestors = data.get("ancestors") or []
        return NodeHit(
            node_id=node_id,
            type=str(data["type"]),
            status=str(data["status"]),
            title=data.get("title") or "",
            parent_id=str(ancestors[-1]["id"]) if ancestors else None,
            version_number=(data.get("version") or {}).get("number"),
            restrictions=restrictions_told(self.calls.base, node_id, data.get("restrictions") or {}),
        )

    def tree_node(self, node_type: str, node_id: str) -> TreeNodeRecord:
        """Ask v2 ``/folders/{id}``, ``/whiteboards/{id}``, ``/databases/{id}`` or ``/embeds/{id}``."""
        path = f"{V2}/{_COLLECTIONS[node_type]}/{node_id}"

        def parse(data: Json) -> TreeNodeRecord:
            version = data.get("version") or {}
            return TreeNodeRecord(
                node_id=str(data["id"]),
                type=node_type,
                space_id=str(data["spaceId"]),
                status=data["status"],
                title=data.get("title") or "",
                parent_id=optional_text(data.get("parentId")),
                parent_type=data.get("parentType"),
                position=data.get("position"),
                author_id=data.get("authorId"),
                owner_id=data.get("ownerId"),
                created_at=moment(data.get("createdAt")),
                version_number=version.get("number"),
                version_author_id=version.get("authorId"),
                updated_at=moment(version.get("createdAt")),
                embed_url=data.get("embedUrl"),
                web_url=web_url(self.calls.base, data),
                source_url=f"{self.calls.base}{path}",
            )

        return self.calls.single(path, (), parse, f"{node_type} {node_id}")


def _unless_unknown(hits: Iterable[NodeHit]) -> Iterator[NodeHit]:
    try:
        yield from hits
    except QueryError:
        return
