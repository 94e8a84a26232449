"""What every test starts from: a clean environment, and no skip without a reason."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from multiprocessing import util
from pathlib import Path

import pytest
from hypothesis import settings

# what these modules assert for tests is told as precisely as what tests assert themselves
pytest.register_assert_rewrite("confluence_pipeline_tests.endurance", "confluence_pipeline_tests.laboratory")
settings.register_profile("unhurried", deadline=None)  # a busy machine is no failure
settings.load_profile("unhurried")

_MEMORY = Path("/dev/shm")
_ROOM = 8 * 1024**3
if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM:
    # a lake flushes each of its files: half of the time of most tests would be spent waiting for a disk
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))
util.get_temp_dir()  # made now, and not in the folder of the first test to need it, which is gone before it is removed


def pytest_xdist_auto_num_workers() -> int:
    """Run a process more than there are cores, since some tests wait more than they compute."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the settings of the person who runs the tests, and any proxy."""
    for name in [
        name for name in os.environ if name.startswith("CONFLUENCE_") and name != "CONFLUENCE_PIPELINE_SHARED"
    ]:
        monkeypatch.delenv(name)
    for name in ("DAGSTER_HOME", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DAGSTER_DISABLE_TELEMETRY", "1")


@pytest.fixture(autouse=True)
def own_limits(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Give every test temporary files of its own: limits of sites are shared there, and ports are used again."""
    folder = tmp_path_factory.mktemp("t")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Turn a skip without a reason into a failure."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    reason = report.longrepr[2] if report.skipped and isinstance(report.longrepr, tuple) else None
    if reason in {"Skipped: ", "Skipped: unconditional skip", "Skipped"}:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped without a reason"
