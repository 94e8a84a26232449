"""Scopes: every call the client makes has one, and what the official descriptions name."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.confluence.auth.scopes import SCOPES, is_about_scope, missing_scopes, scope_refused, scopes_for
from confluence_pipeline.tables import DEFAULT_TABLES, TABLES
from confluence_pipeline_tests.shared import shared_dir

CALLS = (
    ("v2", "/spaces"),
    ("v2", "/spaces/{id}/labels"),
    ("v2", "/spaces/{id}/permissions"),
    ("v2", "/spaces/{id}/pages"),
    ("v2", "/spaces/{id}/blogposts"),
    ("v2", "/pages"),
    ("v2", "/blogposts/{id}/labels"),
    ("v2", "/pages/{id}/versions"),
    ("v2", "/pages/{id}/likes/users"),
    ("v2", "/footer-comments/{comment-id}"),
    ("v2", "/inline-comments"),
    ("v2", "/attachments"),
    ("v2", "/attachments/{id}/labels"),
    ("v2", "/folders/{id}"),
    ("v2", "/whiteboards/{id}"),
    ("v2", "/databases/{id}"),
    ("v2", "/embeds/{id}"),
    ("v2", "/tasks"),
    ("v2", "/users-bulk"),
    ("v2", "/content/convert-ids-to-types"),
    ("v1", "/wiki/rest/api/search"),
    ("v1", "/wiki/rest/api/user/current"),
    ("v1", "/wiki/rest/api/user/memberof"),
    ("v1", "/wiki/rest/api/group"),
    ("v1", "/wiki/rest/api/group/{groupId}/membersByGroupId"),
    ("v1", "/wiki/rest/api/content/{id}/restriction/byOperation"),
    ("v1", "/wiki/rest/api/content/{id}/child/attachment/{attachmentId}/download"),
)


@pytest.mark.parametrize(("version", "path"), CALLS)
def test_each_call_needs_what_the_official_description_says(version: str, path: str) -> None:
    """The granular scopes that are listed for a call's path are those that its description names."""
    spec = json.loads(shared_dir(f"specs/confluence-cloud-{version}.openapi.json").read_text(encoding="utf-8"))
    operations = spec["paths"][path]
    operation = operations.get("get") or operations["post"]
    if version == "v2":
        named = {scope for way in operation["security"] for scope in way.get("oAuthDefinitions", [])}
        asked = f"/api/v2{path}"
    else:
        ways = operation["x-atlassian-oauth2-scopes"]
        named = {scope for way in ways if way["state"] == "Beta" for scope in way["scopes"]}
        asked = path.removeprefix("/wiki")
    asked = re.sub(r"\{[^}]+\}", "123", asked)
    assert {use.scope for use in SCOPES if re.match(use.paths, asked)} == named


@given(st.sets(st.sampled_from(sorted(TABLES)), min_size=1))
def test_a_login_with_the_scopes_for_some_tables_lacks_nothing_for_them(tables: set[str]) -> None:
    """What is asked for at the login is enough, and no part of it can be spared."""
    scopes = scopes_for(tables)
    assert missing_scopes(scopes, tables) == {}
    for scope in scopes:
        assert set(missing_scopes(scopes - {scope}, tables)) == {scope}


def test_more_tables_never_need_fewer_scopes() -> None:
    """The default tables need some, all tables more, and what serves no table is not asked for."""
    assert scopes_for([]) == frozenset()
    assert scopes_for(["pages"]) < scopes_for(DEFAULT_TABLES) < scopes_for(TABLES)
    assert "read:analytics.content:confluence" not in scopes_for(DEFAULT_TABLES)
    assert missing_scopes((), ["comments"])["read:comment:confluence"] == {"comments"}


def test_every_table_that_a_scope_names_exists() -> None:
    """No scope is asked for in the name of a table that there is not."""
    assert {table for use in SCOPES for table in use.tables or ()} <= set(TABLES)


def test_classic_scopes_do_where_v1_alone_is_asked() -> None:
    """The classic ones together stand for the granular one; one of them alone does not."""
    classic = {"search:confluence", "read:confluence-user", "read:confluence-content.all"}
    granular = scopes_for(["pages"]) - {"read:content-details:confluence"}
    assert missing_scopes(granular | classic, ["pages"]) == {}
    assert missing_scopes(granular | {"search:confluence"}, ["pages"])


def test_a_call_that_is_not_listed_is_refused_in_words_all_the_same() -> None:
    """An unknown path still gives a sentence."""
    error = scope_refused("/rest/api/new", "the app's login", "add it", "CONFLUENCE_AUTH")
    assert "a scope that this call needs" in str(error)
    assert is_about_scope("Unauthorized; scope does not match")
    assert not is_about_scope("Unauthorized")


@pytest.mark.parametrize("path", ["/rest/api/user/memberof", "/rest/api/group/7/membersByGroupId"])
@pytest.mark.parametrize("missing", ["read:user:confluence", "read:group:confluence"])
def test_of_two_scopes_that_a_call_needs_the_one_that_is_missing_is_named(path: str, missing: str) -> None:
    """Where the login tells what it was granted; else each is told, as one or the other, with what needs it."""
    needed = {
        "read:user:confluence": "which every table needs",
        "read:group:confluence": "which the tables effective_access, group_members, groups need",
    }
    known = str(scope_refused(path, "the login", "add it", "CONFLUENCE_AUTH", scopes_for(TABLES) - {missing}))
    assert known.endswith(f"lacks {missing}, {needed[missing]}; add it")
    unknown = str(scope_refused(path, "the scoped token", "add it", "CONFLUENCE_API_TOKEN"))
    assert unknown.endswith(f"lacks {', or '.join(f'{scope}, {who}' for scope, who in needed.items())}; add it")
    classic = {*scopes_for(TABLES) - {*needed}, "read:confluence-groups", "read:confluence-user"}
    assert "lacks read:user:confluence, which" in str(scope_refused(path, "it", "add it", "CONFLUENCE_AUTH", classic))
