"""The tables of groups and of who is in them."""

import pyarrow as pa

from confluence_pipeline.tables.schema import Table, column

_GROUPS = "raw_users.groups"
_MEMBERS = "raw_users.members"

GROUPS = Table(
    name="groups",
    description="A group of users.",
    key=("group_id",),
    by_space=False,
    requests="one for every 200 groups of the site",
    columns=(
        column("group_id", pa.string(), "The group's id.", source=_GROUPS, nullable=False),
        column("name", pa.string(), "The group's name.", source=_GROUPS),
    ),
)

GROUP_MEMBERS = Table(
    name="group_members",
    description="A member of a group.",
    key=("group_id", "account_id"),
    by_space=False,
    requests="one for every group of the site; more where it has over 200 members",
    columns=(
        column("group_id", pa.string(), "The group's id.", source=_MEMBERS, nullable=False),
        column("account_id", pa.string(), "The member (account id).", source=_MEMBERS, nullable=False),
        column("group_name", pa.string(), "The group's name.", source=_GROUPS),
    ),
)
