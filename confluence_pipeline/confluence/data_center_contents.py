"""Confluence Data Center: pages and blog posts, listed and by id, with and without bodies."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from confluence_pipeline.confluence.answers import Json
from confluence_pipeline.confluence.calls import V1
from confluence_pipeline.confluence.cql import any_of
from confluence_pipeline.confluence.data_center_calls import DataCenterCalls
from confluence_pipeline.confluence.data_center_paging import BODIES_LIMIT
from confluence_pipeline.confluence.data_center_records import (
    BODY_PART,
    CONTENT_PARTS,
    DataCenterRecords,
    content_path,
)
from confluence_pipeline.confluence.dialect import IN_SCOPE_STATUSES
from confluence_pipeline.confluence.errors import ListingError, NotFoundError, ServerError
from confluence_pipeline.confluence.parsing import label
from confluence_pipeline.confluence.records import BodyRecord, ContentRecord, ContentType, Label

MOST_BYTES_OF_A_BATCH = 16 * 1024**2
"""Bytes of bodies in one answer, of which a few are in memory at once; one content alone may have more."""
MOST_IDS = BODIES_LIMIT
"""The most contents that one request names, so that an answer holds all of them with their bodies."""

Record = TypeVar("Record")


@dataclass(frozen=True)
class DataCenterContents:
    """Asks for pages and blog posts."""

    calls: DataCenterCalls
    records: DataCenterRecords

    def contents(self, content_type: ContentType, space_id: str) -> Iterator[ContentRecord]:
        """Walk ``content/scan`` by id, so that edits meanwhile move nothing; ``content`` where that is not known.

        Data Center knows no archived contents, only archived spaces, whose contents are current.
        """
        key = self.calls.space_key(space_id)
        params = [("spaceKey", key), ("type", content_type), ("status", "current"), _expanded()]
        walked = (f"{content_type}s of space {key}", lambda data: self.records.content(content_type, data))
        if self.calls.version.scans(content_type):
            return self.calls.scan(params, *walked, lambda content: content.content_id)
        return self.calls.walk(f"{V1}/content", params, *walked, lambda content: content.content_id)

    def contents_by_id(
        self, content_type: ContentType, ids: Sequence[str], statuses: Sequence[str] = IN_SCOPE_STATUSES
    ) -> list[ContentRecord]:
        """Search by id, which asks the index for what the database tells; ask for each that it does not find."""
        found = self._by_id(content_type, ids, lambda data: self.records.content(content_type, data))
        return [content for content in found if content.status in statuses]

    def bodies(self, content_type: ContentType, ids: Sequence[str]) -> list[BodyRecord]:
        """Do the same with bodies in storage format."""
        most = MOST_BYTES_OF_A_BATCH if len(ids) > 1 else None
        try:
            found = self._by_id(
                content_type, ids, lambda data: self.records.body(content_type, data), BODY_PART, most_bytes=most
            )
        except ListingError as error:
            raise ServerError(str(error), status=200) from error
        return [body for body in found if body.content.status in IN_SCOPE_STATUSES]

    def content_labels(self, content_type: ContentType, content_id: str) -> list[Label]:  # noqa: ARG002 - as Cloud
        """Walk ``content/{id}/label``."""
        path = f"{content_path(content_id)}/label"
        return list(self.calls.walk(path, (), f"labels of {content_id}", label, lambda found: found.label_id))

    def _by_id(
        self,
        content_type: ContentType,
        ids: Sequence[str],
        parse: Callable[[Json], Record],
        *more: str,
        most_bytes: int | None = None,
    ) -> list[Record]:
        if not ids:
            return []
        known: set[str] = set()

        def read(data: Json) -> Record | None:
            known.add(str(data["id"]))
            return parse(data) if data.get("type") == content_type else None

        found = list(self.calls.search(any_of("id", ids), (*CONTENT_PARTS, *more), read, most_bytes=most_bytes))
        alone = (self._alone(content_id, read, more) for content_id in ids if content_id not in known)
        return [*found, *(record for record in alone if record is not None)]

    def _alone(self, content_id: str, read: Callable[[Json], Record | None], more: Sequence[str]) -> Record | None:
        """Ask for one content in whatever status it is."""
        params = [("status", "any"), _expanded(*more)]
        try:
            return self.calls.single(content_path(content_id), params, read, f"content {content_id}")
        except NotFoundError:
            return None


def _expanded(*more: str) -> tuple[str, str]:
    return ("expand", ",".join((*CONTENT_PARTS, *more)))
