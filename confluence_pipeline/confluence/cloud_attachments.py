"""Confluence Cloud: attachments without their bytes, in bulk and one by one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from confluence_pipeline.confluence.answers import Json
from confluence_pipeline.confluence.cloud_attachment_records import (
    CONTAINERS,
    attachment_found,
    attachment_listed,
    attachment_path,
    attachment_read,
)
from confluence_pipeline.confluence.cloud_calls import LIMIT, CloudCalls
from confluence_pipeline.confluence.cloud_records import V2
from confluence_pipeline.confluence.cloud_search import as_it_is
from confluence_pipeline.confluence.cloud_versions import WITH_VERSIONS, first_version
from confluence_pipeline.confluence.counted import Counted
from confluence_pipeline.confluence.errors import NotFoundError, RefusedError
from confluence_pipeline.confluence.paging import walk_cursor
from confluence_pipeline.confluence.parsing import label, labels_told, parsed
from confluence_pipeline.confluence.records import AttachmentRecord, Label, LabelledAttachment, RecentItem

ATTACHMENT_PARTS = ("version", "history", "container", "metadata.labels", "extensions")
_WITH_LABELS = ("include-labels", "true")


@dataclass(frozen=True)
class CloudAttachments:
    """Asks for attachments; what a search does not tell in full is asked for by itself."""

    calls: CloudCalls

    def attachments(self, cql: str) -> Iterator[LabelledAttachment]:
        """Walk v1 ``search``; attachments of custom content are left out."""
        hits = self.calls.search(cql, ATTACHMENT_PARTS, as_it_is)
        return Counted(self.attachments_in(hits), hits.count)

    def attachments_in(self, found: Iterable[Json]) -> Iterator[LabelledAttachment]:
        """Yield the attachments in what a search found with :data:`ATTACHMENT_PARTS` expanded."""
        for hit in parsed(found, self._found, "search results"):
            held = self._completed(hit) if hit is not None else None
            if held is not None:
                yield held

    def attachment(self, item: RecentItem) -> LabelledAttachment:
        """Ask v2 ``/attachments/{id}``, with its labels and versions."""
        held = self._by_itself(item.item_id)
        if held is None:
            raise RefusedError(f"Attachment {item.item_id} is on neither page nor blog post", status=200)
        return held

    def recent_attachments(self) -> Iterator[list[RecentItem]]:
        """Walk v2 ``/attachments`` from what was modified last."""
        params = [LIMIT, ("sort", "-modified-date")]
        what = "attachments of the site"
        for page in walk_cursor(lambda some: self.calls.get(f"{V2}/attachments", some), params, what=what):
            yield list(parsed(page, attachment_listed, what))

    def _found(self, data: Json) -> tuple[str, AttachmentRecord | None, tuple[Label, ...] | None] | None:
        """Return id, record and labels of what a search found, as far as it tells them."""
        container = data.get("container") or {}
        if container.get("type", "page") not in CONTAINERS.values():
            return None
        record = attachment_found(self.calls.base, data)
        return str(data["id"]), record, labels_told((data.get("metadata") or {}).get("labels"))

    def _completed(
        self, found: tuple[str, AttachmentRecord | None, tuple[Label, ...] | None]
    ) -> LabelledAttachment | None:
        attachment_id, record, labels = found
        try:
            if record is None:
                return self._by_itself(attachment_id)
            return LabelledAttachment(record, self._labels(attachment_id) if labels is None else _in_order(labels))
        except NotFoundError:  # the index still knows it, the database does not
            return None

    def _by_itself(self, attachment_id: str) -> LabelledAttachment | None:
        path = attachment_path(attachment_id)

        def read(data: Json) -> LabelledAttachment | None:
            first = first_version(self.calls, path, data)
            record = attachment_read(self.calls.base, data, first)
            if record is None:
                return None
            told = data.get("labels") or {}
            if (told.get("meta") or {}).get("hasMore", True):
                return LabelledAttachment(record, self._labels(attachment_id))
            return LabelledAttachment(record, _in_order(label(item) for item in told["results"]))

        return self.calls.single(path, [_WITH_LABELS, WITH_VERSIONS], read, f"attachment {attachment_id}")

    def _labels(self, attachment_id: str) -> tuple[Label, ...]:
        """Walk v2 ``/attachments/{id}/labels``, whose document wants the id as a number."""
        path = f"{V2}/attachments/{attachment_id.removeprefix('att')}/labels"
        what = f"labels of {attachment_id}"
        return _in_order(self.calls.walk(path, [LIMIT], what, label, lambda found: found.label_id))


def _in_order(labels: Iterable[Label]) -> tuple[Label, ...]:
    """Return labels in the one order that every call gives them in."""
    return tuple(sorted(labels, key=lambda found: (found.prefix, found.name)))
