"""Asset specs made from the tables' schemas: keys, groups, kinds, column schema and column lineage.

What describes a table sits on the definition, so that events stay small.
"""

import inspect
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import dagster as dg
import pyarrow as pa

from confluence_pipeline.assets.markdown import markdown_table
from confluence_pipeline.tables import Table, View, description_of, sources_of

OWNERS = ("team:data",)
TAGS = {"source": "confluence"}
LINEAGE = "dagster/column_lineage"
WAREHOUSE = ("warehouse",)
"""The prefix of the keys of what is in the warehouse."""

Sources = Mapping[str, Iterable[str]]


def table_key(table: Table) -> dg.AssetKey:
    """Return the asset key of a table in the lake."""
    return dg.AssetKey([table.name])


def warehouse_key(table: Table | View) -> dg.AssetKey:
    """Return the asset key of a table or view in the warehouse."""
    return dg.AssetKey([*WAREHOUSE, table.name])


def raw_spec(key: dg.AssetKey, description: str, columns: Mapping[str, str], **attributes: Any) -> dg.AssetSpec:
    """Return the spec of a part of the raw landing.

    Args:
        key: The asset's key, which the tables' columns name as their source.
        description: What lands there.
        columns: Its columns, each with a description.
        attributes: Further attributes of the spec, such as ``deps``.
    """
    schema = dg.TableSchema(columns=[dg.TableColumn(name=column, description=text) for column, text in columns.items()])
    return dg.AssetSpec(
        key,
        description=description,
        group_name="raw",
        kinds={"confluence", "parquet"},
        owners=OWNERS,
        tags=TAGS,
        metadata={"dagster/column_schema": schema, "dagster/storage_kind": "parquet"},
        **attributes,
    )


def table_spec(table: Table, *, also: Iterable[dg.AssetKey] = (), **attributes: Any) -> dg.AssetSpec:
    """Return the spec of a table in the lake; it depends on what its columns are computed from.

    Args:
        table: The table.
        also: What else it depends on.
        attributes: Further attributes of the spec.
    """
    sources = {field.name: sources_of(field) for field in table.schema}
    upstream = {dg.AssetKey([source.split(".")[0]]) for names in sources.values() for source in names}
    return dg.AssetSpec(
        table_key(table),
        deps=sorted(upstream | set(also)),
        description=table.description,
        group_name="tables",
        kinds={"parquet", "python"},
        owners=OWNERS,
        tags=TAGS,
        metadata={**_table_metadata(table, sources), "dagster/storage_kind": "parquet"},
        **attributes,
    )


def warehouse_spec(table: Table, **attributes: Any) -> dg.AssetSpec:
    """Return the spec of a table in the warehouse; it depends on the same table in the lake."""
    sources = {field.name: (f"{table.name}.{field.name}",) for field in table.schema}
    return dg.AssetSpec(
        warehouse_key(table),
        deps=[table_key(table)],
        description=table.description,
        group_name="warehouse",
        kinds={"duckdb", "sql"},
        owners=OWNERS,
        tags=TAGS,
        metadata={**_table_metadata(table, sources), "dagster/storage_kind": "duckdb"},
        **attributes,
    )


def view_spec(view: View, **attributes: Any) -> dg.AssetSpec:
    """Return the spec of a view in the warehouse; it depends on the tables there that it reads."""
    sources = {field.name: sources_of(field) for field in view.columns}
    columns = [
        dg.TableColumn(name=field.name, type=str(field.type), description=description_of(field))
        for field in view.columns
    ]
    return dg.AssetSpec(
        warehouse_key(view),
        deps=[warehouse_key(table) for table in view.tables],
        description=view.description,
        group_name="warehouse",
        kinds={"duckdb", "sql", "view"},
        owners=OWNERS,
        tags=TAGS,
        metadata={
            "dagster/table_name": view.name,
            "dagster/column_schema": dg.TableSchema(columns=columns),
            "dagster/storage_kind": "duckdb",
            LINEAGE: _lineage(sources, within=WAREHOUSE),
            "lineage": _shown(sources),
            "query": dg.MetadataValue.md(f"```sql\n{view.query}\n```"),
        },
        **attributes,
    )


def with_code(spec: dg.AssetSpec, *functions: Callable[..., object]) -> dg.AssetSpec:
    """Return a spec that links the code of ``functions``, for "Open in editor"."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)  # the metadata is beta, and nothing depends on it
        references = [_reference(function) for function in functions]
        return spec.merge_attributes(
            metadata={"dagster/code_references": dg.CodeReferencesMetadataValue(code_references=list(references))}
        )


def _reference(function: Callable[..., object]) -> dg.LocalFileCodeReference:
    path = inspect.getsourcefile(function) or ""
    return dg.LocalFileCodeReference(
        file_path=path, line_number=inspect.getsourcelines(function)[1], label=function.__name__
    )


def _table_metadata(table: Table, sources: Sources) -> dict[str, Any]:
    return {
        "dagster/table_name": table.name,
        "dagster/column_schema": dg.TableSchema(columns=[_column(table, field) for field in table.schema]),
        LINEAGE: _lineage(sources),
        "lineage": _shown(sources),
        "primary_key": ", ".join(table.key),
    }


def _column(table: Table, field: pa.Field) -> dg.TableColumn:
    in_key = field.name in table.key
    return dg.TableColumn(
        name=field.name,
        type=str(field.type).replace("<item: ", "<"),
        description=description_of(field),
        constraints=dg.TableColumnConstraints(nullable=field.nullable, unique=table.key == (field.name,)),
        tags={"primary_key": ""} if in_key else {},
    )


def _shown(sources: Sources) -> dg.MarkdownMetadataValue:
    rows = [(name, ", ".join(found)) for name, found in sources.items()]
    return dg.MetadataValue.md(markdown_table(("column", "computed from"), rows))


def _lineage(sources: Sources, within: Sequence[str] = ()) -> dg.TableColumnLineage:
    return dg.TableColumnLineage(
        deps_by_column={
            name: [
                dg.TableColumnDep(asset_key=dg.AssetKey([*within, asset]), column_name=column)
                for asset, _, column in (source.partition(".") for source in found)
            ]
            for name, found in sources.items()
            if found
        }
    )
