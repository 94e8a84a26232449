"""The site as a process: it starts, says where it is, and is gone afterwards."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
import requests

from confluence_pipeline.site.process import SiteProcess, SiteProcessError
from confluence_pipeline.site.sources import DemoSource, FunctionSource, GeneratedSource
from confluence_pipeline_tests.site.conftest import SMALL, Caller


def is_alive(pid: int) -> bool:
    """Tell whether a process is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_demo_is_ready_soon() -> None:
    """The demo wiki answers its default caller within two seconds of asking for it, give or take a busy machine."""
    began = time.monotonic()
    with SiteProcess(DemoSource()) as site:
        seconds = time.monotonic() - began
        caller = Caller(site, (site.email, site.api_token))
        assert caller.json("/rest/api/user/current")["type"] == "known"
        assert len(caller.json("/api/v2/spaces")["results"]) >= 4
    assert seconds < 5


def test_the_process_is_gone_afterwards() -> None:
    """Leaving the block ends the process, and its port is free."""
    with SiteProcess(SMALL) as site:
        assert is_alive(site.pid)
    assert not is_alive(site.pid)
    with pytest.raises(requests.ConnectionError):
        requests.get(site.base_url, timeout=5)
    site.stop()


def test_the_process_does_not_outlive_whoever_started_it() -> None:
    """A site whose parent dies without a word sees its input end and stops."""
    script = (
        "import os, sys\n"
        "from confluence_pipeline.site.process import SiteProcess\n"
        "from confluence_pipeline_tests.site.conftest import SMALL\n"
        "site = SiteProcess(SMALL).start()\n"
        "print(site.pid, flush=True)\n"
        "os._exit(1)\n"
    )
    parent = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False, timeout=60)
    pid = int(parent.stdout)
    deadline = time.monotonic() + 15
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(pid)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("confluence_pipeline_tests.site.seeds:nothing", "no seed function"),
        ("no.such.module:seed", "no seed function"),
        ("confluence_pipeline_tests.site.seeds:people", "returned list, not a Seed"),
    ],
)
def test_a_site_that_cannot_start_says_why(name: str, said: str) -> None:
    """A bad source ends the process at once, and its reason reaches whoever started it."""
    with pytest.raises(SiteProcessError, match=said):
        SiteProcess(FunctionSource(name)).start()


def test_two_sites_run_side_by_side() -> None:
    """Each site has ports of its own."""
    with SiteProcess(SMALL) as one, SiteProcess(GeneratedSource(pages=20, spaces=2)) as two:
        assert len({one.base_url, two.base_url, one.media_url, two.media_url}) == 4
        assert Caller(one, (two.email, two.api_token)).get("/api/v2/spaces").status_code == 401


def test_the_command_line_says_where_it_is() -> None:
    """Started by hand it prints one line with the address and the login, and ends on an interrupt."""
    command = [sys.executable, "-m", "confluence_pipeline.site", "--pages", "10", "--spaces", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert (process.returncode, said) == (0, "")
    assert line.startswith("Confluence site ready at http://127.0.0.1:")
    assert "/wiki (log in as " in line


def test_a_port_that_is_taken_is_a_clear_refusal() -> None:
    """Asked for a port that another site has, it ends with status 2 and one sentence."""
    with SiteProcess(SMALL) as site:
        port = site.base_url.rpartition(":")[2].removesuffix("/wiki")
        command = [sys.executable, "-m", "confluence_pipeline.site", "--pages", "10", "--port", port]
        process = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert process.returncode == 2
    assert process.stderr.startswith("The site cannot start: ")
    assert len(process.stderr.splitlines()) == 1


def test_the_tenant_answers_without_a_login(shared_site: SiteProcess) -> None:
    """The cloud id is public, and is the one that the system information has."""
    root = shared_site.base_url.removesuffix("/wiki")
    cloud_id = requests.get(f"{root}/_edge/tenant_info", timeout=10).json()["cloudId"]
    caller = Caller(shared_site, (shared_site.email, shared_site.api_token))
    info = caller.json("/rest/api/settings/systemInfo")
    assert (info["cloudId"], info["baseUrl"], info["siteTitle"]) == (cloud_id, shared_site.base_url, "Lighthouse")


def test_what_is_not_there_is_not_found_in_the_right_shape(shared_site: SiteProcess) -> None:
    """An unknown address is a JSON 404, in v1's envelope below v1 and in v2's elsewhere."""
    caller = Caller(shared_site, None)
    assert caller.get("/rest/api/nothing").json()["statusCode"] == 404
    assert caller.get("/api/v2/nothing").json()["errors"][0]["status"] == 404
    assert json.loads(caller.get("/wiki/api/v2/pages").text)["errors"][0]["status"] == 404
