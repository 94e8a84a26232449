"""Gives memory that is free again back to the machine, so that a long run stays as small as its work."""

import pyarrow as pa


def release_memory() -> None:
    """Return unused memory of Arrow's pool and of the C allocator to the operating system.

    Bodies come and go in pieces of megabytes on several threads; the allocators would keep what each thread once
    needed, and a run over many spaces would hold the sum of it. Takes a few milliseconds, so call it once a batch.
    """
    pa.default_memory_pool().release_unused()
    pa.system_memory_pool().release_unused()  # with glibc, trims the heap that Python's own objects live in
