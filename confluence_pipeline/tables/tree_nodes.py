"""The ``tree_nodes`` table."""

import pyarrow as pa

from confluence_pipeline.tables.schema import STRINGS, TIMESTAMP, Table, column

_NODES = "raw_content.tree_nodes"
_TREE = (_NODES, "raw_content.listing")

TREE_NODES = Table(
    name="tree_nodes",
    description="A folder, whiteboard, database or embed of the page tree; the REST API has no contents of it.",
    key=("node_id",),
    requests="one for every 250 nodes of a space, and one for each that is new or changed",
    columns=(
        column("node_id", pa.string(), "The node's id.", source=_NODES, nullable=False),
        column("type", pa.string(), "folder, whiteboard, database or embed.", source=_NODES, nullable=False),
        column("title", pa.string(), "The title.", source=_NODES),
        column("status", pa.string(), "current or archived.", source=_NODES),
        column("space_id", pa.string(), "The id of its space.", source=_NODES),
        column("space_key", pa.string(), "The key of its space.", source="raw_content.space_key", nullable=False),
        column("parent_id", pa.string(), "The id of the parent; null at the top of the space.", source=_NODES),
        column("parent_type", pa.string(), "page, folder, whiteboard, database or embed.", source=_NODES),
        column("position", pa.int64(), "The place among its siblings.", source=_NODES),
        column("depth", pa.int64(), "The number of ancestors; 0 at the top of the space.", source=_TREE),
        column(
            "ancestor_ids",
            STRINGS,
            "The ids of the ancestors, topmost first, as far as they can be read.",
            source=_TREE,
        ),
        column("ancestor_titles", STRINGS, "Their titles; null where not readable.", source=_TREE),
        column("author_id", pa.string(), "Who made it (account id).", source=_NODES),
        column("owner_id", pa.string(), "Who owns it (account id).", source=_NODES),
        column("created_at", TIMESTAMP, "When it was made.", source=_NODES),
        column("version_number", pa.int64(), "Its version, from 1.", source=_NODES),
        column("version_author_id", pa.string(), "Who made this version (account id).", source=_NODES),
        column("updated_at", TIMESTAMP, "When this version was made.", source=_NODES),
        column("embed_url", pa.string(), "The address that an embed shows.", source=_NODES),
        column("web_url", pa.string(), "The address in a browser.", source=_NODES),
    ),
)
