"""Confluence Data Center: the versions of a page or blog post."""

from collections.abc import Iterator
from dataclasses import dataclass

from confluence_pipeline.confluence.answers import Json
from confluence_pipeline.confluence.data_center_calls import DataCenterCalls
from confluence_pipeline.confluence.data_center_records import BODY_PART, content_path, user_key
from confluence_pipeline.confluence.errors import NotFoundError
from confluence_pipeline.confluence.parsing import moment
from confluence_pipeline.confluence.records import ContentType, VersionRecord

_EXPERIMENTAL = "/rest/experimental/content"


@dataclass(frozen=True)
class DataCenterVersions:
    """Asks for versions.

    No call that is documented lists them. One that is called experimental does, in the versions that have it;
    without it, and for bodies, they are asked for one by one.
    """

    calls: DataCenterCalls

    def versions(self, content_type: ContentType, content_id: str, *, bodies: bool) -> Iterator[VersionRecord]:
        """Walk experimental ``content/{id}/version``, or ask ``content/{id}`` for each version."""
        if bodies:
            yield from self._each(content_type, content_id, BODY_PART)
            return
        try:
            yield from self._listed(content_type, content_id)
        except NotFoundError:  # the call or the content: what is asked now says which
            yield from self._each(content_type, content_id)

    def _listed(self, content_type: ContentType, content_id: str) -> list[VersionRecord]:
        found = self.calls.walk(
            f"{_EXPERIMENTAL}/{content_id}/version",
            (),
            f"versions of {content_id}",
            lambda data: self._record(content_type, content_id, data, None),
            lambda version: str(version.version_number),
        )
        return list(found)

    def _each(self, content_type: ContentType, content_id: str, *more: str) -> Iterator[VersionRecord]:
        """Ask for the present version, and for each before it; one that was removed from the history is left out."""
        expand = ("expand", ",".join(("version", *more)))
        now = self._one(content_type, content_id, [expand])
        yield now
        for number in range(now.version_number - 1, 0, -1):
            try:
                yield self._one(content_type, content_id, [expand, ("status", "historical"), ("version", str(number))])
            except NotFoundError:
                continue

    def _one(self, content_type: ContentType, content_id: str, params: list[tuple[str, str]]) -> VersionRecord:
        def parse(data: Json) -> VersionRecord:
            storage = str(data["body"]["storage"]["value"]) if BODY_PART in params[0][1] else None
            return self._record(content_type, content_id, data["version"], storage)

        return self.calls.single(content_path(content_id), params, parse, f"a version of {content_id}")

    def _record(self, content_type: ContentType, content_id: str, version: Json, storage: str | None) -> VersionRecord:
        number = int(version["number"])
        return VersionRecord(
            content_id=content_id,
            content_type=content_type,
            version_number=number,
            author_id=user_key(version.get("by")),
            created_at=moment(version.get("when")),
            message=version.get("message"),
            minor_edit=version.get("minorEdit"),
            storage=storage,
            source_url=f"{self.calls.base}{content_path(content_id)}?status=historical&version={number}",
        )
