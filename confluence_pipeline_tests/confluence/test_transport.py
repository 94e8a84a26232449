"""One request over the wire, and everything that can go wrong with it."""

import gzip
import json
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from confluence_pipeline.confluence import (
    AccessError,
    AddressError,
    AuthenticationError,
    ConfluenceClient,
    ConfluenceError,
    GoneError,
    NotFoundError,
    RefusedError,
    RetryPolicy,
    ServerError,
    SettingError,
    SiteUnavailableError,
    Timeouts,
    TooLargeError,
)
from confluence_pipeline.confluence.answers import Reply, quote
from confluence_pipeline.confluence.budget import Budget
from confluence_pipeline.confluence.meter import Meter
from confluence_pipeline.confluence.transport import Transport
from confluence_pipeline.cost import Cost
from confluence_pipeline_tests.confluence.doubles import CANARY, LOGIN, QUICK, Answer, Asked, connection_to, serving

GOOD = {"results": [{"id": "1"}]}
PATH = "/api/v2/pages"
SERVER = "CONFLUENCE_SERVER_URL"


def transport_to(url: str, *, retries: RetryPolicy = QUICK, timeouts: Timeouts | None = None) -> Transport:
    """Return a transport that gives up soon."""
    return Transport(f"{url}/wiki", LOGIN, Budget(4), retries, timeouts or Timeouts(connect=2, read=1, whole=2))


def get(url: str, **options: Any) -> tuple[Reply, Meter]:
    """Ask once."""
    meter = Meter()
    transport = transport_to(url, **options)
    try:
        return transport.get(PATH, [("id", "1"), ("id", "2")], meter=meter), meter
    finally:
        transport.close()


def failure(url: str, **options: Any) -> ConfluenceError:
    """Ask once, and return the error that must come."""
    with pytest.raises(ConfluenceError) as caught:
        get(url, **options)
    return caught.value


def test_a_good_answer_is_its_json_and_what_it_cost() -> None:
    """Credentials, gzip and repeated parameters go out; bytes are counted after decompression."""
    packed = gzip.compress(json.dumps(GOOD).encode())
    with serving([Answer(packed, headers={"Content-Encoding": "gzip"})]) as server:
        reply, meter = get(server.url)
    assert reply.data == GOOD
    asked = server.asked[0]
    assert asked.path == "/wiki/api/v2/pages?id=1&id=2"
    assert asked.headers["Authorization"] == LOGIN.authorization()
    assert "gzip" in asked.headers["Accept-Encoding"]
    assert asked.headers["User-Agent"].startswith("confluence-pipeline")
    assert (meter.total.requests, meter.total.retries, meter.total.bytes_received) == (1, 0, len(json.dumps(GOOD)))


@pytest.mark.parametrize(
    "fault",
    [
        Answer(status=500),
        Answer(status=503),
        Answer(status=504),
        Answer(status=429),
        Answer(status=429, headers={"Retry-After": "0"}),
        Answer(json.dumps(GOOD).encode()[:-5]),
        Answer(json.dumps(GOOD).encode()[:-5], headers={"Content-Length": "500"}, cut=True),
        Answer(b"", headers={"Content-Length": "500"}, cut=True),
        Answer(b""),
        Answer(b"not gzip", headers={"Content-Encoding": "gzip"}),
        Answer(b"<html>log in</html>", headers={"Content-Type": "text/html;charset=UTF-8"}),
    ],
    ids=lambda fault: f"{fault.status}-{fault.content[:12]!r}-{'cut' if fault.cut else 'whole'}",
)
def test_faults_that_may_pass_are_tried_again(fault: Answer) -> None:
    """Two faults and then a good answer are a good answer, and two retries in the books."""
    with serving([fault, fault, Answer(GOOD)]) as server:
        reply, meter = get(server.url)
    assert reply.data == GOOD
    assert (meter.total.requests, meter.total.retries) == (3, 2)


@pytest.mark.parametrize("last", [Answer(b"<html>", headers={"Content-Type": "text/html"}), Answer(status=429)])
def test_an_api_that_answered_once_is_there(last: Answer) -> None:
    """Whatever came last: a fault of the one request is told, and not a wrong address or a site that is away."""
    with serving([Answer(status=502), last]) as server:
        error = failure(server.url)
    assert type(error) is ServerError
    assert "status 502" in str(error)


def test_little_patience_is_for_faulty_answers_and_not_for_a_busy_site() -> None:
    """Two faults are enough where a batch can be halved; 429 is repeated as ever."""
    with serving([Answer(status=500)]) as server, ConfluenceClient(connection_to(server.url)) as client:
        with pytest.raises(ServerError) as caught:
            client.api_for(250).contents_by_id("page", ["1", "2"])
        assert caught.value.attempts == len(server.asked) == 2
        with pytest.raises(ServerError) as caught:
            client.api_for(1).contents_by_id("page", ["1"])
        assert caught.value.attempts == QUICK.attempts
    with serving([Answer(status=429)]) as server, ConfluenceClient(connection_to(server.url)) as client:
        with pytest.raises(SiteUnavailableError) as busy:
            client.api_for(250).contents_by_id("page", ["1", "2"])
        assert busy.value.attempts == QUICK.attempts


@pytest.mark.parametrize(
    ("answer", "kind", "setting", "said"),
    [
        (Answer(status=500), ServerError, None, "status 500"),
        (Answer(status=429), SiteUnavailableError, None, "status 429"),
        (Answer(b'{"results": ['), ServerError, None, "JSON that breaks off"),
        (Answer(b'{"a":' * 100_000), ServerError, None, "JSON that breaks off"),
        (Answer(b"{}", headers={"Content-Length": "9"}, cut=True), ServerError, None, "an answer that broke off"),
        (Answer(b""), ServerError, None, "something other than a JSON object"),
        (Answer(b"[1, 2]"), AuthenticationError, "CONFLUENCE_SERVER_URL", "something other than a JSON object"),
        (Answer(b"\x00\xff garbage"), AuthenticationError, "CONFLUENCE_SERVER_URL", "other than a JSON object"),
        (
            Answer(b"<html>log in</html>", headers={"Content-Type": "TEXT/HTML"}),
            AuthenticationError,
            "CONFLUENCE_SERVER_URL",
            "a web page instead of JSON",
        ),
    ],
    ids=["500", "429", "truncated", "nested", "cut", "empty", "list", "garbage", "login page"],
)
def test_faults_that_do_not_pass_are_told_by_name(
    answer: Answer, kind: type[ConfluenceError], setting: str | None, said: str
) -> None:
    """After the attempts are used up, the error says what came, how often, and which setting to look at."""
    with serving([answer]) as server:
        error = failure(server.url)
    assert type(error) is kind
    assert said in str(error)
    assert (error.setting, error.attempts) == (setting, 3)
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("answer", "kind", "setting", "said"),
    [
        (Answer({"message": "Unauthorized"}, 401), AuthenticationError, "CONFLUENCE_API_TOKEN", "Unauthorized"),
        (Answer({"message": "not permitted"}, 403), AccessError, "CONFLUENCE_USER_NAME", "not permitted"),
        (Answer({"errors": [{"title": "Not Found", "detail": None}]}, 404), NotFoundError, None, "Not Found"),
        (Answer({"errors": [{"title": "Bad", "detail": "id"}]}, 400), RefusedError, None, "status 400: Bad id"),
        (Answer({"message": "com.atlassian.x.GoneException: removed"}, 410), GoneError, None, ": removed"),
        (Answer(b"<html>", 404, {"Content-Type": "text/html"}), AddressError, SERVER, "no Confluence at"),
        (Answer(b"teapot", 418), RefusedError, None, "status 418"),
        (Answer({"message": ["x"]}, 400), RefusedError, None, "status 400"),
        (Answer(b"", 302, {"Location": "https://login.example/x"}), AddressError, SERVER, "login.example"),
        (Answer(b"", 302, {"Location": "http://[broken"}), AddressError, SERVER, "another page"),
        (Answer(b"", 301), AddressError, SERVER, "another page"),
    ],
)
def test_refusals_are_told_at_once(answer: Answer, kind: type[ConfluenceError], setting: str | None, said: str) -> None:
    """What trying again cannot mend is asked once, and the site's own words are shown."""
    with serving([answer]) as server:
        error = failure(server.url)
    assert type(error) is kind
    assert said in str(error)
    assert error.setting == setting
    assert not error.retryable
    assert len(server.asked) == 1


def test_credentials_do_not_follow_a_redirect() -> None:
    """Another host is never asked, so it never sees the token."""
    with serving([Answer(GOOD)]) as other:
        target = f"http://localhost:{other.port}/wiki{PATH}"
        with serving([Answer(b"", 302, {"Location": target})]) as server:
            failure(server.url)
    assert other.asked == []


def test_credentials_are_not_in_requests_that_a_proxy_carries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain http to this machine goes there directly, whatever proxy is set."""
    with serving([Answer(GOOD)]) as proxy, serving([Answer(GOOD)]) as server:
        monkeypatch.setenv("http_proxy", proxy.url)
        get(server.url)
    assert (len(proxy.asked), len(server.asked)) == (0, 1)


def test_a_netrc_file_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only the settings say who logs in."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with serving([Answer(GOOD)]) as server:
        get(server.url)
    assert server.asked[0].headers["Authorization"] == LOGIN.authorization()


def test_pauses_that_the_site_asks_for_are_no_attempts() -> None:
    """A request that is told to wait again and again goes through in the end, after waiting as asked."""
    busy = Answer(status=429, headers={"Retry-After": "0.05", "RateLimit-Reason": "confluence-quota-based"})
    with serving([busy] * 8 + [Answer(GOOD)]) as server:
        began = time.monotonic()
        _, meter = get(server.url)
    assert time.monotonic() - began >= 8 * 0.05
    assert (meter.total.requests, meter.total.retries) == (9, 8)
    assert meter.total.throttled_seconds >= 0.35


def test_a_site_that_asks_for_too_long_a_wait_is_left_alone() -> None:
    """The step is tried again later, instead of a thread that sleeps for an hour; the message says when that is."""
    with serving([Answer(status=429, headers={"Retry-After": "3600"})]) as server:
        error = failure(server.url)
    assert isinstance(error, SiteUnavailableError)
    assert error.until is not None
    assert 3590 < (error.until - datetime.now(UTC)).total_seconds() <= 3600
    assert f"left alone until {error.until:%Y-%m-%d %H:%M:%S} UTC, for 3600 seconds" in str(error)
    assert len(server.asked) == 1


def test_nobody_is_kept_waiting_for_ever() -> None:
    """The pauses of one request together have a limit too."""
    patience = RetryPolicy(attempts=3, longest_wait_seconds=0.35)
    with serving([Answer(status=503, headers={"Retry-After": "0.1"})]) as server:
        error = failure(server.url, retries=patience)
    assert isinstance(error, SiteUnavailableError)
    assert len(server.asked) == 4


def test_an_answer_that_drips_is_given_up() -> None:
    """However steadily bytes come, a request has an end."""
    with serving([Answer({"results": ["x" * 200]}, drip_seconds=0.02)]) as server:
        began = time.monotonic()
        error = failure(
            server.url,
            retries=RetryPolicy(attempts=2, first_seconds=0.01),
            timeouts=Timeouts(connect=1, read=1, whole=0.2),
        )
    assert "broke off" in str(error)
    assert time.monotonic() - began < 2


def test_an_answer_over_the_limit_is_not_read_on() -> None:
    """Memory is bounded by the caller, and nothing is asked again."""
    with serving([Answer({"results": ["x" * 3_000_000]})]) as server:
        transport, meter = transport_to(server.url), Meter()
        with pytest.raises(TooLargeError):
            transport.get(PATH, meter=meter, most_bytes=200_000)
        transport.close()
    assert len(server.asked) == 1
    assert 200_000 < meter.total.bytes_received < 400_000


def test_a_port_where_nothing_listens_is_a_site_that_is_away() -> None:
    """The system's own words are shown, with the setting to look at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        error = failure(f"http://127.0.0.1:{free.getsockname()[1]}")
    assert isinstance(error, SiteUnavailableError)
    assert "Connection refused" in str(error)
    assert error.setting == "CONFLUENCE_SERVER_URL"


def test_a_server_that_says_nothing_is_a_site_that_is_away() -> None:
    """A read that times out is tried again and then told."""
    with silent_server() as url:
        error = failure(url, timeouts=Timeouts(connect=1, read=0.1, whole=1))
    assert isinstance(error, SiteUnavailableError)
    assert "no answer in time" in str(error)


@contextmanager
def silent_server() -> Iterator[str]:
    """Take connections, and say nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_server_that_speaks_something_else_is_a_fault() -> None:
    """Bytes that are no HTTP do not crash the client."""

    def greet(server: socket.socket) -> None:
        for _ in range(QUICK.attempts):
            peer, _ = server.accept()
            with peer:
                peer.recv(4096)
                peer.sendall(b"220 mail.example ESMTP\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=greet, args=(server,), daemon=True)
        thread.start()
        error = failure(f"http://127.0.0.1:{server.getsockname()[1]}")
        thread.join(5)
    assert isinstance(error, SiteUnavailableError)


def test_a_certificate_that_is_not_trusted_is_told_with_the_setting(certificate: Path) -> None:
    """The token is not sent, nothing is tried again, and the way out for private authorities is named."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    seen: list[bytes] = []

    def serve(server: socket.socket) -> None:
        peer, _ = server.accept()
        try:
            with context.wrap_socket(peer, server_side=True) as secure:
                seen.append(secure.recv(4096))
        except OSError:
            peer.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        error = failure(f"https://localhost:{server.getsockname()[1]}")
        thread.join(5)
    assert isinstance(error, AddressError)
    assert error.setting == "CONFLUENCE_CA_BUNDLE"
    assert "self-signed" in str(error)
    assert all(CANARY.encode() not in data and b"Authorization" not in data for data in seen)


def test_a_private_authority_is_trusted_where_its_file_is_named(certificate: Path) -> None:
    """The file is added to what is trusted; one that holds no certificates is refused by its setting."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def serve(server: socket.socket) -> None:
        peer, _ = server.accept()
        with peer, context.wrap_socket(peer, server_side=True) as secure:
            secure.recv(4096)
            secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        transport = Transport(
            f"https://localhost:{server.getsockname()[1]}", LOGIN, Budget(1), ca_bundle=str(certificate)
        )
        assert transport.get("/x", meter=Meter()).data == {}
        transport.close()
        thread.join(5)
    for wrong in (__file__, "/nowhere"):
        with pytest.raises(SettingError, match="CONFLUENCE_CA_BUNDLE"):
            Transport("https://localhost", LOGIN, Budget(1), ca_bundle=wrong)


def test_a_certificate_that_has_expired_is_told_as_such(tmp_path: Path) -> None:
    """The sentence names the host and who mends it, and proposes no setting that would hide it."""
    key, request, expired = (tmp_path / name for name in ("key.pem", "request.pem", "expired.pem"))
    asked: list[str | Path] = [
        "req",
        "-new",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=localhost",
        "-keyout",
        key,
        "-out",
        request,
    ]
    signed: list[str | Path] = [
        "x509",
        "-req",
        "-in",
        request,
        "-signkey",
        key,
        "-days",
        "-1",
        "-copy_extensions",
        "copy",
    ]
    try:
        for command in ([*asked, "-addext", "subjectAltName=DNS:localhost"], [*signed, "-out", expired]):
            subprocess.run(["openssl", *command], check=True, capture_output=True, timeout=60)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("there is no openssl here that can make a certificate of the past")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(expired, key)

    def serve(server: socket.socket) -> None:
        peer, _ = server.accept()
        try:
            with context.wrap_socket(peer, server_side=True):
                pass
        except OSError:
            peer.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        transport = Transport(f"https://localhost:{server.getsockname()[1]}", LOGIN, Budget(1), ca_bundle=str(expired))
        with pytest.raises(AddressError, match="certificate of localhost has expired"):
            transport.get("/x", meter=Meter())
        transport.close()
        thread.join(5)


def test_a_proxy_that_asks_for_a_login_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """407 is no fault of the site and does not pass: one sentence says where user and password go."""
    with serving([Answer(status=407)]) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        error = failure("https://site.example")
        assert len(proxy.asked) <= 1
    assert isinstance(error, AddressError)
    assert error.setting == "HTTPS_PROXY"
    assert "asks for a login" in str(error)


def test_a_proxy_that_is_down_is_not_taken_for_one_that_asks_for_a_login(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever numbers are in the address that was asked: it may pass, and is tried again."""
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    transport = Transport("https://site407.example", LOGIN, Budget(1), retries=QUICK)
    with pytest.raises(SiteUnavailableError, match="3 times in a row"):
        transport.get("/rest/api/content/114072", (("start", "407"),), meter=Meter())
    transport.close()


def test_https_to_a_plain_server_is_no_certificate_problem() -> None:
    """It is told as a connection that did not come about."""
    with serving([Answer(GOOD)]) as server:
        error = failure(f"https://127.0.0.1:{server.port}")
    assert isinstance(error, SiteUnavailableError)
    assert error.setting == "CONFLUENCE_SERVER_URL"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", ""),
        (b"<html>", ""),
        (b"[]", ""),
        (b'{"errors": []}', ""),
        (b'{"errors": ["plain"]}', "plain"),
        (b'{"errors": [{"title": "T", "detail": "D"}]}', "T D"),
        (b'{"message": "com.atlassian.confluence.api.service.exceptions.BadRequestException: a\\n  b"}', "a b"),
        (json.dumps({"message": "x" * 1000}).encode(), "x" * 300 + "…"),
        (json.dumps({"message": "x" * 290 + CANARY}).encode(), "x" * 290 + "***"),
    ],
)
def test_the_sites_words_are_quoted_short_and_without_secrets(body: bytes, said: str) -> None:
    """All three envelopes are known, secrets go before the text is cut, and other bodies give nothing."""
    assert quote(body, hidden=LOGIN.secrets()) == said


def test_requests_are_answered_side_by_side() -> None:
    """Threads share one transport: as many requests as the budget allows are under way, and no answer is mixed up."""
    together = threading.Barrier(4, timeout=5)

    def answer(asked: Asked) -> Answer:
        together.wait()
        return Answer({"path": asked.path})

    with serving(answer) as server:
        transport = transport_to(server.url)
        found: dict[int, str] = {}

        def ask(number: int) -> None:
            found[number] = transport.get(f"/{number}", meter=Meter()).data["path"]

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        transport.close()
    assert found == {number: f"/wiki/{number}" for number in range(4)}


def asked_often(url: str, times: int) -> Cost:
    """Ask so many times, one after the other; return the cost."""
    transport, meter = transport_to(url), Meter()
    for _ in range(times):
        transport.get(PATH, meter=meter)
    transport.close()
    return meter.total


@pytest.mark.parametrize(("reason", "is_slower"), [("confluence-burst-based", True), ("confluence-quota-based", False)])
def test_a_refusal_for_speed_slows_what_follows_and_one_for_a_quota_does_not(reason: str, is_slower: bool) -> None:
    """The pause is obeyed in both cases; only requests that came too fast are a reason to space them out."""
    refusal = Answer(status=429, headers={"Retry-After": "0.1", "RateLimit-Reason": reason})
    with serving([*[Answer(GOOD)] * 20, refusal, Answer(GOOD)]) as server:
        cost = asked_often(server.url, 60)
    assert cost.asked_seconds >= 0.05
    assert (cost.pace_seconds > 0.02) == is_slower


def test_a_warning_that_little_remains_slows_what_follows() -> None:
    """Good answers may say that a limit is near, and then the rest is spread until its reset."""
    reset = (datetime.now(UTC) + timedelta(seconds=30)).isoformat()
    warning = {"X-RateLimit-NearLimit": "true", "X-RateLimit-Remaining": "300", "X-RateLimit-Reset": reset}
    with serving([Answer(GOOD, headers=warning)]) as server:
        began = time.monotonic()
        cost = asked_often(server.url, 8)
    assert time.monotonic() - began > 0.5
    assert cost.pace_seconds > 0.3


def test_every_wait_is_counted_by_its_reason() -> None:
    """A pause of the site, a pause of ours before a repeat; the total is their sum, and points are counted."""
    with serving([Answer(status=503), Answer(status=503, headers={"Retry-After": "0.1"}), Answer(GOOD)]) as server:
        _, meter = get(server.url)
    cost = meter.total
    assert cost.asked_seconds >= 0.09
    assert cost.backoff_seconds > 0
    assert cost.throttled_seconds == pytest.approx(cost.asked_seconds + cost.backoff_seconds)
    assert cost.points == 1 + 1 + 2


def test_after_a_lost_login_nothing_more_is_asked() -> None:
    """A 401 of v2 is about the login: all later requests of the client end with its words, and are not sent."""
    with serving([Answer(status=401)]) as server, ConfluenceClient(connection_to(server.url)) as client:
        for _ in range(3):
            with pytest.raises(AuthenticationError, match="CONFLUENCE_API_TOKEN") as caught:
                client.api.contents_by_id("page", ["1"])
            assert (caught.value.status, caught.value.setting) == (401, "CONFLUENCE_API_TOKEN")
        assert len(server.asked) == 1
