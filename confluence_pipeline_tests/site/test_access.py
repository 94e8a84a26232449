"""Grants, restrictions on every kind of node, groups and visitors: as the API tells them, and as they work."""

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from confluence_pipeline.site.loading import load
from confluence_pipeline.site.model import Space
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.seed import Seed, SeedContent, SeedGroup, SeedRestriction, SeedSpace, SeedUser
from confluence_pipeline.site.store import Store
from confluence_pipeline.site.truth.access import effective_access
from confluence_pipeline.site.truth.eyes import Eyes
from confluence_pipeline_tests.site.conftest import Caller, ada_of, bo_of
from confluence_pipeline_tests.site.rich_seed import ADA, BO, CY, GONE, NOW

ANONYMOUS = {"type": "role", "id": "anonymous-users"}


def readers(caller: Caller, key: str) -> list[dict[str, str]]:
    """Return who is granted to view a space."""
    grants = caller.walk(f"/api/v2/spaces/{caller.space_id(key)}/permissions?limit=2")
    return [grant["principal"] for grant in grants if grant["operation"] == {"key": "read", "targetType": "space"}]


def viewers(site: SiteProcess) -> dict[str, set[str | None]]:
    """Return by title who may view what, None for a visitor, by the truth."""
    titles = {row["content_id"]: row["title"] for row in site.control.truth("pages")}
    seen: dict[str, set[str | None]] = defaultdict(set)
    for row in site.control.truth("effective_access"):
        if row["content_id"] in titles:
            seen[titles[row["content_id"]]].add(row["account_id"])
    return seen


def test_grants_name_groups_people_and_visitors(rich_site: SiteProcess) -> None:
    """A space is granted to all users unless it names viewers; one open to visitors grants to their role besides."""
    ada = ada_of(rich_site)
    ids = {group["name"]: group["id"] for group in ada.json("/rest/api/group")["results"]}
    everyone = {"type": "group", "id": ids["confluence-users"]}
    assert readers(ada, "QUAY") == [everyone]
    assert sorted(readers(ada, "PIER"), key=lambda known: known["type"]) == [everyone, ANONYMOUS]
    crew = {"type": "group", "id": ids["crew"]}
    assert sorted(readers(ada, "HULL"), key=lambda known: known["type"]) == [crew, {"type": "user", "id": CY}]
    told = {row["permission_id"] for row in rich_site.control.truth("space_permissions")}
    keys = ("QUAY", "PIER", "HULL")
    assert told == {
        grant["id"] for key in keys for grant in ada.walk(f"/api/v2/spaces/{ada.space_id(key)}/permissions")
    }


def test_visitors_see_what_is_open_to_them_and_nothing_else(rich_site: SiteProcess) -> None:
    """Without a login there is the open space without its restricted pages; a wrong login is refused all the same."""
    nobody = Caller(rich_site, None)
    assert [space["key"] for space in nobody.walk("/api/v2/spaces")] == ["PIER"]
    assert [page["title"] for page in nobody.walk("/api/v2/pages")] == ["Pier"]
    assert [page["title"] for page in nobody.searched("type = page")] == ["Pier"]
    document = {"spaceId": nobody.space_id("PIER"), "title": "x"}
    assert nobody.ask("POST", "/api/v2/pages", json=document).status_code == 403
    assert Caller(rich_site, ("ada@example.com", "wrong")).get("/api/v2/pages").status_code == 401


def test_who_may_view_what_in_worked_cases(rich_site: SiteProcess) -> None:
    """The truth: own and inherited restrictions add up, folders restrict too, and visitors come in by grant only."""
    seen = viewers(rich_site)
    assert seen["Ropes"] == {ADA, BO}
    assert seen["Keys"] == {BO}, "the folder lets Ada and the pilots in, the page Bo and one whom the space keeps out"
    assert seen["Pier"] == {ADA, BO, CY, GONE, None}
    assert seen["Shed"] == {ADA, BO}
    assert seen["Hull"] == {ADA, BO, CY}
    assert "Rotten rope" not in seen


def test_a_folders_restriction_hides_what_is_below(own_rich_site: SiteProcess) -> None:
    """Restrictions on a folder are told, hold for all below it, and can be lifted and set by the API."""
    ada, bo = ada_of(own_rich_site), bo_of(own_rich_site)
    folder = next(row["node_id"] for row in own_rich_site.control.truth("tree_nodes") if row["title"] == "Locker")
    keys = next(row["page_id"] for row in own_rich_site.control.truth("pages") if row["title"] == "Keys")
    at = f"/rest/api/content/{folder}/restriction"
    told = bo.json(f"{at}/byOperation")["read"]["restrictions"]
    assert [user["accountId"] for user in told["user"]["results"]] == [ADA]
    assert [group["name"] for group in told["group"]["results"]] == ["pilots"]
    assert bo.get(f"/api/v2/pages/{keys}").status_code == 200
    only_ada = [{"operation": "read", "restrictions": {"user": [{"type": "known", "accountId": ADA}]}}]
    assert ada.ask("PUT", at, json=only_ada).status_code == 200
    assert {caller.get(f"/api/v2/pages/{keys}").status_code for caller in (ada, bo)} == {404}
    assert viewers(own_rich_site).get("Keys", set()) == set()
    assert ada.ask("DELETE", at).status_code == 200
    assert bo.get(f"/api/v2/pages/{keys}").status_code == 200


@pytest.mark.parametrize("account", [ADA, BO])
def test_search_tells_the_restrictions_of_every_node(rich_site: SiteProcess, account: str) -> None:
    """Expanded with a search come the users and groups of both operations, folders included, as they are."""
    caller = ada_of(rich_site) if account == ADA else bo_of(rich_site)
    parts = [
        f"restrictions.{operation}.restrictions.{kind}"
        for operation in ("read", "update")
        for kind in ("user", "group")
    ]
    found = caller.searched("type in (page, blogpost, folder, whiteboard, database, embed)", ",".join(parts))
    told = {
        (item["id"], operation, kind, principal["accountId" if kind == "user" else "id"])
        for item in found
        for operation in ("read", "update")
        for kind, listed in item["restrictions"][operation]["restrictions"].items()
        if kind in ("user", "group")
        for principal in listed["results"]
    }
    rows = rich_site.control.truth("restrictions", as_account=account)
    assert told == {(row["content_id"], row["operation"], row["principal_type"], row["principal_id"]) for row in rows}


def test_expanded_lists_hold_what_was_asked_for_and_are_cut(rich_site: SiteProcess) -> None:
    """Users come without groups if only they are asked for; 210 labels come as 200, with the limit said."""
    ada = ada_of(rich_site)
    ropes = ada.searched("title = Ropes", "metadata.labels,restrictions.read.restrictions.user")[0]
    assert ropes["restrictions"]["read"]["restrictions"].keys() == {"user", "_expandable"}
    assert ropes["restrictions"]["_expandable"] == {"update": ""}
    labels = ropes["metadata"]["labels"]
    assert (len(labels["results"]), labels["size"], labels["limit"]) == (200, 200, 200)
    assert len(list(ada.walk(f"/api/v2/pages/{ropes['id']}/labels?limit=250"))) == 212


def test_a_restriction_with_many_users_is_told_in_pages(own_rich_site: SiteProcess) -> None:
    """Of 130 users named, 100 are told at once, and the others from where ``start`` says."""
    ada = ada_of(own_rich_site)
    page = ada.id_of("Ropes")
    named = [{"type": "known", "accountId": account} for account in [ADA, *(f"u{number}" for number in range(129))]]
    at = f"/rest/api/content/{page}/restriction"
    ada.ask("PUT", at, json=[{"operation": "update", "restrictions": {"user": named}}])

    def told(query: str) -> list[str]:
        users = ada.json(f"{at}/byOperation/update?{query}")["restrictions"]["user"]
        assert users["size"] == len(users["results"])
        return [user["accountId"] for user in users["results"]]

    first, rest = told(""), told("start=100&limit=100")
    assert (len(first), len(rest)) == (100, 30)
    assert {*first, *rest} == {user["accountId"] for user in named}


def test_a_grant_can_be_given_and_taken(own_rich_site: SiteProcess) -> None:
    """A grant to view lets in, one without it is refused, and taking it takes all others of that user."""
    ada, bo = ada_of(own_rich_site), bo_of(own_rich_site)
    own_rich_site.control.set_space("HULL", viewer_users=[ADA])
    assert "HULL" not in {space["key"] for space in bo.walk("/api/v2/spaces")}
    at = "/rest/api/space/HULL/permission"

    def grant(key: str, target: str, subject: dict[str, Any]) -> Any:
        return ada.ask("POST", at, json={"subject": subject, "operation": {"key": key, "target": target}})

    bo_himself = {"type": "user", "identifier": BO}
    assert grant("create", "page", bo_himself).status_code == 400
    viewing = grant("read", "space", bo_himself)
    assert viewing.status_code == 200
    assert grant("read", "space", bo_himself).status_code == 400
    assert grant("create", "page", bo_himself).status_code == 200
    assert bo.ask("POST", at, json={}).status_code == 403
    assert "HULL" in {space["key"] for space in bo.walk("/api/v2/spaces")}
    operations = bo.json(f"/api/v2/spaces/{bo.space_id('HULL')}/operations")["operations"]
    assert operations == [{"operation": "read", "targetType": "space"}, {"operation": "create", "targetType": "page"}]
    assert ada.ask("DELETE", f"{at}/{viewing.json()['id']}").status_code == 204
    assert {
        row["principal_id"] for row in own_rich_site.control.truth("space_permissions") if row["space_key"] == "HULL"
    } == {ADA}
    assert grant("read", "space", {"type": "user", "identifier": "anonymous"}).status_code == 200
    assert ANONYMOUS in readers(ada, "HULL")
    assert "HULL" in {space["key"] for space in Caller(own_rich_site, None).walk("/api/v2/spaces")}


def test_people_join_and_leave_groups(own_rich_site: SiteProcess) -> None:
    """A group is made, joined and left by administrators; what it is granted holds for whoever is in it."""
    ada, bo = ada_of(own_rich_site), bo_of(own_rich_site)
    assert bo.ask("POST", "/rest/api/group", json={"name": "divers"}).status_code == 403
    group = ada.ask("POST", "/rest/api/group", json={"name": "divers"}).json()["id"]
    own_rich_site.control.set_space("HULL", viewer_groups=["divers"])
    at = f"/rest/api/group/userByGroupId?groupId={group}"
    assert "HULL" not in {space["key"] for space in bo.walk("/api/v2/spaces")}
    assert ada.ask("POST", at, json={"accountId": BO}).status_code == 201
    assert [user["accountId"] for user in ada.json(f"/rest/api/group/{group}/membersByGroupId")["results"]] == [BO]
    assert "HULL" in {space["key"] for space in bo.walk("/api/v2/spaces")}
    assert ada.ask("DELETE", f"{at}&accountId={BO}").status_code == 204
    assert "HULL" not in {space["key"] for space in bo.walk("/api/v2/spaces")}


def test_a_new_user_is_in_the_group_of_all(own_rich_site: SiteProcess) -> None:
    """Whoever is added to the site sees what is granted to all users."""
    own_rich_site.control.set_user("712020:di", email="di@example.com", api_token="token-di")
    keys = {space["key"] for space in Caller(own_rich_site, ("di@example.com", "token-di")).walk("/api/v2/spaces")}
    assert keys == {"QUAY", "PIER"}


ACCOUNTS, GROUPS = ("p0", "p1", "p2", "gone"), ("g0", "g1")
TYPES = ("page", "blogpost", "folder", "whiteboard")


@st.composite
def sites(draw: st.DrawFn) -> Seed:
    """Draw a site of one space with a tree of several kinds of nodes, restrictions, grants and groups."""
    people = st.lists(st.sampled_from(ACCOUNTS), unique=True)
    groups = st.lists(st.sampled_from(GROUPS), unique=True)
    restrictions = st.builds(SeedRestriction, st.just("read"), people, groups)
    contents = [
        SeedContent(
            str(number),
            "S",
            f"Node {number}",
            "p0",
            NOW,
            NOW,
            node_type=draw(st.sampled_from(TYPES)),
            parent=draw(st.none() | st.sampled_from([str(above) for above in range(number)])) if number else None,
            restrictions=draw(st.lists(restrictions, max_size=1)),
        )
        for number in range(draw(st.integers(1, 8)))
    ]
    space = SeedSpace(
        "S", "S", "p0", NOW, viewer_groups=draw(groups), viewer_users=draw(people), is_anonymous=draw(st.booleans())
    )
    seeded = [SeedGroup(name, draw(people)) for name in GROUPS]
    return Seed("T", [SeedUser(name, name, name) for name in ACCOUNTS[:3]], seeded, [space], iter(contents))


def allowed(store: Store, space: Space, account: str | None, content_id: int) -> bool:
    """Tell by sets of people, and not one person at a time, whether an account may view a content."""
    everybody: set[str | None] = {*ACCOUNTS, None}

    def people(principals: list[tuple[str, str]]) -> set[str | None]:
        named: set[str | None] = set()
        for kind, principal in principals:
            if kind == "role":
                return everybody
            named |= {principal} if kind == "user" else set(store.groups[principal].members)
        return named

    grants = [grant for grant in space.grants if (grant.operation, grant.target_type) == ("read", "space")]
    let_in = people([(grant.principal_type, grant.principal_id) for grant in grants])
    at: int | None = content_id
    while at is not None:
        node = store.contents[at]
        if node.read:
            users = [("user", name) for name in node.read.users]
            let_in &= people([*users, *(("group", group_id) for group_id in node.read.groups)])
        at = node.parent_id
    return account in let_in


@given(sites())
@settings(max_examples=100, deadline=None)
def test_effective_access_is_the_intersection_of_all_levels(seed: Seed) -> None:
    """On any tree, whoever may view is in the grants of the space and in every restriction from the content up."""
    store = load(seed)
    (space,) = store.spaces.values()
    told = {(int(row["content_id"]), row["account_id"]) for row in effective_access(Eyes.of(store, None))}
    named = {account for _, account in told} | {*ACCOUNTS, None}
    contents = [content for content in store.contents.values() if content.node_type in ("page", "blogpost")]
    assert told == {
        (content.content_id, account)
        for content in contents
        for account in named
        if allowed(store, space, account, content.content_id) and (account in _known(store) or account is None)
    }


def _known(store: Store) -> set[str]:
    members = {account for group in store.groups.values() for account in group.members}
    named = {account for content in store.contents.values() if content.read for account in content.read.users}
    granted = {
        grant.principal_id
        for space in store.spaces.values()
        for grant in space.grants
        if grant.principal_type == "user"
    }
    return {*store.users, *members, *named, *granted}
