"""The watch: changes that the site's search shows start a few runs, each change once."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.jobs import SYNC
from confluence_pipeline.landing.changes import Changes, recent_changes
from confluence_pipeline.partitions import PARTITIONS_NAME, RANGE_END_TAG, RANGE_START_TAG, few_ranges
from confluence_pipeline.resources import ConfluenceResource, ScopeResource
from confluence_pipeline.sensors import run_request, runs_to_ask_for, watch
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.watching import OVERLAP_MINUTES, Asked, Watch, change_key
from confluence_pipeline_tests.laboratory import LAB, LAB_SPACES, Editor, reader_of

KEYS = st.lists(st.text(alphabet="ABC~_.", min_size=1, max_size=4), unique=True, max_size=12)


@dataclass
class Watcher:
    """A watch on a site, ticking as the daemon does: it keeps the cursor that a tick leaves."""

    site: SiteProcess
    editor: Editor
    instance: dg.DagsterInstance
    cursor: str | None = None
    keys_asked: set[str] = field(default_factory=set)

    def tick(self, **scope: Any) -> list[tuple[str, str]]:
        """Tick once; return the first and last space of each run requested under a key that is new."""
        result = self.look(**scope)
        if isinstance(result, dg.SkipReason):
            return []
        self.cursor = result.cursor
        new = [request for request in result.run_requests or [] if request.run_key not in self.keys_asked]
        self.keys_asked |= {request.run_key or "" for request in new}
        return [(request.tags[RANGE_START_TAG], request.tags[RANGE_END_TAG]) for request in new]

    def wait(self, minutes: int) -> None:
        """Let time go by for the runs that were asked for, which the memory in the cursor dates."""
        kept = Watch.of_cursor(self.cursor)
        asked = tuple(replace(one, at=one.at - timedelta(minutes=minutes)) for one in kept.asked)
        self.cursor = replace(kept, asked=asked).as_cursor()

    def look(self, **scope: Any) -> dg.SensorResult | dg.SkipReason:
        """Evaluate the sensor, and change nothing."""
        confluence = ConfluenceResource(
            server_url=self.site.base_url,
            user_name=self.site.email,
            api_token=self.site.api_token,
            product="cloud",  # else a look asks which it is
        )
        resources = {"confluence": confluence, "scope": ScopeResource(**scope)}
        with dg.build_sensor_context(instance=self.instance, resources=resources, cursor=self.cursor) as context:
            result = watch(context)
        assert isinstance(result, dg.SensorResult | dg.SkipReason)
        return result


@pytest.fixture
def watcher() -> Iterator[Watcher]:
    """A watch that has looked once at a site where nothing happened lately."""
    with SiteProcess(LAB) as site, dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(PARTITIONS_NAME, list(LAB_SPACES))
        found = Watcher(site, Editor(site), instance)
        assert found.tick() == []
        yield found


def test_a_change_of_any_type_starts_one_run_and_no_second(watcher: Watcher) -> None:
    """An edit, a comment, an attachment and a folder each start a run for their space alone, once."""
    page_id = watcher.editor.create("LAB", "A new page")
    assert watcher.tick() == [("LAB", "LAB")]
    assert watcher.tick() == []
    for change in (
        lambda: watcher.editor.edit(page_id, body="<p>Newer</p>"),
        lambda: watcher.editor.comment(page_id),
        lambda: watcher.editor.attach(page_id, "a.txt", b"hello"),
        lambda: watcher.editor.folder("LAB", "A new folder"),
    ):
        change()
        assert watcher.tick() == [("LAB", "LAB")]
        assert watcher.tick() == []


def test_changes_in_archived_spaces_are_seen(watcher: Watcher) -> None:
    """A space that is archived is watched like any other."""
    watcher.editor.create("ZOO", "Before it closes")
    watcher.site.control.set_space("ZOO", status="archived")
    assert watcher.tick() == [("ZOO", "ZOO")]


def test_a_look_takes_one_request_and_heeds_the_scope(watcher: Watcher) -> None:
    """However many spaces there are, a tick asks once; spaces out of scope start nothing."""
    watcher.editor.create("LAB", "One")
    watcher.editor.create("ZOO", "Two")
    watcher.site.control.reset_requests()
    assert watcher.tick(exclude_space_keys=["LAB"]) == [("ZOO", "ZOO")]
    assert watcher.site.control.request_counts().total == 1


def test_what_the_index_learns_late_is_seen_late_but_seen(watcher: Watcher) -> None:
    """A change that the index did not know at one look is found by a later one, though its date is older."""
    watcher.site.control.freeze_clock()
    watcher.site.control.set_index_lag(30 * 60)
    watcher.editor.create("LAB", "Not indexed yet")
    assert watcher.tick() == []
    watcher.site.control.advance_clock(40 * 60)
    assert watcher.tick() == [("LAB", "LAB")]
    assert watcher.tick() == []


def test_a_site_that_does_not_answer_is_waited_for(watcher: Watcher) -> None:
    """While the site fails the tick says so and keeps its memory; afterwards nothing was missed."""
    watcher.editor.create("LAB", "While it was away")
    watcher.site.control.set_faults(FaultRule("error", status=503))
    before = watcher.cursor
    result = watcher.look()
    assert isinstance(result, dg.SkipReason)
    assert "could not be asked" in str(result.skip_message)
    assert watcher.tick() == []
    assert watcher.cursor == before
    watcher.site.control.set_faults()
    assert watcher.tick() == [("LAB", "LAB")]


def test_a_sync_under_way_is_waited_for(watcher: Watcher) -> None:
    """While a sync runs no other is asked for; what changed meanwhile is asked for after it."""
    watcher.editor.create("LAB", "During a sync")
    run = dg.DagsterRun(
        job_name=SYNC, run_id="8f14e45f-ceea-467f-a8e2-3d1b5c2f0a11", status=dg.DagsterRunStatus.STARTED
    )
    watcher.instance.add_run(run)
    watcher.site.control.reset_requests()
    assert isinstance(watcher.look(), dg.SkipReason)
    assert watcher.site.control.request_counts().total == 0
    watcher.instance.delete_run(run.run_id)
    assert watcher.tick() == [("LAB", "LAB")]


def finished(watcher: Watcher, run_key: str, status: dg.DagsterRunStatus) -> None:
    """Let the run that was asked for under a key have ended so."""
    run = dg.DagsterRun(job_name=SYNC, run_id=str(uuid4()), status=status, tags={"dagster/run_key": run_key})
    watcher.instance.add_run(run)


def test_a_run_that_failed_is_asked_for_again(watcher: Watcher) -> None:
    """Its changes are not taken for done: the same range comes again, later each time, until a run succeeds."""
    watcher.editor.create("LAB", "Lost in a failure")
    assert watcher.tick() == [("LAB", "LAB")]
    (first,) = watcher.keys_asked
    finished(watcher, first, dg.DagsterRunStatus.FAILURE)
    assert watcher.tick() == [], "not at once"
    watcher.wait(minutes=6)
    assert watcher.tick() == [("LAB", "LAB")]
    (second,) = watcher.keys_asked - {first}
    assert watcher.tick() == [], "what was asked for again is waited for"
    finished(watcher, second, dg.DagsterRunStatus.CANCELED)
    watcher.wait(minutes=6)
    assert watcher.tick() == [], "the second wait is longer"
    watcher.wait(minutes=6)
    assert watcher.tick() == [("LAB", "LAB")]
    (third,) = watcher.keys_asked - {first, second}
    finished(watcher, third, dg.DagsterRunStatus.SUCCESS)
    watcher.wait(minutes=60)
    assert watcher.tick() == []
    assert Watch.of_cursor(watcher.cursor).asked == ()


def test_a_run_that_fails_every_time_is_left_to_the_daily_sync() -> None:
    """After a few attempts, each after a longer wait, nothing is asked for any more."""
    at = datetime(2026, 3, 1, tzinfo=UTC)
    asked, waits = Asked("LAB-x", "LAB", "LAB", 1, at), []
    while asked.is_worth_waiting_for(asked.at):
        wait = next(minutes for minutes in range(1, 1000) if asked.is_due(asked.at + timedelta(minutes=minutes)))
        waits.append(wait)
        asked = asked.again(asked.at + timedelta(minutes=wait))
    assert waits == [5, 10, 20, 40]
    assert asked.run_key == "LAB-x#5"
    assert not asked.is_due(at + timedelta(days=9))


def test_a_busy_site_makes_no_storm() -> None:
    """With every second of forty spaces changed, four runs at most are asked for, and all that changed is in them."""
    known = [f"S{number}" for number in range(40)]
    changes = Changes({key: frozenset({f"{key}@1"}) for key in known[::2]})
    runs = runs_to_ask_for(known, changes, Watch(), datetime(2026, 3, 1, tzinfo=UTC))
    assert len(runs) == 4
    assert [key for run in runs for key in run.spaces] == known[::2], "and no run asks about what lies in between"
    requests = [run_request(run) for run in runs]
    covered = [known.index(request.tags[edge]) for request in requests for edge in (RANGE_START_TAG, RANGE_END_TAG)]
    assert all(any(a <= i <= b for a, b in zip(covered[::2], covered[1::2], strict=True)) for i in range(0, 40, 2))


def test_more_changes_than_are_read_walk_everything(watcher: Watcher) -> None:
    """Where more changed than is read, any space may be among it, so one run takes them all; without news none."""
    for number in range(3):
        watcher.editor.create("LAB", f"Page {number}")
    with reader_of(watcher.site) as client:
        changes = recent_changes(client, ScopeResource().scope(), 60, most=2)
    assert changes.is_cut
    now = datetime(2026, 3, 1, tzinfo=UTC)
    (run,) = runs_to_ask_for(LAB_SPACES, changes, Watch(), now)
    assert (run.first, run.last, run.spaces) == (LAB_SPACES[0], LAB_SPACES[-1], LAB_SPACES)
    assert runs_to_ask_for(LAB_SPACES, changes, Watch(None, changes.marks), now) == []


def test_without_spaces_it_says_what_to_do() -> None:
    """Before any space is known nothing is asked, and the reason names the way out."""
    with dg.DagsterInstance.ephemeral() as instance:
        resources = {
            "confluence": ConfluenceResource(server_url="https://example.com", user_name="a", api_token="b"),
            "scope": ScopeResource(),
        }
        with dg.build_sensor_context(instance=instance, resources=resources) as context:
            result = watch(context)
    assert isinstance(result, dg.SkipReason)
    assert "space_discovery" in str(result.skip_message)


MARKS = st.dictionaries(st.sampled_from("ABC"), st.frozensets(st.text("0123@", min_size=1), min_size=1))


@given(MARKS, MARKS)
def test_only_what_was_not_seen_is_new(now: dict[str, frozenset[str]], seen: dict[str, frozenset[str]]) -> None:
    """New and seen are apart, and all there is now is one or the other; what was seen is not new at the next look."""
    changes = Changes(now)
    new = changes.since(seen)
    for key, marks in now.items():
        assert new.get(key, frozenset()) | (marks & seen.get(key, frozenset())) == marks
        assert not new.get(key, frozenset()) & seen.get(key, frozenset())
    assert all(new.values())
    assert changes.since(now) == {}


@given(MARKS, st.datetimes(timezones=st.just(UTC)))
def test_the_memory_survives_as_a_text(seen: dict[str, frozenset[str]], at: datetime) -> None:
    """What is written to the cursor is read from it, and equal memories are equal texts."""
    kept = Watch(at, seen, (Asked("A-1", "A", "C", 2, at, ("A", "C")),))
    again = Watch.of_cursor(kept.as_cursor())
    assert again == kept
    assert again.as_cursor() == kept.as_cursor()
    assert Watch.of_cursor(None) == Watch()


def test_a_look_goes_back_to_the_last_one_and_further() -> None:
    """The window is the time since the last look, an hour longer, at least the interval and at most a day."""
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert Watch().minutes(now, first=5) == OVERLAP_MINUTES + 5
    assert Watch(now - timedelta(seconds=601)).minutes(now, first=5) == OVERLAP_MINUTES + 11
    assert Watch(now + timedelta(hours=1)).minutes(now, first=5) == OVERLAP_MINUTES + 5
    assert Watch(now - timedelta(days=9)).minutes(now, first=5) == OVERLAP_MINUTES + 24 * 60


def test_the_same_changes_have_the_same_key() -> None:
    """A run key depends on what changed and not on the order in which it was found."""
    assert change_key({"A": {"1", "2"}, "B": {"3"}}) == change_key({"B": {"3"}, "A": {"2", "1"}})
    assert change_key({"A": {"1"}}) != change_key({"A": {"1@2"}})
    assert change_key({"A": {"1"}}) != change_key({"B": {"1"}})


@given(KEYS, st.integers(1, 5), st.data())
def test_few_ranges_cover_what_is_wanted(known: list[str], most: int, data: st.DataObject) -> None:
    """At most so many ranges, which are slices in order, begin and end with what is wanted and skip the widest gaps."""
    wanted = data.draw(st.sets(st.sampled_from(known)) if known else st.just(set()))
    ranges = few_ranges(known, wanted | {"never known"}, most)
    assert len(ranges) <= most
    covered = [key for stretch in ranges for key in stretch]
    assert wanted <= set(covered)
    assert [key for key in known if key in set(covered)] == covered
    left_out = [known.index(b[0]) - known.index(a[-1]) for a, b in pairwise(ranges)]
    for stretch in ranges:
        assert {stretch[0], stretch[-1]} <= wanted
        assert known[known.index(stretch[0]) :][: len(stretch)] == stretch
        inside = [known.index(b) - known.index(a) for a, b in pairwise(key for key in stretch if key in wanted)]
        if any(gap > 1 for gap in inside):
            assert len(ranges) == most
            assert max(inside) <= min(left_out, default=len(known))
