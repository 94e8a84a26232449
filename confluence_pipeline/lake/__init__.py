"""The lake: Parquet files under one folder or bucket, each replaced whole or not at all.

It works on a local folder and on anything fsspec can reach, needs no Dagster, and knows nothing of Confluence.
"""

from confluence_pipeline.lake.errors import LakeBusyError, LakeError
from confluence_pipeline.lake.lake import Lake
from confluence_pipeline.lake.memory import release_memory
from confluence_pipeline.lake.parquet import PartWriter
from confluence_pipeline.lake.paths import is_valid_space_key
from confluence_pipeline.lake.splits import FileSizes
from confluence_pipeline.lake.storage import Entry
from confluence_pipeline.lake.streams import StreamWriter

__all__ = [
    "Entry",
    "FileSizes",
    "Lake",
    "LakeBusyError",
    "LakeError",
    "PartWriter",
    "StreamWriter",
    "is_valid_space_key",
    "release_memory",
]
