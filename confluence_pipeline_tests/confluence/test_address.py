"""From what people paste to the base of every request."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.confluence import AddressError, site_base
from confluence_pipeline.confluence.address import data_center_bases, is_cloud_host, is_loopback, origin

HOSTS = st.from_regex(r"[a-z][a-z0-9-]{0,20}[a-z0-9](\.[a-z]{2,8}){1,2}", fullmatch=True)
TAILS = st.sampled_from(
    ["", "/", "/wiki", "/wiki/", "/wiki/home", "/wiki/spaces/ENG/pages/98419/Run+book?focused=1#x", "/jira", "?a=b"]
)


@given(HOSTS, TAILS, st.sampled_from(["", "https://", "HTTPS://"]), st.sampled_from(["", ":8443"]))
def test_every_pasted_form_of_one_site_gives_one_base(host: str, tail: str, scheme: str, port: str) -> None:
    """With or without scheme, ``/wiki``, and any path, query and fragment behind it, the base is the same."""
    assert site_base(f"  {scheme}{host}{port}{tail} ") == f"https://{host}{port}/wiki"


@pytest.mark.parametrize(
    ("pasted", "base"),
    [
        ("http://localhost:8090/wiki", "http://localhost:8090/wiki"),
        ("http://127.0.0.1:8090", "http://127.0.0.1:8090/wiki"),
        ("http://[::1]:8090/x", "http://[::1]:8090/wiki"),
        ("https://[2001:db8::1]/wiki", "https://[2001:db8::1]/wiki"),
        ("https://bücher.example/wiki", "https://xn--bcher-kva.example/wiki"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example/wiki"),
    ],
)
def test_loopback_literal_addresses_and_foreign_letters_are_understood(pasted: str, base: str) -> None:
    """Hosts come out as they go over the wire, so that a request can be compared with them."""
    assert site_base(pasted) == base


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        "   ",
        "https://",
        "ftp://example.com",
        "https:/example.com",
        "https://[::1",
        "https://a b.example",
        "https://example.com:port",
        "https://example.com:99999",
        f"https://{'a' * 70}.example",
        "//",
        "javascript:/x",
    ],
)
def test_what_is_no_web_address_is_refused_in_one_sentence_with_an_example(pasted: str) -> None:
    """The error names the setting and shows the form."""
    with pytest.raises(AddressError, match=r"CONFLUENCE_SERVER_URL .*example https://") as caught:
        site_base(pasted)
    assert caught.value.setting == "CONFLUENCE_SERVER_URL"
    assert "\n" not in str(caught.value)


@given(HOSTS, st.sampled_from(["user:hunter2@", "hunter2@", ":hunter2@", "@"]), st.sampled_from(["", "https://"]))
def test_credentials_in_the_address_are_refused_and_not_repeated(host: str, user: str, scheme: str) -> None:
    """Whoever puts a password in the address is told where it belongs, and it shows nowhere."""
    with pytest.raises(AddressError, match="CONFLUENCE_API_TOKEN") as caught:
        site_base(f"{scheme}{user}{host}/wiki")
    assert "hunter2" not in repr(caught.value) + str(caught.value)


@pytest.mark.parametrize("host", ["example.com", "10.0.0.7", "127.0.0.1.example.com", "localhost.example.com", "[::2]"])
def test_plain_http_is_for_this_machine_only(host: str) -> None:
    """A token never leaves the machine unencrypted."""
    with pytest.raises(AddressError, match="plain http"):
        site_base(f"http://{host}/wiki")


@given(st.text(max_size=60))
def test_any_text_gives_a_base_or_an_address_error(text: str) -> None:
    """No text that a person could paste ends in another exception."""
    try:
        base = site_base(text)
    except AddressError:
        return
    assert base.startswith(("https://", "http://"))
    assert base.endswith("/wiki")
    assert base.isascii()


def test_an_origin_is_scheme_host_and_port_with_defaults_filled_in() -> None:
    """Two spellings of one origin are equal, and another scheme, host or port is another origin."""
    assert origin("https://Example.com/a") == origin("https://example.com:443/b?c")
    others = ["http://example.com", "https://example.org", "https://example.com:8443", "https://x.example.com"]
    assert not any(origin(other) == origin("https://example.com") for other in others)


@pytest.mark.parametrize("host", ["localhost", "site.localhost", "127.0.0.1", "127.8.9.1", "::1"])
def test_loopback_has_many_names(host: str) -> None:
    """Names and literal addresses of this machine are recognised."""
    assert is_loopback(host)


CONTEXTS = st.sampled_from(["", "/confluence", "/wiki", "/tools/kb"])
BELOW = st.sampled_from(
    [
        "",
        "/",
        "/display/ENG/Run+book",
        "/spaces/ENG/pages/98419/Run+book",
        "/pages/viewpage.action?pageId=98419",
        "/dashboard.action#all-updates",
        "/login.action?os_destination=%2Findex.action",
        "/x/AwAG",
        "/rest/api/space",
    ]
)


@given(HOSTS, CONTEXTS, BELOW, st.sampled_from(["", "https://"]), st.sampled_from(["", ":8443"]))
def test_the_likeliest_base_of_a_data_center_is_what_stands_before_its_own_words(
    host: str, context: str, below: str, scheme: str, port: str
) -> None:
    """Whatever page was open when the address was copied."""
    assert data_center_bases(f" {scheme}{host}{port}{context}{below} ")[0] == f"https://{host}{port}{context}"


@given(st.text(max_size=60))
def test_any_text_gives_different_bases_of_one_host_or_an_address_error(text: str) -> None:
    """No text that a person could paste ends in another exception, and nothing is tried twice."""
    try:
        bases = data_center_bases(text)
    except AddressError:
        return
    assert len(set(bases)) == len(bases) > 0
    assert len({origin(base) for base in bases}) == 1
    assert not any(base.endswith("/") for base in bases)


def test_domains_of_cloud_are_known() -> None:
    """There nothing has to be asked."""
    assert is_cloud_host("acme.atlassian.net/wiki/home")
    assert not is_cloud_host("https://wiki.acme.example/wiki")
    assert not is_cloud_host("https://atlassian.net.example")
