"""Confluence Data Center: the versions of a page or blog post, which REST gives one by one."""

from collections.abc import Iterator
from dataclasses import dataclass

from confluence_pipeline.confluence.answers import Json
from confluence_pipeline.confluence.data_center_calls import DataCenterCalls
from confluence_pipeline.confluence.data_center_records import BODY_PART, content_path, user_key
from confluence_pipeline.confluence.errors import NotFoundError
from confluence_pipeline.confluence.parsing import moment
from confluence_pipeline.confluence.records import ContentType, VersionRecord


@dataclass(frozen=True)
class DataCenterVersions:
    """Asks for versions: one request for each, as the documented REST API lists none."""

    calls: DataCenterCalls

    def versions(self, content_type: ContentType, content_id: str, *, bodies: bool) -> Iterator[VersionRecord]:
        """Ask ``content/{id}`` for the present version, and with ``version`` for each before it.

        A version that somebody removed from the history is left out.
        """
        parts = ("version", BODY_PART) if bodies else ("version",)
        now = self._version(content_type, content_id, [("expand", ",".join(parts))])
        yield now
        for number in range(now.version_number - 1, 0, -1):
            params = [("status", "historical"), ("version", str(number)), ("expand", ",".join(parts))]
            try:
                yield self._version(content_type, content_id, params)
            except NotFoundError:
                continue

    def _version(self, content_type: ContentType, content_id: str, params: list[tuple[str, str]]) -> VersionRecord:
        with_body = BODY_PART in params[-1][1]

        def parse(data: Json) -> VersionRecord:
            version = data["version"]
            number = int(version["number"])
            return VersionRecord(
                content_id=content_id,
                content_type=content_type,
                version_number=number,
                author_id=user_key(version.get("by")),
                created_at=moment(version.get("when")),
                message=version.get("message"),
                minor_edit=version.get("minorEdit"),
                storage=str(data["body"]["storage"]["value"]) if with_body else None,
                source_url=f"{self.calls.base}{content_path(content_id)}?status=historical&version={number}",
            )

        return self.calls.single(content_path(content_id), params, parse, f"a version of {content_id}")
