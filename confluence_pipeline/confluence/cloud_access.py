"""Confluence Cloud: who may do what: restrictions, grants on spaces, groups and their members."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from confluence_pipeline.confluence.answers import Json, Reply
from confluence_pipeline.confluence.calls import V1
from confluence_pipeline.confluence.cloud_calls import LIMIT, CloudCalls
from confluence_pipeline.confluence.cloud_records import V2
from confluence_pipeline.confluence.paging import is_whole, walk_offset
from confluence_pipeline.confluence.parsing import once
from confluence_pipeline.confluence.records import (
    GroupRecord,
    MemberRecord,
    PermissionRecord,
    RestrictionRecord,
)
from confluence_pipeline.confluence.transport import Params

_OPERATIONS = ("read", "update")
_PRINCIPALS = ("user", "group")
_MOST_AT_ONCE = 200  # v1 refuses to list more members at a time

RESTRICTION_PARTS = tuple(
    f"restrictions.{operation}.restrictions.{kind}" for operation in _OPERATIONS for kind in _PRINCIPALS
)
"""What a search is to expand to tell what is restricted on a content itself."""


@dataclass(frozen=True)
class CloudAccess:
    """Asks for restrictions, permissions and groups."""

    calls: CloudCalls

    def restrictions(self, content_id: str) -> list[RestrictionRecord]:
        """Ask v1 ``content/{id}/restriction/byOperation``; a list that is cut short is walked by itself."""
        told = self.calls.single(
            self._path(content_id),
            (),
            lambda data: restrictions_told(self.calls.base, content_id, data),
            f"restrictions of {content_id}",
        )
        if told is not None:
            return list(told)
        return in_order(
            named
            for operation in _OPERATIONS
            for kind in _PRINCIPALS
            for named in self._named(content_id, operation, kind)
        )

    def _path(self, content_id: str) -> str:
        return f"{V1}/content/{content_id}/restriction/byOperation"

    def _named(self, content_id: str, operation: str, kind: str) -> Iterator[RestrictionRecord]:
        """Walk the users or the groups that one restriction names."""

        def fetch(params: Params) -> Reply:
            reply = self.calls.get(f"{self._path(content_id)}/{operation}", params)
            lists = reply.data.get("restrictions")
            listed = lists.get(kind) if isinstance(lists, dict) else None
            return Reply(listed if isinstance(listed, dict) else {}, reply.headers)

        what = f"{kind}s that may {operation} {content_id}"
        return once(
            walk_offset(fetch, limit=_MOST_AT_ONCE, what=what),
            lambda item: _named(self.calls.base, content_id, operation, kind, item),
            what,
            lambda named: named.principal_id,
        )

    def space_permissions(self, space_id: str) -> Iterator[PermissionRecord]:
        """Walk v2 ``/spaces/{id}/permissions``."""
        path = f"{V2}/spaces/{space_id}/permissions"

        def parse(data: Json) -> PermissionRecord:
            return PermissionRecord(
                permission_id=str(data["id"]),
                principal_type=data["principal"]["type"],
                principal_id=str(data["principal"]["id"]),
                operation=data["operation"]["key"],
                target_type=data["operation"]["targetType"],
                source_url=f"{self.calls.base}{path}",
            )

        what = f"permissions of space {space_id}"
        return self.calls.walk(path, [LIMIT], what, parse, lambda grant: grant.permission_id)

    def groups(self) -> Iterator[GroupRecord]:
        """Walk v1 ``group``."""
        what = "groups"
        return self.calls.walk_starts(f"{V1}/group", _MOST_AT_ONCE, what, self._group, lambda group: group.group_id)

    def groups_of(self, account_id: str) -> Iterator[GroupRecord]:
        """Walk v1 ``user/memberof``."""

        def fetch(params: Params) -> Reply:
            return self.calls.get(f"{V1}/user/memberof", [("accountId", account_id), *params])

        what = f"groups of account {account_id}"
        pages = walk_offset(fetch, limit=_MOST_AT_ONCE, what=what)
        return once(pages, self._group, what, lambda group: group.group_id)

    def _group(self, data: Json) -> GroupRecord:
        group_id = str(data["id"])
        source = f"{self.calls.base}{V1}/group/by-id?id={quote(group_id, safe='')}"
        return GroupRecord(group_id, data["name"], source)

    def group_members(self, group_id: str) -> Iterator[MemberRecord]:
        """Walk v1 ``group/{id}/membersByGroupId``, which knows no members of a group that there is not."""
        path = f"{V1}/group/{quote(group_id, safe='')}/membersByGroupId"

        def parse(data: Json) -> MemberRecord:
            return MemberRecord(group_id, data["accountId"], f"{self.calls.base}{path}")

        what = f"members of group {group_id}"
        return self.calls.walk_starts(path, _MOST_AT_ONCE, what, parse, lambda member: member.account_id)


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
            records += [_named(base, content_id, operation, kind, item) for item in listed["results"]]
    return tuple(in_order(records))


def in_order(records: Iterable[RestrictionRecord]) -> list[RestrictionRecord]:
    """Return restrictions in the one order that every call gives them in."""
    return sorted(records, key=lambda named: (named.operation, named.principal_type, named.principal_id))


def _named(base: str, content_id: str, operation: str, kind: str, item: Json) -> RestrictionRecord:
    by_account = kind == "user"
    return RestrictionRecord(
        content_id=content_id,
        operation=operation,
        principal_type=kind,
        principal_id=str(item["accountId"] if by_account else item["id"]),
        principal_name=item.get("displayName" if by_account else "name"),
        source_url=f"{base}{V1}/content/{content_id}/restriction/byOperation/{operation}",
    )
