"""What the site answered content by content, kept while a sync is under way, so that the next can go on from there.

Some tables take a request for each content, which can be hours of a first sync. Their records land together at its
end; until then the answers so far lie in ``raw/content/space_key=KEY/answers/KIND``, a file for each stretch of
time, and go once the records have landed. A sync that finds any there follows one that died, and asks only for the
rest. An answer counts for the version of the content that it was given for. What may change without a new version
(properties, likes, views) counts only where the same work goes on, as when Dagster tries a step again or starts a run
again that crashed, and for an hour; any other sync asks anew, and so is as new as it says.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from confluence_pipeline.confluence import ContentRecord
from confluence_pipeline.landing.bodies import LandedBody
from confluence_pipeline.landing.codec import decode, encode
from confluence_pipeline.landing.kinds import Kind
from confluence_pipeline.landing.record_file import Landed
from confluence_pipeline.landing.store import SpaceLanding
from confluence_pipeline.tables.report import Run

Record = TypeVar("Record")

LONGEST_REUSE = timedelta(hours=1)
"""How old an answer may be that a new version would not have told to be old."""

_FIRST_SECONDS = 0.5
_SHARE = 0.01  # of the time so far passes between two files, so that a sync of hours leaves hundreds and not thousands


class Answers(Generic[Record]):
    """The answers for one kind of a space that have not landed as records yet.

    Args:
        landing: The raw landing of the space.
        kind: The kind.
        run: The run that what is taken over is stamped with.
        work: What the run is part of: the first run's id where one goes on with what another began.
        clock: Tells seconds that only ever grow.
    """

    def __init__(
        self,
        landing: SpaceLanding,
        kind: Kind[Record],
        run: Run,
        work: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lake = landing.lake
        self._folder = f"{_folder(landing)}/{kind.name}"
        self._kind = kind
        self._run = run
        self._work = work
        self._clock = clock
        self._began = self._kept_at = clock()
        self._new: list[dict[str, Any]] = []

    def given(self, *, by_version: bool) -> dict[tuple[str, int], list[Landed[Record]]]:
        """Return what a sync that died was answered, by content id and version.

        Args:
            by_version: Whether another answer would have another version, so that any that was ever given holds.

        Raises:
            LakeError: The lake cannot be read.
        """
        found: dict[tuple[str, int], list[Landed[Record]]] = {}
        for path in self._lake.list_files(self._folder):
            kept = json.loads(self._lake.read_bytes(path))
            if by_version or self._goes_on(kept):
                for answer in kept["answers"]:
                    found[answer["content_id"], answer["version_number"]] = [
                        self._landed(facts) for facts in answer["records"]
                    ]
        return found

    def _goes_on(self, kept: Mapping[str, Any]) -> bool:
        """Return whether answers were given to the same work, and not long ago; none are by a clock that was set."""
        age = datetime.now(UTC) - datetime.fromisoformat(kept["at"])
        return kept["work"] == self._work and timedelta() <= age < LONGEST_REUSE

    def keep(self, content: ContentRecord, records: Sequence[Landed[Record]]) -> None:
        """Take one answer; from time to time all since the last time land together.

        Raises:
            LakeError: The lake cannot be written.
        """
        self._new.append(
            {
                "content_id": content.content_id,
                "version_number": content.version_number,
                "records": [[encode(item.record), asdict(item.body) if item.body else None] for item in records],
            }
        )
        now = self._clock()
        if now - self._kept_at >= max(_FIRST_SECONDS, _SHARE * (now - self._began)):
            self._write()
            self._kept_at = self._clock()

    def _write(self) -> None:
        facts = {"work": self._work, "at": datetime.now(UTC).isoformat(), "answers": self._new}
        text = json.dumps(facts, ensure_ascii=False)
        name = hashlib.sha256(text.encode()).hexdigest()[:32]
        self._lake.write_bytes(f"{self._folder}/{name}.json", text.encode())
        self._new = []

    def _landed(self, facts: Sequence[Any]) -> Landed[Record]:
        record, body = facts
        where = LandedBody(**{**body, "accounts": tuple(body["accounts"])}) if body else None
        return Landed(decode(self._kind.record, record), self._run, body=where)


def drop_answers(landing: SpaceLanding) -> None:
    """Remove the answers of all kinds of a space, since their records have landed.

    Raises:
        LakeError: The lake cannot be written.
    """
    for path in landing.lake.list_files(_folder(landing)):
        landing.lake.remove(path)


def _folder(landing: SpaceLanding) -> str:
    return f"{landing.folder}/answers"
