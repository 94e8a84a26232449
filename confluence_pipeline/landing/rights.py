"""Who the caller is and which groups they are in, so that lost rights are not taken for lost contents."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from confluence_pipeline.confluence import (
    AccessError,
    Caller,
    ConfluenceClient,
    PermissionRecord,
    RefusedError,
    RestrictionRecord,
    ServerError,
)
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing.entries import Entry
from confluence_pipeline.landing.kinds import ANCESTORS, RESTRICTIONS, SPACE_PERMISSIONS, TREE_NODES
from confluence_pipeline.landing.store import SpaceLanding
from confluence_pipeline.tables.report import Run

_FILE = "raw/caller.json"


@dataclass(frozen=True, slots=True)
class CallerRights:
    """What decides which contents a caller sees.

    Attributes:
        account_id: The account.
        groups: The ids of the groups it is in, sorted; None where the site does not tell.
    """

    account_id: str | None
    groups: tuple[str, ...] | None

    def as_json(self) -> dict[str, object]:
        """Return it as a JSON object."""
        return {"account_id": self.account_id, "groups": None if self.groups is None else list(self.groups)}

    @classmethod
    def from_json(cls, facts: Mapping[str, object]) -> "CallerRights":
        """Return what :meth:`as_json` made."""
        account, groups = facts["account_id"], facts["groups"]
        known = tuple(str(group) for group in groups) if isinstance(groups, list) else None
        return cls(str(account) if account is not None else None, known)

    def lost_since(self, before: "CallerRights", granting: Callable[[str], bool]) -> str | None:
        """Return in words what a caller had before and has not now; None if nothing is known to be lost.

        Args:
            before: Who asked before.
            granting: Tells of a group, by its id, whether being in it may make a difference.
        """
        if self.account_id != before.account_id:
            return f"the account was {before.account_id} and is {self.account_id} now"
        left = sorted(set(before.groups or ()).difference(self.groups)) if self.groups is not None else []
        lost = [group for group in left if granting(group)]
        return f"the account {self.account_id} left the group {', '.join(lost)}" if lost else None

    def is_among(self, named: Collection[RestrictionRecord] | Collection[PermissionRecord]) -> bool:
        """Return whether the account, or a group it may be in, is named."""
        users = {record.principal_id for record in named if record.principal_type == "user"}
        groups = {record.principal_id for record in named if record.principal_type != "user"}
        return self.account_id in users or (bool(groups) and (self.groups is None or bool(groups & set(self.groups))))


def land_caller(lake: Lake, caller: Caller) -> None:
    """Land who logged in.

    Args:
        lake: Where it lands.
        caller: Who logged in.

    Raises:
        LakeError: The lake cannot be written.
    """
    if _landed(lake).get("account_id") != caller.account_id:
        lake.write_bytes(_FILE, json.dumps({"account_id": caller.account_id}).encode())


def caller_rights(client: ConfluenceClient, lake: Lake, run: Run) -> CallerRights:
    """Return who asks and which groups they are in: a request or two, and none if the run asked already.

    Args:
        client: The site.
        lake: Where it lands.
        run: The run.

    Raises:
        ConfluenceError: The site could not be asked.
        LakeError: The lake cannot be written.
    """
    known = _landed(lake)
    if known.get("run_id") != run.run_id:
        account_id = known["account_id"] if "account_id" in known else client.api.caller().account_id
        known = {"account_id": account_id, "groups": _groups_of(client, account_id), "run_id": run.run_id}
        lake.write_bytes(_FILE, json.dumps(known).encode())
    return CallerRights.from_json(known)


def _landed(lake: Lake) -> dict[str, Any]:
    return json.loads(lake.read_bytes(_FILE)) if lake.exists(_FILE) else {}


def _groups_of(client: ConfluenceClient, account_id: str | None) -> list[str] | None:
    if account_id is None:
        return []
    try:
        return sorted(group.group_id for group in client.api.groups_of(account_id))
    except (AccessError, RefusedError, ServerError):
        return None  # a token that may not ask for groups; the account itself is still compared


@dataclass
class Callers:
    """Who saw what landed of a space, and who asks now.

    The site is asked when something cannot be seen any more, or when nobody's view of the space has landed yet.

    Attributes:
        client: The site.
        landing: The space.
        run: The run.
    """

    client: ConfluenceClient
    landing: SpaceLanding
    run: Run

    @cached_property
    def before(self) -> CallerRights | None:
        """Whose view of the space landed; None if that is not known."""
        told = (self.landing.newest_sync() or {}).get("caller")
        return CallerRights.from_json(told) if told else None

    @cached_property
    def now(self) -> CallerRights:
        """Who asks."""
        return caller_rights(self.client, self.landing.lake, self.run)

    @cached_property
    def lost(self) -> str | None:
        """What the caller may not do in the space any more, in words; None if nothing is known to be lost."""
        return self.now.lost_since(self.before, self._is_named) if self.before else None

    def _is_named(self, group_id: str) -> bool:
        """Return whether a group is named by any grant on the space or restriction in it, as far as they landed."""
        grants, restrictions = self.landing.records(SPACE_PERMISSIONS), self.landing.records(RESTRICTIONS)
        if not (grants.is_landed and restrictions.is_landed):
            return True
        named = {landed.record.principal_id for landed in grants.scan()}
        return group_id in named | {landed.record.principal_id for landed in restrictions.scan()}

    def to_remember(self, *, refused: bool) -> CallerRights:
        """Return whose view of the space is the one that landed.

        Args:
            refused: Whether the present caller sees less than what stays.
        """
        if self.before is not None and (refused or not self._may_differ(self.before)):
            return self.before
        return self.now

    def _may_differ(self, before: CallerRights) -> bool:
        """Return whether the site was asked who the caller is, or another account is known to ask."""
        if "now" in self.__dict__:
            return True
        return bool(_landed(self.landing.lake).get("account_id") != before.account_id)


def unseen_space(client: ConfluenceClient, space_key: str, space_ids: Collection[str]) -> str:
    """Return in words what the site answers about a space that the caller does not see any more.

    The site gives the same answer for a space that is gone and for one that is hidden (v2 lists leave both out), so
    the answer proves neither.

    Args:
        client: The site.
        space_key: The space's key; the caller has asked for it, and it was not there.
        space_ids: The ids that the space had when it landed.

    Raises:
        ConfluenceError: The site could not be asked.
    """
    named = ", ".join(sorted(space_ids))
    found = [space.key for space in client.api.spaces(ids=sorted(space_ids))] if space_ids else []
    if found:
        return f"space {space_key} asked by key: not there; by id {named}: its key is {', '.join(found)} now"
    return f"space {space_key} asked by key and by id {named}, archived or not: not there"


def proof_of_lost_access(
    landing: SpaceLanding, listing: Mapping[str, Entry], caller: CallerRights
) -> Callable[[str], str | None]:
    """Return what says of a content why the caller cannot see it any more, as far as what landed proves it.

    A content is hidden if it, or anything above it, could be viewed only by others than the caller as they are now
    (v1 ``content/{id}/restriction``: view restrictions hold for everything below), or if the whole space could be.

    Args:
        landing: The space.
        listing: Its contents as they landed.
        caller: Who asks now.
    """
    readers: dict[str, list[RestrictionRecord]] = {}
    for landed in landing.records(RESTRICTIONS).scan():
        if landed.record.operation == "read":
            readers.setdefault(landed.record.content_id, []).append(landed.record)
    of_space = _proof_of_space(landing, caller)
    parents = {i: entry.record.parent_id for i, entry in listing.items()}
    parents |= {node.record.node_id: node.record.parent_id for node in landing.records(TREE_NODES).scan()}
    parents |= {page.record.content_id: page.record.parent_id for page in landing.records(ANCESTORS).scan()}

    def prove(content_id: str) -> str | None:
        for place in _upward(content_id, parents):
            named = readers.get(place, [])
            if named and not caller.is_among(named):
                who = ", ".join(f"{record.principal_type} {record.principal_id}" for record in named)
                return f"when it landed, {place} could be viewed by {who} only, and account {caller.account_id} is none"
        return of_space

    return prove


def _proof_of_space(landing: SpaceLanding, caller: CallerRights) -> str | None:
    """Return what says why the caller cannot see the space, as far as the grants that landed prove it.

    Grants to roles and to everybody prove nothing, as it is not known who they are to.
    """
    grants = [landed.record for landed in landing.records(SPACE_PERMISSIONS).scan()]
    views = [grant for grant in grants if (grant.operation, grant.target_type) == ("read", "space")]
    if not views or any(grant.principal_type not in ("user", "group") for grant in views) or caller.is_among(views):
        return None
    who = ", ".join(sorted(f"{grant.principal_type} {grant.principal_id}" for grant in views))
    return f"when it landed, the space could be viewed by {who} only, and account {caller.account_id} is none"


def _upward(content_id: str, parents: Mapping[str, str | None]) -> Iterator[str]:
    met: set[str] = set()
    place: str | None = content_id
    while place is not None and place not in met:
        met.add(place)
        yield place
        place = parents.get(place)
