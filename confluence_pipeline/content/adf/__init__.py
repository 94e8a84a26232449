"""ADF, the Atlassian Document Format (``atlas_doc_format``): a body as a tree of JSON nodes."""

from confluence_pipeline.content.adf.reader import convert_adf

__all__ = ["convert_adf"]
