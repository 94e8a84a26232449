"""Renewing a login: once for all threads and processes, stored before it is used, and never for nothing."""

import json
import logging
import signal
import subprocess
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from confluence_pipeline.confluence import AuthenticationError, SettingError, SiteUnavailableError
from confluence_pipeline.confluence.auth.client_credentials import ClientCredentials
from confluence_pipeline.confluence.auth.oauth import OAuth
from confluence_pipeline.confluence.auth.stored_login import from_text
from confluence_pipeline_tests.confluence.auth.renewing import renewal
from confluence_pipeline_tests.confluence.auth.token_server import FIRST, SECRET, TokenServer, token_server
from confluence_pipeline_tests.confluence.doubles import Answer, serving

LATER = 10_000.0


def process(server: TokenServer, file: Path, begin: float = 0.0, seconds: float = 0.0) -> "subprocess.Popen[str]":
    """Start a process that takes an access token, or many for so long."""
    command = [sys.executable, "-m", "confluence_pipeline_tests.confluence.auth.renewing"]
    return subprocess.Popen(
        [*command, server.url, str(file), FIRST, str(begin), str(seconds)],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_eight_processes_at_the_same_moment_make_one_request(tmp_path: Path) -> None:
    """They all wait for one of them, and sign with the same new token."""
    with token_server() as server:
        begin = time.time() + 6
        processes = [process(server, tmp_path / "login.json", begin=begin) for _ in range(8)]
        outputs = [one.communicate(timeout=120) for one in processes]
    assert {out.strip() for out, _ in outputs} == {"access-1"}, outputs
    assert [fields["refresh_token"] for fields in server.asked] == [FIRST]


def test_processes_and_threads_that_go_on_for_a_while_lose_no_token(tmp_path: Path) -> None:
    """With tokens that live for a second, each renewal uses the newest token, and there are no more than it takes."""
    with token_server(seconds=1) as server:
        begin, lasting = time.time() + 5, 5.0
        processes = [process(server, tmp_path / "login.json", begin, lasting) for _ in range(4)]
        outputs = [one.communicate(timeout=120) for one in processes]
    assert all(out.startswith("access-") for out, _ in outputs), outputs
    assert len(server.asked) == len(server.used) == len(set(server.used))
    assert 4 <= len(server.used) <= (time.time() - begin) / 0.75 + 2


def test_threads_make_one_request_and_later_ones_none(tmp_path: Path) -> None:
    """Sixteen threads that find no token wait for the one that asks."""
    with token_server() as server, ThreadPoolExecutor(16) as pool:
        auth = OAuth(renewal(server.url, tmp_path / "login.json", FIRST))
        signed = set(pool.map(lambda _: auth.authorization(), range(64)))
    assert signed == {"Bearer access-1"}
    assert len(server.asked) == 1
    assert auth.points_per_hour == 65_000


def test_a_token_is_renewed_before_it_expires_and_with_the_newest_refresh_token(tmp_path: Path) -> None:
    """Every renewal uses the token that the last one brought."""
    with token_server(seconds=60) as server:
        keeper = renewal(server.url, tmp_path / "login.json", FIRST)
        now = [LATER]
        keeper.clock = lambda: now[0]
        tokens = []
        for _ in range(4):
            tokens.append(keeper.login().access_token)
            now[0] += 44
            tokens.append(keeper.login().access_token)
            now[0] += 2
    assert tokens == ["access-1", "access-1", "access-2", "access-2", "access-3", "access-3", "access-4", "access-4"]
    assert [fields["refresh_token"] for fields in server.asked] == [FIRST, *(f"refresh-{i}-c4n4ry" for i in (1, 2, 3))]


def test_a_token_that_the_api_refuses_is_renewed_once(tmp_path: Path) -> None:
    """However many threads were refused with it; one that came a moment ago is not blamed on its age."""
    with token_server() as server, ThreadPoolExecutor(8) as pool:
        keeper = renewal(server.url, tmp_path / "login.json", FIRST)
        auth = OAuth(keeper)
        refused = auth.authorization()
        assert not auth.renew(refused)
        issued = time.time()
        keeper.clock = lambda: issued + 100
        assert all(pool.map(lambda _: auth.renew(refused), range(32)))
        assert auth.authorization() == "Bearer access-2"
    assert len(server.asked) == 2


def test_another_process_that_renewed_is_enough(tmp_path: Path) -> None:
    """A token refused here, and renewed elsewhere meanwhile, costs no request."""
    with token_server() as server:
        one, other = (renewal(server.url, tmp_path / "login.json", FIRST) for _ in range(2))
        now = time.time()
        assert one.login().access_token == other.login().access_token == "access-1"
        one.clock = other.clock = lambda: now + 100
        assert one.renew("access-1")
        assert other.renew("access-1")
        assert other.login().access_token == "access-2"
    assert len(server.asked) == 2


def test_the_new_token_is_on_disk_before_it_is_used(tmp_path: Path) -> None:
    """Whoever has an access token finds the refresh token that came with it in the store."""
    file = tmp_path / "login.json"
    with token_server(seconds=60) as server:
        keeper = renewal(server.url, file, FIRST)
        now = [LATER]
        keeper.clock = lambda: now[0]
        for _ in range(3):
            login = keeper.login()
            stored = from_text(file.read_text(), "it")
            assert (stored.access_token, stored.refresh_token) == (login.access_token, server.good)
            assert stored.pending_since is None
            now[0] += 60
        assert file.stat().st_mode & 0o777 == 0o600
        assert list(tmp_path.glob(".*")) == []


@pytest.mark.parametrize("used_live_on", [True, False])
def test_a_process_killed_while_it_renews_loses_no_more_than_the_server_makes_it(
    tmp_path: Path, used_live_on: bool
) -> None:
    """Killed after the token was used: the next one goes on where a used token lives on, else says what to do."""
    file, took_effect, is_dead = tmp_path / "login.json", threading.Event(), threading.Event()

    def wait_until_dead() -> None:
        took_effect.set()
        is_dead.wait(60)

    with token_server(used_live_on=used_live_on, before_answer=wait_until_dead) as server:
        victim = process(server, file)
        assert took_effect.wait(60)
        victim.kill()
        victim.communicate(timeout=30)
        is_dead.set()
        after = renewal(server.url, file, FIRST)
        if used_live_on:
            assert after.login().access_token == "access-2"
            assert from_text(file.read_text(), "it").refresh_token == server.good
        else:
            for _ in range(3):
                with pytest.raises(
                    AuthenticationError, match=r"ended before it could store.*confluence-pipeline login"
                ):
                    after.login()
            with pytest.raises(AuthenticationError, match="confluence-pipeline login"):
                renewal(server.url, file, FIRST).login()
            assert len(server.asked) == 2


def test_ctrl_c_while_it_renews_loses_nothing(tmp_path: Path) -> None:
    """An interrupt between the answer and its being stored ends the process only after it is stored."""
    file, took_effect, is_interrupted = tmp_path / "login.json", threading.Event(), threading.Event()

    def wait_until_interrupted() -> None:
        took_effect.set()
        is_interrupted.wait(60)

    with token_server(before_answer=wait_until_interrupted) as server:
        victim = process(server, file)
        assert took_effect.wait(60)
        victim.send_signal(signal.SIGINT)
        time.sleep(0.3)
        is_interrupted.set()
        victim.communicate(timeout=30)
        assert victim.returncode != 0
        assert from_text(file.read_text(), "it").refresh_token == server.good
        assert renewal(server.url, file, FIRST).login().access_token == "access-1"
    assert len(server.asked) == 1


def test_a_refusal_for_good_is_asked_once_and_says_what_mends_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Threads, later calls and other processes do not ask again; the message names the command and no secret."""
    caplog.set_level(logging.DEBUG)
    file = tmp_path / "login.json"
    with token_server(good="another") as server, ThreadPoolExecutor(8) as pool:
        keeper = renewal(server.url, file, FIRST)

        def refused(_: int) -> str:
            with pytest.raises(AuthenticationError) as caught:
                keeper.login()
            assert caught.value.setting == "CONFLUENCE_OAUTH_REFRESH_TOKEN"
            return str(caught.value) + repr(vars(caught.value))

        said = set(pool.map(refused, range(24)))
        other = process(server, file)
        _, errors = other.communicate(timeout=60)
    assert len(server.asked) == 1
    assert len(said) == 1
    assert "invalid_grant" in said.copy().pop()
    assert all("`confluence-pipeline login`" in words for words in (*said, errors))
    assert "c4n4ry" not in "".join(said) + errors + caplog.text + repr(keeper)


def test_a_wrong_secret_is_told_as_such_and_a_right_one_goes_on(tmp_path: Path) -> None:
    """The refresh token is not lost by it: with the right secret the same login works."""
    file = tmp_path / "login.json"
    with token_server() as server:
        for _ in range(2):
            with pytest.raises(AuthenticationError, match="CONFLUENCE_OAUTH_CLIENT_SECRET") as caught:
                renewal(server.url, file, FIRST, secret="wrong-c4n4ry").login()
            assert caught.value.setting == "CONFLUENCE_OAUTH_CLIENT_SECRET"
            assert "c4n4ry" not in str(caught.value)
        assert len(server.asked) == 1
        assert renewal(server.url, file, FIRST).login().access_token == "access-1"


@pytest.mark.parametrize(
    ("status", "said"),
    [(404, "not_found"), (403, "Forbidden"), (401, "Unauthorized"), (400, "invalid_request"), (403, "request_blocked")],
)
def test_a_refusal_that_is_not_about_the_login_does_not_outlive_its_cause(
    tmp_path: Path, status: int, said: str
) -> None:
    """What another server or a firewall says stops the process, with the address to check, and is not kept."""
    file = tmp_path / "login.json"
    with token_server(answer=(status, json.dumps({"error": said}).encode())) as elsewhere, token_server() as server:
        wrong = renewal(elsewhere.url, file, FIRST)
        for _ in range(3):
            with pytest.raises(AuthenticationError, match=rf"status {status}.*CONFLUENCE_LOGIN_URL") as caught:
                wrong.login()
            assert caught.value.setting == "CONFLUENCE_LOGIN_URL"
        assert len(elsewhere.asked) == 1
        assert from_text(file.read_text(), "it").pending_since is None
        assert renewal(server.url, file, FIRST).login().access_token == "access-1"


def test_a_refusal_is_that_of_one_login_server(tmp_path: Path) -> None:
    """A token that one server calls invalid is shown to another, where the settings name that now."""
    file = tmp_path / "login.json"
    with token_server(good="another") as elsewhere, token_server() as server:
        with pytest.raises(AuthenticationError, match="invalid_grant"):
            renewal(elsewhere.url, file, FIRST).login()
        assert renewal(server.url, file, FIRST).login().access_token == "access-1"


@pytest.mark.parametrize("said", ["access_denied", "not_found"])
def test_a_service_account_that_is_refused_asks_once(tmp_path: Path, said: str) -> None:
    """Whether by the login server or by what stands before it."""
    with token_server(answer=(403, json.dumps({"error": said}).encode())) as server:
        auth = ClientCredentials(renewal(server.url, tmp_path / "unused").endpoint)
        for _ in range(3):
            with pytest.raises(AuthenticationError, match=said):
                auth.authorization()
        assert len(server.asked) == 1


@pytest.mark.parametrize("error", ["invalid_grant", "access_denied", "unauthorized_client", "invalid_request", "odd"])
def test_a_login_server_that_repeats_a_secret_does_not_make_it_show(
    tmp_path: Path, error: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither in the message nor anywhere in a traceback or log, whatever it refuses with."""
    caplog.set_level(logging.DEBUG)
    body = json.dumps({"error": error, "error_description": f"No {FIRST} with {SECRET}", "error_uri": FIRST}).encode()
    with token_server(answer=(403, body)) as server:
        keeper = renewal(server.url, tmp_path / "login.json", FIRST)
        with pytest.raises(AuthenticationError) as caught:
            keeper.login()
    shown = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value)) + caplog.text
    assert error in shown
    assert "c4n4ry" not in shown


@pytest.mark.parametrize(
    "answer", [(500, b""), (503, b"<html>"), (429, b"{}"), (200, b"{}"), (200, b"<html>"), (200, b"[1]"), (302, b"")]
)
def test_a_login_server_in_trouble_is_asked_again_and_loses_nothing(tmp_path: Path, answer: tuple[int, bytes]) -> None:
    """What passes is told as unavailable, which a run tries again later; then the same login works."""
    with token_server(answer=answer, used_live_on=True) as server:
        keeper = renewal(server.url, tmp_path / "login.json", FIRST)
        with pytest.raises(SiteUnavailableError, match="3 times"):
            keeper.login()
        assert len(server.asked) == 3
        server.answer = None
        assert keeper.login().access_token.startswith("access-")


def test_what_stands_before_the_login_server_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that wants a login is no trouble of the login server's, and does not pass."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serving([Answer(status=407)]) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(SettingError, match="asks for a login") as caught:
            renewal("https://login.example", tmp_path / "login.json", FIRST).login()
        assert caught.value.setting == "HTTPS_PROXY"
        assert len(proxy.asked) <= 1


def test_a_new_token_in_the_settings_begins_anew_and_an_old_one_does_not(tmp_path: Path) -> None:
    """The settings' refresh token counts once; the store goes on from it until another one stands there."""
    file = tmp_path / "login.json"
    with token_server() as server:
        assert renewal(server.url, file, FIRST).login().access_token == "access-1"
        assert renewal(server.url, file, FIRST).login().access_token == "access-1"
        assert renewal(server.url, file).login().access_token == "access-1"
        server.good = "fresh-c4n4ry"
        assert renewal(server.url, file, "fresh-c4n4ry").login().access_token == "access-2"
    assert [fields["refresh_token"] for fields in server.asked] == [FIRST, "fresh-c4n4ry"]


def test_without_a_login_the_command_is_named_and_nothing_asked(tmp_path: Path) -> None:
    """Neither a stored login nor one in the settings."""
    with token_server() as server, pytest.raises(AuthenticationError, match="`confluence-pipeline login`"):
        renewal(server.url, tmp_path / "login.json").login()
    assert server.asked == []


def test_a_store_that_cannot_be_written_costs_no_token(tmp_path: Path) -> None:
    """It is found out before the refresh token is used."""
    (tmp_path / "file").write_text("in the way")
    with token_server() as server, pytest.raises(SettingError, match="CONFLUENCE_TOKEN_STORE"):
        renewal(server.url, tmp_path / "file" / "login.json", FIRST).login()
    assert server.asked == []


def test_a_service_account_keeps_its_token_in_memory(tmp_path: Path) -> None:
    """One request for all threads, another when it runs out, and a refusal is asked for once."""
    with token_server(seconds=60) as server, ThreadPoolExecutor(8) as pool:
        auth = ClientCredentials(renewal(server.url, tmp_path / "unused").endpoint)
        assert set(pool.map(lambda _: auth.authorization(), range(32))) == {"Bearer access-1"}
        assert not auth.renew("Bearer access-1")
        now = time.time()
        auth.clock = lambda: now + 50
        assert auth.authorization() == "Bearer access-2"
        auth.clock = lambda: now + 80
        assert auth.renew("Bearer access-2")
        assert auth.authorization() == "Bearer access-3"
        assert [fields["grant_type"] for fields in server.asked] == ["client_credentials"] * 3
        wrong = ClientCredentials(renewal(server.url, tmp_path / "unused", secret="wrong").endpoint)
        for _ in range(3):
            with pytest.raises(AuthenticationError, match="CONFLUENCE_OAUTH_CLIENT_SECRET"):
                wrong.authorization()
        assert len(server.asked) == 4
    assert list(tmp_path.iterdir()) == []
