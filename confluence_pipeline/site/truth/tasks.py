"""The truth about inline tasks, read from the bodies tag by tag."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from confluence_pipeline.site.model import Content, Version
from confluence_pipeline.site.truth.eyes import Eyes, Row

_MARK = re.compile(r"<!\[CDATA\[.*?\]\]>|</?ac:task(?:-[a-z]+)?\s*/?>", re.DOTALL)
_PERSON = re.compile(r"ri:(?:account-id|userkey)=\"([^\"]+)\"")
_DAY = re.compile(r"<time\s+datetime=\"(\d{4}-\d{2}-\d{2})\"")


@dataclass(slots=True)
class _Written:
    local_id: str = ""
    status: str = ""
    body: str = ""
    body_from: int = 0
    parts: dict[str, int] = field(default_factory=dict)


def tasks(eyes: Eyes) -> Iterator[Row]:
    """Yield the rows of ``tasks``, which the API knows on current pages and blog posts only.

    ``body_storage`` stands for ``body_text``: it is what the text is to be made of.
    """
    for content in eyes.contents("page", "blogpost"):
        if content.status == "current":
            yield from _rows(eyes, content)


def _rows(eyes: Eyes, content: Content) -> Iterator[Row]:
    now = _written(content.versions[-1].body)
    past = [(version, _written(version.body)) for version in content.versions] if now else []
    for local_id, task in now.items():
        made = next(version for version, held in past if local_id in held)
        done = _completion(past, local_id)
        people, days = _PERSON.findall(task.body), _DAY.findall(task.body)
        number = eyes.store.stable_uuid(f"task/{content.content_id}/{local_id}").int % 10**12
        yield {
            "task_id": str(number),
            "content_id": str(content.content_id),
            "content_type": content.node_type,
            "space_key": eyes.key_of(content),
            "local_id": local_id,
            "status": task.status,
            "body_storage": task.body,
            "created_by": made.author_id,
            "assigned_to": people[0] if people else None,
            "completed_by": done.author_id if done else None,
            "created_at": made.created_at,
            "updated_at": (done or made).created_at,
            "due_at": f"{days[0]}T00:00:00.000Z" if days else None,
            "completed_at": done.created_at if done else None,
        }


def _completion(past: list[tuple[Version, dict[str, _Written]]], local_id: str) -> Version | None:
    """Return the version since which a task has been complete without a break, up to now."""
    since = None
    for version, held in past:
        is_done = local_id in held and held[local_id].status == "complete"
        since = (since or version) if is_done else None
    return since


def _written(body: str) -> dict[str, _Written]:
    """Return the tasks of a body by their local id."""
    found: dict[str, _Written] = {}
    open_tasks: list[_Written] = []
    for mark in _MARK.finditer(body):
        tag = mark[0]
        if tag == "<ac:task>":
            open_tasks.append(_Written())
        elif open_tasks and tag == "</ac:task>":
            task = open_tasks.pop()
            if task.local_id and task.status in ("complete", "incomplete"):
                found[task.local_id] = task
        elif open_tasks:
            _note(open_tasks[-1], tag, mark, body)
    return found


def _note(task: _Written, tag: str, mark: re.Match[str], body: str) -> None:
    if not tag.startswith("</"):
        task.parts[tag] = mark.end()
        return
    start = task.parts.get(tag.replace("</", "<", 1))
    if start is None:
        return
    inner = body[start : mark.start()]
    if tag == "</ac:task-id>":
        task.local_id = inner.strip()
    elif tag == "</ac:task-status>":
        task.status = inner.strip()
    elif tag == "</ac:task-body>":
        task.body = inner
