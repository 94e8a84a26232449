"""Confluence Data Center: footer and inline comments and their replies, in bulk and one by one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from confluence_pipeline.confluence.answers import Json
from confluence_pipeline.confluence.cql import all_of, any_of
from confluence_pipeline.confluence.data_center_calls import DataCenterCalls
from confluence_pipeline.confluence.data_center_contents import MOST_BYTES_OF_A_BATCH
from confluence_pipeline.confluence.data_center_records import BODY_PART, content_path, content_url, user_key
from confluence_pipeline.confluence.errors import ListingError, RefusedError, ServerError
from confluence_pipeline.confluence.parsing import moment, web_url
from confluence_pipeline.confluence.records import CommentBody, CommentRecord, RecentItem

_CONTAINERS = ("page", "blogpost", "attachment")
_PARTS = ("version", "history", "container", "ancestors", "extensions.inlineProperties", "extensions.resolution")


@dataclass(frozen=True)
class DataCenterComments:
    """Asks for comments."""

    calls: DataCenterCalls

    def comments(self, cql: str) -> Iterator[CommentRecord]:
        """Walk ``search``; the index finds, the database tells."""
        return self.calls.search(cql, _PARTS, self._record)

    def comment_bodies(self, ids: Sequence[str]) -> list[CommentBody]:
        """Search by id, bodies included."""
        most = MOST_BYTES_OF_A_BATCH if len(ids) > 1 else None
        cql = all_of("type = comment", any_of("id", ids))
        try:
            return list(self.calls.search(cql, (*_PARTS, BODY_PART), self._with_body, most_bytes=most))
        except ListingError as error:
            raise ServerError(str(error), status=200) from error

    def comment(self, item: RecentItem) -> CommentBody:
        """Ask ``content/{id}``."""
        params = [("expand", ",".join((*_PARTS, BODY_PART)))]
        held = self.calls.single(content_path(item.item_id), params, self._with_body, f"comment {item.item_id}")
        if held is None:
            raise RefusedError(f"Comment {item.item_id} is on neither page, blog post nor attachment", status=200)
        return held

    def recent_comments(self, _location: str) -> Iterator[list[RecentItem]]:
        """Yield none: no call lists a Data Center's comments by when they were modified, but for the search."""
        return iter(())

    def _with_body(self, data: Json) -> CommentBody | None:
        record = self._record(data)
        return None if record is None else CommentBody(record, str(data["body"]["storage"]["value"]))

    def _record(self, data: Json) -> CommentRecord | None:
        """Return the comment of a ``Content``; None where it is on something else than the tables hold."""
        comment_id, extensions, container = str(data["id"]), data.get("extensions") or {}, data["container"]
        if container.get("type") not in _CONTAINERS:
            return None
        inline = extensions.get("location", "footer") != "footer"
        version, history = data["version"], data["history"]
        marked, resolution = extensions.get("inlineProperties") or {}, extensions.get("resolution") or {}
        above = [known for known in data.get("ancestors") or [] if known.get("type", "comment") == "comment"]
        return CommentRecord(
            comment_id=comment_id,
            container_id=str(container["id"]),
            container_type=container["type"],
            parent_comment_id=str(above[-1]["id"]) if above else None,
            location="inline" if inline else "footer",
            status=data["status"],
            resolution_status=resolution.get("status") if inline else None,
            inline_original_selection=marked.get("originalSelection") or None,
            inline_marker_ref=marked.get("markerRef") or None,
            author_id=user_key(history.get("createdBy")),
            created_at=moment(history.get("createdDate")),
            version_number=int(version["number"]),
            version_author_id=user_key(version.get("by")),
            updated_at=moment(version.get("when")),
            web_url=web_url(self.calls.base, data),
            source_url=content_url(self.calls.base, comment_id),
        )
