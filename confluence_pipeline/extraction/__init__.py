"""Text out of files: a file in, its text out, whatever the file does to the process that reads it.

Knows nothing of where files come from or where text goes. Needs the extra ``text``.
"""

from confluence_pipeline.extraction.errors import MissingPackageError, StoppedError
from confluence_pipeline.extraction.extractor import Extracted, Limits, TextExtractor
from confluence_pipeline.extraction.kinds import readable_as

__all__ = ["Extracted", "Limits", "MissingPackageError", "StoppedError", "TextExtractor", "readable_as"]
