"""A site with everything on it, somebody who reads it, and a certificate for one that is not open to everybody."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from confluence_pipeline.confluence import ConfluenceClient
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.sources import GeneratedSource
from confluence_pipeline_tests.laboratory import reader_of


@pytest.fixture(scope="session")
def full_site() -> Iterator[SiteProcess]:
    """A site that has all that a Confluence site can have, and is only read."""
    with SiteProcess(GeneratedSource(pages=120, spaces=2, everything=True)) as site:
        yield site


@pytest.fixture
def reader(full_site: SiteProcess) -> Iterator[ConfluenceClient]:
    """The caller of that site, with no fault in the way and nothing asked yet."""
    full_site.control.set_faults()
    full_site.control.reset_requests()
    with reader_of(full_site) as client:
        yield client


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that nobody trusts, with its key."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    key, cert = path.with_name("key.pem"), path.with_name("cert.pem")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost"]
    try:
        subprocess.run([*command, "-keyout", key, "-out", cert], check=True, capture_output=True, timeout=60)
    except FileNotFoundError:
        pytest.skip("openssl is not installed, so no certificate can be made")
    path.write_bytes(key.read_bytes() + cert.read_bytes())
    return path
