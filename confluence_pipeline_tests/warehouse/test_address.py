"""What people may write as the warehouse's address."""

from pathlib import Path

import pytest

from confluence_pipeline.warehouse import WarehouseError, default_warehouse_uri, open_warehouse


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("duckdb:///data/w.duckdb", "/data/w.duckdb"),
        ("duckdb:////data/w.duckdb", "/data/w.duckdb"),
        ("DuckDB:///data/w", "/data/w"),
        ("/data/w.db", "/data/w.db"),
        ("duckdb://sub/w.duckdb", "{cwd}/sub/w.duckdb"),
        ("duckdb:w.duckdb", "{cwd}/w.duckdb"),
        ("sub/w.duckdb", "{cwd}/sub/w.duckdb"),
        ("~/w.duckdb", "{cwd}/home/w.duckdb"),
        ("duckdb://~/w.duckdb", "{cwd}/home/w.duckdb"),
    ],
)
def test_a_duckdb_file_is_named_by_uri_or_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, path: str
) -> None:
    """Both forms give the same file; relative ones count from the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert open_warehouse(address).uri == path.format(cwd=tmp_path)


@pytest.mark.parametrize(
    "address",
    ["", " ", "duckdb://", "warehouse", "w.sqlite", "lake/", "postgresql://user:S3cret@host/db", "md:db?t=S3cret"],
)
def test_what_is_not_supported_is_refused_with_what_is(address: str) -> None:
    """Any other address names the setting and what may stand there, and repeats no password."""
    with pytest.raises(WarehouseError, match=r"CONFLUENCE_WAREHOUSE .*\.duckdb or \.db") as caught:
        open_warehouse(address)
    assert "S3cret" not in str(caught.value)


def test_the_default_lies_in_a_local_lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A local lake has its warehouse inside; a remote one, which DuckDB could not write, in the working folder."""
    monkeypatch.chdir(tmp_path)
    assert default_warehouse_uri("/data/lake") == "/data/lake/warehouse.duckdb"
    assert default_warehouse_uri("s3://bucket/lake") == str(tmp_path / "confluence.duckdb")
    assert open_warehouse(default_warehouse_uri("s3://bucket/lake")).uri == str(tmp_path / "confluence.duckdb")
