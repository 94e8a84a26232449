"""The raw records of groups and their members."""

from confluence_pipeline.confluence import (
    ConfluenceClient,
    Cost,
    GroupRecord,
    MemberRecord,
    NotFoundError,
)
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing.kinds import GROUP_MEMBERS, GROUPS, Kind
from confluence_pipeline.landing.record_file import Landed, Record, carried_over, site_records
from confluence_pipeline.tables.report import Run

_LOCK = "_groups"  # no space's key begins so


def land_groups(client: ConfluenceClient, lake: Lake, run: Run, *, members: bool = True) -> Cost:
    """Land the groups that the caller can see, 200 a request, and their members, a request for each 200 of a group.

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
    groups = list(part.api.groups())

    def members_of(group: GroupRecord) -> list[MemberRecord]:
        try:
            return list(part.api.group_members(group.group_id))
        except NotFoundError:
            return []  # deleted since it was listed

    found = list(part.in_parallel(members_of, groups)) if members else []
    with lake.lock(_LOCK, wait_seconds=60):
        _land(lake, GROUPS, groups, run)
        if members:
            _land(lake, GROUP_MEMBERS, [member for some in found for member in some], run)
    return part.cost


def _land(lake: Lake, kind: Kind[Record], records: list[Record], run: Run) -> None:
    file = site_records(lake, kind)
    landed = {kind.key(record): Landed(record, run) for record in records}
    file.replace(carried_over(file.read(), landed))
