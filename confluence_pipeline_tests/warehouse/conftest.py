"""A lake in a folder and the warehouse in it."""

from pathlib import Path

import pytest

from confluence_pipeline.lake import Lake
from confluence_pipeline.warehouse import Warehouse, default_warehouse_uri, open_warehouse


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake in a folder that is not there yet."""
    return Lake(str(tmp_path / "lake"))


@pytest.fixture
def warehouse(lake: Lake) -> Warehouse:
    """The warehouse in the lake, not there yet."""
    return open_warehouse(default_warehouse_uri(lake.uri))
