"""Bytes of attachments: down over the redirect, up as forms."""

from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from confluence_pipeline.site.errors import ApiError
from confluence_pipeline.site.multipart import read_form
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.site.conftest import Caller, ada_of
from confluence_pipeline_tests.site.seeds import PNG

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
