"""Dagster components: the pipeline, configured in a ``defs.yaml``."""

from confluence_pipeline.components.confluence_site import ConfluenceSite

__all__ = ["ConfluenceSite"]
