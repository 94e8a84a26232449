"""Memory stays bounded whatever a space holds: bodies land as they come, in batches of bounded size."""

from pathlib import Path

from confluence_pipeline.confluence import Scope
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import SpaceLanding, land_spaces, sync_space
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.sources import FunctionSource
from confluence_pipeline_tests.heavy_seed import BODY_BYTES, PAGES
from confluence_pipeline_tests.laboratory import Editor, Laboratory, reader_of

MOST_OF_A_BATCH = 16 * 1024**2


def test_large_bodies_come_in_small_batches(tmp_path: Path) -> None:
    """An answer that grows too large is not read on; its contents come in parts, and each part lands by itself."""
    with (
        SiteProcess(FunctionSource("confluence_pipeline_tests.heavy_seed:heavy_seed")) as site,
        reader_of(site) as client,
    ):
        lab = Laboratory(site, Lake(str(tmp_path)), client, Editor(site))
        run = lab.run()
        land_spaces(client, Scope(), lab.lake, run)
        outcome = sync_space(client, Scope(), lab.lake, "HEAVY", run)
        assert (outcome.fetched, outcome.ledger) == (PAGES, ())
        listing = SpaceLanding(lab.lake, "HEAVY").listing()
        sizes: dict[str | None, int] = {}
        for entry in listing.values():
            assert abs(entry.body_bytes - BODY_BYTES) < 100
            sizes[entry.body_file] = sizes.get(entry.body_file, 0) + entry.body_bytes
        assert len(sizes) > 1
        assert max(sizes.values()) <= MOST_OF_A_BATCH
        assert outcome.cost.requests < 20
