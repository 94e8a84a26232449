"""The ``page_versions`` table."""

import pyarrow as pa

from confluence_pipeline.tables.schema import TIMESTAMP, Table, column

_VERSIONS = "raw_content.versions"

PAGE_VERSIONS = Table(
    name="page_versions",
    description="A version of a page or blog post, the current one included.",
    key=("content_id", "version_number"),
    per_content=True,
    requests="one for every page and blog post that is new or changed; more where it has over 50 versions",
    columns=(
        column("content_id", pa.string(), "The id of the page or blog post.", source=_VERSIONS, nullable=False),
        column("version_number", pa.int64(), "The version, from 1.", source=_VERSIONS, nullable=False),
        column("content_type", pa.string(), "page or blogpost.", source=_VERSIONS, nullable=False),
        column("space_key", pa.string(), "The key of the space.", source="raw_content.space_key", nullable=False),
        column("author_id", pa.string(), "Who made this version (account id).", source=_VERSIONS),
        column("created_at", TIMESTAMP, "When this version was made.", source=_VERSIONS),
        column("message", pa.string(), "What its author said of this version.", source=_VERSIONS),
        column("minor_edit", pa.bool_(), "Whether it was saved without notifying.", source=_VERSIONS),
        column(
            "body_storage",
            pa.string(),
            "The body of this version in storage format; null unless the bodies of old versions were asked for.",
            source=_VERSIONS,
        ),
        column("body_sha256", pa.string(), "SHA-256 of body_storage in UTF-8, as hex.", source=_VERSIONS),
    ),
)
