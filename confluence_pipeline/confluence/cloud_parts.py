"""Confluence Cloud: what hangs on a page or blog post: tasks, versions, properties, likes and views."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from confluence_pipeline.confluence.answers import Json
from confluence_pipeline.confluence.calls import V1, short_enough
from confluence_pipeline.confluence.cloud_calls import LIMIT, CloudCalls
from confluence_pipeline.confluence.cloud_contents import MOST_BYTES_OF_A_BATCH
from confluence_pipeline.confluence.cloud_records import COLLECTIONS, V2
from confluence_pipeline.confluence.cloud_site import MOST_IDS
from confluence_pipeline.confluence.errors import TooLargeError
from confluence_pipeline.confluence.parsing import json_text, moment
from confluence_pipeline.confluence.records import (
    ContentType,
    LikeRecord,
    PropertyRecord,
    TaskRecord,
    VersionRecord,
    ViewsRecord,
)
from confluence_pipeline.confluence.transport import Params

_STORAGE = ("body-format", "storage")
_BODIES_AT_ONCE = "25"


@dataclass(frozen=True)
class CloudParts:
    """Asks for what belongs to one page or blog post, and for tasks, which v2 lists by space as well."""

    calls: CloudCalls

    def tasks(self, *, space_id: str | None = None, ids: Sequence[str] = ()) -> Iterator[TaskRecord]:
        """Walk v2 ``/tasks`` by space, or by page and then by blog post, for an id does not say which it is."""
        filters = [("space-id", space_id)] if space_id is not None else []
        seen: set[str] = set()
        for name in ("page-id", "blogpost-id") if ids else ("space-id",):
            for group in short_enough([(name, i) for i in ids] or filters, MOST_IDS):
                for task in self._tasks(group):
                    if task.task_id not in seen:
                        seen.add(task.task_id)
                        yield task

    def _tasks(self, filters: Params) -> Iterator[TaskRecord]:
        tasks = self.calls.walk(
            f"{V2}/tasks", [LIMIT, _STORAGE, *filters], "tasks", self._task, lambda task: task.task_id if task else ""
        )
        return (task for task in tasks if task is not None)

    def _task(self, data: Json) -> TaskRecord | None:
        """Return a task, unless it is on something that is neither page nor blog post."""
        task_id, on_page = str(data["id"]), data.get("pageId") is not None
        content_id = data.get("pageId") if on_page else data.get("blogPostId")
        if content_id is None:
            return None
        return TaskRecord(
            task_id=task_id,
            content_id=str(content_id),
            content_type="page" if on_page else "blogpost",
            local_id=data.get("localId"),
            status=data["status"],
            storage=((data.get("body") or {}).get("storage") or {}).get("value"),
            created_by=data.get("createdBy"),
            assigned_to=data.get("assignedTo"),
            completed_by=data.get("completedBy"),
            created_at=moment(data.get("createdAt")),
            updated_at=moment(data.get("updatedAt")),
            due_at=moment(data.get("dueAt")),
            completed_at=moment(data.get("completedAt")),
            source_url=f"{self.calls.base}{V2}/tasks/{task_id}",
        )

    def versions(self, content_type: ContentType, content_id: str, *, bodies: bool) -> Iterator[VersionRecord]:
        """Walk v2 ``/pages/{id}/versions`` or ``/blogposts/{id}/versions``.

        Bodies that are together too large to hold are asked for one at a time.
        """
        if not bodies:
            yield from self._versions(content_type, content_id, [LIMIT])
            return
        seen: set[int] = set()
        try:
            some = [("limit", _BODIES_AT_ONCE), _STORAGE]
            for version in self._versions(content_type, content_id, some, most_bytes=MOST_BYTES_OF_A_BATCH):
                seen.add(version.version_number)
                yield version
        except TooLargeError:
            for version in self._versions(content_type, content_id, [("limit", "1"), _STORAGE]):
                if version.version_number not in seen:
                    yield version

    def _versions(
        self, content_type: ContentType, content_id: str, params: Params, *, most_bytes: int | None = None
    ) -> Iterator[VersionRecord]:
        path = f"{self._path(content_type, content_id)}/versions"
        with_body = _STORAGE in params

        def parse(data: Json) -> VersionRecord:
            number = int(data["number"])
            return VersionRecord(
                content_id=content_id,
                content_type=content_type,
                version_number=number,
                author_id=data.get("authorId"),
                created_at=moment(data.get("createdAt")),
                message=data.get("message"),
                minor_edit=data.get("minorEdit"),
                storage=str(data[content_type]["body"]["storage"]["value"]) if with_body else None,
                source_url=f"{self.calls.base}{path}/{number}",
            )

        return self.calls.walk(
            path,
            params,
            f"versions of {content_id}",
            parse,
            lambda version: str(version.version_number),
            most_bytes=most_bytes,
        )

    def properties(self, content_type: ContentType, content_id: str) -> Iterator[PropertyRecord]:
        """Walk v2 ``/pages/{id}/properties`` or ``/blogposts/{id}/properties``."""
        path = f"{self._path(content_type, content_id)}/properties"

        def parse(data: Json) -> PropertyRecord:
            return PropertyRecord(
                content_id=content_id,
                content_type=content_type,
                property_id=str(data["id"]),
                key=data["key"],
                value=json_text(data.get("value")),
                version_number=(data.get("version") or {}).get("number"),
                source_url=f"{self.calls.base}{path}/{data['id']}",
            )

        return self.calls.walk(path, [LIMIT], f"properties of {content_id}", parse, lambda held: held.property_id)

    def likes(self, content_type: ContentType, content_id: str) -> Iterator[LikeRecord]:
        """Walk v2 ``/pages/{id}/likes/users`` or ``/blogposts/{id}/likes/users``."""
        path = f"{self._path(content_type, content_id)}/likes/users"

        def parse(data: Json) -> LikeRecord:
            return LikeRecord(content_id, content_type, data["accountId"], f"{self.calls.base}{path}")

        return self.calls.walk(path, [LIMIT], f"likes of {content_id}", parse, lambda like: like.account_id)

    def views(self, content_type: ContentType, content_id: str) -> ViewsRecord:
        """Ask v1 ``analytics/content/{id}/views`` and ``viewers``, which some plans do not have."""
        path = f"{V1}/analytics/content/{content_id}"
        views, viewers = (
            self.calls.single(f"{path}/{name}", (), lambda data: int(data["count"]), f"{name} of {content_id}")
            for name in ("views", "viewers")
        )
        return ViewsRecord(content_id, content_type, views, viewers, f"{self.calls.base}{path}/views")

    def _path(self, content_type: ContentType, content_id: str) -> str:
        return f"{V2}/{COLLECTIONS[content_type]}/{content_id}"
