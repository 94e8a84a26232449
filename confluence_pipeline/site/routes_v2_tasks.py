"""v2: inline tasks, listed over the whole site with filters, single, and ticked off."""

from collections.abc import Callable

from confluence_pipeline.site import shapes_v2
from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.clock import epoch_milliseconds
from confluence_pipeline.site.errors import bad_request, not_found
from confluence_pipeline.site.listing import list_answer
from confluence_pipeline.site.markup import text_of
from confluence_pipeline.site.routes_v2_writes import editable_content, editor
from confluence_pipeline.site.routing import Routes
from confluence_pipeline.site.shapes_v2 import Json, container_field
from confluence_pipeline.site.store import Ordering
from confluence_pipeline.site.tasks import Task, tasks_in
from confluence_pipeline.site.visibility import may_see

ROUTES = Routes("/wiki/api/v2")

_MOST = 250
_LATEST = 2**53


@ROUTES.get("/tasks")
def tasks(call: Call) -> Answer:
    """All tasks that pass the filters."""
    body_format = call.choice("body-format", shapes_v2.BULK_FORMATS)
    passes = _filters(call)
    known = {task.task_id: task for task in call.world.tasks.all() if passes(task)}
    return list_answer(
        call,
        Ordering([(number, number) for number in known]),
        lambda number: _may_see(call, known[number]),
        lambda number: _shape(call, known[number], body_format),
    )


def _may_see(call: Call, task: Task) -> bool:
    store = call.world.store
    return may_see(store, call.viewer, store.contents[task.content_id])


def _filters(call: Call) -> Callable[[Task], bool]:
    store = call.world.store
    values: list[tuple[set[object], Callable[[Task], object]]] = [
        (set(call.ids("task-id", _MOST)), lambda task: task.task_id),
        (set(call.ids("space-id", _MOST)), lambda task: store.contents[task.content_id].space_id),
        (set(call.ids("page-id", _MOST)), lambda task: task.content_id),
        (set(call.ids("blogpost-id", _MOST)), lambda task: task.content_id),
        (set(call.many("created-by", _MOST)), lambda task: task.created_by),
        (set(call.many("assigned-to", _MOST)), lambda task: task.assigned_to),
        (set(call.many("completed-by", _MOST)), lambda task: task.completed_by),
    ]
    status = call.choice("status", ("complete", "incomplete"))
    spans = [_span(call, name) for name in ("created-at", "due-at", "completed-at")]
    blank_too = call.flag("include-blank-tasks", default=True)

    def passes(task: Task) -> bool:
        times = (task.created_at, task.due_at, task.completed_at)
        return (
            status in (None, task.status)
            and all(not wanted or held(task) in wanted for wanted, held in values)
            and all(inside(time) for inside, time in zip(spans, times, strict=True))
            and (blank_too or bool(text_of(task.body)))
        )

    return passes


def _span(call: Call, name: str) -> Callable[[str | None], bool]:
    low = call.integer(f"{name}-from", low=0, high=_LATEST)
    high = call.integer(f"{name}-to", low=0, high=_LATEST)
    if low is None and high is None:
        return lambda _: True

    def inside(time: str | None) -> bool:
        return time is not None and (low or 0) <= epoch_milliseconds(time) <= (_LATEST if high is None else high)

    return inside


def _shape(call: Call, task: Task, body_format: str | None) -> Json:
    content = call.world.store.contents[task.content_id]
    item: Json = {
        "id": str(task.task_id),
        "localId": task.local_id,
        "spaceId": str(content.space_id),
        container_field(content.node_type): str(content.content_id),
        "status": task.status,
        "body": shapes_v2.body(task.body, body_format),
        "createdBy": task.created_by,
        "createdAt": task.created_at,
        "updatedAt": task.updated_at,
    }
    optional = {
        "assignedTo": task.assigned_to,
        "dueAt": task.due_at,
        "completedBy": task.completed_by,
        "completedAt": task.completed_at,
    }
    return item | {name: value for name, value in optional.items() if value is not None}


def _task(call: Call) -> Task:
    number = call.path_id(expected="TaskId")
    task = next((known for known in call.world.tasks.all() if known.task_id == number), None)
    if task is None or not _may_see(call, task):
        raise not_found()
    return task


@ROUTES.get("/tasks/{id}")
def task(call: Call) -> Answer:
    """One task."""
    return Answer(_shape(call, _task(call), call.choice("body-format", shapes_v2.BULK_FORMATS)))


@ROUTES.put("/tasks/{id}")
def set_task_status(call: Call) -> Answer:
    """Tick a task off, or open it again: an edit of the page that it is on."""
    known, status = _task(call), call.json().get("status")
    if status not in ("complete", "incomplete"):
        raise bad_request("'status' must be complete or incomplete.")
    content = editable_content(call, known.content_id, "page", "blogpost")
    body = content.current.body
    start, end = next(text.status_at for text in tasks_in(body) if text.local_id == known.local_id)
    number = content.current.number + 1
    editor(call).edit(content, content.title, body[:start] + status + body[end:], number=number, message="")
    return Answer(_shape(call, _task(call), None))
