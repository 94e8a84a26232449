"""The statements that make a table or a view in DuckDB, from its Arrow schema."""

from collections.abc import Sequence

import pyarrow as pa

from confluence_pipeline.tables import Table, View, description_of

_TYPES = {
    pa.string(): "VARCHAR",
    pa.large_string(): "VARCHAR",
    pa.binary(): "BLOB",
    pa.bool_(): "BOOLEAN",
    pa.int16(): "SMALLINT",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.float32(): "FLOAT",
    pa.float64(): "DOUBLE",
    pa.date32(): "DATE",
    pa.timestamp("us"): "TIMESTAMP",
    pa.timestamp("us", tz="UTC"): "TIMESTAMP WITH TIME ZONE",
}


def identifier(name: str) -> str:
    """Return a name quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text quoted for SQL."""
    return "'" + text.replace("'", "''") + "'"


def sql_type(kind: pa.DataType) -> str:
    """Return the DuckDB type of an Arrow type.

    Raises:
        ValueError: If there is none yet.
    """
    if pa.types.is_list(kind):
        return f"{sql_type(kind.value_type)}[]"
    if kind not in _TYPES:
        raise ValueError(f"no DuckDB type is given for the Arrow type {kind}")
    return _TYPES[kind]


def create_statements(name: str, description: str, key: Sequence[str], schema: pa.Schema) -> list[str]:
    """Return the statements that create a table with its primary key and comments.

    Args:
        name: The table's name.
        description: What a row is.
        key: The columns of the primary key.
        schema: The columns, with the descriptions that :func:`confluence_pipeline.tables.column` gave them.
    """
    table = identifier(name)
    columns = [
        f"{identifier(field.name)} {sql_type(field.type)}{'' if field.nullable else ' NOT NULL'}" for field in schema
    ]
    primary_key = f"PRIMARY KEY ({', '.join(map(identifier, key))})"
    comments = [
        f"COMMENT ON COLUMN {table}.{identifier(field.name)} IS {literal(description_of(field))}" for field in schema
    ]
    return [
        f"CREATE TABLE {table} ({', '.join([*columns, primary_key])})",
        f"COMMENT ON TABLE {table} IS {literal(description)}",
        *comments,
    ]


def ddl(table: Table) -> list[str]:
    """Return the DuckDB statements that create a table: ``CREATE TABLE``, then a ``COMMENT ON`` for it and each column.

    Everything comes from the table's schema: names, types, ``NOT NULL``, the primary key and the descriptions.
    """
    return create_statements(table.name, table.description, table.key, table.schema)


def view_ddl(view: View) -> list[str]:
    """Return the DuckDB statements that make a view: ``CREATE OR REPLACE VIEW``, then comments as a table has them."""
    name = identifier(view.name)
    comments = [
        f"COMMENT ON COLUMN {name}.{identifier(field.name)} IS {literal(description_of(field))}"
        for field in view.columns
    ]
    return [
        f"CREATE OR REPLACE VIEW {name} AS {view.query}",
        f"COMMENT ON VIEW {name} IS {literal(view.description)}",
        *comments,
    ]
