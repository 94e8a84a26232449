"""Bytes of attachments: down over the redirect, up as forms."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import psutil  # type: ignore[import-untyped]
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from confluence_pipeline.site.errors import ApiError
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.site.multipart import read_form
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.seed import BytesLoader, Seed, SeedAttachment, SeedContent, SeedSpace
from confluence_pipeline.site.sources import FunctionSource
from confluence_pipeline_tests.site.conftest import Caller, ada_of
from confluence_pipeline_tests.site.seeds import ADA, NOW, PNG, people

NO_CHECK = {"X-Atlassian-Token": "no-check"}


def download_path(caller: Caller, title: str) -> str:
    """Return the path that an attachment is downloaded by."""
    file = next(known for known in caller.walk("/api/v2/attachments") if known["title"] == title)
    return f"/rest/api/content/{file['pageId']}/child/attachment/{file['id']}/download"


def test_a_download_is_a_redirect_to_another_origin(ada: Caller) -> None:
    """The answer is a 302 to a signed address on another host and port, which gives the bytes without a login."""
    reply = ada.get(download_path(ada, "wick.png"), allow_redirects=False)
    assert reply.status_code == 302
    location, base = urlsplit(reply.headers["Location"]), urlsplit(ada.site.base_url)
    assert (location.hostname, location.port) != (base.hostname, base.port)
    assert location.hostname != base.hostname
    file = requests.get(reply.headers["Location"], timeout=10)
    assert file.content == PNG
    assert file.headers["Content-Type"] == "image/png"


def test_the_other_origin_refuses_credentials_and_forgeries(ada: Caller) -> None:
    """A login sent along is refused, as is an address that is changed."""
    location = ada.get(download_path(ada, "wick.png"), allow_redirects=False).headers["Location"]
    assert requests.get(location, auth=ada.auth, timeout=10).status_code == 400
    assert requests.get(location[:-1] + ("A" if location[-1] != "A" else "B"), timeout=10).status_code == 403
    assert requests.get(location.partition("?")[0], timeout=10).status_code == 403
    other = ada.get(download_path(ada, "key.png"), allow_redirects=False).headers["Location"]
    mixed = other.partition("?")[0] + "?" + location.partition("?")[2]
    assert requests.get(mixed, timeout=10).status_code == 403


def test_the_address_works_for_a_minute(site: SiteProcess) -> None:
    """A signed address is refused a minute later, and a new one works."""
    ada = ada_of(site)
    site.control.freeze_clock()
    location = ada.get(download_path(ada, "wick.png"), allow_redirects=False).headers["Location"]
    site.control.advance_clock(59)
    assert requests.get(location, timeout=10).status_code == 200
    site.control.advance_clock(2)
    assert requests.get(location, timeout=10).status_code == 403
    assert ada.get(download_path(ada, "wick.png")).content == PNG


def test_a_part_of_a_file_can_be_asked_for(ada: Caller) -> None:
    """A range is answered with 206 and its bytes, one past the end with 416."""
    location = ada.get(download_path(ada, "wick.png"), allow_redirects=False).headers["Location"]
    part = requests.get(location, headers={"Range": "bytes=100-"}, timeout=10)
    assert (part.status_code, part.content) == (206, PNG[100:])
    assert part.headers["Content-Range"] == f"bytes 100-{len(PNG) - 1}/{len(PNG)}"
    few = requests.get(location, headers={"Range": "bytes=2-4"}, timeout=10)
    assert few.content == PNG[2:5]
    beyond = requests.get(location, headers={"Range": f"bytes={len(PNG)}-"}, timeout=10)
    assert beyond.status_code == 416


def test_the_link_in_the_attachment_refuses_tokens(ada: Caller) -> None:
    """The link that an attachment's own record holds is 401 to an API token, as on the real service."""
    file = next(known for known in ada.walk("/api/v2/attachments") if known["title"] == "wick.png")
    reply = ada.get(file["downloadLink"])
    assert reply.status_code == 401
    assert reply.headers["WWW-Authenticate"].startswith("OAuth realm=")


def test_uploads_make_attachments_and_versions(site: SiteProcess) -> None:
    """A form with a file makes an attachment; PUT the same name makes a version; POST it again is refused."""
    ada = ada_of(site)
    at = f"/rest/api/content/{ada.id_of('Lens')}/child/attachment"
    first, second = bytes(range(256)), b"\r\n--x\r\n\r\n"
    made = ada.ask("POST", at, files={"file": ("späť.bin", first)}, data={"comment": "one"}, headers=NO_CHECK)
    number = made.json()["results"][0]["id"]
    assert ada.get(f"{at}/{number}/download").content == first
    assert ada.ask("POST", at, files={"file": ("späť.bin", second)}, headers=NO_CHECK).status_code == 400
    assert ada.ask("PUT", at, files={"file": ("späť.bin", second)}, headers=NO_CHECK).status_code == 200
    assert ada.get(f"{at}/{number}/download").content == second
    assert ada.get(f"{at}/{number}/download?version=1").content == first
    known = ada.json(f"/api/v2/attachments/{number}")
    assert (known["title"], known["version"]["number"], known["fileSize"]) == ("späť.bin", 2, len(second))


def test_uploads_need_the_header_against_forgery(site: SiteProcess) -> None:
    """A form without X-Atlassian-Token is refused with 403."""
    ada = ada_of(site)
    at = f"/rest/api/content/{ada.id_of('Lens')}/child/attachment"
    reply = ada.ask("POST", at, files={"file": ("a.txt", b"a")})
    assert reply.status_code == 403
    assert "XSRF check failed" in reply.json()["message"]


def test_attachments_are_trashed_and_purged(site: SiteProcess) -> None:
    """A deleted attachment is trashed and out of the default list; purged it is gone."""
    ada = ada_of(site)
    number = next(known["id"] for known in ada.walk("/api/v2/attachments") if known["title"] == "wick.png")
    assert ada.ask("DELETE", f"/api/v2/attachments/{number}").status_code == 204
    assert number not in {known["id"] for known in ada.walk("/api/v2/attachments")}
    assert number in {known["id"] for known in ada.walk("/api/v2/attachments?status=trashed")}
    assert ada.ask("DELETE", f"/api/v2/attachments/{number}?purge=true").status_code == 204
    assert ada.get(f"/api/v2/attachments/{number}").status_code == 404


names = st.text(st.characters(codec="utf-8", exclude_characters='"\r\n\\%', exclude_categories=["C"]), min_size=1)


@given(st.lists(st.tuples(names, st.binary(max_size=200)), min_size=1, max_size=3))
@settings(max_examples=100, deadline=None)
def test_any_bytes_come_through_a_form(files: list[tuple[str, bytes]]) -> None:
    """Whatever bytes a form holds, as an HTTP client writes it, are read back as they were."""
    request = requests.Request("POST", "http://site.example/", files=[("file", file) for file in files]).prepare()
    assert isinstance(request.body, bytes)
    parts = read_form(request.headers["Content-Type"], request.body)
    assert [part.data for part in parts] == [data for _, data in files]


@pytest.mark.parametrize("content_type", [None, "text/plain", "multipart/form-data", "multipart/form-data; boundary=b"])
def test_what_is_no_form_is_refused(content_type: str | None) -> None:
    """A body that is no whole form is a 400."""
    with pytest.raises(ApiError) as refusal:
        read_form(content_type, b"--b\r\nno end")
    assert refusal.value.status == 400


# -- what can go wrong while a file comes down -----------------------------------------------------------------


def big_seed() -> Seed:
    """One page with a file of 20 MB whose bytes are made while they are sent."""
    file = SeedAttachment("big.bin", "application/octet-stream", Counted.SIZE, Counted())
    page = SeedContent("p", "S", "Big", ADA, NOW, NOW, attachments=[file])
    return Seed("Big", people(), [], [SeedSpace("S", "S", ADA, NOW)], iter([page]), caller=ADA)


class Counted(BytesLoader):
    """A file of 20 MB in which each piece of a kilobyte tells where it is; it cannot be had whole."""

    SIZE = 20 * 1024 * 1024

    def read(self) -> bytes:
        """Refuse."""
        raise MemoryError("this file is not for the memory")

    def stream(self, start: int) -> Iterator[bytes]:
        """Yield the file from a byte on."""
        for at in range(start - start % 1024, self.SIZE, 1024):
            yield (b"%016d" % at * 64)[max(0, start - at) :]


def expected(start: int, stop: int) -> bytes:
    """Return some of the bytes of that file."""
    first = start - start % 1024
    return b"".join(b"%016d" % at * 64 for at in range(first, stop, 1024))[start - first : stop - first]


@pytest.fixture(scope="module")
def big_site() -> Iterator[SiteProcess]:
    """The site with the big file."""
    with SiteProcess(FunctionSource("confluence_pipeline_tests.site.test_attachments:big_seed")) as site:
        yield site


def location_of(caller: Caller, title: str) -> str:
    """Return a signed address of a file."""
    return caller.get(download_path(caller, title), allow_redirects=False).headers["Location"]


def test_a_big_file_is_streamed(big_site: SiteProcess) -> None:
    """A file that its loader gives piece by piece comes whole and right, and never stands in the site's memory."""
    before = psutil.Process(big_site.pid).memory_info().rss
    file = requests.get(location_of(ada_of(big_site), "big.bin"), timeout=60)
    assert int(file.headers["Content-Length"]) == Counted.SIZE
    assert file.content == expected(0, Counted.SIZE)
    assert psutil.Process(big_site.pid).memory_info().rss - before < Counted.SIZE // 2


@given(start=st.integers(0, Counted.SIZE - 1), length=st.integers(1, 5_000))
@settings(max_examples=30, deadline=None)
def test_any_part_of_a_big_file_can_be_asked_for(big_site: SiteProcess, start: int, length: int) -> None:
    """The bytes of a range are those of the file, at any place and to any end."""
    last = min(start + length, Counted.SIZE) - 1
    location = location_of(ada_of(big_site), "big.bin")
    part = requests.get(location, headers={"Range": f"bytes={start}-{last}"}, timeout=30)
    assert part.status_code == 206
    assert part.headers["Content-Range"] == f"bytes {start}-{last}/{Counted.SIZE}"
    assert part.content == expected(start, last + 1)


def received(location: str) -> bytes:
    """Return the bytes that come before a connection breaks, which it must."""
    got: list[bytes] = []
    with requests.get(location, stream=True, timeout=30) as reply, pytest.raises(requests.RequestException):
        got.extend(reply.iter_content(1 << 16))
    return b"".join(got)


def test_bytes_break_off_in_the_middle_and_can_be_resumed(big_site: SiteProcess) -> None:
    """A ``reset_mid_body`` rule on the media host sends half of a file; the rest comes by a range."""
    ada = ada_of(big_site)
    big_site.control.set_faults(FaultRule("reset_mid_body", path="^/file/", count=1))
    got = received(location_of(ada, "big.bin"))
    assert 0 < len(got) <= Counted.SIZE // 2
    assert got == expected(0, len(got))
    rest = requests.get(location_of(ada, "big.bin"), headers={"Range": f"bytes={len(got)}-"}, timeout=60)
    assert rest.status_code == 206
    assert got + rest.content == expected(0, Counted.SIZE)


def test_a_server_can_ignore_ranges(big_site: SiteProcess) -> None:
    """Under an ``ignore_range`` rule a range is answered with 200 and the whole file."""
    big_site.control.set_faults(FaultRule("ignore_range", path="^/file/", count=1))
    for status, size in ((200, Counted.SIZE), (206, 6)):
        location = location_of(ada_of(big_site), "big.bin")
        reply = requests.get(location, headers={"Range": "bytes=5-10"}, timeout=60)
        assert (reply.status_code, len(reply.content)) == (status, size)


def test_an_attachment_can_vanish_while_it_comes_down(site: SiteProcess) -> None:
    """Under a ``vanish`` rule the bytes break off, and the attachment is gone for good from then on."""
    ada = ada_of(site)
    file = next(known for known in ada.walk("/api/v2/attachments") if known["title"] == "wick.png")
    site.control.set_faults(FaultRule("vanish", path="^/file/"))
    got = received(location_of(ada, "wick.png"))
    assert PNG.startswith(got)
    assert len(got) < len(PNG)
    assert ada.get(f"/api/v2/attachments/{file['id']}").status_code == 404
    again = f"/rest/api/content/{file['pageId']}/child/attachment/{file['id']}/download"
    assert ada.get(again, allow_redirects=False).status_code == 404
    assert file["id"] not in {row["attachment_id"] for row in site.control.truth("attachments")}
