"""Makes comment threads of every form: replies of any depth, inline ones in every state, edited and liked ones."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from confluence_pipeline.site.generated import blocks
from confluence_pipeline.site.generated.cast import Cast
from confluence_pipeline.site.seed import SeedComment, SeedVersion

Resolution = Literal["open", "reopened", "resolved", "dangling"]
REPLY_DEPTH = 12
"""Levels of replies in the deepest threads."""
_TALKING_TIME = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a thread: ``wide`` replies to its first comment, or replies to replies, ``deep`` levels of them."""

    inline: Resolution | None = None
    wide: int = 0
    deep: int = 0

    @property
    def comments(self) -> int:
        """How many comments a thread of this form has."""
        return 1 + self.wide + self.deep


SINGLE = Form()
FORMS = (
    SINGLE,
    Form(inline="open"),
    Form(wide=2),
    Form(inline="resolved", wide=1),
    Form(inline="dangling"),
    Form(inline="reopened", deep=2),
    SINGLE,
    Form(deep=REPLY_DEPTH),
    Form(inline="resolved", deep=4),
    Form(wide=1, deep=2),
)
"""The forms that threads come in, in turn."""


class TalkMaker:
    """Makes the threads of one space."""

    def __init__(self, cast: Cast, shelf: Sequence[str]) -> None:
        self._cast = cast
        self._shelf = shelf
        self._count = 0

    def thread(self, form: Form, since: datetime) -> tuple[SeedComment, str]:
        """Return a thread, and the paragraph that the text it was made on belongs in (empty for a footer one)."""
        top = self._comment(since + self._within(_TALKING_TIME))
        state, passage = form.inline or "open", ""
        if form.inline:
            selection = f"remark {self._count}"
            marker = str(UUID(int=self._cast.rng.getrandbits(128), version=4))
            top = replace(top, inline_selection=selection, inline_marker_ref=marker)
            # What a dangling comment was made on is no longer in the text.
            if form.inline != "dangling":
                words = blocks.marked(marker, selection)
                passage = f"<p>As for {words}: {blocks.sentence(self._cast.rng)}</p>"
        replies = [self._comment(top.created_at + self._within(timedelta(days=3))) for _ in range(form.wide)]
        if form.deep:
            replies.append(self._chain(form.deep, top.created_at, state))
        answered = [replace(reply, resolution_status=state) for reply in replies]
        return replace(top, resolution_status=state, replies=answered), passage

    def crowd(self, comments: int, since: datetime) -> list[SeedComment]:
        """Return footer threads of so many comments in all."""
        threads: list[SeedComment] = []
        left = comments
        while left > 0:
            form = FORMS[len(threads) % len(FORMS)]
            fitting = replace(form, inline=None) if form.comments <= left else SINGLE
            threads.append(self.thread(fitting, since)[0])
            left -= fitting.comments
        return threads

    def _chain(self, depth: int, since: datetime, state: Resolution) -> SeedComment:
        moments = [since + self._within(timedelta(days=3))]
        while len(moments) < depth:
            moments.append(moments[-1] + self._within(timedelta(days=3)))
        chain = replace(self._comment(moments.pop()), resolution_status=state)
        for moment in reversed(moments):
            chain = replace(self._comment(moment), resolution_status=state, replies=[chain])
        return chain

    def _comment(self, at: datetime) -> SeedComment:
        """Return a comment whose oldest state is of ``at``: every fifth was edited, every fourth is liked."""
        self._count += 1
        author_id, number = self._cast.anyone(), self._count
        comment = SeedComment(author_id, self._body(number), at)
        if number % 5 == 2:
            first = SeedVersion(author_id, at, f"<p>Draft {number}: {blocks.sentence(self._cast.rng)}</p>")
            comment = replace(comment, history=[first], created_at=at + timedelta(minutes=number % 50 + 1))
        if number % 4 == 1:
            comment = replace(comment, likes=self._cast.several(4))
        return comment

    def _body(self, number: int) -> str:
        rng = self._cast.rng
        if number % 7 == 3:
            return f"<p>{blocks.mention(self._cast.anyone())} {blocks.sentence(rng)}</p>"
        if number % 11 == 6:
            return f"<p>{blocks.sentence(rng)}</p>{rng.choice(self._shelf)}"
        return f"<p>{blocks.sentence(rng)}</p>"

    def _within(self, span: timedelta) -> timedelta:
        return timedelta(milliseconds=int(self._cast.rng.random() * span.total_seconds() * 1000))
