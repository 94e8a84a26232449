"""A lake of its own for each test."""

from pathlib import Path

import pytest

from confluence_pipeline.lake import Lake


@pytest.fixture
def local_lake(tmp_path: Path) -> Lake:
    """A lake in a folder that is not there yet."""
    return Lake(str(tmp_path / "the lake"))
