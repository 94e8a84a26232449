"""The gateway: requests go there and nowhere else, and records still name the site."""

from collections.abc import Callable

import pytest

from confluence_pipeline.confluence import (
    AccessError,
    AddressError,
    AuthenticationError,
    ConfluenceClient,
    ConfluenceError,
    Connection,
    GoneError,
    SettingError,
)
from confluence_pipeline.confluence.auth import ScopedToken
from confluence_pipeline.confluence.transport import Timeouts
from confluence_pipeline_tests.confluence.doubles import CANARY, QUICK, Answer, Asked, ScriptedServer, serving

CLOUD_ID = "7d5b1e6c-3f0e-4f53-9a41-0c6f3fb6f7aa"
BASE = f"/ex/confluence/{CLOUD_ID}/wiki"
SPACE = {"id": "7", "key": "ENG", "name": "Engineering", "type": "global", "status": "current"}


def connected(site: ScriptedServer, gateway: ScriptedServer, **changes: object) -> Connection:
    """Return a connection through a gateway that is quick to give up."""
    settings = {"retries": QUICK, "timeouts": Timeouts(connect=2, read=2, whole=4), "gateway_url": gateway.url}
    return Connection(site.url, ScopedToken(CANARY, "ada@example.com"), **{**settings, **changes})  # type: ignore[arg-type]


def test_requests_go_to_the_gateway_and_records_name_the_site() -> None:
    """The cloud id is asked of the site without credentials; a next link that names the site is followed at ours."""

    def answer(asked: Asked) -> Answer:
        if "cursor=" in asked.path:
            return Answer({"results": [{**SPACE, "id": "8", "key": "HR"}], "_links": {"base": site.url}})
        link = "/wiki/api/v2/spaces?limit=250&cursor=abc"
        return Answer({"results": [SPACE], "_links": {"base": f"{site.url}/wiki", "next": link}})

    with serving([Answer({"cloudId": CLOUD_ID})]) as site, serving(answer) as gateway:
        with ConfluenceClient(connected(site, gateway)) as client:
            spaces = list(client.api.spaces())
            assert client.base_url == f"{site.url}/wiki"
        assert [space.key for space in spaces] == ["ENG", "HR"]
        assert {space.source_url for space in spaces} == {f"{site.url}/wiki/api/v2/spaces/{i}" for i in (7, 8)}
        assert [asked.path for asked in site.asked] == ["/_edge/tenant_info"]
        assert "Authorization" not in site.asked[0].headers
        assert all(asked.path.startswith(f"{BASE}/api/v2/spaces?") for asked in gateway.asked)
        assert all("Authorization" in asked.headers for asked in gateway.asked)


def test_a_cloud_id_that_is_given_is_not_asked_for() -> None:
    """Nothing is asked of the site itself."""
    with serving([Answer(status=500)]) as site, serving([Answer({"results": [SPACE]})]) as gateway:
        with ConfluenceClient(connected(site, gateway, cloud_id=CLOUD_ID)) as client:
            assert [space.key for space in client.api.spaces()] == ["ENG"]
        assert site.asked == []


def test_bytes_come_through_the_gateway_and_the_redirect_is_unsigned() -> None:
    """The address in the lake names the site; its resource is asked at the gateway, and the host behind it unsigned."""
    resource = "/rest/api/content/7/child/attachment/att9/download"
    with (
        serving([Answer({"cloudId": CLOUD_ID})]) as site,
        serving([Answer(b"bytes", headers={"Content-Type": "text/plain"})]) as media,
        serving([Answer(b"", 302, {"Location": f"{media.url}/file"})]) as gateway,
        ConfluenceClient(connected(site, gateway)) as client,
    ):
        with client.api.download(client.base_url + resource) as download:
            assert b"".join(download.chunks) == b"bytes"
        assert [asked.path for asked in gateway.asked] == [BASE + resource]
        assert "Authorization" in gateway.asked[0].headers
        assert ["Authorization" in asked.headers for asked in media.asked] == [False]


def download(client: ConfluenceClient) -> None:
    """Ask for the bytes of an attachment."""
    with client.api.download(client.base_url + "/rest/api/content/7/child/attachment/att9/download"):
        pass


@pytest.mark.parametrize(
    ("call", "scope", "table"),
    [
        (lambda client: list(client.api.tasks(ids=["9"])), "read:task:confluence", "tasks"),
        (download, "read:attachment:confluence", "attachments"),
        (lambda client: list(client.api.spaces()), "read:space:confluence", "every table"),
    ],
    ids=["tasks", "download", "spaces"],
)
def test_a_missing_scope_is_told_with_the_table_and_not_taken_for_a_lost_login(
    call: Callable[[ConfluenceClient], object], scope: str, table: str
) -> None:
    """The gateway's 401 for a scope names scope, table and where to add it, once; other calls go on."""
    refusal = Answer({"code": 401, "message": "Unauthorized; scope does not match"}, 401)
    with (
        serving([Answer({"cloudId": CLOUD_ID})]) as site,
        serving([refusal, Answer({"results": [SPACE]})]) as gateway,
        ConfluenceClient(connected(site, gateway)) as client,
    ):
        with pytest.raises(AccessError) as caught:
            call(client)
        assert [space.key for space in client.api.spaces()] == ["ENG"]
        assert len(gateway.asked) == 2
    assert scope in str(caught.value)
    assert table in str(caught.value)
    assert "id.atlassian.com" in str(caught.value)
    assert caught.value.setting == "CONFLUENCE_API_TOKEN"


def test_a_refused_token_is_told_once() -> None:
    """A 401 about the token stops every later call before it is sent."""
    with (
        serving([Answer({"cloudId": CLOUD_ID})]) as site,
        serving([Answer({"code": 401, "message": "Unauthorized"}, 401)]) as gateway,
        ConfluenceClient(connected(site, gateway)) as client,
    ):
        for _ in range(3):
            with pytest.raises(AuthenticationError, match="CONFLUENCE_API_TOKEN"):
                list(client.api.spaces())
        assert len(gateway.asked) == 1


def test_a_removed_call_is_told_as_gone() -> None:
    """410 from the gateway is a refusal of its own kind."""
    words = "com.atlassian.confluence.api.service.exceptions.GoneException: This deprecated endpoint has been removed."
    with (
        serving([Answer({"cloudId": CLOUD_ID})]) as site,
        serving([Answer({"message": words}, 410)]) as gateway,
        ConfluenceClient(connected(site, gateway)) as client,
        pytest.raises(GoneError, match="has been removed"),
    ):
        client.api.visible_types(["1"])


@pytest.mark.parametrize(
    "told",
    [Answer({}), Answer({"cloudId": 7}), Answer(status=404), Answer(status=401), Answer(b"<html>", 404)],
    ids=["nothing", "a number", "404", "401", "a page"],
)
def test_a_site_that_does_not_tell_its_cloud_id_is_told_with_the_setting(told: Answer) -> None:
    """Whatever the site says instead, the way out is named in one sentence."""
    with serving([told]) as site, serving([Answer()]) as gateway:
        with pytest.raises(AddressError, match="CONFLUENCE_CLOUD_ID") as caught:
            ConfluenceClient(connected(site, gateway))
        assert gateway.asked == []
    assert caught.value.setting == "CONFLUENCE_CLOUD_ID"


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"cloud_id": "../admin"}, "CONFLUENCE_CLOUD_ID"),
        ({"cloud_id": CLOUD_ID, "gateway_url": "http://gateway.example"}, "CONFLUENCE_GATEWAY_URL"),
        ({"cloud_id": CLOUD_ID, "gateway_url": f"https://ada:{CANARY}@gateway.example"}, "CONFLUENCE_GATEWAY_URL"),
        ({"cloud_id": CLOUD_ID, "gateway_url": "gateway"}, "CONFLUENCE_GATEWAY_URL"),
        ({"cloud_id": CLOUD_ID, "gateway_url": "https://gateway.example:port"}, "CONFLUENCE_GATEWAY_URL"),
    ],
)
def test_a_gateway_that_cannot_be_is_refused_before_anything_is_sent(changes: dict[str, str], setting: str) -> None:
    """A cloud id that is none, and an address that would carry the token in the clear."""
    with serving([Answer()]) as server:
        with pytest.raises(SettingError) as caught:
            ConfluenceClient(connected(server, server, **changes))
        assert server.asked == []
    assert caught.value.setting == setting
    assert CANARY not in str(caught.value)


def test_a_cloud_id_of_a_site_without_confluence_is_told() -> None:
    """The gateway's 404 at the entrance names the address."""
    with (
        serving([Answer({"cloudId": CLOUD_ID})]) as site,
        serving([Answer({"message": "no such site"}, 404)]) as gateway,
        ConfluenceClient(connected(site, gateway)) as client,
        pytest.raises(ConfluenceError, match="CONFLUENCE_CLOUD_ID") as caught,
    ):
        client.log_in()
    assert isinstance(caught.value, AddressError)
    assert caught.value.setting == "CONFLUENCE_SERVER_URL"
