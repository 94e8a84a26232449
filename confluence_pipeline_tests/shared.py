"""Where tests find data that the repository does not hold: API documents and a corpus of real content."""

import os
from pathlib import Path

import pytest

SETTING = "CONFLUENCE_PIPELINE_SHARED"
_REPOSITORY = Path(__file__).resolve().parents[1]


def shared_path() -> Path:
    """Return the folder that the setting names, or ``../shared`` beside the repository."""
    return Path(os.environ.get(SETTING, _REPOSITORY.parent / "shared"))


def shared_dir(part: str) -> Path:
    """Return the folder or file ``part`` of the shared data; skip the test, with the reason, without it."""
    path = shared_path() / part
    if not path.exists():
        pytest.skip(f"{part} is not in the shared data; set {SETTING} to a folder that has it")
    return path
