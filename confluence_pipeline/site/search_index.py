"""The search index: what CQL sees, which lags behind the store as Confluence's does.

The store is always the newest state. Before a record changes, the index keeps a snapshot of it; until the lag
has passed, a search meets the snapshot (or nothing, if the record is new) and not the record.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from confluence_pipeline.site.model import NODE_TYPES, Attachment, Comment, Content, Label, Space, Version
from confluence_pipeline.site.store import Store


@dataclass(frozen=True, slots=True)
class Document:
    """One searchable thing in one state. ``record_type`` is CQL's ``type``; times are wire times."""

    number: int
    record_type: str
    space: Space
    title: str
    status: str
    creator: str
    contributors: tuple[str, ...]
    created: str
    modified: str
    body_source: Version | str
    """The version whose body this is, or the text itself; a version is never changed, only followed."""
    owner: str = ""
    labels: tuple[Label, ...] = ()
    ancestors: tuple[int, ...] = ()
    parent: int | None = None
    container: int | None = None
    """The page, blog post or attachment that a comment or an attachment is on."""
    guard: int | None = None
    """The content whose viewers alone may find this, where it is not a content itself."""

    @property
    def body(self) -> str:
        """The body in storage format, or whatever text the thing has."""
        return self.body_source if isinstance(self.body_source, str) else self.body_source.body

    @property
    def file_extension(self) -> str:
        """What follows the last dot of an attachment's name, in lower case."""
        return self.title.rpartition(".")[2].lower() if self.record_type == "attachment" else ""


@dataclass(frozen=True, slots=True)
class _Kept:
    due: datetime
    document: Document | None


class SearchIndex:
    """Documents of everything on the site, by id, in the state that a search is to see.

    Args:
        store: what is indexed.
        lag_seconds: how long after a change, by the site's clock, searches still see the state before it.
    """

    def __init__(self, store: Store, lag_seconds: float = 0) -> None:
        self.lag_seconds = lag_seconds
        self._store = store
        self._fresh: dict[int, Document] = {}
        self._kept: dict[int, list[_Kept]] = defaultdict(list)
        store.on_change(self._remember)

    def _remember(self, ids: Sequence[int]) -> None:
        due = self._store.clock.now() + timedelta(seconds=self.lag_seconds)
        for number in ids:
            if self.lag_seconds > 0:
                self._kept[number].append(_Kept(due, self._newest(number)))
            self._fresh.pop(number, None)

    def _newest(self, number: int) -> Document | None:
        document = self._fresh.get(number)
        if document is None:
            document = _document(self._store, number)
            if document is not None:
                self._fresh[number] = document
        return document

    def epoch(self) -> object:
        """Return a value that differs whenever a search could find something else than before."""
        self._drop_caught_up()
        return self._store.revision, sum(len(kept) for kept in self._kept.values())

    def _drop_caught_up(self) -> None:
        now = self._store.clock.now()
        for number in list(self._kept):
            waiting = [kept for kept in self._kept[number] if kept.due > now]
            if waiting:
                self._kept[number] = waiting
            else:
                del self._kept[number]

    def document(self, number: int) -> Document | None:
        """Return what a search sees under an id now; None where there is nothing."""
        kept = self._kept.get(number)
        return kept[0].document if kept else self._newest(number)

    def documents(
        self, types: frozenset[str] | None, space_ids: frozenset[int] | None, ids: frozenset[int] | None
    ) -> Iterator[Document]:
        """Yield every document that can match; the arguments only save work, and do not filter exactly."""
        self._drop_caught_up()
        numbers: Iterable[int] = self._candidates(types, space_ids) if ids is None else ids
        for number in {*numbers, *self._kept}:
            document = self.document(number)
            if document is not None:
                yield document

    def _candidates(self, types: frozenset[str] | None, space_ids: frozenset[int] | None) -> Iterator[int]:
        for node_type in NODE_TYPES:
            if types is None or node_type in types:
                yield from self._store.member_ids(node_type, space_ids)
        if types is None or "comment" in types:
            yield from self._belongings(space_ids, self._comments_below, self._store.comments)
        if types is None or "attachment" in types:
            yield from self._belongings(space_ids, lambda content: content.attachments, self._store.attachments)
        if types is None or "space" in types:
            yield from self._store.spaces

    def _comments_below(self, content: Content) -> Iterator[int]:
        yield from content.comments
        for number in content.attachments:
            yield from self._store.attachments[number].comments

    def _belongings(
        self, space_ids: frozenset[int] | None, of: Callable[[Content], Iterable[int]], every: Iterable[int]
    ) -> Iterator[int]:
        if space_ids is None:
            yield from every
        for space_id in space_ids or ():
            for content in self._store.contents_in(space_id):
                yield from of(content)


def _document(store: Store, number: int) -> Document | None:
    if (content := store.contents.get(number)) is not None:
        return _of_content(store, content)
    if (attachment := store.attachments.get(number)) is not None:
        return _of_attachment(store, attachment)
    if (comment := store.comments.get(number)) is not None:
        return _of_comment(store, comment)
    if (space := store.spaces.get(number)) is not None:
        return _of_space(space)
    return None


def _of_content(store: Store, content: Content) -> Document:
    ancestors: tuple[int, ...] = ()
    if content.parent_id is not None:
        ancestors = tuple(ancestor.content_id for ancestor in store.ancestors(content))
    newest = content.current
    return Document(
        content.content_id,
        content.node_type,
        store.spaces[content.space_id],
        newest.title,
        content.status,
        content.author_id,
        tuple({version.author_id for version in content.versions}),
        content.created_at,
        newest.created_at,
        newest,
        content.owner_id,
        tuple(content.labels),
        ancestors,
        content.parent_id,
    )


def _of_attachment(store: Store, attachment: Attachment) -> Document:
    owner = store.contents[attachment.content_id]
    first, newest = attachment.versions[0], attachment.current
    return Document(
        attachment.attachment_id,
        "attachment",
        store.spaces[owner.space_id],
        newest.title,
        store.attachment_status(attachment),
        first.author_id,
        tuple({version.author_id for version in attachment.versions}),
        attachment.created_at,
        newest.created_at,
        attachment.comment,
        first.author_id,
        tuple(attachment.labels),
        container=owner.content_id,
        guard=owner.content_id,
    )


def _of_comment(store: Store, comment: Comment) -> Document:
    owner, target = store.contents[comment.content_id], store.commented(comment)
    file = target if isinstance(target, Attachment) else None
    first, newest = comment.versions[0], comment.current
    return Document(
        comment.comment_id,
        "comment",
        store.spaces[owner.space_id],
        f"Re: {target.title}",
        store.attachment_status(file) if file else owner.status,
        first.author_id,
        tuple({version.author_id for version in comment.versions}),
        first.created_at,
        newest.created_at,
        newest,
        first.author_id,
        container=file.attachment_id if file else owner.content_id,
        guard=owner.content_id,
    )


def _of_space(space: Space) -> Document:
    return Document(
        space.space_id,
        "space",
        space,
        space.name,
        "current",
        space.author_id,
        (space.author_id,),
        space.created_at,
        space.created_at,
        space.description,
        space.author_id,
        tuple(space.labels),
    )
