"""Gives a generated content what belongs to it: body, labels, comments, attachments, tasks and the rest."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from confluence_pipeline.site.generated import attached, blocks, talk
from confluence_pipeline.site.generated.attached import AttachmentKind, AttachmentMaker
from confluence_pipeline.site.generated.cast import GONE, Cast
from confluence_pipeline.site.generated.details import DetailMaker
from confluence_pipeline.site.generated.edits import EditMaker
from confluence_pipeline.site.generated.profiles import Profile
from confluence_pipeline.site.generated.supply import Supply
from confluence_pipeline.site.generated.talk import Form, TalkMaker
from confluence_pipeline.site.seed import SeedComment, SeedContent

_LABEL_COUNTS = ((1, 1), (2, 2), (1, 1), (3, 3))


@dataclass(frozen=True, slots=True)
class Portion:
    """What the contents made in one step have in all."""

    labels: int = 0
    forms: Sequence[Form] = ()
    files: Sequence[AttachmentKind] = ()
    task_lists: int = 0


class Portions:
    """Deals out what a profile says a space has, one :class:`Portion` a page."""

    def __init__(self, profile: Profile) -> None:
        self._labels = Supply(profile.labels, _LABEL_COUNTS, 1)
        self._forms = Supply(profile.comments, [(form.comments, form) for form in talk.FORMS], talk.SINGLE)
        kinds = attached.ALL_KINDS if profile.odd else attached.COMMON_KINDS
        self._files: Supply[AttachmentKind] = Supply(profile.attachments, kinds, "plain")
        self._tasks = Supply(profile.tasks, [(1, 1)], 1)

    def deal(self, *, last: bool) -> Portion:
        """Return the next page's portion; the ``last`` one leaves nothing over."""
        return Portion(
            labels=sum(self._labels.deal(last=last)),
            forms=list(self._forms.deal(last=last)),
            files=list(self._files.deal(last=last)),
            task_lists=sum(self._tasks.deal(last=last)),
        )


class PartMaker:
    """Fills the contents of one space.

    Args:
        cast: who writes, comments and is mentioned.
        details: where bodies come from.
        shelf: rendered blocks for comments.
        pages: how many pages the space has.
    """

    def __init__(self, cast: Cast, details: DetailMaker, shelf: Sequence[str], pages: int) -> None:
        self._cast = cast
        self._details = details
        self._talk = TalkMaker(cast, shelf)
        self._files = AttachmentMaker(cast, self._talk)
        self._edits = EditMaker(cast)
        self._pages = pages

    def filled(self, bare: SeedContent, number: int, portion: Portion) -> SeedContent:
        """Return a content with its portion and with what its number gives it."""
        edits, since = self._edits, bare.created_at
        threads = [self._talk.thread(form, since) for form in portion.forms]
        now, before = edits.tasks(since.date()) if portion.task_lists else ("", "")
        history = edits.history(number, bare.title, since, before)
        passages = "".join(passage for _, passage in threads)
        return replace(
            bare,
            updated_at=edits.edited_at(history, since),
            body_storage=f"{self._details.body(bare.title, self._pages, ())}{passages}{now}{self._farewell(number)}",
            version_message="Brought up to date" if history else "",
            minor_edit=len(history) % 2 == 1,
            labels=edits.labels(portion.labels),
            comments=[comment for comment, _ in threads],
            attachments=[file for kind in portion.files for file in self._files.attachments(kind, since)],
            history=history,
            likes=edits.likes(number),
            properties=edits.properties(number),
            views=edits.views(number),
        )

    def crowded(self, content: SeedContent, comments: int) -> SeedContent:
        """Return a content with so many comments more, and so many likes that they fill several answers."""
        crowd: list[SeedComment] = self._talk.crowd(comments, content.created_at)
        return replace(content, comments=[*content.comments, *crowd], likes=sorted(self._cast.account_ids))

    def _farewell(self, number: int) -> str:
        return (
            f"<p>Ask {blocks.mention(self._cast.rng.choice(GONE))} about the old days.</p>" if number % 25 == 7 else ""
        )
