"""Confluence Data Center: who may do what: restrictions, grants on spaces, groups and their members."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

from confluence_pipeline.confluence.answers import Json, Reply
from confluence_pipeline.confluence.calls import V1
from confluence_pipeline.confluence.data_center_calls import DataCenterCalls
from confluence_pipeline.confluence.data_center_grants import grant_listed, grants_of_sets
from confluence_pipeline.confluence.data_center_paging import EXPANDED_LIMIT, walk_starts
from confluence_pipeline.confluence.data_center_records import USERS, content_path, user_key
from confluence_pipeline.confluence.errors import AddressError, NotFoundError, RefusedError
from confluence_pipeline.confluence.paging import is_whole
from confluence_pipeline.confluence.parsing import once, parsed
from confluence_pipeline.confluence.records import (
    GroupRecord,
    MemberRecord,
    PermissionRecord,
    RestrictionRecord,
)
from confluence_pipeline.confluence.transport import Params

_OPERATIONS = ("read", "update")
_PRINCIPALS = ("user", "group")
_GROUPS = f"{V1}/group"
_JSON_RPC = "/rpc/json-rpc/confluenceservice-v2"
_PERMISSIONS = "permissions of spaces"

RESTRICTION_PARTS = tuple(
    f"restrictions.{operation}.restrictions.{kind}" for operation in _OPERATIONS for kind in _PRINCIPALS
)
"""What a search is to expand to tell what is restricted on a content itself."""


@dataclass(frozen=True)
class DataCenterAccess:
    """Asks for restrictions, permissions and groups."""

    calls: DataCenterCalls

    def restrictions(self, content_id: str) -> list[RestrictionRecord]:
        """Ask ``content/{id}/restriction/byOperation``; a list that is cut short is walked by itself."""
        told = self.calls.single(
            _path(content_id),
            (),
            lambda data: restrictions_told(self.calls.base, content_id, data.get("restrictions") or data),
            f"restrictions of {content_id}",
        )
        if told is not None:
            return list(told)
        return _in_order(
            named
            for operation in _OPERATIONS
            for kind in _PRINCIPALS
            for named in self._named(content_id, operation, kind)
        )

    def _named(self, content_id: str, operation: str, kind: str) -> Iterator[RestrictionRecord]:
        """Walk the users or the groups that one restriction names."""

        def fetch(params: Params) -> Reply:
            reply = self.calls.get(f"{_path(content_id)}/{operation}", params)
            lists = reply.data.get("restrictions")
            listed = lists.get(kind) if isinstance(lists, dict) else None
            return Reply(listed if isinstance(listed, dict) else {}, reply.headers)

        what = f"{kind}s that may {operation} {content_id}"
        return once(
            walk_starts(fetch, limit=EXPANDED_LIMIT, what=what),
            lambda item: _restriction(self.calls.base, content_id, operation, kind, item),
            what,
            lambda named: named.principal_id,
        )

    def space_permissions(self, space_id: str) -> Iterator[PermissionRecord]:
        """Ask ``space/{key}/permissions``, or before version 9.1 the remote procedure that there was.

        Raises:
            AccessError: The caller may not administer the space.
            UnsupportedError: The version has no REST call for it, and its remote procedures are off.
        """
        key = self.calls.space_key(space_id)
        path = f"{V1}/space/{key}/permissions"
        what = f"permissions of space {key}"
        if self.calls.version.lists_permissions:
            with self.calls.for_administrators(_PERMISSIONS):
                listed = self.calls.get(path).data.get("results", [])
            yield from _distinct(parsed(listed, lambda data: grant_listed(self.calls.base, space_id, key, data), what))
        else:
            sets = self._permission_sets(key)
            yield from _distinct(grants_of_sets(f"{self.calls.base}{_JSON_RPC}", space_id, sets, cache(self._key_of)))

    def _key_of(self, username: str) -> str:
        """Return the key of a user; the name itself where there is no such user any more."""
        what = f"user {username}"
        try:
            return self.calls.single(USERS, [("username", username)], lambda data: str(data["userKey"]), what)
        except NotFoundError:
            return username

    def _permission_sets(self, key: str) -> list[Json]:
        """Call ``getSpacePermissionSets`` (Confluence JSON-RPC APIs; it wants admin rights on the space)."""
        call: Json = {"jsonrpc": "2.0", "id": 1, "method": "getSpacePermissionSets", "params": [key]}
        try:
            with self.calls.for_administrators(_PERMISSIONS):
                answer = self.calls.post(_JSON_RPC, call)
        except (NotFoundError, AddressError) as error:
            raise self.calls.version.cannot(
                "space_permissions",
                f"REST lists grants since version 9.1, and there is no remote API (JSON-RPC) instead: {error}",
            ) from error
        result: Any = answer.get("result")
        if not isinstance(result, list):
            said = (answer.get("error") or {}).get("message") or "it gave no reason"
            raise RefusedError(f"The site refused the permissions of space {key}: {said}", status=200)
        return result

    def groups(self) -> Iterator[GroupRecord]:
        """Walk ``group``."""
        return self.calls.walk(_GROUPS, (), "groups", self._group, lambda group: group.group_id)

    def groups_of(self, account_id: str) -> Iterator[GroupRecord]:
        """Walk ``user/memberof``."""
        what = f"groups of user {account_id}"
        params = [("key", account_id)]
        return self.calls.walk(f"{V1}/user/memberof", params, what, self._group, lambda group: group.group_id)

    def _group(self, data: Json) -> GroupRecord:
        name = str(data["name"])
        return GroupRecord(name, name, f"{self.calls.base}{_GROUPS}/{quote(name, safe='')}")

    def group_members(self, group_id: str) -> Iterator[MemberRecord]:
        """Walk ``group/{name}/member``, which wants admin rights.

        Raises:
            AccessError: The caller is no administrator, or what stands before the call wants another login.
            RefusedError: The server takes no group whose name has a slash in it, whichever way that is written.
        """
        path = f"{_GROUPS}/{quote(group_id, safe='')}/member"

        def parse(data: Json) -> MemberRecord:
            return MemberRecord(group_id, str(data["userKey"]), f"{self.calls.base}{path}")

        with self.calls.for_administrators("members of groups"):
            yield from self.calls.walk(
                path, (), f"members of group {group_id}", parse, lambda member: member.account_id
            )


def restrictions_told(base: str, content_id: str, told: Json) -> tuple[RestrictionRecord, ...] | None:
    """Return what is restricted on a content, as an answer tells it for both operations.

    Args:
        base: The site's base URL.
        content_id: The content's id.
        told: By operation, the restriction with its users and groups.

    Returns:
        Who is named, in a fixed order; None where a list is missing or does not hold all there is.
    """
    records: list[RestrictionRecord] = []
    for operation in _OPERATIONS:
        lists = (told.get(operation) or {}).get("restrictions") or {}
        for kind in _PRINCIPALS:
            listed = lists.get(kind)
            if not isinstance(listed, dict) or "results" not in listed or not is_whole(listed):
                return None
            records += [_restriction(base, content_id, operation, kind, item) for item in listed["results"]]
    return tuple(_in_order(records))


def _restriction(base: str, content_id: str, operation: str, kind: str, item: Json) -> RestrictionRecord:
    principal = user_key(item) if kind == "user" else item["name"]
    return RestrictionRecord(
        content_id=content_id,
        operation=operation,
        principal_type=kind,
        principal_id=str(principal or item["username"]),
        principal_name=item.get("displayName") if kind == "user" else item["name"],
        source_url=f"{base}{_path(content_id)}/{operation}",
    )


def _path(content_id: str) -> str:
    return f"{content_path(content_id)}/restriction/byOperation"


def _in_order(records: Iterable[RestrictionRecord]) -> list[RestrictionRecord]:
    return sorted(records, key=lambda named: (named.operation, named.principal_type, named.principal_id))


def _distinct(grants: Iterable[PermissionRecord]) -> list[PermissionRecord]:
    return list({grant.permission_id: grant for grant in grants}.values())
