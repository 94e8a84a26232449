"""The site's memory: every record by id, the sets that lists are made from, and the tree.

The store knows nothing of HTTP, permissions or search. Whoever changes a record says so beforehand with
:meth:`Store.changing`; that is what the search index lags by and what cached orderings are dropped by.
"""

import uuid
from bisect import bisect_left, bisect_right
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from confluence_pipeline.site.clock import SiteClock
from confluence_pipeline.site.model import Attachment, Comment, Content, Group, Label, Space, User, Views

T = TypeVar("T")
ChangeListener = Callable[[Sequence[int]], None]
"""Called with the ids of contents, comments or attachments that are about to change."""

_FIRST_ID = 98_305
_UUID_SPACE = uuid.UUID("9b6f5a0e-6a0c-4d53-9d0e-0f3f1c6b7a51")
_DERIVED_KEPT = 256


class Ordering:
    """Ids in ascending order of ``(sort value, id)``, to be walked either way from any point."""

    __slots__ = ("_entries",)

    def __init__(self, entries: list[tuple[Any, int]]) -> None:
        self._entries = sorted(entries)

    def walk(self, *, after: tuple[Any, int] | None, descending: bool) -> Iterator[tuple[Any, int]]:
        """Yield the entries that follow ``after`` (all, when None) in the direction asked for."""
        entries = self._entries
        if descending:
            stop = len(entries) if after is None else bisect_left(entries, after)
            return (entries[index] for index in range(stop - 1, -1, -1))
        start = 0 if after is None else bisect_right(entries, after)
        return (entries[index] for index in range(start, len(entries)))


class Store:
    """All records of one site. Single-threaded: the server calls it from its event loop only."""

    def __init__(
        self, title: str, time_zone: str, clock: SiteClock | None = None, *, groups_by_name: bool = False
    ) -> None:
        self.title = title
        self.time_zone = time_zone
        self.clock = clock or SiteClock()
        self.cloud_id = str(self.stable_uuid(f"cloud/{title}"))
        self.users: dict[str, User] = {}
        self.groups: dict[str, Group] = {}
        self.spaces: dict[int, Space] = {}
        self.space_ids: dict[str, int] = {}
        self.contents: dict[int, Content] = {}
        self.comments: dict[int, Comment] = {}
        self.attachments: dict[int, Attachment] = {}
        self.labels: dict[tuple[str, str], Label] = {}
        self.views: dict[int, Views] = {}
        self.revision = 0
        self._groups_by_name = groups_by_name
        self._members: dict[tuple[str, int], set[int]] = defaultdict(set)
        self._children: dict[int, set[int]] = defaultdict(set)
        self._next_id = _FIRST_ID
        self._listeners: list[ChangeListener] = []
        self._derived: OrderedDict[object, tuple[int, Any]] = OrderedDict()

    # -- ids ---------------------------------------------------------------------------------------------

    def new_id(self) -> int:
        """Return an id that nothing on the site has."""
        while self.is_taken(self._next_id):
            self._next_id += 1
        self._next_id += 1
        return self._next_id - 1

    def is_taken(self, number: int) -> bool:
        """Tell whether a space, content, comment or attachment has this id."""
        return any(number in known for known in (self.spaces, self.contents, self.comments, self.attachments))

    def stable_uuid(self, name: str) -> uuid.UUID:
        """Return the UUID that stands for ``name`` on every site with that name."""
        return uuid.uuid5(_UUID_SPACE, name)

    # -- changes -----------------------------------------------------------------------------------------

    def on_change(self, listener: ChangeListener) -> None:
        """Have ``listener`` called before each change."""
        self._listeners.append(listener)

    def changing(self, *ids: int) -> None:
        """Say that these records are about to change; every change to a record comes after such a call."""
        self.revision += 1
        for listener in self._listeners:
            listener(ids)

    # -- records -----------------------------------------------------------------------------------------

    def add_space(self, space: Space) -> None:
        """Put a space in."""
        self.spaces[space.space_id] = space
        self.space_ids[space.key] = space.space_id

    def remove_space(self, space: Space) -> None:
        """Take a space out, with all its contents."""
        for content in list(self.contents_in(space.space_id)):
            self.remove_content(content)
        del self.spaces[space.space_id]
        del self.space_ids[space.key]

    def space_by_key(self, key: str) -> Space | None:
        """Return the space with this key, if there is one."""
        space_id = self.space_ids.get(key)
        return None if space_id is None else self.spaces[space_id]

    def add_content(self, content: Content) -> None:
        """Put a content in, below the parent it names."""
        self.contents[content.content_id] = content
        self._members[content.node_type, content.space_id].add(content.content_id)
        if content.parent_id is not None:
            self._children[content.parent_id].add(content.content_id)

    def remove_content(self, content: Content) -> None:
        """Take a content out for good, with its comments and attachments; children keep their parent's id."""
        top = [self.comments[number] for number in content.comments if self.comments[number].parent_id is None]
        for comment in top:
            self.remove_comment(comment)
        for attachment_id in [*content.attachments]:
            self.remove_attachment(self.attachments[attachment_id])
        self.views.pop(content.content_id, None)
        self._members[content.node_type, content.space_id].discard(content.content_id)
        if content.parent_id is not None:
            self._children[content.parent_id].discard(content.content_id)
        del self.contents[content.content_id]

    def place(self, content: Content, *, space_id: int, parent_id: int | None) -> None:
        """Move one content to another space or parent; its descendants are the caller's business."""
        self._members[content.node_type, content.space_id].discard(content.content_id)
        self._members[content.node_type, space_id].add(content.content_id)
        if content.parent_id is not None:
            self._children[content.parent_id].discard(content.content_id)
        if parent_id is not None:
            self._children[parent_id].add(content.content_id)
        content.space_id, content.parent_id = space_id, parent_id

    def add_comment(self, comment: Comment) -> None:
        """Put a comment in, on its content or attachment and below its parent."""
        self.comments[comment.comment_id] = comment
        self.commented(comment).comments.append(comment.comment_id)
        if comment.parent_id is not None:
            self.comments[comment.parent_id].children.append(comment.comment_id)

    def remove_comment(self, comment: Comment) -> None:
        """Take a comment out for good, with its replies."""
        for child in [*comment.children]:
            self.remove_comment(self.comments[child])
        if comment.parent_id is not None:
            self.comments[comment.parent_id].children.remove(comment.comment_id)
        self.commented(comment).comments.remove(comment.comment_id)
        del self.comments[comment.comment_id]

    def attachment_status(self, attachment: Attachment) -> str:
        """Return an attachment's status; that of an archived or trashed page is archived or trashed with it."""
        return self.contents[attachment.content_id].status if attachment.status == "current" else attachment.status

    def comments_above(self, comment: Comment) -> list[Comment]:
        """Return the comments that a reply is below, the top of the thread first."""
        chain = []
        while comment.parent_id is not None:
            comment = self.comments[comment.parent_id]
            chain.append(comment)
        return chain[::-1]

    def commented(self, comment: Comment) -> Content | Attachment:
        """Return what a comment stands on: an attachment, page or blog post."""
        if comment.attachment_id is not None:
            return self.attachments[comment.attachment_id]
        return self.contents[comment.content_id]

    def add_attachment(self, attachment: Attachment) -> None:
        """Put an attachment in, on its content."""
        self.attachments[attachment.attachment_id] = attachment
        self.contents[attachment.content_id].attachments.append(attachment.attachment_id)

    def remove_attachment(self, attachment: Attachment) -> None:
        """Take an attachment out for good, with its comments."""
        for number in [*attachment.comments]:
            if number in self.comments and self.comments[number].parent_id is None:
                self.remove_comment(self.comments[number])
        self.contents[attachment.content_id].attachments.remove(attachment.attachment_id)
        del self.attachments[attachment.attachment_id]

    def label(self, text: str, default_prefix: str = "global") -> Label:
        """Return the label that ``text`` (``name`` or ``prefix:name``) means, making it if it is new."""
        prefix, colon, name = text.rpartition(":")
        key = (prefix if colon else default_prefix, name.lower())
        if key not in self.labels:
            self.labels[key] = Label(self.new_id(), *key)
        return self.labels[key]

    def add_group(self, name: str, members: Iterable[str] = ()) -> Group:
        """Put a group in and return it; its id is a UUID, or its name on a site that knows groups by name."""
        group_id = name if self._groups_by_name else str(self.stable_uuid(f"group/{name}"))
        self.groups[group_id] = Group(group_id, name, list(members))
        return self.groups[group_id]

    def group_named(self, name: str) -> Group | None:
        """Return the group with this name, if there is one."""
        return next((group for group in self.groups.values() if group.name == name), None)

    # -- lists and the tree ------------------------------------------------------------------------------

    def contents_in(self, space_id: int) -> Iterator[Content]:
        """Yield every content of a space, of any type and status."""
        for (_, member_of), ids in list(self._members.items()):
            if member_of == space_id:
                yield from (self.contents[content_id] for content_id in ids)

    def member_ids(self, node_type: str, space_ids: Iterable[int] | None) -> Iterator[int]:
        """Yield the ids of a type's contents in the spaces given, or in all."""
        for space_id in self.spaces if space_ids is None else space_ids:
            yield from self._members.get((node_type, space_id), ())

    def children(self, content_id: int) -> list[Content]:
        """Return the direct children of a tree node, in the order people see."""
        known = (self.contents[child] for child in self._children.get(content_id, ()))
        return sorted(known, key=lambda content: (content.position, content.content_id))

    def descendants(self, content_id: int) -> Iterator[Content]:
        """Yield everything below a tree node, parents before children."""
        for child in self.children(content_id):
            yield child
            yield from self.descendants(child.content_id)

    def ancestors(self, content: Content) -> list[Content]:
        """Return the chain above a content, root first; it ends where a parent is gone for good."""
        chain = []
        parent_id = content.parent_id
        while parent_id is not None and (parent := self.contents.get(parent_id)) is not None:
            chain.append(parent)
            parent_id = parent.parent_id
        return chain[::-1]

    def ordering(self, key: object, build: Callable[[], list[tuple[Any, int]]]) -> Ordering:
        """Return the ordering kept under ``key``, built anew if anything changed since it was made."""
        return self.derived(("ordering", key), lambda: Ordering(build()))

    def labelled(self) -> dict[Label, list[int]]:
        """Return, by label, the ids of the contents and attachments that have it."""
        return self.derived("labelled", self._labelled)

    def _labelled(self) -> dict[Label, list[int]]:
        found: dict[Label, list[int]] = defaultdict(list)
        for content in self.contents.values():
            for label in content.labels:
                found[label].append(content.content_id)
        for attachment in self.attachments.values():
            for label in attachment.labels:
                found[label].append(attachment.attachment_id)
        return found

    def derived(self, key: object, build: Callable[[], T]) -> T:
        """Return what ``build`` makes of the records, made anew only after a change; ``key`` names it."""
        kept = self._derived.get(key)
        if kept is None or kept[0] != self.revision:
            kept = (self.revision, build())
            self._derived[key] = kept
            while len(self._derived) > _DERIVED_KEPT:
                self._derived.popitem(last=False)
        made: T = kept[1]
        return made
