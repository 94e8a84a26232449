"""Makes what a content's text and the people who read it leave behind: versions, tasks, properties, likes, views."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from html import escape
from uuid import UUID

from confluence_pipeline.site.generated import blocks
from confluence_pipeline.site.generated.cast import Cast
from confluence_pipeline.site.seed import SeedVersion

VERSIONS = (1, 1, 2, 1, 3, 1, 8, 1, 2, 1)
"""How many versions contents have, in turn."""
_EDITING_TIME = timedelta(days=200)
_FIRST_TASK_ID = 101
"""Task ids are unique in a content, and the lower ones are taken by the lists of :mod:`.blocks`."""


@dataclass(frozen=True, slots=True)
class _Task:
    task_id: int
    uuid: UUID
    done: bool
    text: str
    below: tuple["_Task", ...] = ()

    def render(self, *, before: bool) -> str:
        """Return the task's mark-up, as it is or as it was ``before`` anything was done."""
        status = "complete" if self.done and not before else "incomplete"
        below = _render(self.below, before=before) if self.below else ""
        return (
            f"<ac:task><ac:task-id>{self.task_id}</ac:task-id><ac:task-uuid>{self.uuid}</ac:task-uuid>"
            f"<ac:task-status>{status}</ac:task-status><ac:task-body>{self.text}{below}</ac:task-body></ac:task>"
        )


def _render(tasks: tuple[_Task, ...], *, before: bool) -> str:
    return f"<ac:task-list>{''.join(task.render(before=before) for task in tasks)}</ac:task-list>"


class EditMaker:
    """Makes the parts of one space's contents that time and readers add."""

    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self._lists = 0

    def tasks(self, today: date) -> tuple[str, str]:
        """Return a list of one to four tasks, as it is and as it was before anything was done."""
        rng, self._lists = self._cast.rng, self._lists + 1
        due = f'<time datetime="{today + timedelta(days=rng.randint(1, 60))}" />'
        person = blocks.mention(self._cast.anyone())
        texts = (
            f"{person} {blocks.sentence(rng)} {due}",
            f"{blocks.mention(self._cast.person())} {blocks.sentence(rng)}",
            f"{blocks.sentence(rng)} {due}",
            "",
        )
        every = [
            _Task(_FIRST_TASK_ID + at, UUID(int=rng.getrandbits(128), version=4), (at + self._lists) % 3 == 0, text)
            for at, text in enumerate(texts)
        ]
        shown = every[: 1 + self._lists % 4]
        nested = self._lists % 5 == 0 and len(shown) > 1
        tasks = (replace(shown[0], below=tuple(shown[1:])),) if nested else tuple(shown)
        return _render(tasks, before=False), _render(tasks, before=True)

    def history(self, number: int, title: str, created_at: datetime, addition: str) -> list[SeedVersion]:
        """Return content ``number``'s earlier versions, oldest first; the last of them ends in ``addition``."""
        count = VERSIONS[number % len(VERSIONS)] - 1
        moments = [created_at, *sorted(created_at + self._within(_EDITING_TIME) for _ in range(count - 1))]
        return [
            SeedVersion(
                author_id=self._cast.anyone(),
                created_at=moments[at],
                body_storage=f"<p>{escape(title)}, draft {at + 1}. {blocks.sentence(self._cast.rng)}</p>"
                f"{addition if at == count - 1 else ''}",
                message=f"Draft {at + 1} & more" if at % 2 else "",
                minor_edit=at % 3 == 1,
            )
            for at in range(count)
        ]

    def edited_at(self, history: list[SeedVersion], created_at: datetime) -> datetime:
        """Return when the newest version was saved."""
        return history[-1].created_at + timedelta(hours=self._cast.rng.randint(1, 400)) if history else created_at

    def properties(self, number: int) -> tuple[tuple[str, object], ...]:
        """Return content ``number``'s properties: any JSON there is, on one in three."""
        if number % 3:
            return ()
        values: tuple[object, ...] = (
            {"due": "2026-01-31", "reviewers": self._cast.several(3), "nested": {"list": [1, None, 2.5, True]}},
            ["one", "two"],
            number,
            "text – “quoted” \\ and more",
            False,
            {},
        )
        return (("editor", "v2"), (f"review-{number % 7}", values[number // 3 % len(values)]))

    def likes(self, number: int) -> list[str]:
        """Return who likes content ``number``: somebody, on one in three."""
        return self._cast.several(3) if number % 3 == 1 else []

    def views(self, number: int) -> tuple[int, int]:
        """Return how often content ``number`` was viewed, and by how many people; one in ten never was."""
        count = number * 37 % 400 + 1
        return (0, 0) if number % 10 == 4 else (count, min(count, number % 30 + 1))

    def labels(self, count: int) -> list[str]:
        """Return ``count`` different labels."""
        return sorted(self._cast.rng.sample(blocks.label_names(), count))

    def _within(self, span: timedelta) -> timedelta:
        return timedelta(milliseconds=int(self._cast.rng.random() * span.total_seconds() * 1000))
