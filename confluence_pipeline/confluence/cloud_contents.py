"""Confluence Cloud: pages and blog posts, listed and by id, with and without bodies."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from confluence_pipeline.confluence.answers import Json
from confluence_pipeline.confluence.cloud_calls import LIMIT, CloudCalls
from confluence_pipeline.confluence.cloud_records import COLLECTIONS, V2, CloudRecords
from confluence_pipeline.confluence.dialect import IN_SCOPE_STATUSES
from confluence_pipeline.confluence.errors import ListingError, ServerError
from confluence_pipeline.confluence.paging import walk_cursor
from confluence_pipeline.confluence.parsing import label, parsed
from confluence_pipeline.confluence.records import BodyRecord, ContentRecord, ContentType, Label

MOST_BYTES_OF_A_BATCH = 16 * 1024**2
"""Bytes of bodies in one answer, of which a few are in memory at once; one content alone may have more."""

_STATUSES_OF: dict[ContentType, frozenset[str]] = {
    "page": frozenset({"current", "archived", "trashed", "deleted"}),
    "blogpost": frozenset({"current", "trashed", "deleted"}),  # the v2 document knows no archived blog posts
}


@dataclass(frozen=True)
class CloudContents:
    """Asks for pages and blog posts."""

    calls: CloudCalls
    records: CloudRecords

    def contents(self, content_type: ContentType, space_id: str) -> Iterator[ContentRecord]:
        """Walk v2 ``/spaces/{id}/pages`` or ``/blogposts`` by id, so that edits meanwhile move nothing."""
        statuses = [("status", s) for s in IN_SCOPE_STATUSES if s in _STATUSES_OF[content_type]]
        collection = COLLECTIONS[content_type]
        return self.calls.walk(
            f"{V2}/spaces/{space_id}/{collection}",
            [LIMIT, ("sort", "id"), *statuses],
            f"{collection} of space {space_id}",
            lambda data: self.records.content(content_type, data),
            lambda content: content.content_id,
        )

    def contents_by_id(
        self, content_type: ContentType, ids: Sequence[str], statuses: Sequence[str] = IN_SCOPE_STATUSES
    ) -> list[ContentRecord]:
        """Ask v2 ``/pages`` or ``/blogposts`` by id."""
        found = self._by_id(content_type, ids, statuses)
        return list(parsed(found, lambda data: self.records.content(content_type, data), "contents by id"))

    def bodies(self, content_type: ContentType, ids: Sequence[str]) -> list[BodyRecord]:
        """Ask v2 ``/pages`` or ``/blogposts`` by id, with bodies in storage format."""
        most = MOST_BYTES_OF_A_BATCH if len(ids) > 1 else None
        found = self._by_id(content_type, ids, IN_SCOPE_STATUSES, ("body-format", "storage"), most_bytes=most)
        try:
            return list(parsed(found, lambda data: self.records.body(content_type, data), "bodies"))
        except ListingError as error:
            raise ServerError(str(error), status=200) from error

    def content_labels(self, content_type: ContentType, content_id: str) -> list[Label]:
        """Walk v2 ``/pages/{id}/labels`` or ``/blogposts/{id}/labels``."""
        path = f"{V2}/{COLLECTIONS[content_type]}/{content_id}/labels"
        return list(self.calls.walk(path, [LIMIT], f"labels of {content_id}", label, lambda found: found.label_id))

    def _by_id(
        self,
        content_type: ContentType,
        ids: Sequence[str],
        statuses: Sequence[str],
        *more: tuple[str, str],
        most_bytes: int | None = None,
    ) -> list[Json]:
        params = [
            LIMIT,
            *more,
            *(("status", status) for status in statuses if status in _STATUSES_OF[content_type]),
            *(("id", content_id) for content_id in ids),
        ]
        collection = COLLECTIONS[content_type]
        pages = walk_cursor(
            lambda some: self.calls.get(f"{V2}/{collection}", some, most_bytes=most_bytes),
            params,
            what=f"{collection} by id",
        )
        return [data for page in pages for data in page]
