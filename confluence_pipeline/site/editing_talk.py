"""Changes to what hangs on contents: comments and attachments."""

from dataclasses import dataclass

from confluence_pipeline.site.errors import bad_request, conflict
from confluence_pipeline.site.model import Attachment, AttachmentFile, Comment, Content
from confluence_pipeline.site.seed import BytesLoader
from confluence_pipeline.site.writer import Writer


@dataclass(frozen=True, slots=True)
class Held(BytesLoader):
    """The bytes of an uploaded file, kept in memory."""

    data: bytes

    def read(self) -> bytes:
        """Return the whole file."""
        return self.data


@dataclass(slots=True)
class TalkEditor(Writer):
    """Somebody who comments and attaches files."""

    # -- comments ----------------------------------------------------------------------------------------

    def comment(
        self, target: Content | Attachment, body: str, *, location: str, parent: Comment | None, selection: str | None
    ) -> Comment:
        """Add a comment or a reply; a reply to an inline comment stands on the same text."""
        number = self.store.new_id()
        self.store.changing(number)
        comment = Comment(
            number,
            location,
            target.content_id,
            parent.comment_id if parent else None,
            [self.version(1, f"Re: {target.title}", body)],
            attachment_id=target.attachment_id if isinstance(target, Attachment) else None,
        )
        if location == "inline":
            comment.original_selection = parent.original_selection if parent else selection
            reference = str(self.store.stable_uuid(f"marker/{number}"))
            comment.marker_ref = parent.marker_ref if parent else reference
        self.store.add_comment(comment)
        return comment

    def edit_comment(self, comment: Comment, body: str, *, number: int, message: str) -> None:
        """Save a new version of a comment; 409 unless ``number`` is one more than the newest version's."""
        newest = comment.current
        if number != newest.number + 1:
            raise conflict(f"Version must be incremented when updating: it is {newest.number}, and {number} was given.")
        self.store.changing(comment.comment_id)
        comment.versions.append(self.version(number, newest.title, body, message))

    def resolve(self, comment: Comment, *, resolved: bool) -> None:
        """Resolve or reopen an inline comment."""
        self.store.changing(comment.comment_id)
        comment.resolution_status = "resolved" if resolved else "reopened"
        comment.resolution_author_id, comment.resolution_at = self.account_id, self.now()

    def delete_comment(self, comment: Comment) -> None:
        """Take a comment out at once, with its replies: comments have no trash."""
        self.store.changing(comment.comment_id, *self._replies(comment))
        self.store.remove_comment(comment)

    def _replies(self, comment: Comment) -> list[int]:
        below = []
        for child in comment.children:
            below += [child, *self._replies(self.store.comments[child])]
        return below

    # -- attachments -------------------------------------------------------------------------------------

    def attach(self, content: Content, filename: str, media_type: str, data: bytes, comment: str) -> Attachment:
        """Add a file to a content, or a new version of the file that has this name there."""
        known = (self.store.attachments[number] for number in content.attachments)
        same = next((file for file in known if file.title == filename and file.status == "current"), None)
        if same is not None:
            self.attach_version(same, data, media_type, comment)
            return same
        number = self.store.new_id()
        self.store.changing(number)
        file_id = str(self.store.stable_uuid(f"file/{number}/1"))
        first = self.version(1, filename, "", comment)
        attachment = Attachment(
            number,
            content.content_id,
            "current",
            media_type,
            comment,
            first.created_at,
            [first],
            [AttachmentFile(file_id, len(data), Held(data), len(data))],
        )
        self.store.add_attachment(attachment)
        return attachment

    def attach_version(self, attachment: Attachment, data: bytes, media_type: str, comment: str) -> None:
        """Add a version to an attachment."""
        self.store.changing(attachment.attachment_id)
        number = attachment.current.number + 1
        attachment.versions.append(self.version(number, attachment.title, "", comment))
        file_id = str(self.store.stable_uuid(f"file/{attachment.attachment_id}/{number}"))
        attachment.files.append(AttachmentFile(file_id, len(data), Held(data), len(data)))
        attachment.media_type, attachment.comment = media_type, comment

    def delete_attachment(self, attachment: Attachment, *, purge: bool) -> None:
        """Put an attachment in the trash, or with ``purge`` take a trashed one out for good."""
        if purge and attachment.status != "trashed":
            raise bad_request("Only content in the trash can be purged.")
        self.store.changing(attachment.attachment_id, *attachment.comments)
        if purge:
            self.store.remove_attachment(attachment)
        else:
            attachment.status = "trashed"
