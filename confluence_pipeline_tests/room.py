"""A full disk, as far as one process is concerned."""

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def files_at_most(size: int) -> Iterator[None]:
    """Let this process write no file larger than ``size`` bytes, as a full disk or a quota would.

    Compiled modules are not written meanwhile: Python would keep the half of one that fits, and every later process
    would stumble over it.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    writes_no_modules = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        sys.dont_write_bytecode = writes_no_modules
