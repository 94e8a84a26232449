"""A site that is synced in an instant, so that it can be synced often."""

from dataclasses import replace

from confluence_pipeline.site.seed import Seed
from confluence_pipeline_tests.laboratory_seed import lab_seed

SPACES = ("LAB", "ZOO")


def two_spaces() -> Seed:
    """Return the laboratory's site with two of its spaces."""
    seed = lab_seed()
    return replace(
        seed,
        spaces=[space for space in seed.spaces if space.key in SPACES],
        contents=(content for content in seed.contents if content.space_key in SPACES),
    )
