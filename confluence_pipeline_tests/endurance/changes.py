"""Random changes of the laboratory's site, of every kind that a person can make."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from confluence_pipeline_tests.endurance.seeds import SPACES
from confluence_pipeline_tests.laboratory import Editor
from confluence_pipeline_tests.laboratory_seed import READER


@dataclass
class Edits:
    """Changes a site at random, and in the same way for the same seed.

    Attributes:
        editor: Who does it.
        chance: What decides.
        names: How many names were given.
    """

    editor: Editor
    chance: random.Random
    names: int = 0

    def some(self, count: int) -> None:
        """Make so many changes; one that the site's state leaves nothing to do for is skipped."""
        for _ in range(count):
            self.one(self.chance.choice(KINDS))

    def remove_something(self) -> None:
        """Remove a comment and an attachment, of those that there are."""
        _remove_comment(self)
        _remove_attachment(self)

    def edit_something(self) -> None:
        """Save a new text of a page that nothing else is ever done to."""
        home = self.editor.page("LAB page 0")
        self.editor.edit(home["content_id"], body=f"<p>{self.name()}</p>")

    def one(self, kind: Callable[["Edits"], None]) -> None:
        """Make one change of a kind."""
        kind(self)

    def name(self) -> str:
        """Return a name that nothing had."""
        self.names += 1
        return f"item {self.names} of {self.chance.getrandbits(32):08x}"

    def page(self) -> str | None:
        """Return a current page that has another above it; None if there is none."""
        row = self._any(self.pages())
        return None if row is None else str(row["content_id"])

    def pages(self) -> list[dict[str, Any]]:
        """Return all such pages."""
        found = (row for row in self._truth("pages") if row["status"] == "current" and row["parent_id"])
        return [row for row in found if row["space_key"] in SPACES]

    def comment(self) -> dict[str, Any] | None:
        """Return a comment on such a page."""
        pages = {row["content_id"] for row in self.pages()}
        return self._any([row for row in self._truth("comments") if row["content_id"] in pages])

    def attachment(self) -> str | None:
        """Return an attachment of such a page that is not in the trash."""
        pages = {row["content_id"] for row in self.pages()}
        found = [row for row in self._truth("attachments") if row["content_id"] in pages and row["status"] == "current"]
        row = self._any(found)
        return None if row is None else str(row["attachment_id"])

    def _truth(self, kind: Any) -> list[dict[str, Any]]:
        return sorted(self.editor.site.control.truth(kind), key=str)

    def _any(self, rows: list[dict[str, Any]]) -> dict[str, Any] | None:
        return self.chance.choice(rows) if rows else None


def _create(edits: Edits) -> None:
    parent = edits.page()
    key = edits.chance.choice(SPACES)
    task = f"<ac:task><ac:task-id>{edits.names}</ac:task-id><ac:task-body>Do it</ac:task-body></ac:task>"
    link = "<ac:link><ri:page ri:content-title='LAB page 3' /></ac:link>"
    body = f"<p>{edits.name()} {link}</p><ac:task-list>{task}</ac:task-list>"
    if parent is not None and edits.chance.random() < 0.5:
        pages = {row["content_id"]: row["space_key"] for row in edits.pages()}
        edits.editor.create(pages[parent], edits.name(), body, parent)
    else:
        edits.editor.create(key, edits.name(), body)


def _edit(edits: Edits) -> None:
    if page := edits.page():
        edits.editor.edit(page, body=f"<h1>{edits.name()}</h1><p>{'words ' * edits.chance.randint(1, 40)}</p>")


def _rename(edits: Edits) -> None:
    if page := edits.page():
        edits.editor.edit(page, title=edits.name())


def _move(edits: Edits) -> None:
    page, target = edits.page(), edits.page()
    above = {row["content_id"]: row["ancestor_ids"] for row in edits.pages()}
    if page and target and page != target and page not in above[target]:
        edits.editor.move(page, target)


def _archive(edits: Edits) -> None:
    if page := edits.page():
        edits.editor.archive(page)


def _trash(edits: Edits) -> None:
    if page := edits.page():
        edits.editor.trash(page)


def _purge(edits: Edits) -> None:
    if page := edits.page():
        edits.editor.purge(page)


def _label(edits: Edits) -> None:
    if page := edits.page():
        edits.editor.label(page, edits.chance.choice(["alpha", "beta", "gamma"]))


def _hide(edits: Edits) -> None:
    if page := edits.page():
        edits.editor.hide(page)


def _show(edits: Edits) -> None:
    if page := edits.page():
        edits.editor.show(page)


def _comment(edits: Edits) -> None:
    if page := edits.page():
        edits.editor.comment(page, f"<p>{edits.name()}</p>")


def _reply(edits: Edits) -> None:
    if comment := edits.comment():
        edits.editor.reply(comment["comment_id"], location=comment["location"])


def _change_comment(edits: Edits) -> None:
    if comment := edits.comment():
        edits.editor.change_comment(comment["comment_id"], location=comment["location"], text=f"<p>{edits.name()}</p>")


def _remove_comment(edits: Edits) -> None:
    if comment := edits.comment():
        edits.editor.remove_comment(comment["comment_id"], location=comment["location"])


def _attach(edits: Edits) -> None:
    if page := edits.page():
        edits.editor.attach(page, edits.chance.choice(["plan.txt", "map.txt"]), edits.name().encode())


def _remove_attachment(edits: Edits) -> None:
    if attachment := edits.attachment():
        edits.editor.remove_attachment(attachment)


def _folder(edits: Edits) -> None:
    edits.editor.folder(edits.chance.choice(SPACES), edits.name())


def _regroup(edits: Edits) -> None:
    edits.editor.site.control.set_group(edits.chance.choice(["keepers", "owls"]), [READER] * edits.chance.randint(0, 1))


def _like(edits: Edits) -> None:
    if page := edits.page():
        edits.editor.site.control.set_likes(page, [READER] * edits.chance.randint(0, 1))


def _view(edits: Edits) -> None:
    if page := edits.page():
        edits.editor.site.control.set_views(page, edits.chance.randint(2, 9), 1)


KINDS: tuple[Callable[[Edits], None], ...] = (
    _create,
    _edit,
    _rename,
    _move,
    _archive,
    _trash,
    _purge,
    _label,
    _hide,
    _show,
    _comment,
    _reply,
    _change_comment,
    _remove_comment,
    _attach,
    _remove_attachment,
    _folder,
    _regroup,
    _like,
    _view,
)
"""What can be done to a site, each as likely as the others."""
