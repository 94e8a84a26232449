"""Work on attachments that tests do in a process of its own, to kill it or to measure its memory."""

import re
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from confluence_pipeline.confluence import ApiToken, ConfluenceClient
from confluence_pipeline.confluence import Connection as Site
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing.blobs import BlobStore
from confluence_pipeline.landing.files import land_files
from confluence_pipeline.landing.selection import Selection
from confluence_pipeline_tests.landing.downloads import Source, attachment

PIECES, PIECE = 40, 16_384


def content(number: int) -> bytes:
    """Return the bytes of a numbered attachment."""
    return b"%08d" % number * (PIECES * PIECE // 8)


def land_without_end(root: str, first: int, connection: Connection) -> None:
    """Land one attachment after another, and say so, until killed."""
    store = BlobStore(Lake(root))
    connection.send("ready")
    number = first
    while True:
        store.land(Source(content(number), piece=PIECE), attachment(f"att{number}"), max_bytes=PIECES * PIECE)
        connection.send(number)
        number += 1


def memory(name: str) -> int:
    """Return a figure of this process from the system, in bytes: VmRSS, what it has, or VmHWM, the most it had."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    match = re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)
    if match is None:
        raise ValueError(f"the system does not tell {name}")
    return int(match[1]) * 1024


def main(url: str, user: str, token: str, root: str, count: int) -> None:
    """Land the first attachments of a site; print how many came, the memory before, and the most there was."""
    selection = Selection(frozenset({"attachments"}), attachment_bodies=True)
    with ConfluenceClient(Site(url, ApiToken(user, token))) as client:
        files = sorted(
            (held.attachment for held in client.api.attachments("type = attachment")), key=lambda file: file.title
        )
        before = memory("VmRSS")
        landed = land_files(client, Lake(root), files[:count], {}, selection)
    print(len(landed.records), before, memory("VmHWM"))


if __name__ == "__main__":
    site_url, login, secret, folder, files_wanted = sys.argv[1:]
    main(site_url, login, secret, folder, int(files_wanted))
