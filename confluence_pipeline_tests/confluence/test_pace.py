"""The rate that a site takes, learned from its refusals: against a model of a site, in its own time."""

import heapq
import math
import random
from dataclasses import dataclass, field

import pytest

from confluence_pipeline.confluence.pace import Pace

LATENCY = 0.05
THREADS = 8
OUR_FASTEST = 160.0


@dataclass
class Bucket:
    """A site that lets ``rate`` requests a second through, and ``burst`` at once; or refuses by chance instead."""

    rate: float
    burst: float
    by_chance: float = 0.0
    tokens: float = field(init=False)
    at: float = 0.0
    dice: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311 - not for secrets

    def __post_init__(self) -> None:
        self.tokens = self.burst

    def wait(self, now: float) -> int:
        """Take a request: 0 if it goes through, else the whole seconds until one will."""
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
        self.at = now
        if self.dice.random() < self.by_chance:
            return 1
        if self.tokens < 1:
            return max(1, math.ceil((1 - self.tokens) / self.rate))
        self.tokens -= 1
        return 0


@dataclass
class Outcome:
    """Requests taken and refused, with the moments at which they were sent."""

    taken: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)

    def rate(self, begin: float, end: float) -> float:
        """Return the requests a second that were taken between two moments."""
        return sum(begin <= moment < end for moment in self.taken) / (end - begin)

    def refused_share(self) -> float:
        """Return how many of all requests were refused."""
        return len(self.refused) / (len(self.taken) + len(self.refused))


def ask(site: Bucket, seconds: float) -> Outcome:
    """Let eight threads ask a site as fast as the learned pace allows, and wait when told to."""
    pace, outcome = Pace(), Outcome()
    idle = [0.0] * THREADS
    answers: list[tuple[float, int, int]] = []
    now = next_at = resume_at = 0.0
    sent = episode = 0
    while True:
        now = max(heapq.heappop(idle), resume_at, next_at, now)
        while answers and answers[0][0] <= now:
            at, wait, sent_in = heapq.heappop(answers)
            pace = pace.noted(sent, int(wait == 0), at)
            sent = 0
            if wait:
                if sent_in == episode:
                    pace, episode = pace.refused(at, wait), episode + 1
                resume_at = max(resume_at, at + wait)
        now = max(now, resume_at)
        if now >= seconds:
            return outcome
        next_at = now + 1 / min(pace.rate or OUR_FASTEST, OUR_FASTEST)
        wait = site.wait(now)
        (outcome.refused if wait else outcome.taken).append(now)
        sent += 1
        heapq.heappush(answers, (now + LATENCY, wait, episode))
        heapq.heappush(idle, now + LATENCY)


@pytest.mark.parametrize("rate", [15, 30, 50, 100])
@pytest.mark.parametrize("burst", [0.2, 1.0, 3.0])
def test_nine_tenths_of_any_limit_are_used_and_refusals_are_rare(rate: float, burst: float) -> None:
    """Whatever burst a site allows, in seconds of its rate, five minutes see over 0.9 of it and under 1 % refused."""
    outcome = ask(Bucket(rate, burst * rate), 300)
    assert outcome.rate(0, 300) > 0.9 * rate
    assert outcome.refused_share() < 0.01


def test_a_limit_that_rises_or_falls_is_followed() -> None:
    """The pace is no verdict for ever: it is most of a new limit within a minute or two."""
    site = Bucket(50, 10)

    @dataclass
    class Moving(Bucket):
        def wait(self, now: float) -> int:
            site.rate = 50 if now < 100 else 100 if now < 250 else 20
            return site.wait(now)

    outcome = ask(Moving(1, 1), 400)
    assert outcome.rate(60, 100) > 0.9 * 50
    assert outcome.rate(200, 250) > 0.85 * 100
    assert outcome.rate(300, 400) > 0.85 * 20


def test_a_site_without_a_limit_is_never_held_back() -> None:
    """Nothing is learned where nothing is refused."""
    assert ask(Bucket(10**6, 10**6), 20).rate(0, 20) > 0.98 * OUR_FASTEST


@pytest.mark.parametrize("share", [0.05, 0.2])
def test_refusals_that_come_by_chance_do_not_grind_the_sync_to_a_halt(share: float) -> None:
    """Slowing down does not help there, so what is left after the pauses is mostly used."""
    outcome = ask(Bucket(10**6, 10**6, by_chance=share), 300)
    between = (1 - share) / share
    without_a_pace = between / (between / OUR_FASTEST + 1)
    assert outcome.rate(0, 300) > 0.4 * without_a_pace


def test_idle_time_is_no_sign_of_a_slow_site() -> None:
    """A refusal after a quiet hour says nothing of the requests that were not sent in it."""
    pace = Pace().noted(100, 100, 1.0).noted(1, 1, 3601.0)
    for tenth in range(1, 10):
        pace = pace.noted(10, 10, 3601.0 + tenth / 10)
    refused = pace.refused(3602.0, 1)
    assert refused.rate is not None
    assert refused.rate > 40


def test_a_burst_after_a_trickle_is_what_was_refused() -> None:
    """A bucket is emptied by the fastest stretch, so the average of a slow beginning is no bound."""
    pace = Pace()
    for third in range(30):
        pace = pace.noted(1, 1, third / 3)
    refused = pace.noted(0, 0, 10.2).noted(15, 15, 10.3).refused(10.32, 1)
    assert refused.rate is not None
    assert refused.rate > 40


def test_a_pace_that_is_not_used_is_not_raised() -> None:
    """Few requests prove nothing about many."""
    pace = Pace(rate=50, ceiling=100, lowered=50, noted_at=0.0)
    for second in range(1, 60):
        pace = pace.noted(1, 1, float(second))
    assert pace.rate == 50
