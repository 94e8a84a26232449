"""What one account may see, worked out in the simplest way: from grants, memberships and restrictions, each time anew.

Nothing here is shared with what answers the API, or with any reader of it: it is what both are judged by.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from confluence_pipeline.site.data_center.installation import Installation
from confluence_pipeline.site.model import Attachment, Comment, Content, Restriction, Space
from confluence_pipeline.site.store import Store

Row = dict[str, Any]

IN_TABLES = ("current", "archived")
"""The statuses of what tables hold."""

_VIEW_SPACE = ("read", "space")


def group_ids_of(store: Store, account: str | None) -> set[str]:
    """Return the ids of the groups that an account is in."""
    return {group.group_id for group in store.groups.values() if account in group.members}


def is_let_into(space: Space, account: str | None, group_ids: Iterable[str]) -> bool:
    """Tell whether an account (None: a visitor who is not logged in) may view a space."""
    mine = {("user", account), *(("group", group_id) for group_id in group_ids)}
    for grant in space.grants:
        if (grant.operation, grant.target_type) != _VIEW_SPACE:
            continue
        whom = (grant.principal_type, grant.principal_id)
        if whom == ("role", "anonymous-users") or whom in mine:
            return True
    return False


def lineage(store: Store, content: Content) -> Iterator[Content]:
    """Yield a content and all above it, from the content up."""
    node: Content | None = content
    while node is not None:
        yield node
        node = None if node.parent_id is None else store.contents.get(node.parent_id)


def is_named(restriction: Restriction | None, account: str | None, group_ids: set[str]) -> bool:
    """Tell whether a view restriction lets an account through; one that names nobody lets everybody."""
    if restriction is None or (not restriction.users and not restriction.groups):
        return True
    return account in restriction.users or any(group_id in restriction.groups for group_id in group_ids)


def may_view(store: Store, content: Content, account: str | None, group_ids: set[str]) -> bool:
    """Tell whether an account may view a content: the space lets it in, and so does every node from here up."""
    if not is_let_into(store.spaces[content.space_id], account, group_ids):
        return False
    return all(is_named(node.read, account, group_ids) for node in lineage(store, content))


@dataclass(slots=True)
class Eyes:
    """What one account may see; without an account, everything."""

    store: Store
    account: str | None
    group_ids: set[str]
    base_url: str
    installation: Installation | None = None

    @classmethod
    def of(
        cls, store: Store, account: str | None, base_url: str = "", installation: Installation | None = None
    ) -> "Eyes":
        """Return the eyes of an account, or of somebody who sees all.

        Args:
            store: what there is.
            account: whose eyes; None sees all.
            base_url: what addresses begin with.
            installation: what a Data Center is; None is Cloud.
        """
        return cls(store, account, group_ids_of(store, account), base_url, installation)

    def space(self, space: Space) -> bool:
        """Tell whether they see a space."""
        return self.account is None or is_let_into(space, self.account, self.group_ids)

    def content(self, content: Content) -> bool:
        """Tell whether they see a content, whatever its status; a draft is its author's alone."""
        if self.account is None:
            return True
        if content.status == "draft" and content.author_id != self.account:
            return False
        return may_view(self.store, content, self.account, self.group_ids)

    def spaces(self) -> Iterator[Space]:
        """Yield the spaces they see."""
        return filter(self.space, self.store.spaces.values())

    def contents(self, *node_types: str) -> Iterator[Content]:
        """Yield the contents of some types that they see, of every status."""
        known = (content for content in self.store.contents.values() if content.node_type in node_types)
        return filter(self.content, known)

    def table_contents(self, *node_types: str) -> Iterator[Content]:
        """Yield those of them that tables hold."""
        return (content for content in self.contents(*node_types) if content.status in IN_TABLES)

    def attachments(self) -> Iterator[tuple[Attachment, Content, str]]:
        """Yield the attachments they see, what each is on, and its status, which is that of its page if it is worse."""
        for file in self.store.attachments.values():
            content = self.store.contents[file.content_id]
            if self.content(content):
                yield file, content, file.status if file.status != "current" else content.status

    def comments(self) -> Iterator[tuple[Comment, Content, Attachment | None]]:
        """Yield the comments they see on what tables hold, with the content and, if on one, the attachment."""
        for comment in self.store.comments.values():
            content = self.store.contents[comment.content_id]
            file = None if comment.attachment_id is None else self.store.attachments[comment.attachment_id]
            if file is not None and file.status != "current":
                continue
            if content.status in IN_TABLES and self.content(content):
                yield comment, content, file

    def attachment_id(self, file: Attachment) -> str:
        """Return the id of an attachment, ``att98460``, and a plain number on a Data Center."""
        return str(file.attachment_id) if self.installation else f"att{file.attachment_id}"

    def key_of(self, content: Content) -> str:
        """Return the key of a content's space."""
        return self.store.spaces[content.space_id].key


def text_id(number: int | None) -> str | None:
    """Return an id as the API writes it."""
    return None if number is None else str(number)
