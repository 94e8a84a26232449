"""One process that takes access tokens: ``python -m ...renewing URL FILE START BEGIN [SECONDS]``, prints the last.

With SECONDS, four threads take one after another for so long.
"""

import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from confluence_pipeline.confluence.auth.file_store import FileStore
from confluence_pipeline.confluence.auth.renewal import Renewal
from confluence_pipeline.confluence.auth.token_endpoint import TokenEndpoint
from confluence_pipeline.confluence.sessions import Line, unsigned_session
from confluence_pipeline_tests.confluence.auth.token_server import CLIENT_ID, SECRET


def renewal(url: str, file: Path, start: str | None = None, secret: str = SECRET) -> Renewal:
    """Return what keeps the login in a file good."""
    endpoint = TokenEndpoint(url, CLIENT_ID, secret, lambda: unsigned_session(Line("test")))
    return Renewal(FileStore(file), endpoint, start)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what was begun in the background ignores it
    address, path, begun_with, begin, *lasting = sys.argv[1:]
    keeper = renewal(address, Path(path), begun_with or None)
    time.sleep(max(0.0, float(begin) - time.time()))
    end = time.time() + float(lasting[0] if lasting else 0)

    def take(_: int) -> None:
        """Take tokens until the end."""
        while time.time() < end:
            keeper.login()
            time.sleep(0.005)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(take, range(4)))
    print(keeper.login().access_token)
