"""Two runs that want the same space take turns: the second waits a while, and then leaves the space to the first.

To wait is right where the other run is about to end, as two runs are that were started by accident: the second then
finds everything as it is, and asks for next to nothing. To wait for hours is not, since it would hold up the other
spaces and the next runs; so after a while the second says who is at work, and leaves that space alone.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from confluence_pipeline.confluence import ConfluenceClient
from confluence_pipeline.lake import Lake, LakeBusyError

_STRETCH_SECONDS = 0.5


@contextmanager
def turn(client: ConfluenceClient, lake: Lake, space_key: str, wait_seconds: float) -> Iterator[None]:
    """Be the only one who writes a space, for a block.

    Args:
        client: The site; closing it ends the waiting.
        lake: Where the space lands.
        space_key: The space.
        wait_seconds: How long to wait for another who writes it.

    Raises:
        LakeBusyError: Another did not end in that time.
        LakeError: The lake cannot be written.
        ClosedError: The client was closed.
    """
    deadline = time.monotonic() + wait_seconds
    with ExitStack() as stack:
        while True:
            client.check_open()
            left = deadline - time.monotonic()
            try:
                stack.enter_context(lake.lock(space_key, wait_seconds=max(0.0, min(left, _STRETCH_SECONDS))))
                break
            except LakeBusyError:
                if left <= 0:
                    raise
        yield
