"""A sync under a fault, what it did, and how its tables compare with the site."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any

from confluence_pipeline.confluence import ConfluenceError, Cost, Scope
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import SpaceSync, land_spaces
from confluence_pipeline.tables import TABLES
from confluence_pipeline_tests.endurance.comparing import Difference, Truth, differences, whole_truth
from confluence_pipeline_tests.endurance.matrix import Case
from confluence_pipeline_tests.laboratory import Laboratory

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Survived:
    """What a sync under a fault did.

    Attributes:
        case: The fault.
        cost: What the site was asked, as the client counted.
        seconds: Wall time.
        ledger: The rows that this sync added to the ledger.
        differences: Where the tables do not equal the truth.
        unnamed: Those of them that the ledger does not name, or that are in a table said to be complete.
        outcomes: What was done to each space; empty if the sync was stopped.
        error: What stopped the sync, if anything did.
    """

    case: Case
    cost: Cost
    seconds: float
    ledger: Sequence[Row]
    differences: Sequence[Difference]
    unnamed: Sequence[Difference]
    outcomes: Mapping[str, SpaceSync] = field(default_factory=dict)
    error: ConfluenceError | None = None

    @property
    def outcome(self) -> str:
        """What came of it, for the documentation."""
        if self.error is not None:
            return f"stopped at once: {type(self.error).__name__}"
        if not self.differences:
            return "equal to the truth"
        if self.unnamed:
            return f"{len(self.unnamed)} rows differ that the ledger does not name"
        return f"equal to the truth apart from the {len(self.differences)} rows of what the ledger names"


def survive(lab: Laboratory, case: Case, truth: Truth, *, seed: int = 1) -> Survived:
    """Sync under a fault, and compare with the truth once the fault is over.

    Args:
        lab: The laboratory, whose client has the patience that is wanted.
        case: The fault.
        truth: What the site held before the fault, of every chosen table that mirrors it.
        seed: Which requests are hit.
    """
    control, before, known = lab.site.control, lab.client.cost, len(lab.rows("ledger"))
    error, outcomes = None, {}
    if case.clock_off:
        control.freeze_clock(datetime.now(UTC) + case.clock_off)
        control.resume_clock()
    control.set_faults(*case.rules, seed=seed)
    began = datetime.now(UTC)
    try:
        outcomes = lab.sync()
    except ConfluenceError as raised:
        error = raised
    finally:
        control.set_faults()
        if case.clock_off:
            control.freeze_clock(datetime.now(UTC))
            control.resume_clock()
    seconds = (datetime.now(UTC) - began).total_seconds()
    cost, ledger = _less(lab.client.cost, before), lab.rows("ledger")
    new = [row for row in ledger if row["_extracted_at"] >= began]
    assert len(ledger) - len(new) == known, "the ledger forgot what earlier syncs had told"
    found = _settled(lab, differences(lab, truth)) if error is None else []
    return Survived(case, cost, seconds, new, found, _unnamed(lab, found, new), outcomes, error)


def _less(after: Cost, before: Cost) -> Cost:
    fields = {name: getattr(after, name) - getattr(before, name) for name in Cost.__dataclass_fields__}
    return Cost(**fields)


def _settled(lab: Laboratory, found: list[Difference]) -> list[Difference]:
    """Leave out what belongs to no space and is as it is now, where a fault changed the site meanwhile."""
    if all(TABLES[one.table].by_space for one in found):
        return found
    now = {(one.table, one.key) for one in differences(lab, whole_truth(lab))}
    return [one for one in found if TABLES[one.table].by_space or (one.table, one.key) in now]


def _unnamed(lab: Laboratory, found: Sequence[Difference], ledger: Sequence[Row]) -> list[Difference]:
    """Return what the ledger names neither by table and id nor by space and table; such a table is not complete."""
    ids = {entry["content_id"] for entry in ledger if entry["content_id"]}
    tables = {(entry["space_key"], entry["table"]) for entry in ledger if not entry["content_id"]}
    runs = sorted(lab.rows("sync_runs"), key=lambda row: row["started_at"]) if found else []
    complete = {(row["space_key"], row["table"]): row["complete"] for row in runs}

    def is_named(one: Difference) -> bool:
        rows = [row for row in (one.actual, one.expected) if row is not None]
        if ids.intersection((*one.key, *(row.get("content_id") for row in rows))):
            return True
        parts = [(row.get("space_key"), one.table) for row in rows]  # two where it is on its way to another space
        return any(part in tables and not complete[part] for part in parts)

    return [one for one in found if not is_named(one)]


@dataclass(frozen=True, slots=True)
class Middle:
    """The middle of a sync.

    Attributes:
        requests: Half of its requests.
        space_key: The space in which half of the requests for spaces have been made.
        in_space: How many requests went before half of those for that space.
    """

    requests: int
    space_key: str
    in_space: int


def middle_of(survived: Survived, lab: Laboratory, spare: Lake) -> Middle:
    """Return the middle of a sync that nothing disturbed.

    Args:
        survived: The sync.
        lab: Its laboratory.
        spare: A lake to find out in how many requests go before the first space.
    """
    costs = {key: outcome.cost.requests for key, outcome in survived.outcomes.items()}
    before = dict(zip(costs, accumulate(costs.values(), initial=0), strict=False))
    key = next(key for key in costs if before[key] + costs[key] >= sum(costs.values()) / 2)
    lead = land_spaces(lab.client, Scope(), spare, lab.run()).requests
    return Middle(survived.cost.requests // 2, key, lead + before[key] + costs[key] // 2)
