"""The demo: a local Confluence site, and everything it takes to pull it as one would pull a real one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from confluence_pipeline.selections import reads_files
from confluence_pipeline.site.demo.changes import MOST_MEGABYTES
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.sources import CorpusSource, DemoSource

_INSTANCE = """\
# The demo's own Dagster instance; `dagster dev` with DAGSTER_HOME set to this folder shows it.
telemetry:
  enabled: false
nux:  # no dialog that asks for an e-mail address
  enabled: false
"""
_WORKSPACE = """\
load_from:
  - python_module:
      module_name: confluence_pipeline.definitions
      location_name: confluence_pipeline
"""
_EVERYTHING = {
    "CONFLUENCE_TABLES": "all",
    "CONFLUENCE_ATTACHMENT_BODIES": "1",
    "CONFLUENCE_ATTACHMENT_MAX_MB": str(MOST_MEGABYTES),
    "CONFLUENCE_VERSION_BODIES": "1",
}


@dataclass(frozen=True)
class DemoFolder:
    """Where a demo keeps everything it makes.

    Attributes:
        root: The folder; made if it is not there.
    """

    root: Path

    @property
    def lake(self) -> Path:
        """The folder of the Parquet files."""
        return self.root / "lake"

    @property
    def dagster_home(self) -> Path:
        """The folder of the Dagster instance."""
        return self.root / "dagster"

    @property
    def workspace(self) -> Path:
        """The file that tells Dagster what to load."""
        return self.root / "workspace.yaml"

    def prepare(self) -> None:
        """Make the folders and Dagster's configuration.

        Raises:
            OSError: They cannot be made.
        """
        self.dagster_home.mkdir(parents=True, exist_ok=True)
        (self.dagster_home / "dagster.yaml").write_text(_INSTANCE, encoding="utf-8")
        self.workspace.write_text(_WORKSPACE, encoding="utf-8")


def demo_site(corpus: Path | None) -> SiteProcess:
    """Return a local site, to be started, of the built-in wiki or of the spaces of a folder.

    Args:
        corpus: A folder with a JSON Lines file for each space, or None for the built-in wiki.
    """
    return SiteProcess(CorpusSource(corpus) if corpus else DemoSource())


def demo_environment(site: SiteProcess, folder: DemoFolder, *, everything: bool) -> dict[str, str]:
    """Return the settings that lead to the demo's site, as one would set them for a real one.

    Settings of the person's own environment are not among them: the demo narrows nothing.

    Args:
        site: The site.
        folder: Where the demo keeps what it makes.
        everything: Whether to fill every table, with the bytes of attachments and, where the extra ``text`` is
            installed, their text; otherwise what is on by default.
    """
    return {
        "CONFLUENCE_SERVER_URL": site.base_url,
        "CONFLUENCE_USER_NAME": site.email,
        "CONFLUENCE_API_TOKEN": site.api_token,
        "CONFLUENCE_LAKE": str(folder.lake.resolve()),
        "DAGSTER_HOME": str(folder.dagster_home.resolve()),
        **(_EVERYTHING if everything else {}),
        **({"CONFLUENCE_ATTACHMENT_TEXT": "1"} if everything and reads_files() else {}),
    }


@contextmanager
def environment(settings: dict[str, str]) -> Iterator[None]:
    """Have just these settings of ours in this process's environment while the block runs."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("CONFLUENCE_")]:
        del os.environ[name]
    os.environ.update(settings)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
