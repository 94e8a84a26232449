"""A pipeline to test with: a small site in a process of its own, and settings that lead to it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dagster as dg
import requests

from confluence_pipeline.definitions import PipelineConfig, build_definitions
from confluence_pipeline.jobs import SYNC
from confluence_pipeline.lake import Lake
from confluence_pipeline.runs import SyncOutcome, run_sync
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.sources import FunctionSource
from confluence_pipeline.tables import TABLES

SMALL = FunctionSource("confluence_pipeline_tests.site.seeds:small_seed")
SMALL_SPACES = ("FOG", "LAMP", "OLD", "SAFE", "~bo")


@dataclass(frozen=True)
class Pipeline:
    """A site, a lake, and a Dagster instance.

    Attributes:
        site: The small site.
        lake: The lake the environment names.
        instance: Where Dagster keeps the runs; in memory.
        settings: The environment variables that lead to both.
    """

    site: SiteProcess
    lake: Lake
    instance: dg.DagsterInstance
    settings: Mapping[str, str]

    def sync(self, *, instance: dg.DagsterInstance | None = None, **options: Any) -> SyncOutcome:
        """Sync as the command line does, with impatient retries, on this pipeline's instance or another."""
        job = "confluence_pipeline_tests.pipeline:impatient_sync_job"
        return run_sync(instance or self.instance, job=job, **options)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return a table's rows."""
        rows: list[dict[str, Any]] = self.lake.table(TABLES[table]).to_pylist()
        return rows

    def get(self, path: str) -> dict[str, Any]:
        """Ask the site as a plain HTTP client would."""
        reply = requests.get(self.site.base_url + path, auth=(self.site.email, self.site.api_token), timeout=30)
        reply.raise_for_status()
        body: dict[str, Any] = reply.json()
        return body

    def space_id(self, key: str) -> str:
        """Return a space's id, from the site."""
        return str(self.get(f"/api/v2/spaces?keys={key}")["results"][0]["id"])

    def metadata(self, *key: str, partition: str | None = None) -> dict[str, Any]:
        """Return the values in the newest materialization of an asset, or of one of its partitions."""
        records = self.instance.fetch_materializations(
            dg.AssetRecordsFilter(dg.AssetKey(key), asset_partitions=[partition] if partition else None), limit=1
        ).records
        found = records[0].asset_materialization if records else None
        assert found is not None, f"{key} was never materialized"
        return {name: value.value for name, value in found.metadata.items()}


@contextmanager
def small_pipeline(folder: Path, tables: str = "all") -> Iterator[Pipeline]:
    """Run the small site, with an environment whose settings lead to it.

    Args:
        folder: Where the lake goes.
        tables: Which tables are filled.
    """
    before = dict(os.environ)
    with SiteProcess(SMALL) as site, dg.DagsterInstance.ephemeral() as instance:
        settings = {
            "CONFLUENCE_SERVER_URL": site.base_url,
            "CONFLUENCE_USER_NAME": site.email,
            "CONFLUENCE_API_TOKEN": site.api_token,
            "CONFLUENCE_LAKE": str(folder / "lake"),
            "CONFLUENCE_TABLES": tables,
        }
        os.environ.update(settings)
        try:
            yield Pipeline(site, Lake(str(folder / "lake")), instance, settings)
        finally:
            os.environ.clear()
            os.environ.update(before)


def impatient_sync_job(loaded: str) -> dg.JobDefinition:
    """Return the sync job of the environment, with one retry at once."""
    impatient = replace(PipelineConfig.from_environment(), retries=dg.RetryPolicy(max_retries=1, delay=0))
    return build_definitions(impatient).resolve_job_def(SYNC)
