"""Confluence Cloud: footer and inline comments and their replies, in bulk and one by one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from confluence_pipeline.confluence.answers import Json
from confluence_pipeline.confluence.cloud_calls import LIMIT, CloudCalls
from confluence_pipeline.confluence.cloud_comment_records import (
    comment_found,
    comment_listed,
    comment_path,
    comment_read,
)
from confluence_pipeline.confluence.cloud_contents import MOST_BYTES_OF_A_BATCH
from confluence_pipeline.confluence.cloud_records import V2
from confluence_pipeline.confluence.cloud_search import as_it_is
from confluence_pipeline.confluence.cloud_versions import WITH_VERSIONS, first_version
from confluence_pipeline.confluence.counted import Counted
from confluence_pipeline.confluence.cql import all_of, any_of
from confluence_pipeline.confluence.errors import ListingError, NotFoundError, RefusedError, ServerError
from confluence_pipeline.confluence.paging import walk_cursor
from confluence_pipeline.confluence.parsing import parsed
from confluence_pipeline.confluence.records import CommentBody, CommentRecord, RecentItem

MOST_BODIES = 50
"""What v1 gives at a time with bodies in storage format, whatever the limit asked for (v1 specification)."""

COMMENT_PARTS = ("version", "history", "container", "ancestors", "extensions.inlineProperties", "extensions.resolution")
_BODY = "body.storage"


@dataclass(frozen=True)
class CloudComments:
    """Asks for comments; what a search does not tell in full is asked for by itself."""

    calls: CloudCalls

    def comments(self, cql: str) -> Iterator[CommentRecord]:
        """Walk v1 ``search``; comments on custom content are left out."""
        hits = self.calls.search(cql, COMMENT_PARTS, as_it_is)
        return Counted(self.comments_in(hits), hits.count)

    def comments_in(self, found: Iterable[Json]) -> Iterator[CommentRecord]:
        """Yield the comments in what a search found with :data:`COMMENT_PARTS` expanded."""
        for hit in parsed(found, lambda data: comment_found(self.calls.base, data), "search results"):
            if isinstance(hit, CommentRecord):
                yield hit
            elif hit is not None and (held := self._if_there(hit)) is not None:
                yield held.comment

    def comment_bodies(self, ids: Sequence[str]) -> list[CommentBody]:
        """Search by id with v1 ``search``, bodies included."""
        most = MOST_BYTES_OF_A_BATCH if len(ids) > 1 else None
        cql = all_of("type = comment", any_of("id", ids))
        try:
            hits: list[CommentBody | RecentItem] = list(
                self.calls.search(cql, (*COMMENT_PARTS, _BODY), self._with_body, most_bytes=most)
            )
        except ListingError as error:
            raise ServerError(str(error), status=200) from error
        found = (hit if isinstance(hit, CommentBody) else self._if_there(hit) for hit in hits)
        return [held for held in found if held is not None]

    def comment(self, item: RecentItem) -> CommentBody:
        """Ask v2 ``/footer-comments/{id}`` or ``/inline-comments/{id}``, with its versions."""
        held = self._by_itself(item)
        if held is None:
            raise RefusedError(f"Comment {item.item_id} is on neither page, blog post nor attachment", status=200)
        return held

    def recent_comments(self, location: str) -> Iterator[list[RecentItem]]:
        """Walk v2 ``/footer-comments`` or ``/inline-comments`` from what was modified last."""
        params = [LIMIT, ("sort", "-modified-date")]
        what = f"{location} comments of the site"
        for page in walk_cursor(lambda some: self.calls.get(f"{V2}/{location}-comments", some), params, what=what):
            yield list(parsed(page, lambda data: comment_listed(location, data), what))

    def _with_body(self, data: Json) -> CommentBody | RecentItem | None:
        found = comment_found(self.calls.base, data)
        if not isinstance(found, CommentRecord):
            return found
        storage = (data.get("body") or {}).get("storage") or {}
        if "value" not in storage:
            return RecentItem(found.comment_id, found.container_id, found.location, found.version_number)
        return CommentBody(found, str(storage["value"]))

    def _if_there(self, item: RecentItem) -> CommentBody | None:
        """Read what the index still knows but the database may not."""
        try:
            return self._by_itself(item)
        except NotFoundError:
            return None

    def _by_itself(self, item: RecentItem) -> CommentBody | None:
        path = comment_path(item.location, item.item_id)

        def read(data: Json) -> CommentBody | None:
            first = first_version(self.calls, path, data)
            record = comment_read(self.calls.base, item.location, data, first)
            return None if record is None else CommentBody(record, str(data["body"]["storage"]["value"]))

        return self.calls.single(path, [("body-format", "storage"), WITH_VERSIONS], read, f"comment {item.item_id}")
