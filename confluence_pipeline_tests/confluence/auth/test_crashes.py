"""A process that dies while it renews a login, at every instant there is: what the next one finds."""

import os
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from confluence_pipeline.confluence import AuthenticationError
from confluence_pipeline.confluence.auth.file_store import FileStore
from confluence_pipeline.confluence.auth.renewal import Renewal
from confluence_pipeline.confluence.auth.stored_login import digest
from confluence_pipeline_tests.confluence.auth.renewing import renewal
from confluence_pipeline_tests.confluence.auth.token_server import FIRST, token_server

MOMENTS = ("before it", "half written", "written whole", "after it")
"""Where in a save a process can die."""
INSTANTS = [(save, moment) for save in ("the note", "the answer") for moment in MOMENTS]


class Death(BaseException):
    """The end of a process."""


class DyingStore(FileStore):
    """A file store in a process that dies in one of the two saves of a renewal.

    Args:
        file: Where the login is kept.
        save: What is being saved then, the note that the token is about to be used or the answer.
        moment: Where in that save.
    """

    def __init__(self, file: Path, save: str, moment: str) -> None:
        super().__init__(file)
        self._saves = {"the note": 1, "the answer": 2}[save]
        self._moment = moment

    def save(self, text: str) -> None:
        """Save, unless it is time to die."""
        self._saves -= 1
        if self._saves:
            super().save(text)
            return
        with dying(self._moment):
            super().save(text)
        raise Death


def dying(moment: str) -> AbstractContextManager[object]:
    """Return a context in which a file store's save ends at a moment."""
    match moment:
        case "before it":
            return patch.object(os, "open", side_effect=Death)
        case "half written":
            return patch.object(os, "fsync", cut_short)
        case "written whole":
            return patch.object(Path, "replace", side_effect=Death)
        case _:
            return nullcontext()


def cut_short(descriptor: int) -> None:
    """Lose the second half of what was written, and die."""
    os.ftruncate(descriptor, os.fstat(descriptor).st_size // 2)
    raise Death


@pytest.mark.parametrize("used_live_on", [True, False], ids=["used tokens live on", "used tokens die"])
@pytest.mark.parametrize("renewals", [0, 3])
@pytest.mark.parametrize(("save", "moment"), INSTANTS, ids=map(" ".join, INSTANTS))
def test_whenever_a_process_dies_the_next_one_goes_on(
    tmp_path: Path, save: str, moment: str, renewals: int, *, used_live_on: bool
) -> None:
    """A login works after a death at any instant at which anybody has a token that is good, and nothing is left over.

    Between the answer and its being on disk, where a used token dies at once, nobody has. Then it is told as that,
    once, with the command that mends it.
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
            replace(process(), store=DyingStore(file, save, moment)).login()
        is_lost = save == "the answer" and moment in ("before it", "half written")
        if is_lost and not used_live_on:
            for _ in range(2):
                with pytest.raises(
                    AuthenticationError, match=r"ended before it could store.*`confluence-pipeline login`"
                ):
                    process().login()
        else:
            for _ in range(3):
                assert process().login().access_token
                now[0] += 60
            assert len(server.asked) == len(server.used) == renewals + 3 + is_lost
    assert sorted(os.listdir(tmp_path)) == ["login.json", "login.json.lock"]


@pytest.mark.parametrize("moment", ["half written", "written whole"])
def test_nothing_of_a_save_that_a_death_cut_off_outlives_a_logout(tmp_path: Path, moment: str) -> None:
    """A refresh token in a new file that never took the old one's place is removed as the old one is."""
    store = FileStore(tmp_path / "login.json")
    store.save("old")
    with pytest.raises(Death), dying(moment):
        store.save("new")
    assert len(os.listdir(tmp_path)) == 2
    store.remove()
    assert os.listdir(tmp_path) == []


def test_a_file_that_somebody_else_laid_beside_the_login_is_not_taken_for_it(tmp_path: Path) -> None:
    """What others can write, a link, and what does not hold what its name says are removed and not read."""
    store, planted = FileStore(tmp_path / "login.json"), tmp_path / f".login.json.{digest('theirs')}.new"
    store.save("ours")
    planted.write_text("theirs")
    planted.chmod(0o666)
    with store.lock():
        assert store.load() == "ours"
    (tmp_path / "theirs").write_text("theirs")
    (tmp_path / "theirs").chmod(0o600)
    planted.symlink_to(tmp_path / "theirs")
    with store.lock():
        assert store.load() == "ours"
    assert not planted.is_symlink()
