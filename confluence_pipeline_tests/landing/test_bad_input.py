"""Wrong settings: one sentence names the setting, and nothing in the lake is harmed."""

from collections.abc import Callable, Iterator

import pytest

from confluence_pipeline.confluence import (
    AccessError,
    ApiToken,
    AuthenticationError,
    ConfluenceClient,
    ConfluenceError,
    Connection,
    QueryError,
    Scope,
    SettingError,
)
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import discover_spaces, land_spaces, land_users, sync_space
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.laboratory import HASTE, Editor, Laboratory, reader_of
from confluence_pipeline_tests.laboratory_seed import READER


@pytest.fixture(scope="module")
def full_lab(quiet_site: SiteProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    """A lake with everything in it."""
    lake = Lake(str(tmp_path_factory.mktemp("lake")))
    with reader_of(quiet_site) as client:
        lab = Laboratory(quiet_site, lake, client, Editor(quiet_site))
        lab.sync()
        yield lab


@pytest.fixture
def synced(full_lab: Laboratory) -> Iterator[Laboratory]:
    """The full lake, which must be the same afterwards."""
    before, raw = full_lab.digests(), full_lab.digests("raw")
    yield full_lab
    full_lab.site.control.set_user(READER, can_use=True)
    assert (full_lab.digests(), full_lab.digests("raw")) == (before, raw)


def assert_one_sentence(error: ConfluenceError, setting: str) -> None:
    """Check that a person is told what to change."""
    assert error.setting == setting
    assert setting in str(error)
    assert "\n" not in str(error)
    assert not error.retryable
    assert "token-reader" not in str(error)


@pytest.mark.parametrize(
    ("scope", "setting", "said"),
    [
        (Scope(space_keys=("LAB", "NOPE")), "CONFLUENCE_SPACE_KEY", "space key NOPE,"),
        (Scope(space_keys=("VAULT",)), "CONFLUENCE_SPACE_KEY", "VAULT"),
        (Scope(page_ids=("1", "2")), "CONFLUENCE_PAGE_IDS", "page id 1, 2,"),
        (Scope(space_keys=("LAB",), page_ids=("1",)), "CONFLUENCE_PAGE_IDS", "page id 1,"),
        (Scope(cql="colour = blue"), "CONFLUENCE_CQL", "No field exists with name 'colour'"),
        (Scope(cql="title = 'open"), "CONFLUENCE_CQL", "is not closed"),
        (Scope(cql="type = page)"), "CONFLUENCE_CQL", "Could not parse cql"),
    ],
    ids=["unknown key", "hidden space", "unknown pages", "page in space", "unknown field", "open quote", "parenthesis"],
)
def test_a_scope_that_names_nothing_or_nonsense_is_refused(
    synced: Laboratory, scope: Scope, setting: str, said: str
) -> None:
    """The site's own words are shown where it has some."""
    for work in (
        lambda: discover_spaces(synced.client, scope),
        lambda: land_spaces(synced.client, scope, synced.lake, synced.run()),
    ):
        with pytest.raises(SettingError) as caught:
            work()
        assert_one_sentence(caught.value, setting)
        assert said in str(caught.value)
    if scope.cql:
        with pytest.raises(QueryError):
            sync_space(synced.client, scope, synced.lake, "LAB", synced.run())


def test_a_page_that_the_caller_may_not_see_is_as_good_as_unknown(synced: Laboratory) -> None:
    """The API does not say which, so neither does the error."""
    scope = Scope(page_ids=(synced.id_of("VAULT page 0"),))
    with pytest.raises(SettingError, match="does not exist or which this account may not see") as caught:
        discover_spaces(synced.client, scope)
    assert_one_sentence(caught.value, "CONFLUENCE_PAGE_IDS")


def test_a_long_list_of_unknown_names_is_cut_short(synced: Laboratory) -> None:
    """Five are enough to see what is wrong."""
    with pytest.raises(SettingError, match=r"page id 1, 2, 3, 4, 5 and 295 more"):
        discover_spaces(synced.client, Scope(page_ids=tuple(str(number) for number in range(1, 301))))


Work = Callable[[ConfluenceClient, Laboratory], object]
WORKS: dict[str, Work] = {
    "discovery": lambda client, _: discover_spaces(client, Scope()),
    "label discovery": lambda client, _: discover_spaces(client, Scope(labels=("alpha",))),
    "spaces": lambda client, lab: land_spaces(client, Scope(), lab.lake, lab.run()),
    "label scope": lambda client, lab: land_spaces(client, Scope(labels=("alpha",)), lab.lake, lab.run()),
    "space": lambda client, lab: sync_space(client, Scope(), lab.lake, "LAB", lab.run()),
    "labelled space": lambda client, lab: sync_space(client, Scope(labels=("alpha",)), lab.lake, "LAB", lab.run()),
    "users": lambda client, lab: land_users(client, lab.lake, lab.run()),
}


@pytest.mark.parametrize("name", WORKS)
def test_a_wrong_token_removes_nothing(synced: Laboratory, name: str) -> None:
    """Search takes a wrong token for a stranger and finds nothing; that is not taken for the truth."""
    login = ApiToken("reader@example.com", "wrong-token")
    connection = Connection(synced.site.base_url, login, retries=HASTE)
    with ConfluenceClient(connection) as client, pytest.raises(AuthenticationError) as caught:
        WORKS[name](client, synced)
    assert_one_sentence(caught.value, "CONFLUENCE_API_TOKEN")
    assert "wrong-token" not in str(caught.value)


@pytest.mark.parametrize("name", WORKS)
def test_a_caller_without_access_is_told_so(synced: Laboratory, name: str) -> None:
    """The account logs in, and may not use Confluence."""
    synced.site.control.set_user(READER, can_use=False)
    with pytest.raises(AccessError, match="not permitted to use Confluence") as caught:
        WORKS[name](synced.client, synced)
    assert_one_sentence(caught.value, "CONFLUENCE_USER_NAME")


@pytest.mark.parametrize("tail", ["", "/", "/wiki", "/wiki/", "/wiki/spaces/LAB/pages/1/Some+page?x=1#y"])
def test_every_form_of_the_address_leads_to_the_site(quiet_lab: Laboratory, tail: str) -> None:
    """With ``/wiki``, without it, or with a path behind it."""
    site = quiet_lab.site
    url = site.base_url.removesuffix("/wiki") + tail
    with ConfluenceClient(Connection(url, ApiToken(site.email, site.api_token))) as client:
        assert client.log_in().account_id == READER
        assert client.base_url == site.base_url
