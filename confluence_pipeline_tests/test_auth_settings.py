"""The choice of a way in: named or inferred, complete or told what is missing."""

from itertools import combinations
from typing import get_args

import pytest

from confluence_pipeline.auth_setting_list import Variant
from confluence_pipeline.confluence import ApiToken, SettingError
from confluence_pipeline.confluence.auth import ClientCredentials, OAuth, PersonalAccessToken, ScopedToken
from confluence_pipeline.definitions import PipelineConfig
from confluence_pipeline.settings import SETTINGS, Settings

CANARY = "canary-91be"
SERVER = {"CONFLUENCE_SERVER_URL": "https://example.atlassian.net"}
GIVEN: dict[str, dict[str, str]] = {
    "basic": {"CONFLUENCE_USER_NAME": "ada@example.com", "CONFLUENCE_API_TOKEN": CANARY},
    "scoped_token": {"CONFLUENCE_API_TOKEN": CANARY},
    "oauth": {
        "CONFLUENCE_OAUTH_CLIENT_ID": "app",
        "CONFLUENCE_OAUTH_CLIENT_SECRET": CANARY,
        "CONFLUENCE_OAUTH_REFRESH_TOKEN": f"{CANARY}-refresh",
    },
    "oauth_client_credentials": {
        "CONFLUENCE_OAUTH_CLIENT_ID": "app",
        "CONFLUENCE_OAUTH_CLIENT_SECRET": CANARY,
    },
    "personal_access_token": {"CONFLUENCE_PERSONAL_ACCESS_TOKEN": CANARY},
}
"""For each way in, the variables that lead to it."""

KINDS = {
    "basic": ApiToken,
    "scoped_token": ScopedToken,
    "oauth": OAuth,
    "oauth_client_credentials": ClientCredentials,
    "personal_access_token": PersonalAccessToken,
}
INFERRED = [variant for variant in GIVEN if variant != "oauth_client_credentials"]
ONE_SET = ({"basic", "scoped_token"}, {"oauth", "oauth_client_credentials"})


def test_every_way_in_is_tested_here() -> None:
    """The cases below are all there are."""
    assert set(GIVEN) == set(get_args(Variant))


@pytest.mark.parametrize("variant", INFERRED)
def test_a_way_in_is_inferred_from_its_own_variables(variant: str) -> None:
    """What belongs to one way in alone chooses it, and the connection is signed as that way in is."""
    settings = Settings.from_environment(SERVER | GIVEN[variant])
    assert settings.auth.chosen() == variant
    assert type(settings.connection().auth) is KINDS[variant]
    assert CANARY not in repr(settings) + repr(settings.connection())


def test_a_cloud_id_beside_name_and_token_means_the_gateway() -> None:
    """No other way in has a use for it."""
    cloud_id = {"CONFLUENCE_CLOUD_ID": "7d5b1e6c-3f0e-4f53-9a41-0c6f3fb6f7aa"}
    assert Settings.from_environment(SERVER | GIVEN["basic"] | cloud_id).auth.chosen() == "scoped_token"


@pytest.mark.parametrize("variant", GIVEN)
def test_a_way_in_that_is_named_wins_over_what_else_is_given(variant: str) -> None:
    """With every variable set, the name decides."""
    everything = {name: value for given in GIVEN.values() for name, value in given.items()}
    settings = Settings.from_environment({**SERVER, **everything, "CONFLUENCE_AUTH": variant})
    assert settings.auth.chosen() == variant
    settings.connection()


@pytest.mark.parametrize("variant", GIVEN)
def test_the_resource_goes_the_same_way_in(variant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Definitions keep names of variables; resolved, they lead to the same way in with the same values."""
    environment = {**SERVER, **GIVEN[variant], "CONFLUENCE_AUTH": variant}
    config = PipelineConfig.from_environment(environment)
    assert CANARY not in repr(config)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    expected = Settings.from_environment(environment).connection()
    with config.confluence.process_config_and_initialize_cm() as resource:
        auth = resource.auth_settings().auth()
        assert type(auth) is KINDS[variant]
        assert auth.secrets() == expected.auth.secrets()
        assert resource.auth_settings() == Settings.from_environment(environment).auth
        assert CANARY not in f"{resource!r} {resource}"


@pytest.mark.parametrize("variant", GIVEN)
def test_what_a_way_in_lacks_is_named_and_nothing_else(variant: str) -> None:
    """A way in that is named with nothing else given says which variables it needs, with an example of each."""
    with pytest.raises(SettingError) as caught:
        Settings.from_environment({**SERVER, "CONFLUENCE_AUTH": variant}).connection()
    needed = set(GIVEN[variant]) - {"CONFLUENCE_OAUTH_REFRESH_TOKEN"}
    said = str(caught.value)
    assert f"CONFLUENCE_AUTH={variant}" in said
    assert {name for name in SETTINGS if f"{name} (" in said} == needed
    assert all(SETTINGS[name].example in said for name in needed)
    assert caught.value.setting in needed


@pytest.mark.parametrize(("one", "other"), list(combinations(GIVEN, 2)))
def test_credentials_of_two_ways_in_are_refused_until_one_is_named(one: str, other: str) -> None:
    """Nothing is guessed; the message names the ways in that fit and the setting that chooses."""
    given = {**SERVER, **GIVEN[one], **GIVEN[other]}
    if {one, other} in ONE_SET:
        assert Settings.from_environment(given).auth.chosen() in {"basic", "oauth"}
        return
    with pytest.raises(SettingError, match="CONFLUENCE_AUTH") as caught:
        Settings.from_environment(given).connection()
    assert caught.value.setting == "CONFLUENCE_AUTH"
    assert one in str(caught.value)
    assert other in str(caught.value)
    assert CANARY not in str(caught.value)
    with pytest.raises(SettingError, match="CONFLUENCE_AUTH"):
        PipelineConfig.from_environment(given)


def test_an_app_by_itself_is_for_a_person_or_for_a_service_account() -> None:
    """Its id and secret fit both ways in, so one has to be named."""
    with pytest.raises(SettingError, match="oauth and oauth_client_credentials; set CONFLUENCE_AUTH"):
        Settings.from_environment(SERVER | GIVEN["oauth_client_credentials"]).connection()


@pytest.mark.parametrize(("name", "value"), [("CONFLUENCE_AUTH", "password"), ("CONFLUENCE_PRODUCT", "server")])
def test_a_word_that_is_no_choice_is_refused_with_the_choices(name: str, value: str) -> None:
    """The message lists what there is."""
    with pytest.raises(SettingError, match=name) as caught:
        Settings.from_environment({name: value})
    assert value in str(caught.value)
    assert "set it to one of" in str(caught.value)
