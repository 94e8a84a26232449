"""The ``spaces`` table."""

import pyarrow as pa

from confluence_pipeline.tables.schema import STRINGS, TIMESTAMP, Table, column

_SPACE = "raw_spaces.record"

SPACES = Table(
    name="spaces",
    description="A space the caller can see and the scope includes, archived and personal ones too.",
    key=("space_id",),
    by_space=False,
    requests="one for every 250 spaces, and one for the labels of each",
    columns=(
        column("space_id", pa.string(), "The space's id.", source=_SPACE, nullable=False),
        column("space_key", pa.string(), "The space's key, as in its URL.", source=_SPACE, nullable=False),
        column("name", pa.string(), "The space's name.", source=_SPACE),
        column(
            "type",
            pa.string(),
            "global, personal, collaboration, knowledge_base or another that the API names.",
            source=_SPACE,
        ),
        column("status", pa.string(), "current or archived.", source=_SPACE),
        column("homepage_id", pa.string(), "The id of the space's home page.", source=_SPACE),
        column("description", pa.string(), "The space's description as plain text.", source=_SPACE),
        column("author_id", pa.string(), "Who created the space (account id).", source=_SPACE),
        column("owner_id", pa.string(), "Who owns the space (account id).", source=_SPACE),
        column(
            "current_active_alias",
            pa.string(),
            "The key that URLs use now, where it was renamed.",
            source=_SPACE,
        ),
        column("created_at", TIMESTAMP, "When the space was created.", source=_SPACE),
        column("web_url", pa.string(), "The space's address in a browser.", source=_SPACE),
        column("labels", STRINGS, "The space's labels (categories), as prefix:name.", source="raw_spaces.labels"),
    ),
)
