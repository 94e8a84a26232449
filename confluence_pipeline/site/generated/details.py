"""Makes what belongs to one generated page: body, history, labels, restrictions, comments, files, likes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape
from itertools import accumulate
from math import log, sqrt
from random import Random
from uuid import UUID

from confluence_pipeline.site.generated import blocks
from confluence_pipeline.site.generated.files import MEDIA_TYPES, GeneratedFile
from confluence_pipeline.site.generated.rates import Rates
from confluence_pipeline.site.seed import SeedAttachment, SeedComment, SeedRestriction, SeedVersion

READERS = "pipeline-readers"
"""The group, with the default caller in it, that restricted pages are open to unless they are hidden."""
_EDITING_TIME = timedelta(days=200)
_TALKING_TIME = timedelta(days=300)
_MAX_FILE_SIZE = 2_000_000
_LABELS = blocks.label_names()
_LABEL_WEIGHTS = tuple(accumulate(1 / rank for rank in range(1, len(_LABELS) + 1)))
_FILE_STEMS = ("orders", "latency", "inventory", "survey", "handover", "nightly-run")


class DetailMaker:
    """Draws a page's parts from ``rng``.

    Args:
        rng: where every draw comes from.
        account_ids: who writes, comments and is mentioned.
        teams: groups that hidden pages are restricted to; the default caller is in none of them.
        shelf: rendered blocks that bodies are filled with.
        rates: how much of everything.
    """

    def __init__(
        self,
        rng: Random,
        account_ids: Sequence[str],
        teams: Sequence[str],
        shelf: Sequence[str],
        rates: Rates,
    ) -> None:
        self._rng = rng
        self._account_ids = account_ids
        self._teams = teams
        self._shelf = shelf
        self._rates = rates
        # A log-normal distribution has median exp(mu) and mean exp(mu + sigma**2 / 2).
        self._mu = log(rates.median_body)
        self._sigma = sqrt(2 * log(rates.mean_body / rates.median_body))

    def person(self) -> str:
        """Return an account id; the first people of the site write most."""
        return self._account_ids[int(self._rng.random() ** 2 * len(self._account_ids))]

    def body(self, title: str, pages: int, markers: Sequence[str]) -> str:
        """Return a body of a drawn size that names the title and links to one of the space's ``pages``."""
        rng, rates = self._rng, self._rates
        parts = [self._opening(title, pages, markers)]
        if rng.random() < 0.1:
            parts.append(blocks.task_list(rng, [self.person() for _ in range(rng.randint(1, 4))]))
        target, size = rng.lognormvariate(self._mu, self._sigma), sum(map(len, parts))
        while True:
            block = rng.choice(self._shelf)
            # Half a block too much is as near to the target as half a block too little.
            if size + len(block) / 2 > target or size + len(block) > rates.max_body:
                return "".join(parts)
            parts.append(block)
            size += len(block)

    def _opening(self, title: str, pages: int, markers: Sequence[str]) -> str:
        subject = escape(title)
        for marker in markers:
            subject = blocks.marked(marker, subject)
        other = blocks.page_title(self._rng.randrange(pages))
        return (
            f"<p>{subject} is kept up to date by {blocks.mention(self.person())}. "
            f"{blocks.sentence(self._rng)} See also {blocks.page_link(other, other)}.</p>"
        )

    def _amount(self, average: float) -> int:
        """Draw a geometric number with this average: mostly none, now and then many."""
        if average == 0:
            return 0
        return int(log(1 - self._rng.random()) / log(average / (1 + average)))

    def _moment(self, start: datetime, span: timedelta) -> datetime:
        return start + timedelta(milliseconds=int(self._rng.random() * span.total_seconds() * 1000))

    def history(self, title: str, created_at: datetime) -> tuple[list[SeedVersion], datetime]:
        """Return earlier versions, oldest first, and when the newest one was written."""
        edits = self._amount(self._rates.edits)
        moments = [created_at, *sorted(self._moment(created_at, _EDITING_TIME) for _ in range(edits))]
        versions = [
            SeedVersion(
                author_id=self.person(),
                created_at=moment,
                body_storage=f"<p>{escape(title)}, draft {number}. {blocks.sentence(self._rng)}</p>",
                minor_edit=self._rng.random() < 0.2,
            )
            for number, moment in enumerate(moments[:-1], 1)
        ]
        return versions, moments[-1]

    def labels(self) -> list[str]:
        """Return label names, each once."""
        drawn = self._rng.choices(_LABELS, cum_weights=_LABEL_WEIGHTS, k=self._amount(self._rates.labels))
        return sorted(set(drawn))

    def restrictions(self) -> tuple[SeedRestriction, ...]:
        """Return nothing mostly, or who alone may see the page."""
        if self._rng.random() >= self._rates.restricted:
            return ()
        if self._rng.random() < self._rates.hidden:
            return (SeedRestriction("read", users=[self.person()], groups=[self._rng.choice(self._teams)]),)
        return (
            SeedRestriction("read", groups=[READERS]),
            SeedRestriction("update", users=[self.person()]),
        )

    def comments(self, title: str, since: datetime) -> tuple[list[SeedComment], list[str]]:
        """Return comments and the marker references of the inline ones, which all mark the title."""
        comments = [self._comment(title, since) for _ in range(self._amount(self._rates.comments))]
        return comments, [each.inline_marker_ref for each in comments if each.inline_marker_ref]

    def _comment(self, title: str, since: datetime) -> SeedComment:
        created_at, inline = self._moment(since, _TALKING_TIME), self._rng.random() < 0.3
        replies = [self._reply(created_at)] if self._rng.random() < 0.3 else []
        return SeedComment(
            author_id=self.person(),
            body_storage=f"<p>{blocks.sentence(self._rng)}</p>",
            created_at=created_at,
            inline_selection=title if inline else None,
            inline_marker_ref=str(UUID(int=self._rng.getrandbits(128), version=4)) if inline else None,
            resolution_status="resolved" if inline and self._rng.random() < 0.4 else "open",
            replies=replies,
        )

    def _reply(self, since: datetime) -> SeedComment:
        body = f"<p>{blocks.mention(self.person())} {blocks.sentence(self._rng)}</p>"
        return SeedComment(self.person(), body, since + timedelta(hours=self._rng.randint(1, 72)))

    def attachments(self) -> list[SeedAttachment]:
        """Return text files of drawn sizes; names are unique on the page."""
        return [self._attachment(number) for number in range(self._amount(self._rates.attachments))]

    def _attachment(self, number: int) -> SeedAttachment:
        ending, media_type = self._rng.choice(tuple(MEDIA_TYPES.items()))
        size = min(int(self._rng.lognormvariate(log(20_000), 1.5)), _MAX_FILE_SIZE)
        return SeedAttachment(
            filename=f"{self._rng.choice(_FILE_STEMS)}-{number + 1}.{ending}",
            media_type=media_type,
            size=size,
            load=GeneratedFile(media_type, size, variant=self._rng.randrange(1_000_000)),
        )

    def likes(self) -> list[str]:
        """Return who likes the page, each once."""
        return sorted({self.person() for _ in range(self._amount(self._rates.likes))})
