"""Every fault that a sync must survive: how it is injected, and what a sync under it did."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from confluence_pipeline.confluence import ConfluenceError, Cost, RetryPolicy, Timeouts
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline_tests.endurance.comparing import Difference, Truth, differences
from confluence_pipeline_tests.laboratory import Laboratory

PATIENCE = RetryPolicy(first_seconds=0.002, most_seconds=0.02, longest_wait_seconds=60)
"""As many repeats as by default, and pauses that do not keep a test waiting."""
TIMEOUTS = Timeouts(connect=2, read=1, whole=1)
RATE = 0.2
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
        return "; ".join(told)

    @property
    def where(self) -> str:
        """Which requests it is about, for the documentation."""
        return _PLACES.get(self.rules[0].path, f"`{self.rules[0].path}`")


def _told(rule: FaultRule) -> str:
    plain = FaultRule(rule.kind).as_json()
    facts = {name: value for name, value in rule.as_json().items() if value != plain[name] and name != "path"}
    return " ".join([rule.kind, *(f"{name}={value}" for name, value in facts.items())])


def _error(status: int, rate: float = RATE, **facts: Any) -> FaultRule:
    return FaultRule("error", API, status=status, rate=rate, **facts)


PASSING = (
    Case("429 without `Retry-After`", [FaultRule("rate_limited", API, rate=RATE)]),
    Case(
        "429, `Retry-After` in seconds", [FaultRule("rate_limited", API, rate=0.1, retry_after="seconds", seconds=0.02)]
    ),
    Case(
        "429, `Retry-After` as a date",
        [FaultRule("rate_limited", API, rate=0.1, count=2, retry_after="date", seconds=0)],
    ),
    Case("429, the hourly quota is spent", [FaultRule("quota_spent", API, rate=0.1, count=2, seconds=0)]),
    Case(
        "a warning that the quota is nearly spent", [FaultRule("quota_near", API, rate=RATE, amount=60_000, seconds=60)]
    ),
    Case("500", [_error(500)]),
    Case("502", [_error(502)]),
    Case("503", [_error(503)]),
    Case("503, `Retry-After` in seconds", [_error(503, 0.1, retry_after="seconds", seconds=0.02)]),
    Case("504", [_error(504)]),
    Case("connections are refused for a while", [FaultRule("refuse", API, rate=0.1, count=3, seconds=0.03)]),
    Case("the connection is reset before the answer", [FaultRule("reset", API, rate=RATE)]),
    Case("the connection is reset in the middle of the body", [FaultRule("reset_mid_body", API, rate=RATE)]),
    Case("truncated JSON", [FaultRule("truncated", API, rate=RATE)]),
    Case("a body that drips byte by byte", [FaultRule("drip", API, rate=0.05, count=8, seconds=0.02)]),
    Case("an HTML login page with 200", [FaultRule("login_page", API, rate=RATE)]),
    Case("empty pages with a next link", [FaultRule("empty_page", rate=RATE), _PAGES_OF_TEN]),
    Case("a cursor that repeats", [FaultRule("repeat_cursor", rate=RATE), _PAGES_OF_TEN]),
    Case("a cursor that expires in the middle of a listing", [FaultRule("expired_cursor", rate=RATE), _PAGES_OF_TEN]),
    Case("a page cap lower than asked", [FaultRule("small_page", amount=7)]),
    Case("results that come twice", [FaultRule("duplicates", rate=RATE, amount=3), _PAGES_OF_TEN]),
    Case(
        "results that move to pages that were read", [FaultRule("shift", _MOVING, rate=RATE, amount=2), _PAGES_OF_TEN]
    ),
    Case(
        "a clock that is a day slow",
        [FaultRule("rate_limited", API, rate=0.1, count=2, retry_after="date", seconds=0)],
        -timedelta(days=1),
    ),
    Case(
        "a clock that is a day fast",
        [FaultRule("quota_spent", API, rate=0.1, count=2, seconds=0)],
        timedelta(days=1),
    ),
)
"""Faults that pass: the tables equal the truth at the end of the very sync that met them."""


def briefly(case: Case, refusals: int = 5) -> Case:
    """Return a case in which the client is told only so often that it asks too fast: it goes slower each time."""
    rules = [replace(rule, count=refusals) if rule.kind == "rate_limited" else rule for rule in case.rules]
    return replace(case, rules=rules)


def lasting(content_id: str, space_key: str, requests: int = 100) -> tuple[Case, Case, Case]:
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
    rules = [rule if rule.count else replace(rule, rate=rate / len(hitting)) for rule in hitting]
    return Case(f"all of these together, on {rate:.0%} of requests", [*rules, _PAGES_OF_TEN])


@dataclass(frozen=True, slots=True)
class Survived:
    """What a sync under a fault did.

    Attributes:
        case: The fault.
        cost: What the site was asked, as the client counted.
        seconds: Wall time.
        ledger: The rows of the ledger.
        differences: Where the tables do not equal the truth.
        error: What stopped the sync, if anything did.
    """

    case: Case
    cost: Cost
    seconds: float
    ledger: Sequence[dict[str, Any]]
    differences: Sequence[Difference]
    error: ConfluenceError | None = None

    @property
    def outcome(self) -> str:
        """What came of it, for the documentation."""
        if self.error is not None:
            return f"stopped at once: {type(self.error).__name__}"
        if not self.differences:
            return "equal to the truth"
        gone = {rule.space_key for rule in self.case.rules if rule.space_key}
        left = [found for found in self.differences if found.actual and found.actual.get("space_key") in gone]
        named = {entry["content_id"] for entry in self.ledger}
        others = [found for found in self.differences if found not in left and named.isdisjoint(found.key)]
        if others:
            return f"{len(others)} rows differ that the ledger does not name"
        if left:
            return f"equal to the truth apart from {len(left)} rows of the space, which landed before it went"
        return f"equal to the truth apart from the {len(self.differences)} rows of what the ledger names"


def survive(lab: Laboratory, case: Case, truth: Truth | None = None, *, seed: int = 1) -> Survived:
    """Sync into an empty lake under a fault, and compare with the truth once the fault is over.

    Args:
        lab: The laboratory, whose client has the patience that is wanted.
        case: The fault.
        truth: What the site holds; asked for if not given.
        seed: Which requests are hit.
    """
    control, before, error = lab.site.control, lab.client.cost, None
    if case.clock_off:
        control.freeze_clock(datetime.now(UTC) + case.clock_off)
        control.resume_clock()
    control.set_faults(*case.rules, seed=seed)
    began = datetime.now(UTC)
    try:
        lab.sync()
    except ConfluenceError as raised:
        error = raised
    finally:
        control.set_faults()
        if case.clock_off:
            control.freeze_clock(datetime.now(UTC))
            control.resume_clock()
    seconds = (datetime.now(UTC) - began).total_seconds()
    ledger = lab.rows("ledger")
    return Survived(case, _less(lab.client.cost, before), seconds, ledger, differences(lab, truth), error)


def _less(after: Cost, before: Cost) -> Cost:
    fields = {name: getattr(after, name) - getattr(before, name) for name in Cost.__dataclass_fields__}
    return Cost(**fields)
