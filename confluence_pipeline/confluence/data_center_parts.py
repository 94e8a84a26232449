"""Confluence Data Center: properties of a page or blog post; and what its REST API has no call for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from confluence_pipeline.confluence.answers import Json
from confluence_pipeline.confluence.data_center_calls import DataCenterCalls
from confluence_pipeline.confluence.data_center_records import content_path
from confluence_pipeline.confluence.parsing import json_text
from confluence_pipeline.confluence.records import (
    ContentType,
    LikeRecord,
    PropertyRecord,
    TaskRecord,
    ViewsRecord,
)

_NO_CALL = "its REST API has no call for it"


@dataclass(frozen=True)
class DataCenterParts:
    """Asks for what belongs to one page or blog post."""

    calls: DataCenterCalls

    def properties(self, content_type: ContentType, content_id: str) -> Iterator[PropertyRecord]:
        """Walk ``content/{id}/property``."""
        path = f"{content_path(content_id)}/property"

        def parse(data: Json) -> PropertyRecord:
            return PropertyRecord(
                content_id=content_id,
                content_type=content_type,
                property_id=str(data["id"]),
                key=data["key"],
                value=json_text(data.get("value")),
                version_number=(data.get("version") or {}).get("number"),
                source_url=f"{self.calls.base}{path}/{data['key']}",
            )

        what = f"properties of {content_id}"
        return self.calls.walk(path, [("expand", "version")], what, parse, lambda held: held.property_id)

    def tasks(self, *, space_id: str | None = None, ids: Sequence[str] = ()) -> Iterator[TaskRecord]:  # noqa: ARG002 - as Cloud
        """Raise :class:`UnsupportedError`: tasks are only in the bodies."""
        raise self.calls.version.cannot("tasks", _NO_CALL)

    def likes(self, content_type: ContentType, content_id: str) -> Iterator[LikeRecord]:  # noqa: ARG002 - as Cloud
        """Raise :class:`UnsupportedError`."""
        raise self.calls.version.cannot("likes", _NO_CALL)

    def views(self, content_type: ContentType, content_id: str) -> ViewsRecord:  # noqa: ARG002 - as Cloud
        """Raise :class:`UnsupportedError`."""
        raise self.calls.version.cannot("views", _NO_CALL)
