"""A seed as a Data Center can hold it, in a store with the ids that the same seed has on Cloud.

Folders, whiteboards, databases and embeds are left out with all that is on them, and what is below them moves up to
the page above; whom one kept out is kept out of that. Nothing counts views. Pages are not archived, only spaces are:
an archived page is a current one here. Spaces are global or personal. People are known by a user key, in bodies too
(``ri:userkey``); groups by name. Nobody whose account is gone is in a group. The seed's caller is an administrator,
since some calls are for such only; it sees no more contents for that.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from confluence_pipeline.site.data_center.people import user_key, user_name
from confluence_pipeline.site.loading import load
from confluence_pipeline.site.model import Content, Restriction
from confluence_pipeline.site.seed import (
    Seed,
    SeedAttachment,
    SeedComment,
    SeedContent,
    SeedGroup,
    SeedRestriction,
    SeedSpace,
    SeedUser,
    SeedVersion,
)
from confluence_pipeline.site.store import Store

NODE_TYPES = ("page", "blogpost")
"""The types of content that a Data Center has, besides comments and attachments."""

_MENTION = re.compile(r"(<ri:user\b[^>]*?\bri:)account-id(\s*=\s*)([\"'])([^\"']+)\3")


def load_data_center(seed: Seed, time_zone: str) -> Store:
    """Return a store with what a Data Center holds of a seed, whose ``contents`` it uses up.

    Args:
        seed: a seed of any source.
        time_zone: the server's, such as ``Australia/Sydney``.

    Raises:
        ValueError: The seed contradicts itself.
    """
    store = load(_adapted(seed, time_zone), groups_by_name=True)
    # Only now, so that whatever is left has the id that it has on Cloud.
    for content in [*store.contents.values()]:
        if content.node_type not in NODE_TYPES:
            _leave_out(store, content)
    store.views.clear()
    return store


def _leave_out(store: Store, content: Content) -> None:
    for child in store.children(content.content_id):
        child.read = _narrowed(store, child, content.read)
        store.place(child, space_id=child.space_id, parent_id=content.parent_id)
    store.remove_content(content)


def _narrowed(store: Store, child: Content, above: Restriction | None) -> Restriction | None:
    """Return the view restriction of a child that lets in nobody whom what was above it kept out."""
    if not above:
        return child.read
    if not child.read:
        return Restriction([*above.users], [*above.groups])
    both = _admitted(store, above) & _admitted(store, child.read)
    return Restriction(sorted(both) or [child.author_id])


def _admitted(store: Store, restriction: Restriction) -> set[str]:
    members = (store.groups[name].members for name in restriction.groups)
    return {*restriction.users, *(key for keys in members for key in keys)}


def _adapted(seed: Seed, time_zone: str) -> Seed:
    return Seed(
        seed.title,
        _users(seed),
        [SeedGroup(group.name, _keys(_of_the_site(seed, group.members))) for group in seed.groups],
        [_space(space) for space in seed.spaces],
        map(_content, seed.contents),
        time_zone,
    )


def _of_the_site(seed: Seed, members: Sequence[str]) -> list[str]:
    known = {user.account_id for user in seed.users}
    return [account_id for account_id in members if account_id in known]


def _users(seed: Seed) -> list[SeedUser]:
    taken: set[str] = set()
    adapted = []
    for user in seed.users:
        name = user_name(user.email, user.account_id)
        while name in taken:
            name += "2"
        taken.add(name)
        is_admin = user.is_admin or user.account_id == seed.caller
        key = user_key(user.account_id)
        adapted.append(replace(user, account_id=key, user_name=name, is_admin=is_admin))
    return adapted


def _keys(account_ids: Sequence[str]) -> list[str]:
    return [user_key(account_id) for account_id in account_ids]


def _space(space: SeedSpace) -> SeedSpace:
    return replace(
        space,
        author_id=user_key(space.author_id),
        space_type="personal" if space.space_type == "personal" else "global",
        viewer_users=_keys(space.viewer_users),
    )


def _content(content: SeedContent) -> SeedContent:
    return replace(
        content,
        author_id=user_key(content.author_id),
        status="current" if content.status == "archived" else content.status,
        body_storage=adapted_body(content.body_storage),
        restrictions=[_restriction(restriction) for restriction in content.restrictions],
        comments=[_comment(comment) for comment in content.comments],
        attachments=[_attachment(attachment) for attachment in content.attachments],
        history=[_version(version) for version in content.history],
        likes=_keys(content.likes),
    )


def adapted_body(storage: str) -> str:
    """Return a body in which people are named by user key and no more by account id."""
    return _MENTION.sub(lambda match: f"{match[1]}userkey{match[2]}{match[3]}{user_key(match[4])}{match[3]}", storage)


def _restriction(restriction: SeedRestriction) -> SeedRestriction:
    return replace(restriction, users=_keys(restriction.users))


def _version(version: SeedVersion) -> SeedVersion:
    return replace(version, author_id=user_key(version.author_id), body_storage=adapted_body(version.body_storage))


def _comment(top: SeedComment) -> SeedComment:
    # From the ends of the thread up, and not by recursion: a thread may be deeper than Python's stack.
    order: list[SeedComment] = []
    waiting = [top]
    while waiting:
        comment = waiting.pop()
        order.append(comment)
        waiting += comment.replies
    done: dict[int, SeedComment] = {}
    for comment in reversed(order):
        done[id(comment)] = _one_comment(comment, [done[id(reply)] for reply in comment.replies])
    return done[id(top)]


def _one_comment(comment: SeedComment, replies: Sequence[SeedComment]) -> SeedComment:
    return replace(
        comment,
        author_id=user_key(comment.author_id),
        body_storage=adapted_body(comment.body_storage),
        replies=replies,
        history=[_version(version) for version in comment.history],
        likes=_keys(comment.likes),
    )


def _attachment(attachment: SeedAttachment) -> SeedAttachment:
    return replace(
        attachment,
        author_id=None if attachment.author_id is None else user_key(attachment.author_id),
        comments=[_comment(comment) for comment in attachment.comments],
        history=[replace(file, author_id=user_key(file.author_id)) for file in attachment.history],
    )
