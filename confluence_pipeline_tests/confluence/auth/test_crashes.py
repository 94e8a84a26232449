"""A process that dies while it renews a login, at every instant there is: what the next one finds."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from confluence_pipeline.confluence import AuthenticationError
from confluence_pipeline.confluence.auth.file_store import FileStore
from confluence_pipeline.confluence.auth.renewal import Renewal
from confluence_pipeline_tests.confluence.auth.renewing import renewal
from confluence_pipeline_tests.confluence.auth.token_server import FIRST, token_server

INSTANTS = ("before the note", "after the note", "after the answer", "after it is stored")


class Death(BaseException):
    """The end of a process."""


@dataclass
class DyingStore:
    """A file store in a process that dies before or after its nth save.

    Attributes:
        kept: The store.
        saves: How many saves are still to come; the last of them is the one that counts.
        stores_it: Whether that one takes effect.
    """

    kept: FileStore
    saves: int
    stores_it: bool

    def load(self) -> str | None:
        """Load what was saved."""
        return self.kept.load()

    def save(self, text: str) -> None:
        """Save, unless dead."""
        self.saves -= 1
        if self.saves > 0 or self.stores_it:
            self.kept.save(text)
        if self.saves == 0:
            raise Death

    def remove(self) -> None:
        """Remove what was saved."""
        self.kept.remove()

    def lock(self) -> AbstractContextManager[object]:
        """Take the store's own lock."""
        return self.kept.lock()


def dying(keeper: Renewal, file: Path, instant: str) -> Renewal:
    """Return a renewal in a process that dies at an instant."""
    saves, stores_it = {
        "before the note": (1, False),
        "after the note": (1, True),
        "after the answer": (2, False),
        "after it is stored": (2, True),
    }[instant]
    return replace(keeper, store=DyingStore(FileStore(file), saves, stores_it))


@pytest.mark.parametrize("used_live_on", [True, False], ids=["used tokens live on", "used tokens die"])
@pytest.mark.parametrize("renewals", [0, 3])
@pytest.mark.parametrize("instant", INSTANTS)
def test_whenever_a_process_dies_the_next_one_goes_on(
    tmp_path: Path, instant: str, renewals: int, *, used_live_on: bool
) -> None:
    """A login works after a death at any instant, and after a death at each of them in turn.

    But for one: between the answer and its being stored, where a used token dies at once, nobody has a token that is
    good. Then it is told as that, once, with the command that mends it.
    """
    file = tmp_path / "login.json"
    with token_server(seconds=60, used_live_on=used_live_on) as server:
        now = [1e9]

        def process() -> Renewal:
            keeper = renewal(server.url, file, FIRST)
            keeper.clock = lambda: now[0]
            return keeper

        for _ in range(renewals):
            process().login()
            now[0] += 60
        with pytest.raises(Death):
            dying(process(), file, instant).login()
        if instant == "after the answer" and not used_live_on:
            for _ in range(2):
                with pytest.raises(
                    AuthenticationError, match=r"ended before it could store.*`confluence-pipeline login`"
                ):
                    process().login()
        else:
            for _ in range(3):
                assert process().login().access_token
                now[0] += 60
            assert len(server.asked) == len(server.used) == renewals + 3 + (instant == "after the answer")
