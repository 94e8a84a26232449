"""The ``users`` table."""

import pyarrow as pa

from confluence_pipeline.tables.schema import Table, column

_USER = "raw_users.record"

USERS = Table(
    name="users",
    description="A user who appears anywhere: as author, editor, owner, assignee, mention or member of a group.",
    key=("account_id",),
    by_space=False,
    requests="one for every 250 users who are new or changed their name",
    columns=(
        column(
            "account_id",
            pa.string(),
            "The Atlassian account id; on Data Center the user key, which stays when a user is renamed.",
            source=_USER,
            nullable=False,
        ),
        column("display_name", pa.string(), "The name as the caller may see it.", source=_USER),
        column("public_name", pa.string(), "The public name.", source=_USER),
        column("account_type", pa.string(), "atlassian, app, customer or unknown.", source=_USER),
        column("account_status", pa.string(), "active, inactive, closed or unknown.", source=_USER),
        column("email", pa.string(), "The e-mail address, where its owner shows it.", source=_USER),
        column("time_zone", pa.string(), "The IANA time zone of the profile, where shown.", source=_USER),
        column("is_external_collaborator", pa.bool_(), "Whether the user is a guest.", source=_USER),
        column("username", pa.string(), "The name to log in by; Data Center only.", source=_USER),
    ),
)
