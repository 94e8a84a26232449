"""Confluence spaces as clean Parquet tables and a warehouse, through Dagster."""

import os

__version__ = "0.1.0"

# Read by Arrow when it is imported. Its own allocator keeps what threads that have ended once needed; with the C
# library's a sync leaves half as much behind. Whoever sets this variable decides otherwise.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
