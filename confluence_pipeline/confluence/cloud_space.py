"""Confluence Cloud: everything in a space by one search."""

from dataclasses import dataclass

from confluence_pipeline.confluence.answers import Json
from confluence_pipeline.confluence.cloud_attachments import ATTACHMENT_PARTS, CloudAttachments
from confluence_pipeline.confluence.cloud_calls import CloudCalls
from confluence_pipeline.confluence.cloud_comments import COMMENT_PARTS, CloudComments
from confluence_pipeline.confluence.cloud_records import COLLECTIONS
from confluence_pipeline.confluence.cloud_search import CloudSearch, as_it_is, parts_of_facts
from confluence_pipeline.confluence.cloud_tree import NODE_PARTS, CloudTree
from confluence_pipeline.confluence.cql import all_of, any_of
from confluence_pipeline.confluence.dialect import NODE_TYPES
from confluence_pipeline.confluence.errors import QueryError
from confluence_pipeline.confluence.records import SpaceHits

_TYPES = (*COLLECTIONS, "comment", "attachment", *NODE_TYPES)


@dataclass(frozen=True)
class CloudSpace:
    """Asks for all kinds together, and leaves each to who knows how to read it."""

    calls: CloudCalls
    search: CloudSearch
    attachments: CloudAttachments
    comments: CloudComments
    tree: CloudTree

    def space_hits(self, space_key: str, *, labels: bool, restrictions: bool) -> SpaceHits | None:
        """Walk v1 ``search`` once, with what every kind needs expanded.

        A site whose CQL does not know the nodes of the tree answers 400, and a search that gives less than it counts
        does not say of which kind: then each kind is to be asked for by itself.
        """
        cql = all_of(any_of("space", [space_key]), f"type in ({', '.join(_TYPES)})")
        facts = parts_of_facts(labels=labels, restrictions=restrictions)
        walk = self.calls.search(
            cql, tuple(dict.fromkeys((*facts, *ATTACHMENT_PARTS, *COMMENT_PARTS, *NODE_PARTS))), as_it_is
        )
        kinds: dict[str, list[Json]] = {}
        try:
            for hit in walk:
                kinds.setdefault(str(hit.get("type")), []).append(hit)
        except QueryError:
            return None
        if walk.count.short:
            return None
        contents = [hit for kind in COLLECTIONS for hit in kinds.get(kind, ())]
        nodes = [hit for kind in NODE_TYPES for hit in kinds.get(kind, ())]
        return SpaceHits(
            contents=tuple(self.search.facts_in(contents, labels=labels, restrictions=restrictions)),
            attachments=tuple(self.attachments.attachments_in(kinds.get("attachment", ()))),
            comments=tuple(self.comments.comments_in(kinds.get("comment", ()))),
            nodes=tuple(self.tree.nodes_in(nodes)),
        )
