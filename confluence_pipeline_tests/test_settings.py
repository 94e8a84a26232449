"""Settings: read from the environment and ``.env``, checked by form, never showing a secret."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.confluence import Scope, SettingError
from confluence_pipeline.landing.selection import Selection
from confluence_pipeline.settings import SETTINGS, Settings, load_env_file
from confluence_pipeline.tables import DEFAULT_TABLES, TABLES

CONNECTION = {
    "CONFLUENCE_SERVER_URL": "https://example.atlassian.net",
    "CONFLUENCE_USER_NAME": "ada@example.com",
    "CONFLUENCE_API_TOKEN": "canary-7f3a",
}


@pytest.fixture
def environment() -> Iterator[os._Environ[str]]:
    """This process's environment, put back afterwards."""
    before = dict(os.environ)
    yield os.environ
    os.environ.clear()
    os.environ.update(before)


def test_an_empty_environment_gives_the_documented_defaults() -> None:
    """Nothing set is a valid state whose values are those that the table of settings documents."""
    settings = Settings.from_environment({})
    assert settings == Settings()
    assert settings.lake == SETTINGS["CONFLUENCE_LAKE"].default
    assert str(settings.max_concurrency) == SETTINGS["CONFLUENCE_MAX_CONCURRENCY"].default
    assert settings.selection.tables == DEFAULT_TABLES
    largest = SETTINGS["CONFLUENCE_ATTACHMENT_MAX_MB"].default
    assert f"{settings.selection.attachment_max_bytes / 1024**2:g}" == largest
    assert str(settings.max_removed_share) == SETTINGS["CONFLUENCE_MAX_REMOVED_SHARE"].default
    assert settings.schedule == SETTINGS["CONFLUENCE_SCHEDULE"].default
    assert settings.time_zone == SETTINGS["CONFLUENCE_TIME_ZONE"].default


def test_every_described_setting_is_read() -> None:
    """Setting any one variable to its own example changes what is read."""
    everything = {"CONFLUENCE_TABLES": "all"}
    for setting in SETTINGS.values():
        given = {**everything, setting.name: setting.example}
        assert Settings.from_environment(given) != Settings.from_environment(everything), setting.name


def test_an_empty_variable_counts_as_not_set() -> None:
    """A variable that is set to nothing or blanks is as good as absent."""
    assert Settings.from_environment(dict.fromkeys(SETTINGS, "  ")) == Settings()


def test_the_scope_combines_all_of_its_settings() -> None:
    """Each scope setting lands in its own field of the scope, list-like ones split at commas."""
    settings = Settings.from_environment(
        {
            "CONFLUENCE_SPACE_KEY": "ENG, ~ada ,,ENG",
            "CONFLUENCE_PAGE_IDS": "1,2",
            "CONFLUENCE_CQL": "title ~ 'a, b'",
            "CONFLUENCE_LABEL": "x,y",
            "CONFLUENCE_EXCLUDE_SPACE_KEY": "HR",
            "CONFLUENCE_EXCLUDE_PAGE_IDS": "3",
            "CONFLUENCE_EXCLUDE_LABEL": "z",
        }
    )
    assert settings.scope == Scope(("ENG", "~ada"), ("1", "2"), "title ~ 'a, b'", ("x", "y"), ("HR",), ("3",), ("z",))


@given(st.lists(st.text(alphabet="abcXYZ019", min_size=1), max_size=6))
def test_a_list_survives_any_blanks_around_its_commas(labels: list[str]) -> None:
    """A comma list reads back as its distinct parts in order, however it is spaced."""
    spaced = Settings.from_environment({"CONFLUENCE_LABEL": " , ".join(labels)})
    assert list(spaced.scope.labels) == sorted(set(labels), key=labels.index)


@pytest.mark.parametrize(
    ("name", "value", "form"),
    [
        ("CONFLUENCE_SPACE_KEY", "a b", "space key"),
        ("CONFLUENCE_PAGE_IDS", "12,abc", "page id"),
        ("CONFLUENCE_EXCLUDE_PAGE_IDS", "-1", "page id"),
        ("CONFLUENCE_TABLES", "pages,comment", "did you mean comments?"),
        ("CONFLUENCE_TABLES", "nonsense", "effective_access"),
        ("CONFLUENCE_ATTACHMENT_BODIES", "yes please", "1 or true"),
        ("CONFLUENCE_ATTACHMENT_TEXT", "2", "1 or true"),
        ("CONFLUENCE_ATTACHMENT_MAX_MB", "0", "whole number"),
        ("CONFLUENCE_ATTACHMENT_MAX_MB", "1.5", "whole number"),
        ("CONFLUENCE_VERSION_BODIES", "1", "page_versions"),
        ("CONFLUENCE_VERSION_BODIES", "on", "1 or true"),
        ("CONFLUENCE_MAX_REQUESTS_PER_SECOND", "0", "above 0"),
        ("CONFLUENCE_MAX_REQUESTS_PER_SECOND", "-1", "above 0"),
        ("CONFLUENCE_MAX_REQUESTS_PER_SECOND", "1e3", "above 0"),
        ("CONFLUENCE_MAX_POINTS_PER_HOUR", "nan", "above 0"),
        ("CONFLUENCE_MAX_CONCURRENCY", "0", "whole number"),
        ("CONFLUENCE_MAX_CONCURRENCY", "many", "whole number"),
        ("CONFLUENCE_MAX_CONCURRENCY", "65", "whole number"),
        ("CONFLUENCE_MAX_CONCURRENCY", "٣", "whole number"),
        ("CONFLUENCE_MAX_REMOVED_SHARE", "0", "whole number"),
        ("CONFLUENCE_MAX_REMOVED_SHARE", "101", "whole number"),
        ("CONFLUENCE_MAX_REMOVED_SHARE", "0.2", "whole number"),
        ("CONFLUENCE_SCHEDULE", "daily", "cron"),
        ("CONFLUENCE_TIME_ZONE", "Mars/Olympus", "time zone"),
        ("CONFLUENCE_TIME_ZONE", "/etc/passwd", "time zone"),
    ],
)
def test_a_wrong_value_is_one_sentence_that_names_the_setting(name: str, value: str, form: str) -> None:
    """A value of the wrong form is refused with the variable and the form expected, in one line."""
    with pytest.raises(SettingError) as refused:
        Settings.from_environment({name: value})
    assert name in str(refused.value)
    assert form in str(refused.value)
    assert refused.value.setting == name
    assert "\n" not in str(refused.value)


def test_switches_and_sizes_reach_the_selection() -> None:
    """1 and true turn a switch on, 0 and false off, text takes the bytes with it, and a size is in MB of 2**20."""
    settings = Settings.from_environment(
        {
            "CONFLUENCE_TABLES": "all",
            "CONFLUENCE_ATTACHMENT_BODIES": "0",
            "CONFLUENCE_ATTACHMENT_TEXT": "TRUE",
            "CONFLUENCE_ATTACHMENT_MAX_MB": "7",
            "CONFLUENCE_VERSION_BODIES": "false",
        }
    )
    assert settings.selection == Selection(
        tables=frozenset(TABLES),
        attachment_bodies=True,
        attachment_text=True,
        attachment_max_bytes=7 * 1024 * 1024,
        version_bodies=False,
    )


def test_a_connection_needs_all_three_settings() -> None:
    """What is missing of the three is named, and only that; a token by itself is another way in unless it is named."""
    for name in CONNECTION:
        rest = {other: value for other, value in CONNECTION.items() if other != name}
        with pytest.raises(SettingError) as missing:
            Settings.from_environment({**rest, "CONFLUENCE_AUTH": "basic"}).connection()
        assert name in str(missing.value)
        assert not any(other in str(missing.value) for other in rest)


def test_a_connection_carries_the_address_and_the_login() -> None:
    """The connection is made of what was set."""
    connection = Settings.from_environment({**CONNECTION, "CONFLUENCE_MAX_CONCURRENCY": "3"}).connection()
    assert connection.server_url == CONNECTION["CONFLUENCE_SERVER_URL"]
    assert connection.max_concurrency == 3
    assert (connection.max_requests_per_second, connection.max_points_per_hour) == (None, None)
    assert connection.auth.authorization().startswith("Basic ")


def test_our_own_limits_go_with_the_connection() -> None:
    """A rate may be a fraction; both limits reach the client."""
    given = {"CONFLUENCE_MAX_REQUESTS_PER_SECOND": "0.5", "CONFLUENCE_MAX_POINTS_PER_HOUR": "65000"}
    connection = Settings.from_environment({**CONNECTION, **given}).connection()
    assert (connection.max_requests_per_second, connection.max_points_per_hour) == (0.5, 65000)


def test_secrets_never_show() -> None:
    """Neither the settings nor what is made of them shows a secret when printed."""
    settings = Settings.from_environment(CONNECTION)
    assert "canary-7f3a" not in f"{settings!r} {settings} {settings.connection()!r}"


def test_a_file_adds_to_the_environment_which_wins(tmp_path: Path, environment: os._Environ[str]) -> None:
    """``.env`` sets what the environment leaves open, takes values literally, and overrides nothing."""
    (tmp_path / ".env").write_text("CONFLUENCE_USER_NAME=file@example.com\nCONFLUENCE_API_TOKEN='a$b${HOME}'\n")
    environment["CONFLUENCE_USER_NAME"] = "shell@example.com"
    environment.pop("CONFLUENCE_API_TOKEN", None)
    load_env_file(tmp_path)
    assert environment["CONFLUENCE_USER_NAME"] == "shell@example.com"
    assert environment["CONFLUENCE_API_TOKEN"] == "a$b${HOME}"


def test_a_missing_file_is_fine_and_a_broken_one_is_named(tmp_path: Path, environment: os._Environ[str]) -> None:
    """No ``.env`` changes nothing; one that is not text is refused by its name."""
    before = dict(environment)
    load_env_file(tmp_path)
    assert dict(environment) == before
    (tmp_path / ".env").write_bytes(b"A=\xff\xfe")
    with pytest.raises(SettingError, match=r"\.env"):
        load_env_file(tmp_path)
