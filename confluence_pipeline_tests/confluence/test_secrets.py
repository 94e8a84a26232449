"""A canary token goes through every kind of failure, and is looked for in whatever a person could come to see."""

import logging
import traceback
from collections.abc import Callable

import pytest

from confluence_pipeline.confluence import ApiToken, ConfluenceClient, ConfluenceError, RecentItem, Scope, site_base
from confluence_pipeline.confluence.transport import Timeouts
from confluence_pipeline_tests.confluence.doubles import CANARY, LOGIN, QUICK, Answer, Asked, connection_to, serving

HTML = {"Content-Type": "text/html"}
ENCODED = LOGIN.authorization().removeprefix("Basic ")


def echo(asked: Asked) -> Answer:
    """Repeat the caller's credentials in an error, as a careless proxy does."""
    return Answer({"message": f"Invalid header {asked.headers['Authorization']} for {CANARY}"}, 400)


FAILURES: dict[str, Callable[[Asked], Answer]] = {
    "echo 400": echo,
    "echo 401": lambda asked: Answer(echo(asked).body, 401),
    "echo 403": lambda asked: Answer(echo(asked).body, 403),
    "echo 404": lambda asked: Answer(echo(asked).body, 404),
    "echo v2": lambda asked: Answer({"errors": [{"title": CANARY, "detail": asked.headers["Authorization"]}]}, 400),
    "echo page": lambda asked: Answer(f"<html>{asked.headers['Authorization']}</html>".encode(), 200, HTML),
    "echo results": lambda asked: Answer({"results": [asked.headers]}),
    "echo next": lambda asked: Answer(
        {"results": [], "_links": {"next": f"/x?token={asked.headers['Authorization']}"}}
    ),
    "echo redirect": lambda _: Answer(b"", 302, {"Location": f"https://user:{CANARY}@other.example/{ENCODED}"}),
    "500": lambda _: Answer(status=500),
    "429": lambda _: Answer(status=429, headers={"Retry-After": "3600"}),
    "cut": lambda _: Answer(b"{", headers={"Content-Length": "99"}, cut=True),
    "truncated": lambda _: Answer(b'{"results": ['),
    "garbage": lambda _: Answer(b"\xff\x00"),
    "bad gzip": lambda _: Answer(b"x", headers={"Content-Encoding": "gzip"}),
    "drip": lambda _: Answer({"results": "x" * 100}, drip_seconds=0.02),
}


NO_FAULT = {
    *((name, "download") for name in ("echo results", "echo next", "truncated", "garbage")),
    ("echo next", "members"),
}
"""Where any bytes will do, and where an empty page is the last."""


def seen_by_a_person(error: BaseException, caplog: pytest.LogCaptureFixture) -> str:
    """Return all that a log, a traceback or a debugger's print would show."""
    shown = [str(error), repr(error), repr(error.args), repr(vars(error)), caplog.text]
    shown += traceback.format_exception(error)
    return "\n".join(shown)


def downloaded(client: ConfluenceClient) -> bytes:
    """Download an attachment."""
    with client.api.download(f"{client.base_url}/rest/api/content/7/child/attachment/att9/download") as download:
        return b"".join(download.chunks)


@pytest.mark.parametrize(
    "call", ["caller", "spaces", "search", "types", "bodies", "comments", "comment", "members", "views", "download"]
)
@pytest.mark.parametrize("name", FAILURES)
def test_no_failure_shows_the_token(name: str, call: str, caplog: pytest.LogCaptureFixture) -> None:
    """Not in the message, its chain, its attributes, or any log at its most talkative."""
    caplog.set_level(logging.DEBUG)
    calls: dict[str, Callable[[ConfluenceClient], object]] = {
        "caller": lambda client: client.log_in(),
        "spaces": lambda client: list(client.api.spaces()),
        "search": lambda client: list(client.api.search("type = page")),
        "types": lambda client: client.api.visible_types(["1"]),
        "bodies": lambda client: client.api.bodies("page", ["1"]),
        "comments": lambda client: list(client.api.comments("type = comment")),
        "comment": lambda client: client.api.comment(RecentItem("9", "7", "footer", 1)),
        "members": lambda client: list(client.api.group_members("g")),
        "views": lambda client: client.api.views("page", "7"),
        "download": downloaded,
    }
    patience = Timeouts(connect=1, read=1, whole=0.05)
    with (
        serving(FAILURES[name]) as server,
        ConfluenceClient(connection_to(server.url, timeouts=patience)) as client,
    ):
        try:
            calls[call](client)
        except ConfluenceError as error:
            shown = seen_by_a_person(error, caplog)
        else:
            shown = caplog.text
            assert (name, call) in NO_FAULT, "the call did not fail"
        shown += repr(client) + repr(connection_to(server.url)) + repr(vars(client))
    assert CANARY not in shown
    assert ENCODED not in shown


def test_the_way_to_the_bytes_is_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    """An address that is signed for a while opens the file to whoever has it."""
    caplog.set_level(logging.INFO)
    for answer in (Answer(status=403), Answer(status=500), Answer(b"x", headers={"Content-Length": "9"}, cut=True)):
        with serving([answer]) as host:
            sent_on = Answer(b"", 302, {"Location": f"{host.url}/file?token={CANARY}"})
            with (
                serving([sent_on]) as server,
                ConfluenceClient(connection_to(server.url)) as client,
                pytest.raises(ConfluenceError) as caught,
            ):
                downloaded(client)
        assert CANARY not in seen_by_a_person(caught.value, caplog)
        assert all("Authorization" not in asked.headers for asked in host.asked)


def test_settings_do_not_show_the_token(caplog: pytest.LogCaptureFixture) -> None:
    """Neither a wrong value, nor an address that holds it, nor the object that keeps it."""
    caplog.set_level(logging.DEBUG)
    makers: list[Callable[[], object]] = [
        lambda: ApiToken("reader@example.com", f"{CANARY}\n"),
        lambda: ApiToken("", CANARY),
        lambda: site_base(f"https://reader:{CANARY}@site.example"),
        lambda: site_base(f"https://site.example:{CANARY}"),
        lambda: site_base(f"{CANARY} {CANARY}"),
        lambda: Scope(space_keys=("a b",)),
    ]
    for make in makers:
        with pytest.raises(ConfluenceError) as caught:
            make()
        assert CANARY not in str(caught.value) + repr(caught.value)
    assert CANARY not in repr(LOGIN) + str(LOGIN) + repr(QUICK) + caplog.text
