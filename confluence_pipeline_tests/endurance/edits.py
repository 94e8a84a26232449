"""Everything that people change on a site, each as one function that picks at random whom or what it hits."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

from confluence_pipeline.site.control_client import SiteControl, TruthKind
from confluence_pipeline_tests.laboratory import Editor
from confluence_pipeline_tests.laboratory_seed import BOSS, GUEST, READER

Row = dict[str, Any]

HOME_SPACES = ("LAB", "ZOO")
"""Spaces that are never deleted, so that there is always something to change."""


@dataclass
class Hand:
    """Somebody who changes a site at random, and the same way for the same numbers.

    Attributes:
        editor: Who may change everything.
        random: What is hit.
        numbers: Makes every title and text another.
    """

    editor: Editor
    random: Random = field(default_factory=Random)
    numbers: Iterator[int] = field(default_factory=count)

    @property
    def control(self) -> SiteControl:
        """What the site's API cannot change."""
        return self.editor.site.control

    def one(self, rows: list[Row]) -> Row:
        """Return one of them, by chance.

        Raises:
            NothingThereError: There is none.
        """
        if not rows:
            raise NothingThereError
        return self.random.choice(rows)

    def any_of(self, kind: TruthKind, *statuses: str) -> Row:
        """Return one of what the site holds of a kind, of these statuses if any are named."""
        return self.one([row for row in self.control.truth(kind) if not statuses or row["status"] in statuses])

    def page(self, *statuses: str) -> Row:
        """Return a page that is current, or of these statuses."""
        return self.any_of("pages", *(statuses or ("current",)))

    def content(self) -> Row:
        """Return a current page, or now and then a blog post."""
        return self.any_of("blog_posts" if self.random.random() < 0.2 else "pages", "current")

    def text(self) -> str:
        """Return a text that was never there before; now and then it links to a page and names a person."""
        number = next(self.numbers)
        link = '<ac:link><ri:page ri:content-title="{}" /></ac:link>'
        person = f'<ac:link><ri:user ri:account-id="{GUEST}" /></ac:link>'
        task = "<ac:task-list><ac:task><ac:task-id>{}</ac:task-id><ac:task-status>incomplete</ac:task-status>"
        task += "<ac:task-body>Do it</ac:task-body></ac:task></ac:task-list>"
        more = ["", f"<p>{link.format('ZOO page 1')} {person}</p>", task.format(number), "<p>Plainly so</p>"]
        return f"<p>Text {number}</p>{self.random.choice(more)}"

    def title(self) -> str:
        """Return a title that no content has."""
        return f"Title {next(self.numbers)}"


class NothingThereError(LookupError):
    """There is nothing on the site that an edit could hit."""


def save(hand: Hand, row: Row, **changes: Any) -> None:
    """Save the next version of a page or blog post as current, whatever its status."""
    path = "pages" if row["type"] == "page" else "blogposts"
    content = {
        "id": row["content_id"],
        "status": "current",
        "title": row["title"],
        "body": {"representation": "storage", "value": row["body_storage"]},
        "version": {"number": row["version_number"] + 1},
        **changes,
    }
    hand.editor.ask("PUT", f"/api/v2/{path}/{row['content_id']}", json=content)


def edit_body(hand: Hand) -> None:
    """Save another body."""
    save(hand, hand.content(), body={"representation": "storage", "value": hand.text()})


def rename(hand: Hand) -> None:
    """Save another title."""
    save(hand, hand.content(), title=hand.title())


def swap_titles(hand: Hand) -> None:
    """Give a page the title that another one of its space had a moment ago."""
    first = hand.page()
    second = hand.one([row for row in _pages_of(hand, first["space_key"]) if row["page_id"] != first["page_id"]])
    save(hand, first, title=hand.title())
    save(hand, second, title=first["title"])


def _pages_of(hand: Hand, space_key: str) -> list[Row]:
    pages = hand.control.truth("pages")
    return [row for row in pages if row["status"] == "current" and row["space_key"] == space_key]


def move(hand: Hand) -> None:
    """Put a page with all below it under another one, in its own space or in another."""
    row = hand.page()
    parents = {page["page_id"]: page["parent_id"] for page in hand.control.truth("pages")}
    inside = [page for page in _targets(hand) if row["page_id"] not in _above(page["page_id"], parents)]
    hand.editor.move(row["page_id"], hand.one(inside)["page_id"])


def _targets(hand: Hand) -> list[Row]:
    return [row for row in hand.control.truth("pages") if row["status"] == "current"]


def _above(page_id: str, parents: dict[str, str | None]) -> set[str]:
    above: set[str] = set()
    at: str | None = page_id
    while at is not None and at not in above:
        above.add(at)
        at = parents.get(at)
    return above


def label(hand: Hand) -> None:
    """Put one of a few labels on a page or blog post."""
    hand.editor.label(hand.content()["content_id"], hand.random.choice(("alpha", "gamma", "delta")))


def unlabel(hand: Hand) -> None:
    """Take a label off."""
    row = hand.any_of("labels")
    if row["content_type"] == "space":
        hand.editor.ask("DELETE", f"/rest/api/space/{row['space_key']}/label?name={row['name']}")
    elif row["content_id"] in {page["content_id"] for page in _targets(hand)}:
        hand.editor.unlabel(row["content_id"], row["name"])


def label_space(hand: Hand) -> None:
    """Put a category on a space."""
    labels = [{"prefix": "team", "name": hand.random.choice(("blue", "green"))}]
    hand.editor.ask("POST", f"/rest/api/space/{hand.any_of('spaces')['space_key']}/label", json=labels)


def hide(hand: Hand) -> None:
    """Let the reader see a page, and all below it, no more."""
    hand.editor.hide(hand.page()["page_id"])


def restrict(hand: Hand) -> None:
    """Let only the boss and the reader see a page, or only the boss change it."""
    page_id, operation = hand.page()["page_id"], hand.random.choice(("read", "update"))
    accounts = (BOSS, READER) if operation == "read" else (BOSS,)
    users = {"results": [{"type": "known", "accountId": account} for account in accounts]}
    restriction = {"operation": operation, "restrictions": {"user": users, "group": {"results": []}}}
    hand.editor.ask("PUT", f"/rest/api/content/{page_id}/restriction", json=[restriction])


def lift(hand: Hand) -> None:
    """Lift all restrictions of a content."""
    hand.editor.show(hand.any_of("restrictions")["content_id"])


def comment(hand: Hand) -> None:
    """Write a comment at the foot of a page or blog post."""
    row = hand.content()
    hand.editor.comment(row["content_id"], hand.text(), on="pageId" if row["type"] == "page" else "blogPostId")


def remark(hand: Hand) -> None:
    """Write a comment on a word of a page."""
    row = hand.page()
    word = next((word for word in ("Page", "Text", "Part") if word in (row["body_storage"] or "")), None)
    if word is None:
        raise NothingThereError
    hand.editor.remark(row["content_id"], word)


def _comment(hand: Hand) -> Row:
    there = {row["content_id"] for kind in ("pages", "blog_posts") for row in _current(hand, kind)}
    return hand.one([row for row in hand.control.truth("comments") if row["content_id"] in there])


def _current(hand: Hand, kind: Any) -> list[Row]:
    return [row for row in hand.control.truth(kind) if row["status"] == "current"]


def reply(hand: Hand) -> None:
    """Answer a comment."""
    row = _comment(hand)
    hand.editor.reply(row["comment_id"], hand.text(), location=row["location"])


def change_comment(hand: Hand) -> None:
    """Save a new version of a comment."""
    row = _comment(hand)
    hand.editor.change_comment(row["comment_id"], location=row["location"], text=hand.text())


def resolve(hand: Hand) -> None:
    """Resolve an inline comment, or open it again."""
    there = {row["content_id"] for row in _targets(hand)}
    threads = [row for row in hand.control.truth("comments") if row["location"] == "inline"]
    row = hand.one([row for row in threads if row["content_id"] in there and row["parent_comment_id"] is None])
    resolved = row["resolution_status"] != "resolved"
    hand.editor.change_comment(row["comment_id"], location="inline", resolved=resolved)


def remove_comment(hand: Hand) -> None:
    """Delete a comment with all answers to it."""
    row = _comment(hand)
    hand.editor.remove_comment(row["comment_id"], location=row["location"])


def attach(hand: Hand) -> None:
    """Put a file on a page or blog post, as a new version where one of that name is there."""
    name = hand.random.choice(("plan.txt", "photo.png"))
    hand.editor.attach(hand.content()["content_id"], name, b"x" * next(hand.numbers) + b"end")


def remove_attachment(hand: Hand) -> None:
    """Put a file in the trash."""
    there = {row["content_id"] for row in _targets(hand)}
    files = [row for row in hand.control.truth("attachments") if row["content_id"] in there]
    hand.editor.remove_attachment(hand.one([row for row in files if row["status"] == "current"])["attachment_id"])


def archive(hand: Hand) -> None:
    """Archive a page."""
    hand.editor.archive(hand.page()["page_id"])


def restore(hand: Hand) -> None:
    """Bring a page back from the archive or the trash."""
    save(hand, hand.page("archived", "trashed"))


def trash(hand: Hand) -> None:
    """Put a page in the trash."""
    hand.editor.trash(hand.page()["page_id"])


def purge(hand: Hand) -> None:
    """Delete a page for good."""
    hand.editor.purge(hand.page()["page_id"])


def trash_news(hand: Hand) -> None:
    """Put a blog post in the trash."""
    hand.editor.ask("DELETE", f"/api/v2/blogposts/{_news(hand)['content_id']}")


def _news(hand: Hand) -> Row:
    return hand.any_of("blog_posts", "current")


def purge_news(hand: Hand) -> None:
    """Delete a blog post for good."""
    path = f"/api/v2/blogposts/{_news(hand)['content_id']}"
    hand.editor.ask("DELETE", path)
    hand.editor.ask("DELETE", f"{path}?purge=true")


def move_news(hand: Hand) -> None:
    """Put a blog post into another space."""
    save(hand, _news(hand), spaceId=hand.any_of("spaces")["space_id"])


def create(hand: Hand) -> None:
    """Add a page below another."""
    parent = hand.page()
    hand.editor.create(parent["space_key"], hand.title(), hand.text(), parent["page_id"])


def write_news(hand: Hand) -> None:
    """Add a blog post."""
    space_id = hand.any_of("spaces")["space_id"]
    body = {"representation": "storage", "value": hand.text()}
    hand.editor.ask("POST", "/api/v2/blogposts", json={"spaceId": space_id, "title": hand.title(), "body": body})


def add_folder(hand: Hand) -> None:
    """Make a folder with a page in it."""
    parent = hand.page()
    folder = hand.editor.folder(parent["space_key"], hand.title(), parent["page_id"])
    hand.editor.create(parent["space_key"], hand.title(), hand.text(), folder)


def rename_folder(hand: Hand) -> None:
    """Rename a folder."""
    hand.control.rename(hand.any_of("tree_nodes", "current")["node_id"], hand.title())


def _folder(hand: Hand) -> Row:
    return hand.one([row for row in hand.control.truth("tree_nodes") if row["status"] == "current"])


def trash_folder(hand: Hand) -> None:
    """Put a folder in the trash."""
    hand.editor.ask("DELETE", f"/api/v2/folders/{_folder(hand)['node_id']}")


def move_folder(hand: Hand) -> None:
    """Put a folder with all below it under the first page of a space."""
    row, homes = _folder(hand), {space["homepage_id"] for space in hand.control.truth("spaces")}
    target = hand.one([page for page in _targets(hand) if page["page_id"] in homes])
    hand.editor.move(row["node_id"], target["page_id"])


def create_space(hand: Hand) -> None:
    """Make a space."""
    key = f"NEW{next(hand.numbers)}"
    hand.editor.ask("POST", "/rest/api/space", json={"key": key, "name": key.title()})
    hand.editor.create(key, hand.title(), hand.text())


def _space(hand: Hand) -> Row:
    return hand.one([row for row in hand.control.truth("spaces") if row["space_key"] not in HOME_SPACES])


def delete_space(hand: Hand) -> None:
    """Delete a space for good, with all it holds."""
    hand.editor.ask("DELETE", f"/rest/api/space/{_space(hand)['space_key']}")


def change_space(hand: Hand) -> None:
    """Rename a space, and archive it or bring it back."""
    key, status = _space(hand)["space_key"], hand.random.choice(("archived", "current"))
    hand.editor.ask("PUT", f"/rest/api/space/{key}", json={"name": hand.title(), "status": status})


def close_space(hand: Hand) -> None:
    """Let only the boss see a space."""
    hand.control.set_space(_space(hand)["space_key"], viewer_users=[BOSS])


def open_space(hand: Hand) -> None:
    """Let everybody see a space."""
    hand.control.set_space(_space(hand)["space_key"])


def change_person(hand: Hand) -> None:
    """Give a person another name, and the two groups other members."""
    hand.control.set_user(GUEST, display_name=f"Gus {next(hand.numbers)}")
    hand.control.set_group("readers", hand.random.sample((BOSS, READER, GUEST), hand.random.randint(0, 3)))


def like(hand: Hand) -> None:
    """Let others like and view a content."""
    content_id = hand.content()["content_id"]
    hand.control.set_likes(content_id, hand.random.sample((BOSS, READER, GUEST), hand.random.randint(0, 3)))
    hand.control.set_views(content_id, next(hand.numbers), 1)


EDITS: dict[str, Callable[[Hand], None]] = {
    edit.__name__: edit
    for edit in (
        edit_body,
        rename,
        swap_titles,
        move,
        label,
        unlabel,
        label_space,
        hide,
        restrict,
        lift,
        comment,
        remark,
        reply,
        change_comment,
        resolve,
        remove_comment,
        attach,
        remove_attachment,
        archive,
        restore,
        trash,
        purge,
        trash_news,
        purge_news,
        move_news,
        create,
        write_news,
        add_folder,
        rename_folder,
        trash_folder,
        move_folder,
        create_space,
        delete_space,
        change_space,
        close_space,
        open_space,
        change_person,
        like,
    )
}
"""All of them by name."""


def do(hand: Hand, name: str, seed: int) -> bool:
    """Change something on the site.

    Args:
        hand: Who.
        name: Which of :data:`EDITS`.
        seed: Decides what is hit.

    Returns:
        Whether there was anything that it could hit.
    """
    hand.random = Random(seed)  # noqa: S311 - to be had again, not to be secret
    try:
        EDITS[name](hand)
    except NothingThereError:
        return False
    return True
