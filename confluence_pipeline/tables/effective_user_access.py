"""The view ``effective_user_access``: who may view a page or blog post, account by account."""

import pyarrow as pa

from confluence_pipeline.tables.access import EVERYBODY_ROLES
from confluence_pipeline.tables.groups import GROUP_MEMBERS
from confluence_pipeline.tables.permissions import EFFECTIVE_ACCESS
from confluence_pipeline.tables.schema import View, column
from confluence_pipeline.tables.users import USERS

_ROLES = ", ".join(f"'{role}'" for role in sorted(EVERYBODY_ROLES))

EFFECTIVE_USER_ACCESS = View(
    name="effective_user_access",
    description=(
        "Who may view a page or blog post, account by account: effective_access with its groups, and the roles that "
        "everybody has, replaced by the users in them. Groups and roles whose members are not known add nobody."
    ),
    tables=(EFFECTIVE_ACCESS, GROUP_MEMBERS, USERS),
    columns=(
        column("content_id", pa.string(), "The page or blog post.", source="effective_access.content_id"),
        column(
            "account_id",
            pa.string(),
            "Who may view it, or may be able to.",
            source=("effective_access.principal_id", "group_members.account_id", "users.account_id"),
        ),
        column(
            "verdict",
            pa.string(),
            "granted if any way in is; else unknown.",
            source="effective_access.verdict",
        ),
        column(
            "via",
            pa.string(),
            "The ways in, with commas: user, where the account itself is named; group or role and its name.",
            source=("effective_access.principal_type", "effective_access.principal_id", "group_members.group_name"),
        ),
    ),
    query=f"""
WITH ways AS (
    SELECT content_id, principal_id AS account_id, verdict, 'user' AS via
    FROM effective_access
    WHERE principal_type = 'user'
    UNION ALL
    SELECT a.content_id, m.account_id, a.verdict, 'group ' || coalesce(m.group_name, m.group_id)
    FROM effective_access AS a
    JOIN group_members AS m ON m.group_id = a.principal_id
    WHERE a.principal_type = 'group'
    UNION ALL
    SELECT a.content_id, u.account_id, a.verdict, 'role ' || a.principal_id
    FROM effective_access AS a
    CROSS JOIN users AS u
    WHERE a.principal_type = 'role' AND a.principal_id IN ({_ROLES})
)
SELECT content_id, account_id, min(verdict) AS verdict, string_agg(DISTINCT via, ', ' ORDER BY via) AS via
FROM ways
GROUP BY content_id, account_id
""".strip(),  # noqa: S608 - names and constants of this package; "granted" comes before "unknown"
)
