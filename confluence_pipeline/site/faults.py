"""Faults on demand: what goes wrong, where, and how often, the same way every time for the same seed.

Whether a request is hit is decided by its method, its address, how often that address was asked before and the
seed. So a retry may go through, and concurrency does not change what happens to whom.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from confluence_pipeline.site.call import PagingFaults

FaultKind = Literal[
    "rate_limited",
    "quota_spent",
    "quota_near",
    "error",
    "echo",
    "refuse",
    "reset",
    "reset_mid_body",
    "vanish",
    "ignore_range",
    "truncated",
    "slow",
    "drip",
    "login_page",
    "empty_page",
    "repeat_cursor",
    "expired_cursor",
    "small_page",
    "duplicates",
    "shift",
    "poison",
    "revoke_token",
    "close_space",
]
RetryAfter = Literal["seconds", "date", "none"]

_PAGING_KINDS = {"empty_page", "repeat_cursor", "expired_cursor", "small_page", "duplicates", "shift", "poison"}
_INCIDENTS = {"revoke_token", "close_space"}


@dataclass(frozen=True, slots=True)
class FaultRule:
    """One thing that goes wrong.

    Args:
        kind: ``rate_limited`` answers 429, ``quota_spent`` 429 with the headers of an hourly quota that is full again
            in ``seconds``; ``quota_near`` answers as ever, and that ``amount`` points remain until then; ``error``
            answers ``status``, and ``echo`` too, with the request's headers and body in its own; ``refuse`` cuts all
            connections and takes none for ``seconds``; ``reset`` cuts the connection before the answer and
            ``reset_mid_body`` in the middle of it; ``vanish`` does so too, and deletes the attachment whose bytes these
            were; ``ignore_range`` sends a file whole where a part was asked for; ``truncated`` sends half the body with
            a matching length; ``slow`` spreads the body over ``seconds``, and ``drip`` sends a byte of it every
            ``seconds``; ``login_page`` answers 200 with HTML; ``empty_page`` answers no results and a next link;
            ``repeat_cursor`` links to the same page again; ``expired_cursor`` refuses a cursor with 400; ``small_page``
            gives at most ``amount`` results a page; ``duplicates`` repeats ``amount`` results on the next page, and
            ``shift`` leaves ``amount`` out of both pages, as where items move to pages that were read; ``poison``
            answers 500 whenever one of ``content_ids`` is in the answer; ``revoke_token`` takes the default caller's
            token away before the answer, and ``close_space`` the space ``space_key`` from everybody's sight.
        path: a regular expression that the path and query are searched for; empty means everywhere.
        rate: the share of matching requests that is hit, 0 to 1.
        count: at most so many requests are hit; None: no limit.
        skip: so many matching requests go through first.
        status: for ``error`` and ``echo``.
        retry_after: how ``rate_limited`` and ``error`` say when to come back, if at all.
        seconds: for ``retry_after``, and for the kinds that name it.
        amount: for the kinds that name it.
        content_ids: for ``poison``.
        space_key: for ``close_space``.
    """

    kind: FaultKind
    path: str = ""
    rate: float = 1.0
    count: int | None = None
    skip: int = 0
    status: int = 503
    retry_after: RetryAfter = "none"
    seconds: float = 1.0
    amount: int = 1
    content_ids: Sequence[int] = ()
    space_key: str = ""

    def __post_init__(self) -> None:
        if self.kind not in get_args(FaultKind):
            raise ValueError(f"there is no fault {self.kind!r}; there are {', '.join(get_args(FaultKind))}")
        if self.retry_after not in get_args(RetryAfter):
            raise ValueError(f"retry_after is one of {', '.join(get_args(RetryAfter))}")
        try:
            re.compile(self.path)
        except re.error as error:
            raise ValueError(f"the path {self.path!r} is no regular expression: {error}") from error

    def as_json(self) -> dict[str, Any]:
        """Return the rule as the control endpoint takes it."""
        return {**asdict(self), "content_ids": list(self.content_ids)}


@dataclass(slots=True)
class FaultPlan:
    """The rules in force, and what they have met so far."""

    rules: Sequence[FaultRule] = ()
    seed: int = 1
    _asked: Counter[tuple[int, str]] = field(default_factory=Counter)
    _met: Counter[int] = field(default_factory=Counter)
    _hit: Counter[int] = field(default_factory=Counter)

    def hits(self, method: str, address: str) -> list[FaultRule]:
        """Return the rules that hit this request, counting it."""
        return [rule for number, rule in enumerate(self.rules) if self._is_hit(number, rule, f"{method} {address}")]

    def _is_hit(self, number: int, rule: FaultRule, request: str) -> bool:
        if re.search(rule.path, request.partition(" ")[2]) is None:
            return False
        self._met[number] += 1
        attempt = self._asked[number, request]
        self._asked[number, request] += 1
        if self._met[number] <= rule.skip or (rule.count is not None and self._hit[number] >= rule.count):
            return False
        if self._chance(number, request, attempt) >= rule.rate:
            return False
        self._hit[number] += 1
        return True

    def _chance(self, number: int, request: str, attempt: int) -> float:
        text = f"{self.seed}/{number}/{attempt}/{request}"
        return int.from_bytes(hashlib.blake2s(text.encode(), digest_size=6).digest()) / 2**48


def paging_faults(rules: Sequence[FaultRule]) -> PagingFaults:
    """Return what the rules do to the paging of one answer."""
    faults = PagingFaults()
    for rule in rules:
        match rule.kind:
            case "empty_page":
                faults.empty_page = True
            case "repeat_cursor":
                faults.repeat_cursor = True
            case "expired_cursor":
                faults.expired_cursor = True
            case "small_page":
                faults.page_cap = rule.amount
            case "duplicates":
                faults.duplicates = rule.amount
            case "shift":
                faults.shift = rule.amount
            case "poison":
                faults.poison_ids = frozenset(rule.content_ids)
    return faults


def edge_fault(rules: Sequence[FaultRule]) -> FaultRule | None:
    """Return the first rule that acts on the answer as a whole, or None."""
    return next((rule for rule in rules if rule.kind not in _PAGING_KINDS | _INCIDENTS), None)


def incidents(rules: Sequence[FaultRule]) -> list[FaultRule]:
    """Return the rules that change the site itself before the answer."""
    return [rule for rule in rules if rule.kind in _INCIDENTS]
