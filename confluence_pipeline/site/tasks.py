"""Inline tasks: read from the task lists in bodies, dated by the versions in which they first appear."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from confluence_pipeline.site.markup import mentions_in
from confluence_pipeline.site.model import Content, Version
from confluence_pipeline.site.store import Store

_TASK = re.compile(
    r"<ac:task-id>\s*(\d+)\s*</ac:task-id>.*?<ac:task-status>\s*(complete|incomplete)\s*</ac:task-status>"
    r"\s*<ac:task-body>",
    re.DOTALL,
)
_BODY_EDGE = re.compile(r"<(/?)ac:task-body>")
_DUE = re.compile(r'<time\s+datetime="(\d{4}-\d{2}-\d{2})"')


@dataclass(frozen=True, slots=True)
class TaskText:
    """A task as one body has it; ``status_at`` is where its status stands in the body."""

    local_id: str
    status: str
    body: str
    status_at: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Task:
    """A task of a page or blog post."""

    task_id: int
    content_id: int
    local_id: str
    status: str
    body: str
    created_by: str
    created_at: str
    updated_at: str
    assigned_to: str | None
    due_at: str | None
    completed_by: str | None
    completed_at: str | None


def tasks_in(storage: str) -> Iterator[TaskText]:
    """Yield the tasks of a storage-format body, nested ones after the one they are in."""
    for match in _TASK.finditer(storage):
        end = _body_end(storage, match.end())
        yield TaskText(match[1], match[2], storage[match.end() : end], match.span(2))


def _body_end(storage: str, start: int) -> int:
    depth = 1
    for edge in _BODY_EDGE.finditer(storage, start):
        depth += -1 if edge[1] else 1
        if depth == 0:
            return edge.start()
    return len(storage)


@dataclass(slots=True)
class TaskIndex:
    """All tasks of a site; what is read from a content is kept until it has a new version."""

    store: Store
    _kept: dict[int, tuple[int, list[Task]]] = field(default_factory=dict)

    def of(self, content: Content) -> list[Task]:
        """Return a content's tasks."""
        number, kept = self._kept.get(content.content_id, (0, []))
        if number != content.current.number:
            kept = list(_tasks(self.store, content)) if content.current.holds("<ac:task>") else []
            self._kept[content.content_id] = (content.current.number, kept)
        return kept

    def all(self) -> list[Task]:
        """Return every task of current pages and blog posts."""
        return self.store.derived("tasks", lambda: list(self._all()))

    def _all(self) -> Iterator[Task]:
        for node_type in ("page", "blogpost"):
            for number in self.store.member_ids(node_type, None):
                content = self.store.contents[number]
                if content.status == "current":
                    yield from self.of(content)


def _tasks(store: Store, content: Content) -> Iterator[Task]:
    histories = [(version, {task.local_id: task for task in tasks_in(version.body)}) for version in content.versions]
    for task in tasks_in(content.current.body):
        first = _first(histories, task.local_id)
        completed = _completed(histories, task.local_id) if task.status == "complete" else None
        people, due = mentions_in(task.body), _DUE.search(task.body)
        yield Task(
            store.stable_uuid(f"task/{content.content_id}/{task.local_id}").int % 10**12,
            content.content_id,
            task.local_id,
            task.status,
            task.body,
            first.author_id,
            first.created_at,
            (completed or first).created_at,
            people[0] if people else None,
            f"{due[1]}T00:00:00.000Z" if due else None,
            completed.author_id if completed else None,
            completed.created_at if completed else None,
        )


def _first(histories: list[tuple[Version, dict[str, TaskText]]], local_id: str) -> Version:
    return next(version for version, tasks in histories if local_id in tasks)


def _completed(histories: list[tuple[Version, dict[str, TaskText]]], local_id: str) -> Version:
    since = histories[-1][0]
    for version, tasks in reversed(histories):
        if local_id not in tasks or tasks[local_id].status != "complete":
            break
        since = version
    return since
