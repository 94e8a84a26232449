"""Asset specs: everything the schema says of a table is on its definition."""

from typing import Any

import dagster as dg
import pytest

from confluence_pipeline.assets import all_assets
from confluence_pipeline.selections import selection_of
from confluence_pipeline.tables import TABLES, description_of

SPECS = {spec.key: spec for asset in all_assets(selection_of(["all"])) for spec in asset.specs}
TABLE_SPECS = [(SPECS[dg.AssetKey([*prefix, name])], name) for prefix in ([], ["warehouse"]) for name in TABLES]


@pytest.mark.parametrize(("spec", "name"), TABLE_SPECS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_table_is_described_column_by_column(spec: dg.AssetSpec, name: str) -> None:
    """The column schema has every column with its type, description and nullability, and marks the key."""
    table = TABLES[name]
    schema: Any = spec.metadata["dagster/column_schema"]
    assert [column.name for column in schema.columns] == table.schema.names
    for column, field in zip(schema.columns, table.schema, strict=True):
        assert column.description == description_of(field)
        assert column.description
        assert column.type == str(field.type).replace("item: ", "")
        assert column.constraints.nullable == field.nullable
        assert ("primary_key" in column.tags) == (field.name in table.key)
    assert spec.metadata["dagster/table_name"] == name
    assert spec.description == table.description


def test_lineage_leads_from_every_column_to_the_landing() -> None:
    """Each source of a column is a column that its asset declares, down to the raw landing."""
    for spec, _ in TABLE_SPECS:
        lineage: Any = spec.metadata["dagster/column_lineage"]
        upstream = {dep.asset_key for dep in spec.deps}
        for deps in lineage.deps_by_column.values():
            for dep in deps:
                assert dep.asset_key in upstream
                schema: Any = SPECS[dep.asset_key].metadata["dagster/column_schema"]
                assert dep.column_name in {column.name for column in schema.columns}


def test_lineage_is_also_there_for_people() -> None:
    """A Markdown table says where each column comes from."""
    for spec, name in TABLE_SPECS:
        shown = str(spec.metadata["lineage"].value)
        for column in TABLES[name].schema.names:
            assert column.replace("_", "\\_") in shown


@pytest.mark.parametrize("spec", SPECS.values(), ids=lambda spec: spec.key.to_user_string())
def test_every_asset_says_who_what_and_where(spec: dg.AssetSpec) -> None:
    """Description, group, owner, kinds, tags and a link to code are there for each asset."""
    assert spec.description
    assert spec.group_name in {"raw", "tables", "warehouse"}
    assert spec.owners
    assert spec.kinds
    assert spec.tags["source"] == "confluence"
    references: Any = spec.metadata["dagster/code_references"]
    assert references.code_references[0].file_path.endswith(".py")
