"""The demo wiki: an invented tidal-energy cooperative that writes things down, made to be looked at."""

from confluence_pipeline.site.demo.wiki import demo_seed

__all__ = ["demo_seed"]
