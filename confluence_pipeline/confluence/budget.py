"""One request budget for a site: how many requests may be under way, how fast they may follow, and when all wait.

It is one for all threads of a client, and with a :class:`~confluence_pipeline.confluence.shared_file.SharedFile` for
all clients of a machine. The number under way grows by one after a full window of good answers, and halves when the
site says that it is too much or when its answers get slower (additive increase, multiplicative decrease, as TCP
does); it is divided fairly between clients. A pause that the site asks for holds back everybody, not only the thread
that was told. Where the site has refused requests, or there is a cap, requests are spaced out evenly, each at a
moment of its own that no other client has.
"""

import os
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from confluence_pipeline.confluence.errors import SiteUnavailableError
from confluence_pipeline.confluence.latency import Latencies
from confluence_pipeline.confluence.points import PointsCap, PointsOfKinds
from confluence_pipeline.confluence.quota import Quota
from confluence_pipeline.confluence.shared_file import Change, OwnState, StateStore
from confluence_pipeline.confluence.shares import fair_shares
from confluence_pipeline.confluence.site_state import SiteState
from confluence_pipeline.cost import Cost, Wait

_BEAT_SECONDS = 0.1
_AHEAD_SECONDS = 0.05
_KEPT_SECONDS = 0.2
_LEAST_WHEN_SLOW = 2.0
_LONGEST_OBEYED_SECONDS = 24 * 3600.0  # quotas are hourly: a longer pause is a mistake that nobody could undo here


class ClosedError(RuntimeError):
    """The client was closed while work was under way."""

    def __init__(self) -> None:
        super().__init__("the client is closed")


@dataclass(frozen=True, slots=True)
class Caps:
    """What we allow ourselves, whatever the site would take; None for no limit.

    Attributes:
        requests_per_second: Requests a second, of all processes of this machine together.
        points_per_hour: Points an hour, counted as Atlassian does, of all processes of this machine together.
    """

    requests_per_second: float | None = None
    points_per_hour: float | None = None


@dataclass(frozen=True, slots=True)
class Pass:
    """The right to send one request.

    Attributes:
        kind: What is asked.
        episode: Which stretch between two pauses it was given in.
        points: What the request is expected to cost, and was counted as.
        waited: How long it took to get, and why.
    """

    kind: str
    episode: int
    points: float
    waited: Cost


@dataclass(frozen=True, slots=True)
class _Turn:
    """A moment at which one request may be sent, and what sets it."""

    at: float
    reason: Wait


@dataclass(slots=True)
class _News:
    """What happened here since the state was last shared."""

    sent: int = 0
    accepted: int = 0
    grown: float = 0.0
    points: float = 0.0
    wanted: int = 0


class Budget:
    """Shares a site's patience between threads and, through its store, between processes.

    Args:
        most: The highest number of requests under way at once.
        start: The number to begin with; at most ``most``.
        caps: Our own limits.
        store: Where the state is kept; by default it is shared with nobody else.
        longest_pause: How many seconds of a pause are waited for; while more are to come, requests fail unsent.
        clock: Seconds that only go forward, the same as the store's.
    """

    def __init__(
        self,
        most: int,
        *,
        start: int | None = None,
        caps: Caps | None = None,
        store: StateStore | None = None,
        longest_pause: float = float("inf"),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if most < 1:
            raise ValueError(f"a budget of {most} requests at once can never send one")
        self._most = most
        self._rate_cap = caps.requests_per_second if caps else None
        self._points_cap = PointsCap(caps.points_per_hour) if caps and caps.points_per_hour else None
        self._store = store or OwnState()
        self._longest_pause = longest_pause
        self._clock = clock
        self._name = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._state = SiteState(float(min(start or most, most)))
        self._shared_at: float | None = None
        self._news = _News()
        self._turns: deque[_Turn] = deque()
        self._latencies = Latencies()
        self._points = PointsOfKinds()
        self._under_way = 0
        self._waiting = 0
        self._closed = False
        lock = threading.RLock()
        self._room = threading.Condition(lock)  # a place was given back
        self._halt = threading.Condition(lock)  # nobody sends any more, or not now

    @property
    def allowed(self) -> int:
        """How many requests may be under way here now."""
        total = int(min(self._most, self._state.allowed + self._news.grown))
        wanted = {name: member.wanted for name, member in self._state.members.items()}
        return fair_shares(total, {**wanted, self._name: self._most})[self._name]

    @contextmanager
    def slot(self, kind: str = "") -> Iterator[Pass]:
        """Hold one place among the requests under way.

        Args:
            kind: What is asked; calls of one kind should take about as long and cost as many points.

        Yields:
            The right to send one request now.

        Raises:
            ClosedError: The budget was closed, now or while waiting.
            SiteUnavailableError: The site asked for a longer pause than is waited for.
        """
        given = self._enter(kind)
        try:
            yield given
        finally:
            with self._room:
                self._under_way -= 1
                self._room.notify()

    def _enter(self, kind: str) -> Pass:
        waited = Cost()
        with self._room:
            self._waiting += 1
            self._news.wanted = max(self._news.wanted, self._waiting + self._under_way)
            try:
                while True:
                    waited += self._pass_pause()
                    if self._under_way >= self.allowed:
                        self._room.wait(_BEAT_SECONDS)
                        continue
                    self._under_way += 1
                    points = self._points.expected(kind)
                    held_back, admitted = self._await_turn(points)
                    waited += held_back
                    if admitted:
                        self._news.sent += 1
                        return Pass(kind, self._state.episode, points, waited)
            finally:
                self._waiting -= 1

    def _pass_pause(self) -> Cost:
        """Wait until no pause is asked for; one that is too long for that ends every request before it is sent."""
        waited = Cost()
        self._catch_up()
        while (pause := self._state.resume_at - self._clock()) > 0:
            if pause > self._longest_pause:
                raise SiteUnavailableError.left_alone(pause)
            waited += self._sleep(pause, self._state.pause)
            self._catch_up()
        return waited

    def _await_turn(self, points: float) -> tuple[Cost, bool]:
        """Wait for the next moment at which a request may be sent; say whether it came, and not a pause instead."""
        waited, episode, admitted = Cost(), self._state.episode, False
        try:
            turn = self._take_turn(points)
            while episode == self._state.episode and (wait := turn.at - self._clock()) > 0:
                waited += self._sleep(min(wait, _BEAT_SECONDS), turn.reason)
                self._catch_up()
            admitted = episode == self._state.episode
        finally:
            if not admitted:
                self._under_way -= 1
                self._news.points -= points
        return waited, admitted

    def _sleep(self, seconds: float, reason: Wait) -> Cost:
        began = self._clock()
        self._halt.wait(seconds)
        self.check_open()
        return Cost.waited(reason, self._clock() - began)

    def _take_turn(self, points: float) -> _Turn:
        now = self._clock()
        if self._points_cap is None and self._state.rate(self._rate_cap, now) is None:
            self._turns.clear()
            return _Turn(now, "pace")
        while self._turns and self._turns[0].at < now - _KEPT_SECONDS:
            self._turns.popleft()
        if not self._turns:
            self._turns.extend(self._reserve(points, now))
        return self._turns.popleft()

    def _reserve(self, points: float, now: float) -> list[_Turn]:
        """Take the next moments for requests: several, so that the store is not asked for each."""
        turns: list[_Turn] = []

        def change(state: SiteState) -> SiteState:
            turns.clear()
            rate, reason = state.rate(self._rate_cap, now) or (float("inf"), "pace")
            count = 1 if self._points_cap else max(1, int(min(rate * _AHEAD_SECONDS, self._most)))
            changed, moments = state.reserved(count, rate, now)
            turns.extend(_Turn(moment, reason) for moment in moments)
            if self._points_cap is None:
                return changed
            if state.points_at > turns[0].at:
                turns[0] = _Turn(state.points_at, "points_cap")
            return replace(changed, points_at=self._points_cap.spent(state.points_at, points, now))

        self._share(change)
        return turns

    def _catch_up(self) -> None:
        """Learn what other processes have done, and tell them what was done here, if it is time to."""
        self.check_open()
        if self._shared_at is None or self._clock() >= self._shared_at + _BEAT_SECONDS:
            self._share(lambda state: state)
        else:
            self._know(self._store.look(self._state))

    def _share(self, change: Change) -> None:
        now, news = self._clock(), self._news

        def told(state: SiteState) -> SiteState:
            spent = self._points_cap.spent(state.points_at, news.points, now) if self._points_cap else 0.0
            merged = replace(
                state,
                allowed=min(float(self._most), state.allowed + news.grown),
                pace=state.pace.noted(news.sent, news.accepted, now),
                points_at=spent if news.points else state.points_at,
            )
            return change(merged.joined(self._name, max(1, news.wanted), now))

        self._know(self._store.update(self._state, told))
        self._news = _News(wanted=self._waiting + self._under_way)
        self._shared_at = now

    def _know(self, state: SiteState) -> None:
        episode, self._state = self._state.episode, state
        if state.episode != episode:
            self._turns.clear()
            self._halt.notify_all()

    def wait(self, seconds: float) -> Cost:
        """Wait on one's own account, but no longer than until the budget is closed; return what was waited.

        Raises:
            ClosedError: The budget was closed, now or meanwhile.
        """
        with self._halt:
            began = self._clock()
            if self._halt.wait_for(lambda: self._closed, timeout=seconds):
                raise ClosedError
            return Cost.waited("backoff", self._clock() - began)

    def check_open(self) -> None:
        """Do nothing, unless the budget was closed.

        Raises:
            ClosedError: It was.
        """
        if self._closed:
            raise ClosedError

    def close(self) -> None:
        """Let nobody send any more here, and wake everybody who waits."""
        with self._room:
            if not self._closed and self._shared_at is not None:
                self._share(lambda state: state.left(self._name))
            self._closed = True
            self._room.notify_all()
            self._halt.notify_all()

    def succeeded(self) -> None:
        """Note a good answer: the allowance grows by one for each full window of them."""
        with self._room:
            self._news.accepted += 1
            self._news.grown += 1 / max(1.0, self._state.allowed + self._news.grown)
            self._room.notify()

    def answered(self, given: Pass, seconds: float, points: int, quota: Quota | None = None) -> None:
        """Note what a good answer tells of the site's limits.

        Args:
            given: The right by which its request was sent.
            seconds: How long it took to come.
            points: What it cost.
            quota: The quota that it warns of.
        """
        with self._room:
            self._points.note(given.kind, points)
            self._news.points += points - given.points
            if self._latencies.rising(given.kind, seconds, self._clock()):
                self._share(lambda state: replace(state, allowed=_slower(state.allowed)))
            if quota is not None:
                now = self._clock()
                self._share(lambda state: state.warned(quota, self._points.average, now))

    def throttled(
        self, seconds: float, *, reason: Wait = "asked", episode: int | None = None, too_fast: bool = False
    ) -> None:
        """Note that the site asked for less: halve the allowance and let nobody send for some time.

        Requests that were under way already when a pause began bring no news by being refused: of all these
        together, the allowance is halved once.

        Args:
            seconds: How long nobody sends; of more than a day, a day.
            reason: Whether the site named the time, or we did.
            episode: The one of the pass by which the refused request was sent, if known.
            too_fast: Whether the site refused since requests came too fast, so that a slower pace would help.
        """
        with self._room:
            now, pause = self._clock(), min(seconds, _LONGEST_OBEYED_SECONDS)

            def change(state: SiteState) -> SiteState:
                is_news = now >= state.resume_at if episode is None else episode == state.episode
                known = state.refused(now, pause, too_fast=too_fast) if is_news else state
                return known.paused(now, pause, reason)

            self._share(change)


def _slower(allowed: float) -> float:
    """Return the allowance once answers get slower: half of it, but not below two, and never more than it was."""
    return min(allowed, max(_LEAST_WHEN_SLOW, allowed / 2))
