"""The command ``sync`` as processes that are in each other's way, or that run out of room."""

import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from confluence_pipeline.lake import Lake
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.tables import PAGES
from confluence_pipeline_tests.pipeline import SMALL

LITTLE_ROOM = 2_500


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Settings that lead to the small site and a new lake."""
    with SiteProcess(SMALL) as site:
        yield {
            "CONFLUENCE_SERVER_URL": site.base_url,
            "CONFLUENCE_USER_NAME": site.email,
            "CONFLUENCE_API_TOKEN": site.api_token,
            "CONFLUENCE_LAKE": str(tmp_path / "lake"),
        }


def begin(settings: Mapping[str, str], folder: Path, **options: Any) -> subprocess.Popen[str]:
    """Begin a sync with just these settings."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CONFLUENCE_", "DAGSTER"))}
    return subprocess.Popen(
        [sys.executable, "-m", "confluence_pipeline.cli", "sync"],
        env={**environment, **settings, "COLUMNS": "200", "DAGSTER_DISABLE_TELEMETRY": "1"},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def limit_files() -> None:
    """Let this process write no large file, as a quota would."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (LITTLE_ROOM, LITTLE_ROOM))


@pytest.mark.timeout(600)
def test_a_sync_without_room_says_so_in_a_sentence_and_fails(settings: dict[str, str], tmp_path: Path) -> None:
    """The exit status is 1, the setting is named, and with room again the sync goes through."""
    no_modules = {"PYTHONDONTWRITEBYTECODE": "1"}  # Python would keep the half of one that fits
    cramped = begin({**settings, **no_modules}, tmp_path, preexec_fn=limit_files)
    said = "".join(cramped.communicate(timeout=300))
    assert cramped.returncode == 1, said
    lines = [line for line in said.splitlines() if "CONFLUENCE_LAKE" in line]
    assert len(lines) == 1, said
    assert "Traceback" not in said
    free = begin(settings, tmp_path)
    assert (free.communicate(timeout=300)[1], free.returncode) == ("", 0)


@pytest.mark.timeout(600)
def test_of_two_syncs_that_are_started_at_once_one_refuses(settings: dict[str, str], tmp_path: Path) -> None:
    """It says who is at work, and the other's tables are whole."""
    both = [begin(settings, tmp_path) for _ in range(2)]
    said = [process.communicate(timeout=300)[1] for process in both]
    assert sorted(process.returncode for process in both) == [0, 1], said
    (refusal,) = filter(None, said)
    assert re.search(r"CONFLUENCE_LAKE .* is being written by process \d+", refusal)
    assert len(refusal.splitlines()) == 1
    ids = Lake(settings["CONFLUENCE_LAKE"]).table(PAGES, ["page_id"])["page_id"].to_pylist()
    assert len(ids) == len(set(ids)) > 0
