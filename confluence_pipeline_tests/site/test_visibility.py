"""Who sees what: logins, space permissions, restrictions inherited down the tree, and drafts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from confluence_pipeline.site.loading import load
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.seed import Seed, SeedContent, SeedGroup, SeedRestriction, SeedSpace, SeedUser
from confluence_pipeline.site.truth import truth_lines
from confluence_pipeline.site.visibility import may_see, viewer_of
from confluence_pipeline_tests.site.conftest import Caller, ada_of, bo_of
from confluence_pipeline_tests.site.seeds import NOW


def test_hidden_things_look_missing(ada: Caller, bo: Caller) -> None:
    """A restricted page, all below it, what hangs on it and a closed space answer 404 to one who may not see."""
    page, below = ada.id_of("Key safe"), ada.id_of("Below the key safe")
    file = next(known["id"] for known in ada.walk("/api/v2/attachments") if known["title"] == "key.png")
    comment = next(
        known["id"] for known in ada.walk("/api/v2/footer-comments?body-format=storage")
        if "Secret" in known["body"]["storage"]["value"]
    )  # fmt: skip
    hidden = [
        f"/api/v2/pages/{page}",
        f"/api/v2/pages/{below}",
        f"/api/v2/pages/{page}/labels",
        f"/api/v2/pages/{page}/footer-comments",
        f"/api/v2/footer-comments/{comment}",
        f"/api/v2/attachments/{file}",
        f"/api/v2/spaces/{ada.space_id('SAFE')}",
        f"/api/v2/spaces/{ada.space_id('SAFE')}/pages",
        f"/rest/api/content/{page}/restriction",
        f"/rest/api/content/{page}/child/attachment/{file}/download",
        f"/rest/api/content/{page}",
        "/rest/api/space/SAFE",
    ]
    for path in hidden:
        assert ada.get(path, allow_redirects=False).status_code in (200, 302), path
        assert bo.get(path, allow_redirects=False).status_code == 404, path
    types = bo.ask("POST", "/api/v2/content/convert-ids-to-types", json={"contentIds": [page, file, comment]}).json()
    assert set(types["results"].values()) == {None}


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("spaces", "/api/v2/spaces"),
        ("pages", "/api/v2/pages?status=current,archived,trashed"),
        ("blog_posts", "/api/v2/blogposts"),
        ("attachments", "/api/v2/attachments?status=current,archived,trashed"),
    ],
)
@pytest.mark.parametrize("account", ["712020:ada", "712020:bo"])
def test_lists_leave_out_what_is_hidden(shared_site: SiteProcess, kind: str, path: str, account: str) -> None:
    """A list holds what the caller may see and nothing else, by the truth worked out apart."""
    caller = ada_of(shared_site) if account.endswith("ada") else bo_of(shared_site)
    names = {"spaces": "space_id", "attachments": "attachment_id"}
    known = shared_site.control.truth(kind, as_account=account)  # type: ignore[arg-type]
    expected = {row[names.get(kind, "content_id")] for row in known if row["status"] != "draft"}
    assert {item["id"] for item in caller.walk(path)} == expected


def test_labels_of_hidden_pages_are_hidden(ada: Caller, bo: Caller) -> None:
    """A label that is only on what somebody may not see is not in their list of labels."""
    assert "hush" in {label["name"] for label in ada.walk("/api/v2/labels")}
    assert "hush" not in {label["name"] for label in bo.walk("/api/v2/labels")}


@pytest.mark.parametrize(
    "auth",
    [None, ("ada@example.com", "wrong"), ("nobody@example.com", "token-ada"), ("cy@example.com", "token-cy")],
)
def test_without_a_valid_login_v2_refuses_and_v1_serves_the_anonymous(
    shared_site: SiteProcess, auth: tuple[str, str] | None
) -> None:
    """No login, a wrong one and a closed account: 401 by v2; an anonymous user and no hits by v1."""
    caller = Caller(shared_site, auth)
    assert caller.get("/api/v2/pages").status_code == 401
    assert caller.json("/rest/api/user/current")["type"] == "anonymous"
    assert caller.json("/rest/api/content/search?cql=type=page")["results"] == []


def test_an_email_address_is_taken_in_any_case(shared_site: SiteProcess) -> None:
    """People write their address with capitals and are let in all the same."""
    assert Caller(shared_site, ("Ada@Example.com", "token-ada")).get("/api/v2/pages").status_code == 200


def test_a_revoked_token_stops_working(site: SiteProcess) -> None:
    """A token that is taken away is refused from then on, and a new one works."""
    bo = bo_of(site)
    assert bo.get("/api/v2/spaces").status_code == 200
    site.control.set_user("712020:bo", api_token=None)
    assert bo.get("/api/v2/spaces").status_code == 401
    site.control.set_user("712020:bo", api_token="fresh")
    assert Caller(site, ("bo@example.com", "fresh")).get("/api/v2/spaces").status_code == 200


def test_somebody_without_product_access_is_told_so(site: SiteProcess) -> None:
    """An account that may not use Confluence is answered 403 with the service's own sentence."""
    site.control.set_user("712020:bo", can_use=False)
    reply = bo_of(site).get("/api/v2/spaces")
    assert reply.status_code == 403
    assert reply.json()["errors"][0]["title"] == "Current user not permitted to use Confluence"


def test_group_membership_counts_at_once(site: SiteProcess) -> None:
    """Whoever joins a group sees the spaces that are open to it, and no longer after leaving."""
    bo = bo_of(site)
    site.control.set_group("auditors", ["712020:ada", "712020:bo"])
    assert "SAFE" in {space["key"] for space in bo.walk("/api/v2/spaces")}
    site.control.set_group("auditors", ["712020:ada"])
    assert "SAFE" not in {space["key"] for space in bo.walk("/api/v2/spaces")}


@pytest.mark.parametrize(
    ("cql", "accounts"),
    [
        ("type = user", {"712020:ada", "712020:bo", "712020:cy"}),
        ('user.fullname ~ "bo"', {"712020:bo"}),
        ('user = currentUser() or user.fullname ~ "mar*"', {"712020:ada", "712020:cy"}),
        ('user.accountid in ("712020:bo", "nobody")', {"712020:bo"}),
        ('type = user and not user = "712020:bo"', {"712020:ada", "712020:cy"}),
    ],
)
def test_people_are_found_by_name_and_id(ada: Caller, cql: str, accounts: set[str]) -> None:
    """The search for users has fields of its own, and takes no other."""
    found = ada.json("/rest/api/search/user", params={"cql": cql})
    assert {hit["user"]["accountId"] for hit in found["results"]} == accounts
    assert found["totalSize"] == len(accounts)
    assert ada.get("/rest/api/search/user?cql=space=LAMP").status_code == 400


PEOPLE = ("p0", "p1", "p2")
GROUPS = ("g0", "g1")


@st.composite
def sites(draw: st.DrawFn) -> Seed:
    """Draw a site of one space with a random tree, random restrictions and random groups."""
    members = st.lists(st.sampled_from(PEOPLE), unique=True)
    restrictions = st.builds(
        SeedRestriction,
        st.just("read"),
        st.lists(st.sampled_from(PEOPLE), unique=True),
        st.lists(st.sampled_from(GROUPS), unique=True),
    )
    contents = []
    for number in range(draw(st.integers(1, 8))):
        parent = draw(st.none() | st.integers(0, number - 1)) if number else None
        contents.append(
            SeedContent(
                str(number),
                "S",
                f"Page {number}",
                draw(st.sampled_from(PEOPLE)),
                NOW,
                NOW,
                parent=None if parent is None else str(parent),
                status=draw(st.sampled_from(["current", "archived", "trashed", "draft"])),
                restrictions=[draw(restrictions)] if draw(st.booleans()) else [],
            )
        )
    space = SeedSpace("S", "S", "p0", NOW, viewer_groups=draw(st.lists(st.sampled_from(GROUPS), unique=True)))
    groups = [SeedGroup(name, draw(members)) for name in GROUPS]
    people = [SeedUser(name, name, f"{name}@example.com") for name in PEOPLE]
    return Seed("T", people, groups, [space], iter(contents))


@given(sites())
@settings(max_examples=150, deadline=None)
def test_visibility_agrees_with_the_truth(seed: Seed) -> None:
    """On any tree, who may see what is the same by the site and by the truth, which climb the tree apart."""
    store = load(seed)
    for person in PEOPLE:
        viewer = viewer_of(store, person)
        seen = {str(content.content_id) for content in store.contents.values() if may_see(store, viewer, content)}
        lines = b"".join(truth_lines(store, "pages", person)).decode().splitlines()
        assert seen == {line.split('"')[3] for line in lines}
