"""Who may see what: space permissions, and view restrictions inherited down the page tree.

A content is visible where its space is, and where it and every ancestor either restrict viewing to nobody in
particular or name the viewer or one of the viewer's groups ("Page restrictions", Atlassian support
documentation: view restrictions are inherited and cumulative; edit restrictions are not inherited).
"""

from dataclasses import dataclass

from confluence_pipeline.site.model import ANONYMOUS_USERS, Attachment, Comment, Content, Restriction, Space
from confluence_pipeline.site.store import Store


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whoever asks; ``account_id`` None is the anonymous visitor. ``groups`` holds group ids.

    ``principals`` are all that a grant on a space may name to let the viewer in.
    """

    account_id: str | None
    groups: frozenset[str] = frozenset()
    is_admin: bool = False
    principals: frozenset[tuple[str, str]] = frozenset({("role", ANONYMOUS_USERS)})

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody is logged in."""
        return self.account_id is None


ANONYMOUS = Viewer(None)


def viewer_of(store: Store, account_id: str) -> Viewer:
    """Return the viewer for an account, with the groups it is in now."""
    groups = frozenset(group.group_id for group in store.groups.values() if account_id in group.members)
    user = store.users.get(account_id)
    return Viewer(
        account_id,
        groups,
        user is not None and user.is_admin,
        ANONYMOUS.principals | {("user", account_id)} | {("group", group_id) for group_id in groups},
    )


def may_see_space(viewer: Viewer, space: Space) -> bool:
    """Tell whether the viewer has view permission on a space; what anonymous visitors may see, everybody may."""
    return not viewer.principals.isdisjoint(space.readers)


def _admits(restriction: Restriction | None, viewer: Viewer) -> bool:
    if not restriction:
        return True
    return viewer.account_id in restriction.users or not viewer.groups.isdisjoint(restriction.groups)


def may_see(store: Store, viewer: Viewer, content: Content) -> bool:
    """Tell whether the viewer may see a content, whatever its status; a draft is its author's alone."""
    if not may_see_space(viewer, store.spaces[content.space_id]):
        return False
    if content.status == "draft" and content.author_id != viewer.account_id:
        return False
    node: Content | None = content
    while node is not None:
        if node.read is not None and not _admits(node.read, viewer):
            return False
        node = None if node.parent_id is None else store.contents.get(node.parent_id)
    return True


def may_edit(store: Store, viewer: Viewer, content: Content) -> bool:
    """Tell whether the viewer may change a content: sees it, and no edit restriction of its own says no."""
    return may_see(store, viewer, content) and _admits(content.update, viewer)


def may_see_comment(store: Store, viewer: Viewer, comment: Comment) -> bool:
    """Tell whether the viewer may see a comment, which is as what it stands on, unless that is in the trash."""
    content = store.contents[comment.content_id]
    if comment.attachment_id is not None and store.attachments[comment.attachment_id].status != "current":
        return False
    return content.status in ("current", "archived") and may_see(store, viewer, content)


def may_see_attachment(store: Store, viewer: Viewer, attachment: Attachment) -> bool:
    """Tell whether the viewer may see an attachment, which is as its page or blog post."""
    return may_see(store, viewer, store.contents[attachment.content_id])
