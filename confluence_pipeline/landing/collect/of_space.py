"""What one listing gives for a whole space: tasks, and the grants on it."""

from collections.abc import Iterator

from confluence_pipeline.confluence import PermissionRecord, TaskRecord
from confluence_pipeline.landing.collect.view import Collected, SpaceView, batches
from confluence_pipeline.landing.kinds import SPACE_PERMISSIONS, TASKS


def collect_tasks(view: SpaceView) -> Collected[TaskRecord]:
    """Collect the inline tasks of the contents in scope, 250 a request.

    Raises:
        ConfluenceError: The site could not be asked, or its listing cannot be trusted.
    """
    before = view.landing.records(TASKS).read()
    kept = [old.record for old in before.values() if old.record.content_id in view.unverified]
    tasks = [task for task in _tasks(view) if task.content_id in view.listed.contents]
    return Collected(view.landed(TASKS, [*kept, *tasks], before))


def _tasks(view: SpaceView) -> Iterator[TaskRecord]:
    if not view.asks:
        return
    if view.is_whole:
        yield from view.client.api.tasks(space_id=view.space_id)
        return
    for batch in batches(view.listed.contents, view.client.api.batch_size):
        yield from view.client.api.tasks(ids=batch)


def collect_permissions(view: SpaceView) -> Collected[PermissionRecord]:
    """Collect the grants on the space, 250 a request.

    Raises:
        ConfluenceError: The site could not be asked, or its listing cannot be trusted.
    """
    if not view.is_there:
        return Collected(view.landing.records(SPACE_PERMISSIONS).read() if view.contents else {})
    return Collected(view.landed(SPACE_PERMISSIONS, view.client.api.space_permissions(view.space_id)))
