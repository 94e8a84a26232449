"""What of a seed a Data Center holds, and that it is otherwise the same site as on Cloud."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from confluence_pipeline.site.control_client import TruthKind
from confluence_pipeline.site.data_center.adapting import adapted_body, load_data_center
from confluence_pipeline.site.data_center.installation import Installation
from confluence_pipeline.site.data_center.people import user_key
from confluence_pipeline.site.loading import load
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.seed import SeedUser
from confluence_pipeline.site.server import SiteOptions
from confluence_pipeline.site.sources import DemoSource, GeneratedSource
from confluence_pipeline_tests.site.conftest import RICH
from confluence_pipeline_tests.site.data_center.conftest import ada_of
from confluence_pipeline_tests.site.rich_seed import ADA, BO, rich_seed

EVERYTHING = GeneratedSource(pages=120, spaces=6, everything=True)


@pytest.fixture(scope="module")
def cloud() -> Iterator[SiteProcess]:
    """A site with all that there can be, as on Cloud."""
    with SiteProcess(EVERYTHING) as site:
        yield site


@pytest.fixture(scope="module")
def center() -> Iterator[SiteProcess]:
    """The same site as a Data Center."""
    with SiteProcess(EVERYTHING, SiteOptions(installation=Installation())) as site:
        yield site


def _rows(site: SiteProcess, kind: TruthKind) -> list[dict[str, Any]]:
    return list(site.control.truth(kind))


@pytest.mark.parametrize(
    ("kind", "key"),
    [("spaces", "space_id"), ("pages", "page_id"), ("blog_posts", "blog_post_id"), ("comments", "comment_id")],
)
def test_what_is_left_has_the_ids_of_cloud(cloud: SiteProcess, center: SiteProcess, kind: TruthKind, key: str) -> None:
    """Spaces, pages, blog posts and comments are all there, under the ids that the same seed has on Cloud."""
    facts = ("title", "name", "version_number", "created_at", "updated_at", "position", "location", "space_key")
    told = {row[key]: [row.get(name) for name in facts] for row in _rows(center, kind)}
    assert told == {row[key]: [row.get(name) for name in facts] for row in _rows(cloud, kind)}
    assert told


def test_folders_and_their_like_are_left_out(cloud: SiteProcess, center: SiteProcess) -> None:
    """No folder, whiteboard, database or embed is there, and what was below one is below the next page above."""
    nodes = {row["node_id"]: row["parent_id"] for row in _rows(cloud, "tree_nodes")}
    assert _rows(center, "tree_nodes") == []
    moved = 0
    parents = {row["page_id"]: row["parent_id"] for row in _rows(center, "pages")}
    for row in _rows(cloud, "pages"):
        parent = row["parent_id"]
        while parent in nodes:
            parent = nodes[parent]
        assert parents[row["page_id"]] == parent
        moved += parent != row["parent_id"]
    assert moved


def test_nothing_opens_by_what_is_left_out(cloud: SiteProcess, center: SiteProcess) -> None:
    """Whoever may view a page or blog post is the same as on Cloud, also below a folder that not everybody sees."""
    gone = {row["account_id"] for row in _rows(center, "users") if row["account_status"] == "unknown"}

    def let_in(site: SiteProcess) -> set[tuple[str, str | None]]:
        rows = _rows(site, "effective_access")
        people = {(row["content_id"], row["account_id"]) for row in rows}
        return {(number, key and (key if site is center else user_key(key))) for number, key in people}

    assert {known for known in let_in(cloud) if known[1] not in gone} == {
        known for known in let_in(center) if known[1] not in gone
    }
    rich = load_data_center(rich_seed(), "UTC")
    keys = next(content for content in rich.contents.values() if content.title == "Keys")
    assert (keys.read.users if keys.read else None) == [user_key(BO)]


def test_pages_are_not_archived_and_nothing_counts_views(cloud: SiteProcess, center: SiteProcess) -> None:
    """What is archived on Cloud is current; there are no views; spaces are global or personal."""
    assert any(row["status"] == "archived" for row in _rows(cloud, "pages"))
    on_cloud = {row["page_id"]: row["status"] for row in _rows(cloud, "pages")}
    for row in _rows(center, "pages"):
        known = on_cloud[row["page_id"]]
        assert row["status"] == ("current" if known == "archived" else known)
    assert _rows(center, "views") == []
    assert {row["type"] for row in _rows(center, "spaces")} == {"global", "personal"}


def test_people_are_the_same_under_their_keys(cloud: SiteProcess, center: SiteProcess) -> None:
    """Every account of Cloud has a user key, in every role that it has there, and a user name of its own."""
    on_cloud = {user_key(row["account_id"]): row for row in _rows(cloud, "users")}
    told = {row["account_id"]: row for row in _rows(center, "users")}
    of_nodes = {user_key(row["author_id"]) for row in _rows(cloud, "tree_nodes")}
    assert on_cloud.keys() - of_nodes <= told.keys() <= on_cloud.keys()
    for key, row in told.items():
        assert row["display_name"] == on_cloud[key]["display_name"]
    names = [row["username"] for row in told.values() if row["username"] is not None]
    assert len(names) == len(set(names))


def test_two_people_of_one_name_are_kept_apart() -> None:
    """Where two addresses give the same user name, the second person has another."""
    seed = rich_seed()
    twin = SeedUser("712020:other", "Other Ada", "Ada@elsewhere.example", api_token="t")
    two = replace(seed, users=[*seed.users, twin])
    names = [user.user_name for user in load_data_center(two, "UTC").users.values()]
    assert sorted(names) == ["ada", "ada2", "bo", "cy"]


@pytest.mark.parametrize(
    ("storage", "expected"),
    [
        ('<ri:user ri:account-id="712020:bo" />', '<ri:user ri:userkey="{}" />'),
        ("<ri:user ac:x='1' ri:account-id = '712020:bo'/>", "<ri:user ac:x='1' ri:userkey = '{}'/>"),
        ('<p ri:account-id="712020:bo">x</p>', '<p ri:account-id="712020:bo">x</p>'),
        ("<p>ri:account-id</p>", "<p>ri:account-id</p>"),
    ],
)
def test_bodies_name_people_by_key(storage: str, expected: str) -> None:
    """A mention names the user key, and nothing else of a body is touched."""
    assert adapted_body(storage) == expected.format(user_key("712020:bo"))


def test_a_seed_without_clouds_own_things_loses_nothing() -> None:
    """Every content, comment and file of the rich seed but its folder is in the Data Center's store."""
    cloud, center = load(RICH.load()), load_data_center(RICH.load(), "UTC")
    folders = {number for number, content in cloud.contents.items() if content.node_type == "folder"}
    assert len(folders) == 1
    assert center.contents.keys() == cloud.contents.keys() - folders
    assert center.comments.keys() == cloud.comments.keys()
    assert center.attachments.keys() == cloud.attachments.keys()
    assert set(center.groups) == {group.name for group in cloud.groups.values()}


def test_the_demo_is_served_too() -> None:
    """The demo wiki is a Data Center's; its caller may ask for all, and sees no more pages than on Cloud."""
    with SiteProcess(DemoSource()) as cloud:
        seen = {row["page_id"] for row in cloud.control.truth("pages", as_account="712020:pipeline")}
    with SiteProcess(DemoSource(), SiteOptions(installation=Installation())) as site:
        assert (site.user_name, site.password) == ("pipeline", site.api_token)
        caller = ada_of(site)
        key = caller.json("/user/current")["userKey"]
        assert {row["page_id"] for row in site.control.truth("pages", as_account=key)} == seen
        assert caller.get("/api/user/list").status_code == 200
        site.control.set_user(key, is_admin=False)
        assert caller.get("/api/user/list").status_code == 403


def test_nobody_who_is_gone_is_in_a_group() -> None:
    """A group has the members that are among the site's users, and no others."""
    groups = load_data_center(rich_seed(), "UTC").groups
    assert groups["pilots"].members == [user_key(BO)]
    assert groups["crew"].members == [user_key(ADA), user_key(BO)]
