"""Requests signed with a token that runs out: renewed in time, or once after a 401 that is about its age."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from confluence_pipeline.confluence import (
    AccessError,
    AuthenticationError,
    ConfluenceClient,
    ConfluenceError,
    Connection,
)
from confluence_pipeline.confluence.auth import ClientCredentials, OAuth
from confluence_pipeline.confluence.transport import Timeouts
from confluence_pipeline_tests.confluence.auth.renewing import renewal
from confluence_pipeline_tests.confluence.auth.token_server import FIRST, TokenServer, token_server
from confluence_pipeline_tests.confluence.doubles import QUICK, Answer, Asked, ScriptedServer, serving

CLOUD_ID = "7d5b1e6c-3f0e-4f53-9a41-0c6f3fb6f7aa"
SPACE = {"id": "7", "key": "ENG", "name": "Engineering", "type": "global", "status": "current"}
RESOURCE = "/rest/api/content/7/child/attachment/att9/download"


def connected(gateway: ScriptedServer, tokens: TokenServer, folder: Path) -> tuple[ConfluenceClient, OAuth]:
    """Return a client with a login, and the login, whose first token was issued a while ago."""
    keeper = renewal(tokens.url, folder / "login.json", FIRST)
    now = time.time()
    auth = OAuth(keeper)
    auth.authorization()
    keeper.clock = lambda: now + 100
    timeouts = Timeouts(connect=2, read=2, whole=4)
    connection = Connection(
        "https://site.example", auth, cloud_id=CLOUD_ID, gateway_url=gateway.url, retries=QUICK, timeouts=timeouts
    )
    return ConfluenceClient(connection), auth


def refusing(message: str, *tokens: str) -> Callable[[Asked], Answer]:
    """Return an answer function that refuses tokens with a message, and is good to all others."""

    def answer(asked: Asked) -> Answer:
        if asked.headers["Authorization"].removeprefix("Bearer ") in tokens:
            return Answer({"code": 401, "message": message}, 401)
        if asked.path.endswith("/download"):
            return Answer(b"bytes", headers={"Content-Type": "text/plain"})
        return Answer({"results": [SPACE]})

    return answer


def test_a_token_that_the_gateway_calls_old_is_renewed_and_the_request_sent_again(tmp_path: Path) -> None:
    """The caller notices nothing, for an API call and for a download."""
    with token_server() as tokens, serving(refusing("Unauthorized", "access-1", "access-2")) as gateway:
        client, _ = connected(gateway, tokens, tmp_path)
        with client, pytest.raises(AuthenticationError):
            list(client.api.spaces())
        assert [asked.headers["Authorization"] for asked in gateway.asked] == ["Bearer access-1", "Bearer access-2"]
    with token_server() as tokens, serving(refusing("Unauthorized", "access-1")) as gateway:
        client, auth = connected(gateway, tokens, tmp_path / "other")
        with client:
            assert [space.key for space in client.api.spaces()] == ["ENG"]
            assert client.cost.requests == 2
        assert auth.authorization() == "Bearer access-2"
        assert len(tokens.asked) == 2
    with token_server() as tokens, serving(refusing("Unauthorized", "access-1")) as gateway:
        client, _ = connected(gateway, tokens, tmp_path / "third")
        with client:
            assert _download(client) == b"bytes"
        assert len(tokens.asked) == 2


def test_a_missing_scope_costs_no_renewal(tmp_path: Path) -> None:
    """The gateway's 401 for a scope is told at once, with where to add it; the token stays."""
    with token_server() as tokens, serving(refusing("Unauthorized; scope does not match", "access-1")) as gateway:
        client, auth = connected(gateway, tokens, tmp_path)
        with client:
            for _ in range(3):
                with pytest.raises(AccessError, match=r"read:space:confluence.*developer\.atlassian\.com"):
                    list(client.api.spaces())
        assert auth.authorization() == "Bearer access-1"
        assert len(tokens.asked) == 1


def test_a_login_that_is_lost_in_the_middle_stops_every_thread_at_once(tmp_path: Path) -> None:
    """After a refusal for good neither the gateway nor the login server is asked again."""
    with token_server() as tokens, serving(refusing("Unauthorized", "access-1")) as gateway:
        client, _ = connected(gateway, tokens, tmp_path)
        tokens.good = "revoked"

        def refused(_: int) -> bool:
            with pytest.raises(AuthenticationError, match="`confluence-pipeline login`"):
                list(client.api.spaces())
            return True

        with client:
            assert all(client.in_parallel(refused, range(30)))
        assert len(tokens.asked) == 2
        assert len(gateway.asked) <= 8


@pytest.mark.parametrize("kind", ["a person's", "a service account's"])
@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_token_that_was_renewed_meanwhile_shows_as_little_as_the_new_one(
    tmp_path: Path, status: int, kind: str
) -> None:
    """An error that repeats what its request was signed with is cleaned of it, although the way in has forgotten it."""
    with token_server() as tokens:
        keeper = renewal(tokens.url, tmp_path / "login.json", FIRST)
        auth = OAuth(keeper) if kind == "a person's" else ClientCredentials(keeper.endpoint)
        auth.authorization()
        now = time.time()

        def renew_and_repeat(asked: Asked) -> Answer:
            keeper.clock = lambda: now + 10_000
            if isinstance(auth, ClientCredentials):
                auth.clock = keeper.clock
            auth.authorization()
            return Answer({"message": f"scope does not match for {asked.headers['Authorization']}"}, status)

        with serving(renew_and_repeat) as gateway:
            connection = Connection("https://site.example", auth, cloud_id=CLOUD_ID, gateway_url=gateway.url)
            with ConfluenceClient(replace(connection, retries=QUICK)) as client:
                for ask in (lambda: list(client.api.spaces()), lambda: _download(client)):
                    with pytest.raises(ConfluenceError) as caught:
                        ask()
                    assert "access-" not in str(caught.value)
            assert gateway.asked[0].headers["Authorization"] == "Bearer access-1"
            assert len(tokens.asked) > 1


def _download(client: ConfluenceClient) -> bytes:
    with client.api.download(f"https://site.example/wiki{RESOURCE}") as download:
        return b"".join(download.chunks)
