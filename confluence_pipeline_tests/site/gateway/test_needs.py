"""The scopes that endpoints ask for are those of the official documents."""

import json
import re
from collections.abc import Iterator

import pytest

from confluence_pipeline.site.app import all_routes
from confluence_pipeline.site.gateway.needs import ALL_SCOPES, NEEDS, READ_SCOPES, opens
from confluence_pipeline_tests.shared import shared_dir

_DOCUMENTS = (
    ("confluence-cloud-v1.2024-10-02.legacy.openapi.json", ""),
    ("confluence-cloud-v1.openapi.json", ""),
    ("confluence-cloud-v2.openapi.json", "/wiki/api/v2"),
)
_NO_API = {"/wiki/spaces", "/wiki/download"}


def _documented() -> Iterator[tuple[str, set[frozenset[str]]]]:
    for name, prefix in _DOCUMENTS:
        for template, operations in json.loads((shared_dir("specs") / name).read_text())["paths"].items():
            for method in operations.keys() & {"get", "post", "put", "delete"}:
                said = operations[method].get("x-atlassian-oauth2-scopes", [])
                yield f"{method.upper()} {_plain(prefix + template)}", {frozenset(known["scopes"]) for known in said}


def _plain(template: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", template)


def test_every_endpoint_asks_for_the_scopes_of_its_document() -> None:
    """For each endpoint of the site, the alternatives are those of the newest document that has it."""
    documented = dict(_documented())
    wrong = {
        endpoint: (documented.get(_plain(endpoint)), need)
        for endpoint, need in NEEDS.items()
        if documented.get(_plain(endpoint)) != set(need)
    }
    assert wrong == {}


def test_no_endpoint_of_the_api_is_without_scopes() -> None:
    """What the site serves below ``/wiki`` has its scopes, but for the pages that people look at and old links."""
    served = {f"{route.method} {route.template}" for route in all_routes() if route.template.startswith("/wiki/")}
    without = served - NEEDS.keys()
    assert {"/".join(endpoint.split(" ")[1].split("/")[:3]) for endpoint in without} == _NO_API
    assert NEEDS.keys() <= served


def test_scopes_are_those_that_a_token_can_be_made_with() -> None:
    """Every scope of the table is in the list that people pick a token's scopes from."""
    (listed,) = shared_dir("specs").glob("confluence-api-token-scopes*.md")
    assert set(re.findall(r"`([a-z]+:[^`]+)`", listed.read_text())) >= ALL_SCOPES
    assert {scope.partition(":")[0] for scope in READ_SCOPES} == {"read", "readonly", "search"}


@pytest.mark.parametrize(
    ("scopes", "endpoint", "is_open"),
    [
        ({"read:page:confluence"}, "GET /wiki/api/v2/pages", True),
        ({"read:page:confluence"}, "GET /wiki/api/v2/blogposts/{id}", True),
        ({"read:confluence-content.all"}, "GET /wiki/api/v2/pages", False),
        ({"read:space-details:confluence"}, "GET /wiki/api/v2/spaces", False),
        ({"read:confluence-groups"}, "GET /wiki/rest/api/group/{groupId}/membersByGroupId", True),
        ({"read:group:confluence"}, "GET /wiki/rest/api/group/{groupId}/membersByGroupId", False),
        ({"read:page:confluence"}, "POST /wiki/api/v2/pages", False),
        ({"read:page:confluence"}, "GET /wiki/nothing", False),
    ],
)
def test_any_alternative_opens_and_all_of_it_is_needed(scopes: set[str], endpoint: str, is_open: bool) -> None:
    """Classic scopes do not open v2, parts of an alternative open nothing, and neither opens what is unknown."""
    assert opens(frozenset(scopes), endpoint) is is_open
