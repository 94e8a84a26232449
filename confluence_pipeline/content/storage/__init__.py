"""Storage format: the XML in which Confluence keeps pages, blog posts and comments."""

from confluence_pipeline.content.storage.reader import convert_storage

__all__ = ["convert_storage"]
