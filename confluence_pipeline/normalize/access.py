"""The landing of a space and of the site's groups, as what decides who may view its contents."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from confluence_pipeline.landing import Entry, site_records
from confluence_pipeline.landing.kinds import GROUP_MEMBERS, GROUPS, RESTRICTIONS, SPACE_PERMISSIONS
from confluence_pipeline.landing.site_reports import missing_from_site
from confluence_pipeline.normalize.recipe import Build, Rows
from confluence_pipeline.normalize.sources import SpaceSources
from confluence_pipeline.tables import EFFECTIVE_ACCESS
from confluence_pipeline.tables.access import EffectiveAccess, Facts, Principal
from confluence_pipeline.tables.merge import Row
from confluence_pipeline.tables.record_rows import access_row
from confluence_pipeline.tables.rows import Stamp

_VIEW = ("read", "space")
_VIEW_RESTRICTION = "read"
_DECIDES = ("restrictions", "tree_nodes")


@dataclass(frozen=True, slots=True)
class _Doubts:
    """What the newest sync could not read.

    Attributes:
        grants: Whether the space's grants are known.
        restrictions: Whether the restrictions and the tree were listed at all.
        unread: The ids of contents and nodes whose restrictions or place may be other than what landed.
    """

    grants: bool = True
    restrictions: bool = True
    unread: tuple[str, ...] = ()

    def as_text(self) -> str:
        return json.dumps([self.grants, self.restrictions, self.unread])

    @classmethod
    def of_text(cls, text: str) -> "_Doubts":
        grants, restrictions, unread = json.loads(text)
        return cls(grants, restrictions, tuple(unread))


def access_marks(sources: SpaceSources) -> Sequence[str]:
    """Return texts of which one changes with whatever decides who may view the contents of a space."""
    return (
        _doubts(sources).as_text(),
        sources.generation,
        sources.tree_mark,
        sources.landing.records(SPACE_PERMISSIONS).fingerprint(),
        sources.landing.records(RESTRICTIONS).fingerprint(),
        site_records(sources.lake, GROUPS).fingerprint(),
        site_records(sources.lake, GROUP_MEMBERS).fingerprint(),
        json.dumps(sorted(missing_from_site(sources.lake, GROUP_MEMBERS.name))),
    )


def access_rows(build: Build) -> Rows[Entry]:
    """Return what makes the rows of ``effective_access``."""
    sources = build.sources
    access = EffectiveAccess(_facts(sources))
    sync = sources.sync
    read_at = datetime.fromisoformat(sync["run_started_at"]) if sync else sources.run.started_at

    def rows(stretch: Sequence[Entry], _old: Sequence[Row]) -> Iterator[Row]:
        for record in (entry.record for entry in stretch):
            stamp = Stamp(sources.run.run_id, read_at, record.source_url)
            for found in access.of(record.content_id):
                yield access_row(record.content_id, record.content_type, sources.space_key, found, stamp)

    return rows


def _facts(sources: SpaceSources) -> Facts:
    doubts = _doubts(sources)
    grants: set[Principal] = set()
    for grant in sources.landing.records(SPACE_PERMISSIONS).scan():
        if (grant.record.operation, grant.record.target_type) == _VIEW:
            grants.add(Principal(grant.record.principal_type, grant.record.principal_id))
    restrictions: dict[str, list[Principal]] = {}
    for named in sources.landing.records(RESTRICTIONS).scan():
        if named.record.operation == _VIEW_RESTRICTION:
            principal = Principal(named.record.principal_type, named.record.principal_id)
            restrictions.setdefault(named.record.content_id, []).append(principal)
    principals = grants.union(*restrictions.values())
    return Facts(
        grants=grants if doubts.grants else None,
        restrictions=restrictions,
        parents={content_id: placed.parent_id for content_id, placed in sources.tree.items()},
        members=_members(sources, {principal.id for principal in principals if principal.type == "group"}),
        unread=frozenset(doubts.unread if doubts.restrictions else sources.tree),
    )


def _members(sources: SpaceSources, wanted: Iterable[str]) -> dict[str, set[str]]:
    """Return the members of those groups whose members landed; the others' are not known."""
    members = site_records(sources.lake, GROUP_MEMBERS)
    if not members.is_landed:
        return {}
    landed = {group.record.group_id for group in site_records(sources.lake, GROUPS).scan()}
    landed -= set(missing_from_site(sources.lake, GROUP_MEMBERS.name))
    found: dict[str, set[str]] = {group_id: set() for group_id in wanted if group_id in landed}
    for member in members.scan():
        if member.record.group_id in found:
            found[member.record.group_id].add(member.record.account_id)
    return found


def _doubts(sources: SpaceSources) -> _Doubts:
    """Return what the newest sync could not read; one that failed as a whole read nothing, so nothing is new."""
    landing, sync = sources.landing, sources.sync
    if sync is not None and sync["failed"]:
        before = landing.built().get(EFFECTIVE_ACCESS.name, {}).get("marks")
        if before:
            return _Doubts.of_text(before[0])
        sync = next((earlier for earlier in reversed(landing.syncs()) if not earlier["failed"]), None)
    if sync is None:
        return _Doubts(grants=False, restrictions=False)
    listed = set(_tables_listed(sync))
    return _Doubts(
        grants=landing.records(SPACE_PERMISSIONS).is_landed and "space_permissions" in listed,
        restrictions=landing.records(RESTRICTIONS).is_landed and listed.issuperset(_DECIDES),
        unread=tuple(sorted({item["content_id"] for item in sync["ledger"] if _leaves_in_doubt(item)})),
    )


def _tables_listed(sync: dict[str, Any]) -> Iterator[str]:
    for table in ("space_permissions", *_DECIDES):
        whole = any(item["table"] == table and item["content_id"] is None for item in sync["ledger"])
        if table not in sync.get("incomplete", ()) and not whole:
            yield table


def _leaves_in_doubt(item: dict[str, Any]) -> bool:
    """Whether an entry of the ledger says that what landed of a content may not be what holds now."""
    return item["content_id"] is not None and (item["table"] in _DECIDES or item["operation"] == "verify")
