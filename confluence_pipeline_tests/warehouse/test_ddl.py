"""The statements that make a table in DuckDB."""

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from confluence_pipeline.tables import TABLES, Table, column, description_of
from confluence_pipeline.warehouse import ddl


def test_a_table_is_created_with_key_and_comments() -> None:
    """Types, NOT NULL, the primary key and every description are in the statements."""
    table = Table(
        name="likes",
        description="A person's like.",
        key=("content_id", "account_id"),
        columns=(
            column("content_id", pa.string(), "What is liked.", nullable=False),
            column("account_id", pa.string(), "Who likes it.", nullable=False),
            column("tags", pa.list_(pa.string()), 'It\'s "tagged".'),
        ),
    )
    assert ddl(table) == [
        (
            'CREATE TABLE "likes" ("content_id" VARCHAR NOT NULL, "account_id" VARCHAR NOT NULL, "tags" VARCHAR[], '
            '"_run_id" VARCHAR NOT NULL, "_extracted_at" TIMESTAMP WITH TIME ZONE NOT NULL, '
            '"_source_url" VARCHAR NOT NULL, PRIMARY KEY ("content_id", "account_id"))'
        ),
        "COMMENT ON TABLE \"likes\" IS 'A person''s like.'",
        'COMMENT ON COLUMN "likes"."content_id" IS \'What is liked.\'',
        'COMMENT ON COLUMN "likes"."account_id" IS \'Who likes it.\'',
        'COMMENT ON COLUMN "likes"."tags" IS \'It\'\'s "tagged".\'',
        'COMMENT ON COLUMN "likes"."_run_id" IS \'The Dagster run that wrote this version of the row.\'',
        'COMMENT ON COLUMN "likes"."_extracted_at" IS \'When the facts of this row were read from Confluence.\'',
        (
            'COMMENT ON COLUMN "likes"."_source_url" IS '
            "'The REST resource the row was read from; rows that were read in bulk name their own resource.'"
        ),
    ]


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
def test_every_table_is_in_the_catalogue_as_its_schema_says(table: Table) -> None:
    """DuckDB's own catalogue has each column, comment and key of the table, and takes an Arrow row of it."""
    with duckdb.connect() as connection:
        for statement in ddl(table):
            connection.execute(statement)
        comments = connection.execute(
            "SELECT column_name, comment FROM duckdb_columns() WHERE NOT internal ORDER BY column_index"
        ).fetchall()
        key = connection.execute(
            "SELECT constraint_column_names FROM duckdb_constraints() WHERE constraint_type = 'PRIMARY KEY'"
        ).fetchall()
        described = connection.execute("SELECT comment FROM duckdb_tables()").fetchall()
        connection.register("rows", table.schema.empty_table())
        connection.execute(f'INSERT INTO "{table.name}" SELECT * FROM rows')  # noqa: S608 - our own name
    assert comments == [(field.name, description_of(field)) for field in table.schema]
    assert key == [(list(table.key),)]
    assert described == [(table.description,)]


_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)


@settings(max_examples=20, deadline=None)
@given(name=_TEXT, description=_TEXT)
def test_any_name_and_description_is_quoted(name: str, description: str) -> None:
    """No text in a name or a description gets out of its quotes."""
    table = Table(name="t", description=description, key=(name,), columns=(column(name, pa.string(), description),))
    with duckdb.connect() as connection:
        for statement in ddl(table):
            connection.execute(statement)
        found = connection.execute(
            "SELECT column_name, comment FROM duckdb_columns() WHERE NOT internal AND column_index = 1"
        ).fetchall()
    assert found == [(name, description)]


def test_a_type_without_a_counterpart_is_refused() -> None:
    """A type nobody has thought about is an error, not a guess."""
    table = Table(name="t", description="", key=("a",), columns=(column("a", pa.decimal128(5, 2), ""),))
    with pytest.raises(ValueError, match="decimal128"):
        ddl(table)
