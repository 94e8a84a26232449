"""One process that takes an access token: ``python -m ...renewing URL FILE START BEGIN``, prints it."""

import sys
import time
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
    _, address, path, begun_with, begin = sys.argv
    keeper = renewal(address, Path(path), begun_with or None)
    time.sleep(max(0.0, float(begin) - time.time()))
    print(keeper.login().access_token)
