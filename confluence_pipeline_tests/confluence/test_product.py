"""Which product is at an address, and where, is found out from what the site answers."""

from collections.abc import Callable

import pytest

from confluence_pipeline.confluence import (
    AddressError,
    AuthenticationError,
    ConfluenceClient,
    ConfluenceError,
    SettingError,
    UnsupportedError,
)
from confluence_pipeline.confluence.auth import PersonalAccessToken, ScopedToken
from confluence_pipeline.confluence.data_center_version import ServerVersion
from confluence_pipeline_tests.confluence.doubles import CANARY, Answer, Asked, connection_to, serving

ANN = {"type": "known", "username": "ann", "userKey": "ff80", "displayName": "Ann"}
CLOUD_ANN = {"type": "known", "accountId": "712020:a", "displayName": "Ann"}
HTML = {"Content-Type": "text/html;charset=UTF-8"}
LOGIN_PAGE = Answer(b"<html><form>Sign in</form></html>", headers=HTML)
NOWHERE = Answer(b"<html>Not found</html>", 404, HTML)
MANIFEST = (
    b"<?xml version='1.0'?><manifest><typeId>confluence</typeId><version>8.9.1</version>"
    b"<buildNumber>9100</buildNumber><applinksVersion>9.1.6</applinksVersion></manifest>"
)


def data_center(context: str, version: str | None, manifest: bytes | None = None) -> Callable[[Asked], Answer]:
    """A Data Center below a context path, and some other server's error page everywhere else."""
    answers = {f"{context}/rest/api/user/current": Answer(ANN)}
    if version is not None:
        answers[f"{context}/rest/api/server-information"] = Answer({"version": version, "buildNumber": 1})
    if manifest is not None:
        xml = {"Content-Type": "application/xml"}
        answers[f"{context}/rest/applinks/1.0/manifest"] = Answer(manifest, headers=xml)
    return lambda asked: answers.get(asked.path.partition("?")[0], NOWHERE)


@pytest.mark.parametrize("context", ["", "/confluence", "/wiki", "/tools/kb"])
@pytest.mark.parametrize("tail", ["", "/", "/display/ENG/Run+book", "/pages/viewpage.action?pageId=7", "/x/AbC"])
def test_a_data_center_is_found_from_whatever_was_pasted(context: str, tail: str) -> None:
    """The bare base and any page's address lead to the same base, whatever the context path."""
    with (
        serving(data_center(context, "9.2.1")) as server,
        ConfluenceClient(connection_to(f"{server.url}{context}{tail}", product=None)) as client,
    ):
        assert client.base_url == f"{server.url}{context}"
        assert client.api.product == "Confluence Data Center 9.2.1"
        assert client.log_in().account_id == "ff80"


@pytest.mark.parametrize("context", ["/confluence", "/wiki"])
def test_the_usual_context_paths_are_found_from_the_host_alone(context: str) -> None:
    """Whoever knows only the host's name gets there as well."""
    with (
        serving(data_center(context, "10.0.3")) as server,
        ConfluenceClient(connection_to(server.url, product=None)) as client,
    ):
        assert client.base_url == f"{server.url}{context}"


def test_cloud_on_a_domain_of_its_own_is_told_by_how_it_names_people() -> None:
    """One request, and none where the setting says which product it is."""

    def answer(asked: Asked) -> Answer:
        return Answer(CLOUD_ANN) if asked.path == "/wiki/rest/api/user/current" else NOWHERE

    with serving(answer) as server:
        with ConfluenceClient(connection_to(f"{server.url}/wiki", product=None)) as client:
            assert (client.base_url, client.api.product) == (f"{server.url}/wiki", "Confluence Cloud")
        assert len(server.asked) == 1
        ConfluenceClient(connection_to(server.url, product="cloud")).close()
        assert len(server.asked) == 1


def test_the_product_is_asked_for_once_and_not_by_each_view_of_a_client() -> None:
    """However many parts of a run count their own cost."""
    with (
        serving(data_center("/confluence", "9.2.1")) as server,
        ConfluenceClient(connection_to(f"{server.url}/confluence", product=None)) as client,
    ):
        assert client.cost.requests == len(server.asked) == 2
        views = [client.metered() for _ in range(3)]
        assert {view.api.product for view in views} == {client.api.product}
        assert [view.cost.requests for view in views] == [2, 0, 0]
        assert client.cost.requests == len(server.asked) == 2


def test_the_version_comes_from_the_manifest_where_there_is_no_server_information() -> None:
    """The version of the product, and not that of its links."""
    with (
        serving(data_center("", None, MANIFEST)) as server,
        ConfluenceClient(connection_to(server.url, product=None)) as client,
    ):
        assert client.api.product == "Confluence Data Center 8.9.1"


def test_a_version_older_than_any_supported_is_told_and_tried(caplog: pytest.LogCaptureFixture) -> None:
    """By the product's own name, and once in the log, when the connection is opened."""
    with (
        serving(data_center("", "7.19.2")) as server,
        ConfluenceClient(connection_to(server.url, product=None)) as client,
    ):
        assert client.api.product.startswith("Confluence Data Center 7.19.2, which is older than 8.5")
        assert client.metered().log_in().account_id == "ff80"
        assert [record.message for record in caplog.records] == [f"{server.url} is {client.api.product}"]


def test_a_version_that_nobody_tells_is_no_obstacle() -> None:
    """The site is read as the oldest that is supported."""
    with (
        serving(data_center("", None)) as server,
        ConfluenceClient(connection_to(server.url, product="data_center")) as client,
    ):
        assert client.api.product == "Confluence Data Center"
        assert client.api.site_facts().edition is None


def test_a_personal_access_token_is_for_data_center_alone() -> None:
    """So nothing is asked of what only Cloud has."""
    with (
        serving(data_center("/confluence", "9.2.1")) as server,
        ConfluenceClient(
            connection_to(f"{server.url}/confluence", product=None, auth=PersonalAccessToken(CANARY))
        ) as client,
    ):
        assert client.api.product == "Confluence Data Center 9.2.1"
        assert {asked.headers["Authorization"] for asked in server.asked} == {f"Bearer {CANARY}"}


REFUSALS: list[tuple[Answer, type[ConfluenceError], str]] = [
    (LOGIN_PAGE, AuthenticationError, r"single sign-on.*let through"),
    (Answer(b"", 302, {"Location": "https://sso.example/authn"}), AddressError, r"sso\.example.*single sign-on"),
    (Answer({"message": "Basic authentication has been disabled"}, 401), AuthenticationError, r"has been disabled"),
    (NOWHERE, AddressError, r"There is no Confluence at http.*/confluence or http.*/wiki.*CONFLUENCE_SERVER_URL"),
    (Answer({"hello": "world"}), AddressError, r"There is no Confluence at"),
]


@pytest.mark.parametrize(("answer", "kind", "said"), REFUSALS)
@pytest.mark.parametrize("product", [None, "data_center"])
def test_what_is_no_open_confluence_is_told_in_one_sentence(
    answer: Answer, kind: type[ConfluenceError], said: str, product: str | None
) -> None:
    """A login page, a redirect to one, a refused login and another server each say what to do."""
    with serving([answer]) as server, pytest.raises(kind, match=said) as caught:
        ConfluenceClient(connection_to(server.url, product=product))
    assert "\n" not in str(caught.value)
    assert CANARY not in str(caught.value)


def test_another_server_at_the_root_does_not_hide_the_confluence_below_it() -> None:
    """A start page that answers everything with 200 is passed over."""
    below = data_center("/confluence", "9.2.1")
    with (
        serving(lambda asked: below(asked) if asked.path.startswith("/confluence/") else LOGIN_PAGE) as server,
        ConfluenceClient(connection_to(server.url, product=None)) as client,
    ):
        assert client.base_url == f"{server.url}/confluence"


def test_a_refused_login_is_told_rather_than_the_start_page_above_it() -> None:
    """Whoever knows only the host's name hears of the Confluence that is there, and not of what stands at its root."""
    refusal = Answer({"message": "Expired token"}, 401)
    with (
        serving(lambda asked: refusal if asked.path.startswith("/confluence/") else LOGIN_PAGE) as server,
        pytest.raises(AuthenticationError, match="Expired token"),
    ):
        ConfluenceClient(connection_to(server.url, product=None))


def test_a_data_center_that_takes_us_for_a_stranger_is_one_all_the_same() -> None:
    """Where the setting says so; logging in then fails with its own words."""
    stranger = {"type": "anonymous", "displayName": "Anonymous"}
    answers = {"/rest/api/user/current": Answer(stranger), "/rest/api/server-information": Answer({"version": "9.2.1"})}
    with (
        serving(lambda asked: answers.get(asked.path, NOWHERE)) as server,
        ConfluenceClient(connection_to(server.url, product="data_center")) as client,
    ):
        assert client.api.product == "Confluence Data Center 9.2.1"
        with pytest.raises(AuthenticationError, match="anonymous"):
            client.log_in()


@pytest.mark.parametrize(
    ("text", "number", "is_old"),
    [("8.5.12", (8, 5), False), ("7.19.2", (7, 19), True), ("10.0.3", (10, 0), False), ("9.10-rc1", (9, 10), False)],
)
def test_versions_are_compared_as_numbers(text: str, number: tuple[int, int], *, is_old: bool) -> None:
    """Ten is more than nine."""
    version = ServerVersion(text)
    assert (version.number, version.is_old) == (number, is_old)


def test_what_a_version_lacks_is_said_with_its_name() -> None:
    """Table, product and version are all in the one sentence."""
    error = ServerVersion("8.5.4").cannot("likes", "there is no call")
    assert isinstance(error, UnsupportedError)
    assert str(error) == "likes is not available from Confluence Data Center 8.5.4: there is no call"
    assert not error.retryable


def test_a_stranger_is_on_a_cloud_site() -> None:
    """Whom a site takes for a stranger in spite of credentials is told that they are wrong, as Cloud is read."""
    answer = Answer({"type": "anonymous", "displayName": "Anonymous"})
    with serving([answer]) as server, ConfluenceClient(connection_to(server.url, product=None)) as client:
        assert client.api.product == "Confluence Cloud"
        with pytest.raises(AuthenticationError, match="anonymous visitor"):
            client.log_in()


def test_what_stands_on_the_way_to_a_site_is_told_also_where_its_product_is_not_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A proxy that wants a login is not taken for an address without a Confluence."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serving([Answer(status=407)]) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(AddressError, match="asks for a login") as caught:
            ConfluenceClient(connection_to("https://wiki.example.com", product=None))
    assert caught.value.setting == "HTTPS_PROXY"


def test_a_product_that_is_not_behind_the_gateway_is_refused() -> None:
    """A setting that contradicts the way in is told, and not passed over."""
    with pytest.raises(SettingError, match="CONFLUENCE_PRODUCT is data_center") as caught:
        ConfluenceClient(connection_to("https://wiki.example.com", auth=ScopedToken("token"), product="data_center"))
    assert caught.value.setting == "CONFLUENCE_PRODUCT"
