"""The raw records of groups and their members."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from confluence_pipeline.confluence import (
    AccessError,
    ConfluenceClient,
    Cost,
    GoneError,
    GroupRecord,
    ListingError,
    MemberRecord,
    NotFoundError,
    RefusedError,
    ServerError,
    SiteUnavailableError,
    missing_from,
)
from confluence_pipeline.confluence.batches import MOST_FAILURES_WITHOUT_SUCCESS
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing.kinds import GROUP_MEMBERS, GROUPS, Kind
from confluence_pipeline.landing.ledger import ledger_entry, short_entry
from confluence_pipeline.landing.record_file import Landed, Record, carried_over, site_records
from confluence_pipeline.landing.site_reports import drop_site_report, land_site_report
from confluence_pipeline.tables.report import LedgerEntry, Run

_LOCK = "_groups"  # no space's key begins so


def land_groups(client: ConfluenceClient, lake: Lake, run: Run, *, members: bool = True) -> Cost:
    """Land the groups that the caller can see, 200 a request, and their members, a request for each 200 of a group.

    A group whose members cannot be read keeps those that landed before, and goes to the ledger; a Data Center tells
    members to administrators only. How many groups and members there should be is what the site counts (v1
    ``shouldReturnTotalSize``).

    Args:
        client: The site.
        lake: Where they land.
        run: The run that what changed is stamped with.
        members: Whether members are asked for.

    Returns:
        What it cost.

    Raises:
        ConfluenceError: The site could not be asked; what landed before stays.
        LakeError: The lake cannot be written.
    """
    part = client.metered()
    prove_login = cache(part.log_in)  # v1 refuses every call, and says no word of it, to a token that was revoked
    walk = part.api.groups()
    try:
        groups = list(walk)
    except AccessError:
        prove_login()
        raise
    short = missing_from(walk)
    answers = list(part.in_parallel(lambda group: _members(part, group, prove_login), groups)) if members else []
    _refuse_a_site_that_fails(answers)
    with lake.lock(_LOCK, wait_seconds=60):
        _land(lake, GROUPS, groups, run)
        ledger = (short_entry(GROUPS.name, short, "the groups of the site"),) if short else ()
        land_site_report(lake, GROUPS.name, run, expected=len(groups) + short, ledger=ledger)
        if members:
            _land_members(lake, answers, run)
    return part.cost


def drop_groups(lake: Lake, *, members_only: bool) -> None:
    """Remove what landed of groups, or of their members alone, for tables that are not chosen any more.

    Raises:
        LakeError: The lake cannot be written.
    """
    with lake.lock(_LOCK, wait_seconds=60):
        site_records(lake, GROUP_MEMBERS).remove()
        drop_site_report(lake, GROUP_MEMBERS.name)
        if not members_only:
            site_records(lake, GROUPS).remove()
            drop_site_report(lake, GROUPS.name)


@dataclass(frozen=True)
class _Answer:
    """What asking for a group's members gave: they, and how many more there are; or why they cannot be had."""

    group: GroupRecord
    members: Sequence[MemberRecord] = ()
    short: int = 0
    failure: AccessError | RefusedError | ServerError | ListingError | None = None


def _members(client: ConfluenceClient, group: GroupRecord, prove_login: Callable[[], object]) -> _Answer:
    walk = client.api.group_members(group.group_id)
    try:
        return _Answer(group, list(walk), missing_from(walk))
    except GoneError:
        raise  # the endpoint is gone, for every group alike
    except NotFoundError:
        prove_login()
        return _Answer(group)  # deleted since it was listed
    except (AccessError, RefusedError, ServerError, ListingError) as error:
        if isinstance(error, AccessError):
            prove_login()
        return _Answer(group, failure=error)


def _refuse_a_site_that_fails(answers: Sequence[_Answer]) -> None:
    """Raise if no group could be read of several: then it is the site, or the call, and no group."""
    failures = [answer.failure for answer in answers if answer.failure is not None]
    if len(failures) == len(answers) >= MOST_FAILURES_WITHOUT_SUCCESS:
        error = failures[-1]
        if isinstance(error, AccessError):
            return  # the groups themselves were told, and the ledger says what right is missing
        if not error.retryable:
            raise error
        raise SiteUnavailableError(
            f"The site fails for the members of every group; the last answer: {error}",
            status=error.status,
            attempts=error.attempts,
        ) from error


def _land_members(lake: Lake, answers: Sequence[_Answer], run: Run) -> None:
    failed = {answer.group.group_id for answer in answers if answer.failure is not None}
    before = site_records(lake, GROUP_MEMBERS).read().values()
    kept = [old.record for old in before if old.record.group_id in failed]
    read = [member for answer in answers for member in answer.members]
    ledger = tuple(_entry(answer) for answer in answers if answer.failure is not None or answer.short)
    short = sum(answer.short for answer in answers)
    expected = len(read) + len(failed) + short
    land_site_report(lake, GROUP_MEMBERS.name, run, expected=expected, stale=len(kept), ledger=ledger)
    _land(lake, GROUP_MEMBERS, [*read, *kept], run)


def _entry(answer: _Answer) -> LedgerEntry:
    group = f"group {answer.group.name!r} ({answer.group.group_id})"
    if answer.failure is None:
        return short_entry(GROUP_MEMBERS.name, answer.short, f"the members of the {group}", answer.group.group_id)
    message = f"The members of the {group} could not be read: {answer.failure}"
    return ledger_entry(GROUP_MEMBERS.name, "fetch", answer.failure, message, answer.group.group_id)


def _land(lake: Lake, kind: Kind[Record], records: list[Record], run: Run) -> None:
    file = site_records(lake, kind)
    landed = {kind.key(record): Landed(record, run) for record in records}
    file.replace(carried_over(file.read(), landed))
