"""Makes attachments of every kind: versions, labels, comments, hostile names, and sizes that are not the truth."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import cycle
from typing import Literal

from confluence_pipeline.site.generated.cast import Cast
from confluence_pipeline.site.generated.files import GeneratedFile
from confluence_pipeline.site.generated.talk import Form, TalkMaker
from confluence_pipeline.site.seed import SeedAttachment, SeedFile

HOSTILE_NAMES = (
    "../../etc/passwd",
    "n" * 296 + ".txt",
    "first line\nsecond line.txt",
    "/etc/hosts",
    "..",
    '%2e%2e%2f"quoted"; filename=other.txt',
    "résumé – 資料 📎.txt",
    "C:\\windows\\con.txt",
)
"""Names that a careless reader would write somewhere else, or not at all."""

AttachmentKind = Literal["plain", "versions", "labelled", "hostile", "empty", "pair", "lying", "broken", "discussed"]
COMMON_KINDS: Sequence[tuple[int, AttachmentKind]] = ((1, "plain"), (1, "versions"), (1, "labelled"))
"""The kinds of attachments that most sites have, in turn, and how many attachments each is."""
ALL_KINDS: Sequence[tuple[int, AttachmentKind]] = (
    (1, "plain"),
    (1, "hostile"),
    (1, "versions"),
    (1, "labelled"),
    (2, "pair"),
    (1, "plain"),
    (1, "empty"),
    (1, "hostile"),
    (1, "lying"),
    (1, "discussed"),
    (1, "broken"),
)
"""All kinds; the two of a pair differ only in case."""
_MIDDLE_SIZE, _MOST = 4_000, 200_000


class AttachmentMaker:
    """Makes the attachments of one space."""

    def __init__(self, cast: Cast, talk: TalkMaker) -> None:
        self._cast = cast
        self._talk = talk
        self._hostile = cycle(HOSTILE_NAMES)
        self._count = 0

    def attachments(self, kind: AttachmentKind, since: datetime) -> list[SeedAttachment]:
        """Return the attachments of a kind, as many as :data:`ALL_KINDS` says."""
        plain = self._plain(since)
        match kind:
            case "versions":
                return [self._with_history(plain, since)]
            case "labelled":
                return [replace(plain, labels=("data", "nightly", "team:ops"), comment="The figures of the night")]
            case "hostile":
                return [replace(plain, filename=next(self._hostile), media_type="text/plain")]
            case "pair":
                other = self._plain(since)
                return [plain, replace(other, filename=plain.filename.upper(), media_type=plain.media_type)]
            case "empty":
                return [replace(plain, filename=f"empty-{self._count}.txt", size=0, load=self._file(0))]
            case "lying":
                return [replace(plain, reported_size=plain.size * 3 + 1)]
            case "broken":
                return [replace(plain, filename=f"scan-{self._count}.pdf", media_type="application/pdf")]
            case "discussed":
                threads = (self._talk.thread(Form(wide=1, deep=2), since)[0], self._talk.thread(Form(), since)[0])
                return [replace(plain, comments=threads)]
        return [plain]

    def _plain(self, since: datetime) -> SeedAttachment:
        self._count += 1
        rng = self._cast.rng
        size = min(int(rng.lognormvariate(0, 1) * _MIDDLE_SIZE) + 1, _MOST)
        return SeedAttachment(
            filename=f"figures-{self._count}.csv",
            media_type="text/csv",
            size=size,
            load=self._file(size),
            author_id=self._cast.anyone(),
            created_at=since + timedelta(minutes=rng.randint(1, 100_000)),
        )

    def _file(self, size: int) -> GeneratedFile:
        return GeneratedFile("text/csv", size, variant=self._cast.rng.randrange(1_000_000))

    def _with_history(self, newest: SeedAttachment, since: datetime) -> SeedAttachment:
        earlier = [
            SeedFile(self._cast.anyone(), since + timedelta(hours=number), number * 100, self._file(number * 100),
                     f"Upload {number}")
            for number in range(1, self._cast.rng.randint(2, 5))
        ]  # fmt: skip
        newest_at = earlier[-1].created_at + timedelta(hours=self._cast.rng.randint(1, 500))
        return replace(newest, history=earlier, comment="Corrected", created_at=newest_at)
