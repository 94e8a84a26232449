"""Confluence Data Center: attachments without their bytes, in bulk and one by one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from confluence_pipeline.confluence.answers import Json
from confluence_pipeline.confluence.counted import Counted
from confluence_pipeline.confluence.data_center_calls import DataCenterCalls
from confluence_pipeline.confluence.data_center_contents import DataCenterContents
from confluence_pipeline.confluence.data_center_records import content_path, content_url, user_key
from confluence_pipeline.confluence.errors import NotFoundError, RefusedError
from confluence_pipeline.confluence.parsing import labels_told, moment, web_url
from confluence_pipeline.confluence.records import AttachmentRecord, Label, LabelledAttachment, RecentItem

_CONTAINERS = ("page", "blogpost")
_PARTS = ("version", "history", "container", "metadata.labels", "extensions")


@dataclass(frozen=True)
class DataCenterAttachments:
    """Asks for attachments."""

    calls: DataCenterCalls
    contents: DataCenterContents

    def attachments(self, cql: str) -> Iterator[LabelledAttachment]:
        """Walk ``search``; the index finds, the database tells."""
        hits = self.calls.search(cql, _PARTS, self._held)
        return Counted((held for held in hits if held.attachment.status == "current"), hits.count)

    def attachment(self, item: RecentItem) -> LabelledAttachment:
        """Ask ``content/{id}`` in whatever status it is."""
        params = [("status", "any"), ("expand", ",".join(_PARTS))]
        held = self.calls.single(content_path(item.item_id), params, self._held, f"attachment {item.item_id}")
        if held is None:
            raise RefusedError(f"Attachment {item.item_id} is on neither page nor blog post", status=200)
        return held

    def recent_attachments(self) -> Iterator[list[RecentItem]]:
        """Yield none: no call lists a Data Center's attachments by when they were modified, but for the search."""
        return iter(())

    def _held(self, data: Json) -> LabelledAttachment | None:
        """Return the attachment of a ``Content``; None where it is on something else, or gone before its labels."""
        if data["container"].get("type") not in _CONTAINERS:
            return None
        record = self._record(data)
        labels = labels_told((data.get("metadata") or {}).get("labels"))
        try:
            told = self.contents.content_labels("page", record.attachment_id) if labels is None else labels
        except NotFoundError:
            return None
        return LabelledAttachment(record, _in_order(told))

    def _record(self, data: Json) -> AttachmentRecord:
        version, history, container = data["version"], data["history"], data["container"]
        attachment_id, facts = str(data["id"]), data.get("extensions") or {}
        metadata = data.get("metadata") or {}
        return AttachmentRecord(
            attachment_id=attachment_id,
            container_id=str(container["id"]),
            container_type=container["type"],
            status=data["status"],
            title=data.get("title") or "",
            media_type=facts.get("mediaType") or metadata.get("mediaType"),
            file_size=facts.get("fileSize"),
            file_id=facts.get("fileId"),
            version_number=int(version["number"]),
            version_author_id=user_key(version.get("by")),
            author_id=user_key(history.get("createdBy")),
            created_at=moment(history.get("createdDate")),
            updated_at=moment(version.get("when")),
            comment=facts.get("comment") or metadata.get("comment") or None,
            download_url=f"{self.calls.base}{data['_links']['download']}",
            web_url=web_url(self.calls.base, data),
            source_url=content_url(self.calls.base, attachment_id),
        )


def _in_order(labels: Iterable[Label]) -> tuple[Label, ...]:
    return tuple(sorted(labels, key=lambda found: (found.prefix, found.name)))
