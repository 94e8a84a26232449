"""Every fault that a sync must survive, and how it is injected."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from confluence_pipeline.confluence import RetryPolicy, Timeouts
from confluence_pipeline.site.faults import FaultRule

PATIENCE = RetryPolicy(first_seconds=0.002, most_seconds=0.1, longest_wait_seconds=60)
"""As many repeats as by default, and pauses that do not keep a test waiting."""
TIMEOUTS = Timeouts(connect=2, read=5, whole=1)
"""An answer is given up after a second instead of five minutes, and only where its pieces come in time."""
RATE = 0.2
REFUSALS = 0.05
"""Refused are all that connect or are connected at that moment, so that several are hit each time."""
API = "^/wiki/"
_MOVING = r"/spaces/\d+/(pages|blogposts)\?|/rest/api/search"
"""The listings in which things move; other v2 cursors name an item of an order that no edit changes."""
_PLACES = {API: "every API request", "": "listings", _MOVING: "listings of contents, searches"}
_PAGES_OF_TEN = FaultRule("small_page", amount=10)
"""Makes listings of many pages, so that what is wrong with paging has something to spoil."""


@dataclass(frozen=True, slots=True)
class Case:
    """A fault, or several at once.

    Attributes:
        name: What is wrong, in the words of people who operate networks.
        rules: How the site is told to do it.
        clock_off: By how much the site's clock is wrong.
    """

    name: str
    rules: Sequence[FaultRule]
    clock_off: timedelta = timedelta()

    @property
    def how(self) -> str:
        """How it was injected, for the documentation."""
        told = [_told(rule) for rule in self.rules]
        if self.clock_off:
            told.append(f"clock {self.clock_off.total_seconds() / 3600:+.0f} h")
        return "; ".join(told) or "nothing"

    @property
    def where(self) -> str:
        """Which requests it is about, for the documentation."""
        path = self.rules[0].path if self.rules else API
        return _PLACES.get(path, f"`{path}`")


def _told(rule: FaultRule) -> str:
    plain = FaultRule(rule.kind).as_json()
    facts = {name: value for name, value in rule.as_json().items() if value != plain[name] and name != "path"}
    return " ".join([rule.kind, *(f"{name}={value}" for name, value in facts.items())])


def _error(status: int, **facts: Any) -> FaultRule:
    return FaultRule("error", API, status=status, rate=RATE, **facts)


_DATED = FaultRule("rate_limited", API, rate=RATE, retry_after="date", seconds=0)
_SPENT = FaultRule("quota_spent", API, rate=RATE, seconds=0)
"""Both name a moment in whole seconds, and so ask for a second even where they could ask for none."""

NOTHING = Case("nothing goes wrong", [])
"""What the others are compared with."""


PASSING = (
    Case("429 without `Retry-After`", [FaultRule("rate_limited", API, rate=RATE)]),
    Case(
        "429, `Retry-After` in seconds",
        [FaultRule("rate_limited", API, rate=RATE, retry_after="seconds", seconds=0.02)],
    ),
    Case("429, `Retry-After` as a date", [_DATED]),
    Case("429, the hourly quota is spent", [_SPENT]),
    Case(
        "a warning that the quota is nearly spent", [FaultRule("quota_near", API, rate=RATE, amount=60_000, seconds=60)]
    ),
    Case("500", [_error(500)]),
    Case("502", [_error(502)]),
    Case("503", [_error(503)]),
    Case("503, `Retry-After` in seconds", [_error(503, retry_after="seconds", seconds=0.02)]),
    Case("504", [_error(504)]),
    Case("connections are refused for a while", [FaultRule("refuse", API, rate=REFUSALS, seconds=0.03)]),
    Case("the connection is reset before the answer", [FaultRule("reset", API, rate=RATE)]),
    Case("the connection is reset in the middle of the body", [FaultRule("reset_mid_body", API, rate=RATE)]),
    Case("truncated JSON", [FaultRule("truncated", API, rate=RATE)]),
    Case("a body that drips a byte a second", [FaultRule("drip", API, rate=RATE, seconds=1)]),
    Case("an HTML login page with 200", [FaultRule("login_page", API, rate=RATE)]),
    Case("empty pages with a next link", [FaultRule("empty_page", rate=RATE), _PAGES_OF_TEN]),
    Case("a cursor that repeats", [FaultRule("repeat_cursor", rate=RATE), _PAGES_OF_TEN]),
    Case("a cursor that expires in the middle of a listing", [FaultRule("expired_cursor", rate=RATE), _PAGES_OF_TEN]),
    Case("a page cap lower than asked", [FaultRule("small_page", amount=7)]),
    Case("results that come twice", [FaultRule("duplicates", rate=RATE, amount=3), _PAGES_OF_TEN]),
    Case(
        "results that move to pages that were read", [FaultRule("shift", _MOVING, rate=RATE, amount=2), _PAGES_OF_TEN]
    ),
    Case("a clock that is a day slow, `Retry-After` as a date", [_DATED], -timedelta(days=1)),
    Case("a clock that is a day fast, `Retry-After` as a date", [_DATED], timedelta(days=1)),
    Case("a clock that is a day slow, the hourly quota is spent", [_SPENT], -timedelta(days=1)),
    Case("a clock that is a day fast, the hourly quota is spent", [_SPENT], timedelta(days=1)),
)
"""Faults that pass: the tables equal the truth at the end of the very sync that met them."""


_QUICKLY: dict[str, dict[str, Any]] = {
    "rate_limited": {"retry_after": "seconds", "seconds": 0.002, "count": 2},
    "quota_spent": {"seconds": -1, "count": 8},
    "quota_near": {"seconds": 1},
    "refuse": {"seconds": 0.005},
    "drip": {"seconds": 0.002, "count": 2},
}


def quickly(case: Case) -> Case:
    """Return a case whose waits are milliseconds: a client that is told to go slower goes no slower for long."""
    return replace(case, rules=[replace(rule, **_QUICKLY.get(rule.kind, {})) for rule in case.rules])


QUICK = tuple(map(quickly, PASSING))
"""All of them, for tests that sync often."""


def lasting(content_id: str, space_key: str, requests: int) -> tuple[Case, Case, Case]:
    """Return the faults that do not pass by themselves; the last two change the site.

    Args:
        content_id: The page whose body cannot be had.
        space_key: The space that nobody sees any more.
        requests: After how many requests the token or the space goes.
    """
    return (
        Case(
            "one page whose body always fails its batch",
            [FaultRule("poison", "body-format", content_ids=[int(content_id)])],
        ),
        Case("a token that is revoked in the middle", [FaultRule("revoke_token", API, skip=requests, count=1)]),
        Case(
            "a space that turns 404 in the middle",
            [FaultRule("close_space", API, skip=requests, count=1, space_key=space_key)],
        ),
    )


def together(rate: float = RATE) -> Case:
    """Return all of them at once, each with its share of a rate; the clock is right."""
    hitting = [rule for case in PASSING for rule in case.rules if rule.kind != "small_page" and not case.clock_off]
    rules = [replace(rule, rate=round(rate / len(hitting), 4)) for rule in hitting]
    return Case(f"all of these together, on {rate:.0%} of requests", [*rules, _PAGES_OF_TEN])
