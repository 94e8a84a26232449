"""The bytes of attachments: whole or an error, resumed, and never a credential to where they lie."""

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from confluence_pipeline.confluence import (
    AccessError,
    AuthenticationError,
    ConfluenceClient,
    ConfluenceError,
    NotFoundError,
    RefusedError,
    ServerError,
    SiteUnavailableError,
)
from confluence_pipeline.confluence.cql import any_of
from confluence_pipeline.confluence.transport import Timeouts
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.confluence.doubles import Answer, Asked, ScriptedServer, connection_to, serving

PATH = "/rest/api/content/7/child/attachment/att9/download"
BYTES = bytes(range(256)) * 20
HASTY = Timeouts(connect=2, read=2, whole=0.3)
FILE = {"Content-Type": "application/octet-stream", "Content-Disposition": "attachment"}


def media(asked: Asked) -> Answer:
    """A media host as it should be."""
    start = asked.headers.get("Range", "").removeprefix("bytes=").removesuffix("-")
    if not start:
        return Answer(BYTES, headers=FILE)
    if int(start) >= len(BYTES):
        return Answer(b"", 416, FILE | {"Content-Range": f"bytes */{len(BYTES)}"})
    told = {"Content-Range": f"bytes {start}-{len(BYTES) - 1}/{len(BYTES)}"}
    return Answer(BYTES[int(start) :], 206, FILE | told)


@contextmanager
def site_and_media(
    answer: Callable[[Asked], Answer], **changes: object
) -> Iterator[tuple[ConfluenceClient, ScriptedServer, ScriptedServer]]:
    """A site that sends a caller on to a media host, and what each of them is asked."""
    with (
        serving(answer) as host,
        serving([Answer(b"", 302, {"Location": f"{host.url}/file?token=signed-secret", "Set-Cookie": "a=b"})]) as site,
        ConfluenceClient(connection_to(site.url, **changes)) as client,
    ):
        yield client, site, host


def fetched(client: ConfluenceClient, start: int = 0) -> tuple[int, bytes]:
    """Download, and return from where on the bytes are, and them."""
    with client.api.download(client.base_url + PATH, start) as download:
        return download.start, b"".join(download.chunks)


@given(st.integers(0, len(BYTES) + 3))
@settings(max_examples=25)
def test_bytes_come_from_where_the_caller_stopped(start: int) -> None:
    """Whatever the caller has already, it ends up with the file; nothing is left of a whole one."""
    with site_and_media(media) as (client, _, _):
        begun, rest = fetched(client, start)
    assert begun == (start if start <= len(BYTES) else 0)
    assert BYTES[:begun] + rest == BYTES


def test_the_sites_own_attachments_come_whole(reader: ConfluenceClient, full_site: SiteProcess) -> None:
    """Their bytes are as many as there are, empty files and lying sizes included; every one is resumed half-way."""
    truth = full_site.control.truth("attachments", as_account=reader.log_in().account_id)
    sizes = {row["attachment_id"]: row["byte_count"] for row in truth}
    keys = [space.key for space in reader.api.spaces()]
    files = [held.attachment for held in reader.api.attachments(f"{any_of('space', keys)} and type = attachment")]
    assert len(files) > 10
    for file in files:
        with reader.api.download(file.download_url) as whole:
            content = b"".join(whole.chunks)
        assert len(content) == sizes[file.attachment_id]
        with reader.api.download(file.download_url, len(content) // 2) as half:
            assert content[: half.start] + b"".join(half.chunks) == content


def test_no_credential_or_cookie_goes_to_the_media_host() -> None:
    """Not at first, not after it set a cookie, not with the range."""

    def cookies(asked: Asked) -> Answer:
        answer = media(asked)
        return Answer(answer.body, answer.status, answer.headers | {"Set-Cookie": "follow=me; Domain=127.0.0.1"})

    with site_and_media(cookies) as (client, site, host):
        for start in (0, 0, 100):
            fetched(client, start)
    assert all("Authorization" in asked.headers for asked in site.asked)
    for asked in host.asked:
        assert not {"authorization", "cookie", "proxy-authorization"} & {name.lower() for name in asked.headers}
        assert asked.headers["Accept-Encoding"] == "identity"


def test_a_redirect_back_to_the_site_is_not_signed_either() -> None:
    """Where a redirect leads is no call of ours."""

    def answer(asked: Asked) -> Answer:
        return Answer(BYTES, headers=FILE) if asked.path == "/file" else Answer(b"", 307, {"Location": "/file"})

    with serving(answer) as site, ConfluenceClient(connection_to(site.url)) as client:
        assert fetched(client) == (0, BYTES)
    assert ["Authorization" in asked.headers for asked in site.asked] == [True, False]


def test_a_server_that_cannot_resume_begins_anew() -> None:
    """200 instead of 206 is the whole file, and so is what a compressed or misplaced part is exchanged for."""
    odd: list[dict[str, str]] = [
        {"Content-Range": "bytes 0-9/10"},
        {"Content-Range": "bytes 5-*/x"},
        {},
        {"Content-Range": f"bytes 100-{len(BYTES) - 1}/{len(BYTES)}", "Content-Encoding": "gzip"},
    ]
    for headers in odd:

        def answer(asked: Asked, headers: dict[str, str] = headers) -> Answer:
            return Answer(BYTES[100:], 206, FILE | headers) if "Range" in asked.headers else Answer(BYTES, headers=FILE)

        with site_and_media(answer) as (client, _, _):
            assert fetched(client, 100) == (0, BYTES)
    with site_and_media(lambda _: Answer(BYTES, headers=FILE)) as (client, _, _):
        assert fetched(client, 100) == (0, BYTES)


@pytest.mark.parametrize("headers", [{"Content-Length": "9999"}, {"Content-Length": "5121"}])
def test_bytes_that_break_off_are_an_error_after_those_that_came(headers: dict[str, str]) -> None:
    """The caller keeps what came and may go on from there; the error names the attachment and may pass."""
    came: list[bytes] = []
    with (
        site_and_media(lambda _: Answer(BYTES, headers=FILE | headers, cut=True)) as (client, _, _),
        client.api.download(client.base_url + PATH) as download,
        pytest.raises(ServerError, match=rf"{PATH} broke off") as caught,
    ):
        came.extend(download.chunks)
    assert BYTES.startswith(b"".join(came))
    assert caught.value.retryable


def test_bytes_that_drip_are_an_error() -> None:
    """A host may not hold a thread for ever, however steadily it sends."""
    with (
        site_and_media(lambda _: Answer(BYTES, headers=FILE, drip_seconds=0.02), timeouts=HASTY) as (client, _, _),
        pytest.raises(ServerError, match="broke off"),
    ):
        fetched(client)


def test_bytes_that_drip_are_cut_off_long_before_their_time_is_over() -> None:
    """A file below the least rate breaks off with what has come, so that the caller goes on from there."""
    slow = Timeouts(slow=0.2, least_rate=1000)  # else as by default: five minutes for each mebibyte
    began = time.monotonic()
    with (
        site_and_media(lambda _: Answer(BYTES, headers=FILE, drip_seconds=0.02), timeouts=slow) as (client, _, _),
        pytest.raises(ServerError, match="broke off"),
    ):
        fetched(client)
    assert time.monotonic() - began < 2


def test_an_attachment_that_is_gone_is_missing() -> None:
    """Whether it was gone before or went while its address was fetched."""
    with (
        serving([Answer({"message": "no"}, 404)]) as site,
        ConfluenceClient(connection_to(site.url)) as client,
        pytest.raises(NotFoundError, match="att9"),
    ):
        fetched(client)
    with serving([Answer(status=404)]) as host:
        sent_on = Answer(b"", 302, {"Location": host.url})
        with (
            serving([sent_on, Answer({"message": "no"}, 404)]) as site,
            ConfluenceClient(connection_to(site.url)) as client,
            pytest.raises(NotFoundError, match="att9"),
        ):
            fetched(client)


def test_an_address_that_expired_is_asked_for_again() -> None:
    """Once; a host that refuses a fresh one as well refuses the attachment."""
    answers = iter([Answer(b"expired", 403), Answer(BYTES, headers=FILE)])
    with site_and_media(lambda _: next(answers)) as (client, site, _):
        assert fetched(client) == (0, BYTES)
        assert len(site.asked) == 2
    with site_and_media(lambda _: Answer(b"no", 403)) as (client, site, host):
        with pytest.raises(RefusedError, match=r"status 403 instead of the bytes of .*att9") as caught:
            fetched(client)
        assert (len(site.asked), len(host.asked), caught.value.attempts) == (2, 2, 2)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_faults_that_pass_are_met_with_patience(status: int) -> None:
    """At the site and at the media host alike; each attempt begins at the site."""
    answers = iter([Answer(status=status), Answer(BYTES, headers=FILE)])
    with site_and_media(lambda _: next(answers)) as (client, _, _):
        assert fetched(client) == (0, BYTES)
        assert (client.cost.requests, client.cost.retries) == (4, 1)
        assert client.cost.bytes_received == len(BYTES)
    with site_and_media(lambda _: Answer(status=status)) as (client, site, _):
        with pytest.raises((ServerError, SiteUnavailableError)) as caught:
            fetched(client)
        assert caught.value.retryable
        assert len(site.asked) == 3


def test_a_media_host_that_is_not_there_is_a_fault_of_the_attachment() -> None:
    """The site is well: the error names the host, not a setting, and no address with its signature."""
    with serving([Answer()]) as gone:
        pass
    sent_on = Answer(b"", 302, {"Location": f"{gone.url}/file?token=signed-secret"})
    with (
        serving([sent_on]) as site,
        ConfluenceClient(connection_to(site.url)) as client,
        pytest.raises(ServerError, match=r"127\.0\.0\.1, where it sent us") as caught,
    ):
        fetched(client)
    assert caught.value.setting is None
    assert "signed-secret" not in str(caught.value)


@pytest.mark.parametrize(
    "location",
    [
        "http://media.example/file",
        "https://me:secret@media.example/file",
        "ftp://127.0.0.1/file",
        "file:///etc/passwd",
        "https://[::1",
        "https://",
    ],
)
def test_bytes_do_not_come_over_an_open_line(location: str) -> None:
    """Only https without credentials is followed, and plain http on this machine from this machine."""
    with (
        serving([Answer(b"", 302, {"Location": location})]) as site,
        ConfluenceClient(connection_to(site.url)) as client,
        pytest.raises(RefusedError) as caught,
    ):
        fetched(client)
    assert "media.example" not in str(caught.value)
    assert caught.value.status == 302


@pytest.mark.parametrize("redirects", [1, 5])
def test_redirects_are_followed(redirects: int) -> None:
    """Some hosts send on again."""
    answers = [Answer(b"", 302, {"Location": "/again"})] * redirects + [Answer(BYTES, headers=FILE)]
    with serving(answers) as site, ConfluenceClient(connection_to(site.url)) as client:
        assert fetched(client) == (0, BYTES)


def test_redirects_end() -> None:
    """A circle of redirects is refused, and so is one that leads nowhere."""
    for answer, words in ((Answer(b"", 302, {"Location": "/again"}), "more than 5 times"), (Answer(b"", 304), "https")):
        with (
            serving([answer]) as site,
            ConfluenceClient(connection_to(site.url)) as client,
            pytest.raises(RefusedError, match=words),
        ):
            fetched(client)
        assert len(site.asked) < 10


HTML = {"Content-Type": "text/html; charset=utf-8"}


def test_a_login_page_is_no_file() -> None:
    """Neither from the site nor from where it sends us; a file that is a web page says that it is a file."""
    with (
        serving([Answer(b"<html>log in</html>", headers=HTML)]) as site,
        ConfluenceClient(connection_to(site.url)) as client,
        pytest.raises(AuthenticationError),
    ):
        fetched(client)
    with (
        site_and_media(lambda _: Answer(b"<html>log in</html>", headers=HTML)) as (client, _, _),
        pytest.raises(RefusedError, match="a web page instead of the bytes"),
    ):
        fetched(client)
    with site_and_media(lambda _: Answer(b"<html>x</html>", headers=FILE | HTML)) as (client, _, _):
        assert fetched(client) == (0, b"<html>x</html>")


def test_compressed_bytes_are_not_taken() -> None:
    """We ask for them as they are; where they come otherwise, nobody could tell that they broke off."""
    packed = FILE | {"Content-Encoding": "gzip"}
    with (
        site_and_media(lambda _: Answer(gzip.compress(BYTES), headers=packed)) as (client, _, _),
        pytest.raises(RefusedError, match="something compressed"),
    ):
        fetched(client)


@pytest.mark.parametrize(("status", "kind"), [(401, AuthenticationError), (403, AccessError), (400, RefusedError)])
def test_what_the_site_refuses_is_told_by_name(status: int, kind: type[ConfluenceError]) -> None:
    """As of every other call."""
    with (
        serving([Answer({"message": "no"}, status)]) as site,
        ConfluenceClient(connection_to(site.url)) as client,
        pytest.raises(kind, match="att9"),
    ):
        fetched(client)


def test_bytes_that_flow_hold_no_place_in_the_budget() -> None:
    """With one request allowed at once, the caller may ask for something else while it downloads."""
    flowing = threading.Event()

    def answer(asked: Asked) -> Answer:
        return Answer({"type": "known", "accountId": "me"}) if "user/current" in asked.path else sent_on

    with serving(media) as host:
        sent_on = Answer(b"", 302, {"Location": host.url})
        with (
            serving(answer) as site,
            ConfluenceClient(connection_to(site.url, max_concurrency=1)) as client,
            client.api.download(client.base_url + PATH) as download,
        ):
            first = next(iter(download.chunks))
            assert client.log_in().account_id == "me"
            flowing.set()
    assert BYTES.startswith(first)
    assert flowing.is_set()


def test_a_download_that_is_left_early_closes() -> None:
    """The next one is served as if nothing had been."""
    with site_and_media(media) as (client, _, host):
        with client.api.download(client.base_url + PATH):
            pass
        assert fetched(client) == (0, BYTES)
        assert len(host.asked) == 2


@pytest.mark.parametrize(
    "url", ["", "https://elsewhere.example/file", "{base}/rest/api/content/7", "{base}" + PATH + "/../x"]
)
def test_only_an_attachments_own_address_is_opened(url: str) -> None:
    """Anything else is a mistake of the caller."""
    with serving([Answer()]) as site, ConfluenceClient(connection_to(site.url)) as client:
        with pytest.raises(ValueError, match="download_url"), client.api.download(url.format(base=client.base_url)):
            pass
        assert not site.asked


def test_an_address_on_a_former_host_is_asked_of_our_own_site() -> None:
    """What landed under another name of the site leads credentials nowhere else."""
    with site_and_media(media) as (client, site, _):
        with client.api.download(f"https://former.example/wiki{PATH}") as download:
            assert b"".join(download.chunks) == BYTES
        assert [asked.path for asked in site.asked] == [f"/wiki{PATH}"]


def test_downloads_survive_a_bad_day(reader: ConfluenceClient, full_site: SiteProcess) -> None:
    """With faults of the site in the way, a caller that resumes has every byte in the end."""
    keys = [space.key for space in reader.api.spaces()]
    files = [held.attachment for held in reader.api.attachments(f"{any_of('space', keys)} and type = attachment")]
    for file in files[:8]:
        full_site.control.set_faults(
            FaultRule("error", path="/download", count=1), FaultRule("reset", path="/download", count=1)
        )
        with reader.api.download(file.download_url) as download:
            received = b"".join(download.chunks)
        with reader.api.download(file.download_url, len(received)) as rest:
            assert (rest.start, b"".join(rest.chunks)) == (len(received), b"")
    full_site.control.set_faults()
    assert reader.cost.retries > 0
