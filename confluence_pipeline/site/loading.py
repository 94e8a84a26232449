"""Fills a store from a seed: gives ids, numbers versions, and turns names into references."""

from collections.abc import Sequence
from datetime import datetime

from confluence_pipeline.site.clock import SiteClock, wire_time
from confluence_pipeline.site.granting import everyone, open_to
from confluence_pipeline.site.model import (
    Attachment,
    AttachmentFile,
    Comment,
    Content,
    Group,
    Property,
    Restriction,
    Space,
    User,
    Version,
)
from confluence_pipeline.site.seed import (
    Seed,
    SeedAttachment,
    SeedComment,
    SeedContent,
    SeedFile,
    SeedRestriction,
    SeedSpace,
    SeedUser,
    SeedVersion,
)
from confluence_pipeline.site.store import Store


def load(seed: Seed, clock: SiteClock | None = None, *, groups_by_name: bool = False) -> Store:
    """Return a store filled with the seed, whose ``contents`` it uses up.

    Args:
        seed: what the store is filled with.
        clock: tells the site's time; real time by default.
        groups_by_name: whether a group's name is its id, as on a Data Center.

    Raises:
        ValueError: The seed contradicts itself: an id is used twice or is no number, or a parent, space, group or
            homepage that is named does not come before it is needed.
    """
    store = Store(seed.title, seed.time_zone, clock, groups_by_name=groups_by_name)
    for user in seed.users:
        store.users[user.account_id] = _user(user)
    for group in seed.groups:
        store.add_group(group.name, group.members)
    everyone(store)
    for space in seed.spaces:
        store.add_space(_space(store, space))
    _load_contents(store, seed)
    return store


def _load_contents(store: Store, seed: Seed) -> None:
    ids: dict[str, int] = {}
    for content in seed.contents:
        if content.key in ids:
            raise ValueError(f"two contents of the seed have the key {content.key!r}")
        ids[content.key] = _load_content(store, content, ids)
    for space in seed.spaces:
        if space.homepage is not None:
            if space.homepage not in ids:
                raise ValueError(f"the homepage {space.homepage!r} of space {space.key} is not in the seed")
            store.spaces[store.space_ids[space.key]].homepage_id = ids[space.homepage]


def _user(user: SeedUser) -> User:
    return User(
        user.account_id,
        user.display_name,
        user.email,
        user.time_zone,
        user.account_type,
        user.account_status,
        user.api_token,
        user.is_admin,
        user_name=user.user_name,
    )


def _space(store: Store, space: SeedSpace) -> Space:
    record = Space(
        store.new_id(),
        space.key,
        space.name,
        space.author_id,
        wire_time(space.created_at),
        space.space_type,
        space.status,
        space.description,
    )
    groups = [_group(store, name, f"the space {space.key} is granted to").group_id for name in space.viewer_groups]
    open_to(store, record, groups=groups, users=space.viewer_users, anonymous=space.is_anonymous)
    record.labels = [store.label(label, "team") for label in space.labels]
    record.properties = _properties(store, space.properties, space.author_id, record.created_at)
    return record


def _group(store: Store, name: str, needed: str) -> Group:
    group = store.group_named(name)
    if group is None:
        raise ValueError(f"{needed} the group {name!r}, which is not in the seed")
    return group


def _properties(
    store: Store, properties: Sequence[tuple[str, object]], author_id: str, created_at: str
) -> list[Property]:
    return [
        Property(store.new_id(), key, value, Version(1, author_id, created_at, "", False, key, ""))
        for key, value in properties
    ]


def _content_id(store: Store, content: SeedContent) -> int:
    if content.content_id is None:
        return store.new_id()
    if not content.content_id.isdecimal():
        raise ValueError(f"content {content.key!r} has the id {content.content_id!r}, which is no number")
    number = int(content.content_id)
    if store.is_taken(number):
        raise ValueError(f"content {content.key!r} has the id {number}, which something else has")
    return number


def _load_content(store: Store, seed: SeedContent, ids: dict[str, int]) -> int:
    space = store.space_by_key(seed.space_key)
    if space is None:
        raise ValueError(f"content {seed.key!r} is in the space {seed.space_key!r}, which is not in the seed")
    if seed.parent is not None and seed.parent not in ids:
        raise ValueError(f"the parent {seed.parent!r} of content {seed.key!r} does not come before it")
    creator = seed.history[0].author_id if seed.history else seed.author_id
    content = Content(
        _content_id(store, seed),
        seed.node_type,
        space.space_id,
        seed.status,
        None if seed.parent is None else ids[seed.parent],
        seed.position,
        creator,
        creator,
        wire_time(seed.created_at),
        _versions(seed.history, seed.title, _newest(seed)),
        seed.embed_url,
    )
    content.labels = [store.label(label) for label in seed.labels]
    content.likes = list(seed.likes)
    store.add_content(content)
    for restriction in seed.restrictions:
        _restrict(store, content, restriction)
    _load_belongings(store, content, seed)
    return content.content_id


def _newest(seed: SeedContent) -> SeedVersion:
    return SeedVersion(seed.author_id, seed.updated_at, seed.body_storage, seed.version_message, seed.minor_edit)


def _versions(history: Sequence[SeedVersion], title: str, newest: SeedVersion) -> list[Version]:
    return [
        Version(
            number,
            state.author_id,
            wire_time(state.created_at),
            state.message,
            state.minor_edit,
            title,
            state.body_storage,
        )
        for number, state in enumerate([*history, newest], 1)
    ]


def _restrict(store: Store, content: Content, seed: SeedRestriction) -> None:
    needed = f"content {content.title!r} is restricted to"
    restriction = Restriction(list(seed.users), [_group(store, name, needed).group_id for name in seed.groups])
    if seed.operation == "read":
        content.read = restriction
    else:
        content.update = restriction


def _load_belongings(store: Store, content: Content, seed: SeedContent) -> None:
    for comment in seed.comments:
        _load_thread(store, content, comment)
    for attachment in seed.attachments:
        record = _attachment(store, content, attachment)
        store.add_attachment(record)
        for comment in attachment.comments:
            _load_thread(store, record, comment)
    content.properties = _properties(store, seed.properties, content.author_id, content.created_at)
    if seed.views != (0, 0):
        store.views[content.content_id] = seed.views


def _load_thread(store: Store, target: Content | Attachment, top: SeedComment) -> None:
    # Not recursive: a thread may be deeper than Python's stack.
    waiting: list[tuple[SeedComment, Comment | None]] = [(top, None)]
    while waiting:
        seed, parent = waiting.pop()
        comment = _comment(store, target, seed, parent)
        store.add_comment(comment)
        waiting += [(reply, comment) for reply in reversed(seed.replies)]


def _comment(store: Store, target: Content | Attachment, seed: SeedComment, parent: Comment | None) -> Comment:
    inline = parent.location == "inline" if parent else seed.inline_selection is not None
    if inline and isinstance(target, Attachment):
        raise ValueError(f"the attachment {target.title!r} has an inline comment, which only pages and blog posts have")
    newest = SeedVersion(seed.author_id, seed.created_at, seed.body_storage)
    comment = Comment(
        store.new_id(),
        "inline" if inline else "footer",
        target.content_id,
        parent.comment_id if parent else None,
        _versions(seed.history, f"Re: {target.title}", newest),
        likes=list(seed.likes),
        marker_ref=parent.marker_ref if parent else seed.inline_marker_ref,
        original_selection=parent.original_selection if parent else seed.inline_selection,
        resolution_status=seed.resolution_status,
        attachment_id=target.attachment_id if isinstance(target, Attachment) else None,
    )
    if inline and seed.resolution_status != "open":
        comment.resolution_author_id, comment.resolution_at = seed.author_id, wire_time(seed.created_at)
    return comment


def _attachment(store: Store, content: Content, seed: SeedAttachment) -> Attachment:
    number = store.new_id()
    files = [*seed.history, _newest_file(content, seed)]
    return Attachment(
        number,
        content.content_id,
        "current",
        seed.media_type,
        seed.comment,
        wire_time(files[0].created_at),
        [
            Version(at, file.author_id, wire_time(file.created_at), file.comment, False, seed.filename, "")
            for at, file in enumerate(files, 1)
        ],
        [_file(store, number, at, file, seed.reported_size) for at, file in enumerate(files, 1)],
        [store.label(label) for label in seed.labels],
    )


def _newest_file(content: Content, seed: SeedAttachment) -> SeedFile:
    created = seed.created_at or datetime.fromisoformat(content.current.created_at)
    return SeedFile(seed.author_id or content.current.author_id, created, seed.size, seed.load, seed.comment)


def _file(store: Store, attachment_id: int, number: int, file: SeedFile, reported_size: int | None) -> AttachmentFile:
    file_id = str(store.stable_uuid(f"file/{attachment_id}/{number}"))
    return AttachmentFile(file_id, file.size, file.load, file.size if reported_size is None else reported_size)
