"""A day's work on a site: one change of every kind in each space, the same ones every time and all at once."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from confluence_pipeline_tests.laboratory import Editor
from confluence_pipeline_tests.laboratory_seed import BOSS

Row = dict[str, Any]


@dataclass
class _Space:
    """A space in which somebody works through pages without anything below them, each changed once.

    Attributes:
        editor: Who works.
        key: The space.
        leaves: The pages that are left to change.
        targets: Pages to put others under, in this space and in the next.
        comments: Comments by the page they are on.
        files: Attachments by the page they are on.
    """

    editor: Editor
    key: str
    leaves: list[Row]
    targets: tuple[str, str]
    comments: dict[str, list[Row]]
    files: dict[str, list[Row]]

    def leaf(self) -> str:
        """Take a page."""
        return str(self.leaves.pop()["content_id"])

    def one_of(self, rows: dict[str, list[Row]]) -> Row:
        """Take a page on which some of these stand; return the first of them."""
        place = next(i for i in range(len(self.leaves) - 1, -1, -1) if self.leaves[i]["content_id"] in rows)
        return rows[self.leaves.pop(place)["content_id"]][0]


def _change_comment(space: _Space) -> None:
    row = space.one_of(space.comments)
    space.editor.change_comment(row["comment_id"], location=row["location"], text="<p>Changed</p>")


def _remove_comment(space: _Space) -> None:
    row = space.one_of(space.comments)
    space.editor.remove_comment(row["comment_id"], location=row["location"])


def _reply(space: _Space) -> None:
    row = space.one_of(space.comments)
    space.editor.reply(row["comment_id"], location=row["location"])


def _replace_file(space: _Space) -> None:
    row = space.one_of(space.files)
    space.editor.attach(row["content_id"], row["title"], b"another version")


def _remove_file(space: _Space) -> None:
    space.editor.remove_attachment(space.one_of(space.files)["attachment_id"])


def _move_away(space: _Space) -> None:
    page = space.leaf()
    space.editor.edit(page, title=f"Moved from {space.key}")  # a title that the other space has not
    space.editor.move(page, space.targets[1])


def _add(space: _Space) -> None:
    folder = space.editor.folder(space.key, f"Folder of the day in {space.key}", space.targets[0])
    space.editor.create(space.key, f"Page of the day in {space.key}", "<h1>New</h1><p>Text</p>", folder)


_KINDS: tuple[Callable[[_Space], object], ...] = (
    _change_comment,
    _remove_comment,
    _reply,
    _replace_file,
    _remove_file,
    _add,
    lambda space: space.editor.edit(space.leaf(), body="<h2>Changed</h2><p>Another text</p>"),
    lambda space: space.editor.edit(space.leaf(), title=f"Renamed in {space.key}"),
    lambda space: space.editor.move(space.leaf(), space.targets[0]),
    _move_away,
    lambda space: space.editor.trash(space.leaf()),
    lambda space: space.editor.purge(space.leaf()),
    lambda space: space.editor.archive(space.leaf()),
    lambda space: space.editor.hide(space.leaf()),
    lambda space: space.editor.label(space.leaf(), "today"),
    lambda space: space.editor.comment(space.leaf()),
    lambda space: space.editor.attach(space.leaf(), "today.txt", b"of today"),
)


def work_a_day(editor: Editor, reader: str) -> int:
    """Make one change of each kind in every space that both see, as far as there is something to change.

    Returns how many changes were made.

    Args:
        editor: Who does it; made an administrator of the site.
        reader: The account whose view of the site is to change.
    """
    control = editor.site.control
    control.set_user(BOSS, display_name="Bruno Boss", email="boss@example.com", api_token="token-boss", is_admin=True)
    open_to_boss = {row["space_key"] for row in control.truth("spaces", as_account=BOSS)}
    seen_by_boss = {row["content_id"] for row in control.truth("pages", as_account=BOSS)}
    spaces = [
        row["space_key"]
        for row in control.truth("spaces", as_account=reader)
        if row["status"] == "current" and row["space_key"] in open_to_boss
    ]
    pages = [
        row
        for row in control.truth("pages", as_account=reader)
        if row["status"] == "current" and row["content_id"] in seen_by_boss
    ]
    restricted = {row["content_id"] for row in control.truth("restrictions")}
    titles = Counter((row["space_key"], row["title"]) for row in control.truth("pages"))
    open_pages = [row for row in pages if restricted.isdisjoint((row["content_id"], *row["ancestor_ids"]))]
    comments = _by_page(row for row in control.truth("comments", as_account=reader) if not row["parent_comment_id"])
    files = _by_page(row for row in control.truth("attachments", as_account=reader) if row["status"] == "current")
    above = {row["parent_id"] for row in pages}
    done = 0
    for key, next_key in zip(spaces, [*spaces[1:], *spaces[:1]], strict=True):
        leaves = [
            row
            for row in open_pages
            if row["space_key"] == key
            and row["content_id"] not in above
            and titles[key, row["title"]] == 1  # of two pages of one title none can be saved
        ]
        targets = [next(row["content_id"] for row in open_pages if row["space_key"] == k) for k in (key, next_key)]
        random.Random(1).shuffle(leaves)  # noqa: S311 - not for secrets
        leaves = [row for row in leaves if row["content_id"] not in targets]
        space = _Space(editor, key, leaves, (targets[0], targets[1]), comments, files)
        done += sum(_did(kind, space) for kind in _KINDS)
    return done


def _by_page(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["content_id"]].append(row)
    return dict(found)


def _did(kind: Callable[[_Space], object], space: _Space) -> bool:
    try:
        kind(space)
    except (IndexError, StopIteration):
        return False  # a small space has not enough pages for every kind
    return True
