"""Gives memory that is free again back to the machine, so that a long run stays as small as its work."""

import ctypes
import sys
from functools import cache

import pyarrow as pa

_M_MMAP_THRESHOLD = -3  # malloc.h of the GNU C library
_LARGE = 128 * 1024


def release_memory() -> None:
    """Return unused memory of Arrow's pool and of the C allocator to the operating system.

    Bodies come and go in pieces of megabytes on several threads; the allocators would keep what each thread once
    needed, and a run over many spaces would hold the sum of it. Takes a few milliseconds, so call it once a batch.
    """
    _map_large_blocks()
    pa.default_memory_pool().release_unused()
    pa.system_memory_pool().release_unused()  # with glibc, trims the heap that Python's own objects live in


@cache
def _map_large_blocks() -> None:
    """Have the GNU C library map each large block by itself, so that it is gone as soon as it is freed.

    By default it takes large blocks from the heap after the first one was freed (mallopt(3), M_MMAP_THRESHOLD:
    "dynamic"), where a small block behind them keeps their memory.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have none
        if mallopt is not None:
            mallopt(_M_MMAP_THRESHOLD, _LARGE)
