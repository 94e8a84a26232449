"""Lakes of every kind, each empty."""

import uuid
from pathlib import Path

import fsspec
import pytest

from confluence_pipeline.lake import Lake
from confluence_pipeline_tests.lake.file_systems import FileServer, ObjectStore


@pytest.fixture
def local_lake(tmp_path: Path) -> Lake:
    """A lake in a folder that is not there yet."""
    return Lake(str(tmp_path / "the lake"))


@pytest.fixture
def stores() -> None:
    """The test doubles, known to fsspec and empty."""
    for kind in (ObjectStore, FileServer):
        kind.full = False
        kind.store.clear()
        kind.calls.clear()
    fsspec.register_implementation("teststore", ObjectStore, clobber=True)
    fsspec.register_implementation("testserver", FileServer, clobber=True)


@pytest.fixture(params=["local", "memory", "teststore", "testserver"])
def lake(request: pytest.FixtureRequest, tmp_path: Path, stores: None) -> Lake:
    """A lake on each kind of storage."""
    if request.param == "local":
        return Lake(str(tmp_path / "the lake"))
    return Lake(f"{request.param}://bucket/{uuid.uuid4().hex}/lake")
