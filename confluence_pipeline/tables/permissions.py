"""The tables of who may do what: grants on spaces, restrictions on contents, and what they come to."""

import pyarrow as pa

from confluence_pipeline.tables.schema import Table, column

_PERMISSIONS = "raw_content.permissions"
_RESTRICTIONS = "raw_content.restrictions"
_ACCESS = (
    _PERMISSIONS,
    _RESTRICTIONS,
    "raw_content.listing",
    "raw_content.tree_nodes",
    "raw_users.members",
)

SPACE_PERMISSIONS = Table(
    name="space_permissions",
    description="A grant on a space: what a user, a group or a role may do there.",
    key=("permission_id",),
    requests="one for every 250 grants of a space",
    columns=(
        column("permission_id", pa.string(), "The grant's id.", source=_PERMISSIONS, nullable=False),
        column("space_key", pa.string(), "The key of the space.", source="raw_content.space_key", nullable=False),
        column("principal_type", pa.string(), "user, group or role.", source=_PERMISSIONS, nullable=False),
        column(
            "principal_id",
            pa.string(),
            "The user's account id, the group's id, or the role.",
            source=_PERMISSIONS,
            nullable=False,
        ),
        column(
            "operation",
            pa.string(),
            "What it allows: read, create, delete, export, administer and others.",
            source=_PERMISSIONS,
            nullable=False,
        ),
        column(
            "target_type",
            pa.string(),
            "On what: space, page, blogpost, comment or attachment.",
            source=_PERMISSIONS,
            nullable=False,
        ),
    ),
)

RESTRICTIONS = Table(
    name="restrictions",
    description="A user or group named by a view or edit restriction set directly on a page, blog post or tree node.",
    key=("content_id", "operation", "principal_type", "principal_id"),
    requests="none beyond those of labels: both come with the same search",
    columns=(
        column("content_id", pa.string(), "The id of what is restricted.", source=_RESTRICTIONS, nullable=False),
        column(
            "operation",
            pa.string(),
            "read (who may view) or update (who may edit).",
            source=_RESTRICTIONS,
            nullable=False,
        ),
        column("principal_type", pa.string(), "user or group.", source=_RESTRICTIONS, nullable=False),
        column(
            "principal_id",
            pa.string(),
            "The user's account id or the group's id.",
            source=_RESTRICTIONS,
            nullable=False,
        ),
        column("space_key", pa.string(), "The key of the space.", source="raw_content.space_key", nullable=False),
        column(
            "content_type",
            pa.string(),
            "page, blogpost, folder, whiteboard, database or embed.",
            source=("raw_content.content_type", "raw_content.tree_nodes"),
        ),
        column("principal_name", pa.string(), "The user's or group's name.", source=_RESTRICTIONS),
    ),
)

EFFECTIVE_ACCESS = Table(
    name="effective_access",
    description="Who may view a page or blog post, by the space's grants and the view restrictions on it and above it.",
    key=("content_id", "principal_type", "principal_id"),
    requests="none: computed from space_permissions, restrictions, tree_nodes and group_members",
    columns=(
        column("content_id", pa.string(), "The id of the page or blog post.", source=_ACCESS, nullable=False),
        column(
            "principal_type",
            pa.string(),
            "user, group or role; unknown where nobody can be named.",
            source=_ACCESS,
            nullable=False,
        ),
        column(
            "principal_id",
            pa.string(),
            "The user's account id, the group's id, or the role.",
            source=_ACCESS,
            nullable=False,
        ),
        column("space_key", pa.string(), "The key of the space.", source="raw_content.space_key", nullable=False),
        column("content_type", pa.string(), "page or blogpost.", source="raw_content.content_type", nullable=False),
        column(
            "verdict",
            pa.string(),
            "granted; or unknown, where something that decides it could not be read.",
            source=_ACCESS,
            nullable=False,
        ),
        column("reason", pa.string(), "Why, as a short sentence.", source=_ACCESS, nullable=False),
    ),
)
