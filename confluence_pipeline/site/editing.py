"""Changes to contents and spaces, as the site makes them for a person: numbered, and announced to the index.

A version is added by an edit of title or body only. Moving, labelling, restricting, archiving, trashing, liking
and commenting leave the version alone, which is why a reader cannot go by versions only.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from confluence_pipeline.site.errors import bad_request, conflict
from confluence_pipeline.site.granting import open_to
from confluence_pipeline.site.model import Attachment, Comment, Content, Restriction, Space
from confluence_pipeline.site.writer import Writer

POSITION_GAP = 1_000


@dataclass(slots=True)
class Editor(Writer):
    """Somebody who changes contents and spaces."""

    # -- contents ----------------------------------------------------------------------------------------

    def create(
        self, node_type: str, space: Space, title: str, body: str, *, parent_id: int | None, status: str
    ) -> Content:
        """Add a content at the end of its siblings; 400 when a page or blog post has that title already."""
        self._demand_free_title(node_type, space.space_id, title)
        number = self.store.new_id()
        self.store.changing(number)
        first = self.version(1, title, body)
        content = Content(
            number,
            node_type,
            space.space_id,
            status,
            parent_id,
            self._last_position(parent_id),
            self.account_id,
            self.account_id,
            first.created_at,
            [first],
        )
        self.store.add_content(content)
        return content

    def _last_position(self, parent_id: int | None) -> int:
        siblings = self.store.children(parent_id) if parent_id is not None else []
        return siblings[-1].position + POSITION_GAP if siblings else 0

    def _demand_free_title(self, node_type: str, space_id: int, title: str, besides: int | None = None) -> None:
        if node_type != "page":
            return
        for number in self.store.member_ids(node_type, [space_id]):
            known = self.store.contents[number]
            if number != besides and known.title == title and known.status in ("current", "archived"):
                raise bad_request(
                    "A page with this title already exists: A page already exists with the same TITLE in this space"
                )

    def edit(self, content: Content, title: str, body: str, *, number: int, message: str) -> None:
        """Save a new version; 409 unless ``number`` is one more than the newest version's."""
        newest = content.current.number
        if number != newest + 1:
            raise conflict(f"Version must be incremented when updating: it is {newest}, and {number} was given.")
        self._demand_free_title(content.node_type, content.space_id, title, content.content_id)
        renamed, torn_off = title != content.title, self._torn_off(content, body)
        touched = self.with_belongings([content]) if renamed else [content.content_id]
        self.store.changing(*touched, *(comment.comment_id for comment in torn_off))
        content.versions.append(self.version(number, title, body, message))
        content.draft = None
        for comment in torn_off:
            comment.resolution_status = "dangling"

    def _torn_off(self, content: Content, body: str) -> list[Comment]:
        """Return the unresolved inline comments whose text the new body has no more; the API calls them dangling."""
        known = (self.store.comments[number] for number in content.comments)
        waiting = (comment for comment in known if comment.resolution_status in ("open", "reopened"))
        return [
            comment
            for comment in waiting
            if comment.location == "inline"
            and not (comment.original_selection and comment.original_selection in body)
            and not (comment.marker_ref and comment.marker_ref in body)
        ]

    def publish(self, content: Content, title: str, body: str, *, number: int, message: str) -> None:
        """Save a version of a content and make it current: a first one of a draft, or the next one of any other."""
        if content.status == "draft":
            self.store.changing(content.content_id)
            content.versions[-1] = self.version(1, title, body, message)
        else:
            self.edit(content, title, body, number=number, message=message)
        if content.status != "current":
            self.set_status([content], "current")

    def keep_draft(self, content: Content, title: str, body: str) -> None:
        """Save what is not published yet: a draft's whole content, or the changes to a published one."""
        self.store.changing(content.content_id)
        version = self.version(content.current.number, title, body)
        if content.status == "draft":
            content.versions[-1] = version
        else:
            content.draft = version

    def set_status(self, contents: Iterable[Content], status: str) -> None:
        """Give contents another status; what they hold goes along."""
        listed = list(contents)
        self.store.changing(*self.with_belongings(listed))
        for content in listed:
            content.status = status

    def trash(self, content: Content) -> None:
        """Put a content in the trash; its children move up to its parent, as a delete by REST leaves them."""
        for child in self.store.children(content.content_id):
            self.move(child, parent_id=content.parent_id, space_id=child.space_id)
        self.set_status([content], "trashed")

    def purge(self, content: Content) -> None:
        """Take a trashed content out for good; 400 when it is not in the trash."""
        if content.status != "trashed":
            raise bad_request("Only content in the trash can be purged.")
        self.store.changing(*self.with_belongings([content]))
        self.store.remove_content(content)

    def discard_draft(self, content: Content) -> None:
        """Drop a draft: the content, if it was never published, else only what is unpublished of it."""
        self.store.changing(*self.with_belongings([content]))
        if content.status == "draft":
            self.store.remove_content(content)
        else:
            content.draft = None

    def move(self, content: Content, *, parent_id: int | None, space_id: int) -> None:
        """Put a content, with all below it, under another parent or into another space, as the last child."""
        below = list(self.store.descendants(content.content_id))
        if parent_id is not None and parent_id in {content.content_id, *(node.content_id for node in below)}:
            raise bad_request("A page cannot be moved below itself.")
        self.store.changing(*self.with_belongings([content, *below]))
        content.position = self._last_position(parent_id)
        self.store.place(content, space_id=space_id, parent_id=parent_id)
        for node in below:
            self.store.place(node, space_id=space_id, parent_id=node.parent_id)

    def move_beside(self, content: Content, target: Content, *, after: bool) -> None:
        """Put a content right before or after another, below the same parent."""
        if target.parent_id is None:
            self.move(content, parent_id=None, space_id=target.space_id)
            return
        self.move(content, parent_id=target.parent_id, space_id=target.space_id)
        order = [node for node in self.store.children(target.parent_id) if node is not content]
        order.insert(order.index(target) + (1 if after else 0), content)
        for position, node in enumerate(order):
            node.position = position * POSITION_GAP

    def with_belongings(self, contents: Iterable[Content]) -> list[int]:
        """Return the ids of contents and of all that hangs on them."""
        held = []
        for content in contents:
            held += [content.content_id, *content.comments, *content.attachments]
            for attachment_id in content.attachments:
                held += self.store.attachments[attachment_id].comments
        return held

    # -- labels, restrictions ----------------------------------------------------------------------------

    def add_labels(self, target: Content | Attachment | Space, labels: Iterable[str], prefix: str) -> None:
        """Put labels on something; those that are there stay as they are."""
        self.store.changing(_number(target))
        for text in labels:
            label = self.store.label(text, prefix)
            if label not in target.labels:
                target.labels.append(label)

    def remove_label(self, target: Content | Attachment | Space, name: str) -> None:
        """Take a label off something; nothing happens when it is not there."""
        self.store.changing(_number(target))
        target.labels = [label for label in target.labels if label.name != name.lower()]

    def restrict(self, content: Content, operation: str, restriction: Restriction) -> None:
        """Replace who alone may ``read`` or ``update`` a content; an empty restriction lifts it."""
        self.store.changing(content.content_id)
        kept = restriction or None
        if operation == "read":
            content.read = kept
        else:
            content.update = kept

    # -- spaces ------------------------------------------------------------------------------------------

    def create_space(self, key: str, name: str, description: str, space_type: str = "global") -> Space:
        """Add a space with a home page; 400 when the key is taken or is none."""
        if self.store.space_by_key(key) is not None:
            raise bad_request(f"A space already exists with key {key}")
        if not key.lstrip("~").replace(":", "").replace("-", "").isalnum():
            raise bad_request(f"Invalid space key: {key}")
        number = self.store.new_id()
        self.store.changing(number)
        space = Space(number, key, name, self.account_id, self.now(), space_type, "current", description)
        open_to(self.store, space)
        self.store.add_space(space)
        home = self.create("page", space, f"{name} Home", "", parent_id=None, status="current")
        space.homepage_id = home.content_id
        return space

    def set_space_status(self, space: Space, status: str) -> None:
        """Archive a space or bring it back."""
        self._space_changing(space)
        space.status = status

    def delete_space(self, space: Space) -> None:
        """Take a space out for good, with all it holds."""
        self._space_changing(space)
        self.store.remove_space(space)

    def _space_changing(self, space: Space) -> None:
        held = self.with_belongings(self.store.contents_in(space.space_id))
        self.store.changing(space.space_id, *held)


def _number(target: Content | Attachment | Space) -> int:
    if isinstance(target, Content):
        return target.content_id
    return target.attachment_id if isinstance(target, Attachment) else target.space_id
