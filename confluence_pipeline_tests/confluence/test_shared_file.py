"""What processes know together of a site's limits, in a file that may vanish, break or belong to somebody else."""

import json
import multiprocessing
import stat
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.confluence.pace import Pace, Trial
from confluence_pipeline.confluence.quota import Quota
from confluence_pipeline.confluence.shared_file import SharedFile, shared_path
from confluence_pipeline.confluence.site_state import Member, SiteState, state_from_json, state_to_json

NEW = SiteState(allowed=4.0)


class Clock:
    """Both of a machine's clocks, which a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.calendar = 1_800_000_000.0

    def pass_by(self, seconds: float) -> None:
        """Let time go by."""
        self.now += seconds
        self.calendar += seconds


@pytest.fixture
def clock() -> Clock:
    """A clock that stands."""
    return Clock()


@pytest.fixture
def opened(tmp_path: Path, clock: Clock) -> Callable[[], SharedFile]:
    """Opens the same file once more, as another process would."""
    path = tmp_path / "limits" / "site.json"
    return lambda: SharedFile(path, clock=lambda: clock.now, wall_clock=lambda: clock.calendar)


def pause(state: SiteState) -> SiteState:
    """Ask for a pause."""
    return state.paused(1000.0, 60.0, "asked")


def test_what_one_writes_the_other_reads(opened: Callable[[], SharedFile]) -> None:
    """By an update and by a look; a look alone changes nothing."""
    one, other = opened(), opened()
    assert one.update(NEW, pause).resume_at == 1060
    assert other.look(NEW).resume_at == 1060
    assert other.update(NEW, lambda state: state).resume_at == 1060
    known = one.look(NEW)
    assert one.look(known) is known


def test_a_pause_is_kept_until_it_is_over(opened: Callable[[], SharedFile], clock: Clock) -> None:
    """Other knowledge is forgotten after an hour; what the site asked for is obeyed for as long as it asked."""
    opened().update(NEW, lambda state: state.paused(1000.0, 5000.0, "asked"))
    clock.pass_by(4900)
    assert opened().look(NEW).resume_at == 6000
    clock.pass_by(200)
    assert opened().look(NEW) == NEW


@given(
    st.floats(1, 64),
    st.floats(0, 1e9),
    st.none() | st.floats(0.1, 1e6),
    st.dictionaries(st.text(max_size=5), st.builds(Member, st.floats(0, 1e9), st.integers(1, 64)), max_size=3),
    st.integers(0, 8),
)
def test_a_state_survives_its_file(
    allowed: float, moment: float, rate: float | None, members: dict[str, Member], refusals: int
) -> None:
    """Every number comes back as it was, through text."""
    pace = Pace(rate=rate, refused_at=moment, accepted=7, trial=Trial(refusals, 3.5, 1.5, 4, 5))
    state = replace(SiteState(allowed), resume_at=moment, pause="backoff", pace=pace, tight_rate=rate, members=members)
    assert state_from_json(json.loads(json.dumps(state_to_json(state)))) == state


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b'{"allowed": 4}', b'{"written_at": {}}', b"\xff\xfe", b'"text"']
)
def test_a_file_that_cannot_be_read_begins_anew(
    content: bytes, opened: Callable[[], SharedFile], tmp_path: Path
) -> None:
    """A disk that was full, or a hand that slipped, costs what was known, and nothing else."""
    opened().update(NEW, pause)
    (tmp_path / "limits" / "site.json").write_bytes(content)
    store = opened()
    assert store.look(NEW) == NEW
    assert store.update(NEW, lambda state: state) == NEW
    assert opened().look(replace(NEW, allowed=9.0)) == NEW


def test_a_file_of_another_version_begins_anew(opened: Callable[[], SharedFile], tmp_path: Path) -> None:
    """A field that is unknown, or of another form, is no state of ours."""
    opened().update(NEW, pause)
    path = tmp_path / "limits" / "site.json"
    data = json.loads(path.read_text())
    for wrong in ({**data, "unheard": 1}, {**data, "allowed": "four"}, {**data, "members": {"x": {"seen_at": 1}}}):
        path.write_text(json.dumps(wrong))
        assert opened().update(NEW, lambda state: state) == NEW


def test_a_wiped_folder_costs_nothing_that_anybody_still_knows(
    opened: Callable[[], SharedFile], tmp_path: Path
) -> None:
    """Whoever comes next puts back what they know."""
    store = opened()
    known = store.update(NEW, pause)
    for path in (tmp_path / "limits").iterdir():
        path.unlink()
    (tmp_path / "limits").rmdir()
    assert store.look(known) == known
    store.update(known, lambda state: state)
    assert opened().look(NEW).resume_at == 1060


@pytest.mark.parametrize(("by_clock", "by_calendar"), [(-900, 100), (100, 90_000), (4000, 4000)])
def test_a_state_from_before_a_restart_or_an_hour_ago_is_not_taken_up(
    by_clock: float, by_calendar: float, opened: Callable[[], SharedFile], clock: Clock
) -> None:
    """The clock begins anew when a machine does, so its moments mean nothing then."""
    opened().update(NEW, pause)
    clock.now += by_clock
    clock.calendar += by_calendar
    assert opened().look(NEW) == NEW


def test_only_its_owner_can_read_it_and_its_name_tells_nothing(
    opened: Callable[[], SharedFile], tmp_path: Path
) -> None:
    """Other users of the machine see neither which site is read nor how fast."""
    opened().update(NEW, pause)
    folder = tmp_path / "limits"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    path = shared_path("https://acme.atlassian.net/wiki")
    assert "acme" not in str(path)
    assert path.is_relative_to(tempfile.gettempdir())
    assert path != shared_path("https://other.atlassian.net/wiki")


def test_a_folder_that_others_can_write_to_is_not_used(
    opened: Callable[[], SharedFile], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The limits are kept all the same, and it is said once that nobody shares them."""
    (tmp_path / "limits").mkdir()
    (tmp_path / "limits").chmod(0o777)
    store = opened()
    assert store.update(NEW, pause).resume_at == 1060
    assert store.update(NEW, pause).resume_at == 1060
    assert list((tmp_path / "limits").iterdir()) == []
    assert len(caplog.messages) == 1
    assert "not shared" in caplog.text
    assert "somebody else" in caplog.text


def test_a_lock_that_is_never_given_back_holds_up_nobody_for_long(
    opened: Callable[[], SharedFile], tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """A process that was stopped while it held the lock does not stop the others."""
    opened().update(NEW, lambda state: state)
    with FileLock(tmp_path / "limits" / "site.lock"):
        store = opened()
        assert store.update(NEW, pause).resume_at == 1060
    assert "another process holds its lock" in caplog.text
    clock.pass_by(60)
    assert store.update(NEW, pause) == opened().look(NEW)


def test_no_change_is_lost_between_many_writers(tmp_path: Path) -> None:
    """Four writers of a hundred changes each make four hundred."""

    def count() -> None:
        store = SharedFile(tmp_path / "site.json", patience=60)
        for _ in range(100):
            store.update(NEW, lambda state: replace(state, episode=state.episode + 1))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert SharedFile(tmp_path / "site.json").look(NEW).episode == 400


def count_for_ever(path: Path) -> None:
    """Change the state again and again."""
    store, state = SharedFile(path), NEW
    while True:
        state = store.update(state, lambda known: replace(known, episode=known.episode + 1))


def test_a_process_that_is_killed_leaves_a_whole_state_and_no_lock(tmp_path: Path) -> None:
    """At whatever instant: the next one reads what was there, and need not wait."""
    path, counted = tmp_path / "site.json", 0
    for _ in range(4):
        process = multiprocessing.get_context("spawn").Process(target=count_for_ever, args=(path,))
        process.start()
        deadline = time.monotonic() + 30
        while SharedFile(path).look(NEW).episode <= counted + 50:
            assert time.monotonic() < deadline
            time.sleep(0.003)
        process.kill()
        process.join()
        state = SharedFile(path, patience=0.1).update(NEW, lambda known: known)
        assert state.episode > counted
        assert state == SharedFile(path).look(NEW)
        counted = state.episode


def test_members_that_are_not_seen_any_more_are_forgotten() -> None:
    """A process that was killed gives its share back by itself within seconds."""
    state = NEW.joined("killed", 8, 0.0).joined("alive", 8, 2.0)
    assert set(state.members) == {"killed", "alive"}
    assert set(state.joined("alive", 8, 4.0).members) == {"alive"}
    assert set(state.left("killed").members) == {"alive"}


def test_a_pause_is_never_made_shorter() -> None:
    """The longest one asked for counts, and nothing is planned within it."""
    state = NEW.paused(0.0, 60.0, "asked").paused(1.0, 5.0, "backoff")
    assert (state.resume_at, state.pause, state.next_at) == (60.0, "asked", 60.0)


def test_the_lowest_rate_holds_and_says_what_it_is() -> None:
    """Our own cap, the learned pace, or a quota that is nearly spent until it is reset."""
    assert NEW.rate(None, 0) is None
    assert NEW.rate(20, 0) == (20, "rate_cap")
    learned = replace(NEW, pace=Pace(rate=10))
    assert learned.rate(20, 0) == (10, "pace")
    tight = learned.warned(Quota(100, 3600, points=True), 10.0, 0.0)
    assert tight.rate(20, 1) == (10 / 3600, "pace")
    assert tight.rate(20, 3601) == (10, "pace")
