"""A Data Center on the command line: its options are taken, and what cannot be is refused."""

import json
import subprocess
import sys

import pytest
import requests

COMMAND = [sys.executable, "-m", "confluence_pipeline.site", "--product", "data-center"]


def test_the_command_line_says_how_to_log_in() -> None:
    """A person is told the address, a user name and a password."""
    with subprocess.Popen([*COMMAND, "--context-path", ""], stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            assert line.startswith("Confluence Data Center ready at http://127.0.0.1:")
            assert line.endswith(" (log in as pipeline with local-demo-token)\n")
            address = line.split()[5]
            reply = requests.get(f"{address}/rest/api/space", auth=("pipeline", "local-demo-token"), timeout=10)
            assert reply.status_code == 200
        finally:
            process.terminate()


def test_programs_are_told_all_that_opens_it() -> None:
    """The line of JSON has the base URL, and what opens the site by either way."""
    command = [*COMMAND, "--json", "--dc-version", "8.5.4", "--server-time-zone", "UTC", "--until-stdin-ends"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        facts = json.loads(process.stdout.readline()) if process.stdout else {}
        header = {"Authorization": f"Bearer {facts['personal_access_token']}"}
        by_token = requests.get(f"{facts['base_url']}/rest/api/user/current", headers=header, timeout=10)
        login = (facts["user_name"], facts["password"])
        by_password = requests.get(f"{facts['base_url']}/rest/api/user/current", auth=login, timeout=10)
        assert by_token.json() == by_password.json()
        space = requests.get(f"{facts['base_url']}/rest/api/space?limit=1", auth=login, timeout=10).json()["results"][0]
        assert space["creationDate"].endswith(".000Z")


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (["--dc-version", "nine"], "three numbers"),
        (["--start-shortfall", "-1"], "0 or more"),
    ],
)
def test_an_installation_that_cannot_be_is_refused(option: list[str], said: str) -> None:
    """Bad options end the command with a reason and status 2."""
    process = subprocess.run([*COMMAND, *option], capture_output=True, text=True, check=False, timeout=60)
    assert process.returncode == 2
    assert said in process.stderr
