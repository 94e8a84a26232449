"""The component: the same definitions from a ``defs.yaml``, with secrets given by name."""

from typing import Any

import dagster as dg
import pytest
from dagster.components.testing import create_defs_folder_sandbox

from confluence_pipeline.auth_variants import (
    BasicAuth,
    OAuthAuth,
    OAuthClientCredentialsAuth,
    PersonalAccessTokenAuth,
    ScopedTokenAuth,
)
from confluence_pipeline.components import ConfluenceSite
from confluence_pipeline.confluence import Scope, SettingError
from confluence_pipeline.definitions import PipelineConfig, build_definitions
from confluence_pipeline.selections import selection_of

pytestmark = pytest.mark.filterwarnings("ignore:`parse_obj_as` is deprecated")  # in Dagster's own loading of YAML

CANARY = "canary-91b2"
ATTRIBUTES: dict[str, Any] = {
    "server_url": "https://example.atlassian.net",
    "user_name": "ada@example.com",
    "api_token_variable": "EXAMPLE_TOKEN",
    "space_key": ["ENG", "~ada"],
    "exclude_label": ["draft"],
    "tables": ["default", "page_versions"],
    "attachment_text": True,
    "attachment_max_mb": 5,
    "version_bodies": True,
    "max_removed_share": 40,
    "lake": "s3://bucket/confluence",
    "schedule": "30 5 * * 1-5",
    "time_zone": "Europe/Berlin",
}


def loaded(attributes: dict[str, Any]) -> tuple[ConfluenceSite, dg.Definitions]:
    """Load the component from a ``defs.yaml``, as a project does."""
    with create_defs_folder_sandbox() as sandbox:
        path = sandbox.scaffold_component(
            ConfluenceSite,
            defs_yaml_contents={"type": "confluence_pipeline.components.ConfluenceSite", "attributes": attributes},
        )
        with sandbox.load_component_and_build_defs(defs_path=path) as (component, definitions):
            assert isinstance(component, ConfluenceSite)
            return component, definitions


def test_it_gives_the_same_assets_as_the_environment() -> None:
    """Both front doors lead to the same graph."""
    _, definitions = loaded(ATTRIBUTES)
    ours = build_definitions(PipelineConfig.from_environment({"CONFLUENCE_TABLES": "default,page_versions"}))
    assert {spec.key for spec in definitions.resolve_all_asset_specs()} == {
        spec.key for spec in ours.resolve_all_asset_specs()
    }


def test_its_attributes_reach_the_resources() -> None:
    """Scope, selection, lake, schedule and zone are what the file says."""
    config = loaded(ATTRIBUTES)[0].config()
    assert config.scope.scope() == Scope(space_keys=("ENG", "~ada"), exclude_labels=("draft",))
    assert config.selection.selection() == selection_of(
        ["default", "page_versions"], attachment_text=True, attachment_max_mb=5, version_bodies=True
    )
    assert config.removals.guard().most_share == 0.4
    assert config.lake.uri == "s3://bucket/confluence"
    assert (config.schedule, config.time_zone) == ("30 5 * * 1-5", "Europe/Berlin")


def test_the_token_stays_the_name_of_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the variable holds, neither the component nor its definitions hold it."""
    monkeypatch.setenv("EXAMPLE_TOKEN", CANARY)
    component, definitions = loaded(ATTRIBUTES)
    assert CANARY not in f"{component!r} {component.config()!r} {definitions!r}"
    auth = component.config().confluence.auth
    assert isinstance(auth, BasicAuth)
    assert auth.api_token == dg.EnvVar("EXAMPLE_TOKEN")


@pytest.mark.parametrize(
    ("attributes", "kind", "secret"),
    [
        ({"auth": "scoped_token"}, ScopedTokenAuth, "api_token"),
        ({"auth": "oauth", "oauth_client_id": "app"}, OAuthAuth, "client_secret"),
        ({"auth": "oauth_client_credentials", "oauth_client_id": "app"}, OAuthClientCredentialsAuth, "client_secret"),
        ({"auth": "personal_access_token"}, PersonalAccessTokenAuth, "token"),
    ],
)
def test_every_way_in_can_be_written_into_the_file(attributes: dict[str, Any], kind: type, secret: str) -> None:
    """The attributes lead to the resource's variant, whose secret is the name of a variable."""
    component, _ = loaded({**ATTRIBUTES, **attributes})
    auth = component.config().confluence.auth
    assert type(auth) is kind
    assert isinstance(getattr(auth, secret), dg.EnvVar)


@pytest.mark.parametrize("attributes", [{"auth": "oauth"}, {"auth": "oauth_client_credentials"}, {"user_name": ""}])
def test_a_way_in_that_lacks_an_attribute_is_refused_by_its_name(attributes: dict[str, Any]) -> None:
    """The attribute and the way in are named while loading."""
    with pytest.raises(SettingError, match=r"(oauth_client_id|user_name) is not given"):
        ConfluenceSite(server_url="https://x", **attributes).config()


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("api_token_variable", "not a name"),
        ("space_key", ["a/b"]),
        ("max_concurrency", 0),
        ("tables", ["pages", "leaflets"]),
        ("attachment_max_mb", 0),
        ("max_removed_share", 0),
        ("api_token", "no such attribute"),
    ],
)
def test_a_wrong_attribute_is_refused_by_name(attribute: str, value: object) -> None:
    """What cannot be right is refused while loading, and the message names the attribute or its setting."""
    with pytest.raises(Exception) as refused:  # noqa: PT011 - Dagster wraps what is said below in an error of its own
        loaded({**ATTRIBUTES, attribute: value})
    assert attribute in whole_message(refused.value).lower()


def whole_message(error: BaseException | None) -> str:
    """Return the messages of an error and of all that it goes back to."""
    said = []
    while error is not None:
        said.append(str(error))
        error = error.__cause__ or error.__context__
    return "\n".join(said)


def test_a_token_in_the_place_of_its_name_is_refused_without_being_repeated() -> None:
    """Somebody who writes the token itself into the file does not find it in the message as well."""
    with pytest.raises(ValueError, match="api_token_variable") as refused:
        ConfluenceSite(server_url="https://x", user_name="ada", api_token_variable=f"{CANARY}=")
    assert CANARY not in str(refused.value)
