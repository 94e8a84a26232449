from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from confluence_pipeline.site.generated import PROFILES, Profile, ProfileName, everything_seed
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.seed import Seed, SeedAttachment, SeedComment, SeedContent
from confluence_pipeline.site.sources import GeneratedSource
from confluence_pipeline_tests.site import storage

PAGES, SPACES = 2_000, 8


@pytest.fixture(scope="module")
def seed() -> Seed:
    """The site without its contents, which can be taken once only."""
    return everything_seed(PAGES, SPACES)


@pytest.fixture(scope="module")
def contents() -> Sequence[SeedContent]:
    """The contents of a site of 2,000 pages over 8 spaces."""
    return list(everything_seed(PAGES, SPACES).contents)


def said(comments: Iterable[SeedComment]) -> Iterator[SeedComment]:
    """Yield comments and their replies of every depth."""
    for comment in comments:
        yield comment
        yield from said(comment.replies)


def depth(comment: SeedComment) -> int:
    """Return how many levels of replies hang below a comment."""
    return max((1 + depth(reply) for reply in comment.replies), default=0)


def files(contents: Iterable[SeedContent]) -> list[SeedAttachment]:
    """Return the attachments of contents."""
    return [file for each in contents for file in each.attachments]


def counts(contents: Sequence[SeedContent]) -> dict[str, int]:
    """Count what a profile states amounts of."""
    pages = [each for each in contents if each.node_type == "page"]
    return {
        "labels": sum(len(each.labels) for each in contents),
        "comments": sum(1 for each in contents for _ in said(each.comments)),
        "attachments": len(files(contents)),
        "restricted": sum(bool(each.restrictions) for each in pages),
        "nodes": sum(each.node_type not in {"page", "blogpost"} for each in contents),
        "blog_posts": sum(each.node_type == "blogpost" for each in contents),
        "archived": sum(each.status == "archived" for each in contents),
        "trashed": sum(each.status == "trashed" for each in contents),
    }


def outsiders(seed: Seed, content: SeedContent) -> bool:
    """Tell whether a content's own view restriction, if any, keeps the caller out."""
    mine = {group.name for group in seed.groups if seed.caller in group.members}
    reads = [only for only in content.restrictions if only.operation == "read"]
    return any(seed.caller not in only.users and not mine & set(only.groups) for only in reads)


@pytest.mark.parametrize("profile", ["full", "budget"])
def test_same_arguments_give_the_same_site(profile: ProfileName) -> None:
    """Two sites made with the same arguments are equal in every fact, and another number gives another."""
    first, again, other = (everything_seed(300, 3, seed=at, profile=PROFILES[profile]) for at in (1, 1, 2))
    facts = list(first.contents)
    assert facts == list(again.contents)
    assert facts != list(other.contents)
    assert (first.users, first.groups, first.spaces) == (again.users, again.groups, again.spaces)


def test_amounts_of_the_budget_profile_are_exact() -> None:
    """A space of 1,000 pages has 1,000 labels, 500 comments, 300 attachments and 50 restricted pages, all visible."""
    seed = everything_seed(1_000, 1, profile=PROFILES["budget"])
    contents = list(seed.contents)
    assert sum(each.node_type == "page" for each in contents) == 1_000
    amounts = counts(contents)
    assert [amounts[name] for name in ("labels", "comments", "attachments", "restricted")] == [1_000, 500, 300, 50]
    assert not any(outsiders(seed, each) for each in contents)
    assert not [file for file in files(contents) if file.comments]


@settings(max_examples=15, deadline=None)
@given(pages=st.integers(1, 300), spaces=st.integers(1, 9), seed=st.integers(0, 99))
def test_amounts_hold_on_any_site(pages: int, spaces: int, seed: int) -> None:
    """Each space has its share of what lies on pages to the last one, and of kinds of pages but for a few that wait."""
    spaces = min(pages, spaces)
    profile = Profile(people=30, crowded=0)
    by_space: dict[str, list[SeedContent]] = {}
    for each in everything_seed(pages, spaces, seed=seed, profile=profile).contents:
        by_space.setdefault(each.space_key, []).append(each)
    assert len(by_space) == spaces
    assert sum(each.node_type == "page" for contents in by_space.values() for each in contents) == pages
    for contents in by_space.values():
        size, amounts = sum(each.node_type == "page" for each in contents), counts(contents)
        for name in ("labels", "comments", "attachments", "nodes", "blog_posts"):
            assert amounts[name] == int(size * getattr(profile, name) + 1e-9)
        for name in ("restricted", "archived", "trashed"):
            assert size * getattr(profile, name) - 6 <= amounts[name] <= size * getattr(profile, name) + 1e-9


def test_parents_come_first(contents: Sequence[SeedContent]) -> None:
    """Every parent is a current content of the same space that came before; only homepages and blog posts have none."""
    seen: dict[str, SeedContent] = {}
    places = Counter((each.parent, each.position) for each in contents if each.parent)
    for each in contents:
        assert each.key not in seen
        assert (each.parent is None) == (each.node_type == "blogpost" or each.key.endswith("/0"))
        if each.parent is not None:
            parent = seen[each.parent]
            assert (parent.space_key, parent.status) == (each.space_key, "current")
        seen[each.key] = each
    assert max(places.values()) == 1


def test_every_node_is_a_parent_and_a_leaf_somewhere(contents: Sequence[SeedContent]) -> None:
    """Each type of node has pages below it; folders lie in folders, some are empty, and some are restricted."""
    by_key = {each.key: each for each in contents}
    pairs = {(by_key[each.parent].node_type, each.node_type) for each in contents if each.parent}
    kinds = {"folder", "whiteboard", "database", "embed"}
    assert {(kind, "page") for kind in kinds} <= pairs
    assert {above for above, below in pairs if above in kinds and below in kinds} >= {"folder", "whiteboard"}
    nodes = [each for each in contents if each.node_type in kinds]
    assert {each.key for each in nodes} - {each.parent for each in contents}
    assert {"folder", "whiteboard"} <= {each.node_type for each in nodes if each.restrictions}
    assert all((each.embed_url is not None) == (each.node_type == "embed") for each in contents)


def test_titles_are_unique_in_a_space(contents: Sequence[SeedContent]) -> None:
    """No two contents of one kind in one space share a title."""
    assert max(Counter((each.space_key, each.node_type, each.title) for each in contents).values()) == 1


def test_every_body_is_well_formed(contents: Sequence[SeedContent]) -> None:
    """Every body, earlier version and comment of a sample parses as XML."""
    for each in contents[::7]:
        bodies = [each.body_storage, *(old.body_storage for old in each.history)]
        talk = [*each.comments, *(comment for file in each.attachments for comment in file.comments)]
        for comment in islice(said(talk), 50):
            bodies += [comment.body_storage, *(old.body_storage for old in comment.history)]
        for body in bodies:
            storage.parse(body)


def test_comments_are_of_every_kind(contents: Sequence[SeedContent]) -> None:
    """Comments are footer and inline in each state, 12 replies deep, edited, liked, on posts and on attachments."""
    top = [comment for each in contents for comment in each.comments]
    states = {comment.resolution_status for comment in top if comment.inline_selection}
    assert states == {"open", "reopened", "resolved", "dangling"}
    assert max(map(depth, top)) == 12
    assert any(comment.inline_selection and comment.replies for comment in top)
    every = [*said(top)]
    assert any(comment.history for comment in every)
    assert any(comment.likes for comment in every)
    assert any(each.comments for each in contents if each.node_type == "blogpost")
    assert any(depth(comment) for file in files(contents) for comment in file.comments)


def test_only_dangling_comments_have_lost_their_text(contents: Sequence[SeedContent]) -> None:
    """An inline comment's marker stands in the body, around the text it selected, unless the comment dangles."""
    for each in contents:
        markers = {
            marker.get(f"{{{storage.AC}}}ref"): "".join(str(text) for text in marker.itertext())
            for marker in storage.select(each.body_storage, "//ac:inline-comment-marker")
        }
        inline = [comment for comment in each.comments if comment.inline_marker_ref]
        kept = {c.inline_marker_ref: c.inline_selection for c in inline if c.resolution_status != "dangling"}
        assert markers == kept


@pytest.mark.parametrize(("pages", "crowd"), [(499, 0), (500, 2_000)])
def test_one_page_of_a_large_site_is_crowded(pages: int, crowd: int) -> None:
    """From 500 pages on, one current page that all may see has 2,000 comments, deep threads among them."""
    contents = list(everything_seed(pages, 2).contents)
    crowded = [each for each in contents if sum(1 for _ in said(each.comments)) >= 2_000]
    assert len(crowded) == (1 if crowd else 0)
    for each in crowded:
        assert (each.node_type, each.status, each.restrictions) == ("page", "current", ())
        assert max(map(depth, each.comments)) == 12


def test_attachments_are_of_every_kind(contents: Sequence[SeedContent]) -> None:
    """There are versions, labels, hostile names, names that differ only in case, an empty file and a lying size."""
    every = files(contents)
    names = {file.filename for file in every}
    assert {"../../etc/passwd", ".."} <= names
    assert any(len(name) == 300 for name in names)
    assert any("\n" in name for name in names)
    assert any(file.history for file in every)
    assert any(label.startswith("team:") for file in every for label in file.labels)
    assert any(file.size == 0 for file in every)
    assert any(file.reported_size not in (None, file.size) for file in every)
    held = [[file.filename for file in each.attachments] for each in contents]
    assert all(len(set(names)) == len(names) for names in held)
    assert any(len({name.lower() for name in names}) < len(names) for names in held)


def test_attachments_have_the_size_they_state(contents: Sequence[SeedContent]) -> None:
    """Loading a file, or an earlier one, gives as many bytes as the seed says; its versions follow each other."""
    for file in files(contents)[::9]:
        assert len(file.load.read()) == file.size
        assert all(len(old.load.read()) == old.size for old in file.history)
        assert file.created_at is not None
        moments = [*(old.created_at for old in file.history), file.created_at]
        assert all(earlier < later for earlier, later in pairwise(moments))


def test_restrictions_are_of_every_kind(seed: Seed, contents: Sequence[SeedContent]) -> None:
    """Restrictions are to view and to edit, for users, groups and both, nested, some closed to the caller."""
    by_key = {each.key: each for each in contents}
    reads = {each.key: only for each in contents for only in each.restrictions if only.operation == "read"}
    assert {(bool(only.users), bool(only.groups)) for only in reads.values()} == {(1, 0), (0, 1), (1, 1)}
    assert any({only.operation for only in each.restrictions} == {"update"} for each in contents)
    nested = [(reads[each.parent], reads[each.key]) for each in contents if each.parent in reads and each.key in reads]
    shared = [set(outer.users) & set(inner.users) for outer, inner in nested if outer.users and inner.users]
    assert set() in shared
    assert {seed.caller} in shared
    closed = [outsiders(seed, each) for each in contents if each.key in reads]
    assert 0 < sum(closed) < len(closed)
    known = {user.account_id for user in seed.users}
    assert any(set(only.users) - known for only in reads.values())
    assert any(by_key[key].node_type == "blogpost" for key in reads)
    assert {name for only in reads.values() for name in only.groups} <= {group.name for group in seed.groups}


def test_versions_are_in_order(contents: Sequence[SeedContent]) -> None:
    """Contents have one to eight versions, one after the other, some minor and some with a message."""
    assert {1, 2, 3, 8} == {len(each.history) + 1 for each in contents}
    for each in contents:
        moments = [*(old.created_at for old in each.history), each.updated_at]
        assert moments[0] == each.created_at
        assert moments == sorted(moments)
    versions = [old for each in contents for old in each.history]
    assert {bool(old.message) for old in versions} == {old.minor_edit for old in versions} == {True, False}


def test_tasks_are_of_every_kind(contents: Sequence[SeedContent]) -> None:
    """Tasks are done and not, assigned, due, nested and empty, and some were done in a later version."""
    bodies = [each.body_storage for each in contents if "<ac:task>" in each.body_storage]
    for path in (
        "//ac:task[ac:task-status='complete']",
        "//ac:task[ac:task-status='incomplete']",
        "//ac:task/ac:task-body//ri:user",
        "//ac:task/ac:task-body//time[@datetime]",
        "//ac:task//ac:task",
        "//ac:task/ac:task-body[not(node())]",
    ):
        assert any(storage.select(body, path) for body in bodies[:200])
    for body in bodies:
        ids = storage.values(body, "//ac:task-id/text()")
        assert len(set(ids)) == len(ids)
    begun = [each for each in contents if each.history and "<ac:task>" in each.history[-1].body_storage]
    assert any("complete</ac:task-status>" in each.body_storage for each in begun)
    assert not any(">complete<" in each.history[-1].body_storage for each in begun)


def test_readers_leave_traces(contents: Sequence[SeedContent]) -> None:
    """Contents have properties of every JSON type, likes and views; no more people view than there are views."""
    values = {type(value) for each in contents for _, value in each.properties}
    assert values == {dict, list, int, str, bool}
    assert max(len(each.likes) for each in contents) > 250
    assert all(viewers <= views for views, viewers in (each.views for each in contents))
    assert {each.views == (0, 0) for each in contents if each.node_type == "page"} == {True, False}


def test_people_and_groups_are_of_every_kind(seed: Seed, contents: Sequence[SeedContent]) -> None:
    """Accounts are of each type and status, some that are named are gone, and groups are empty or very large."""
    assert {user.account_type for user in seed.users} == {"atlassian", "app", "customer"}
    assert {user.account_status for user in seed.users} == {"active", "inactive", "closed"}
    known = {user.account_id for user in seed.users}
    talk = [comment for each in contents for comment in said(each.comments)]
    for named in (
        {each.author_id for each in contents},
        {comment.author_id for comment in talk},
        {name for each in contents for name in each.likes},
        {name for each in contents[::5] for name in storage.values(each.body_storage, "//ri:user/@ri:account-id")},
    ):
        assert named & known
        assert named - known
    sizes = [len(group.members) for group in seed.groups]
    assert {0, 300} <= set(sizes)
    assert {member for group in seed.groups for member in group.members} <= known
    assert [user.account_id for user in seed.users if user.api_token] == [seed.caller]


def test_spaces_are_of_every_kind(seed: Seed) -> None:
    """Spaces are open, anonymous, granted to users and groups, personal and archived; one shuts the caller out."""
    spaces, mine = seed.spaces, {group.name for group in seed.groups if seed.caller in group.members}
    assert {space.space_type for space in spaces} == {"global", "personal"}
    assert {space.status for space in spaces} == {"current", "archived"}
    assert any(space.is_anonymous for space in spaces)
    assert any(space.viewer_users and space.viewer_groups for space in spaces)
    closed = [
        space
        for space in spaces
        if (space.viewer_users or space.viewer_groups)
        and seed.caller not in space.viewer_users
        and not mine & set(space.viewer_groups)
    ]
    assert len(closed) == 1
    assert len({space.key for space in spaces}) == len(spaces) == SPACES
    assert all(space.labels and space.properties for space in spaces)


@pytest.mark.parametrize(("pages", "spaces"), [(0, 0), (5, 6)])
def test_impossible_counts_are_refused(pages: int, spaces: int) -> None:
    """A site with no space, or with more spaces than pages, is refused with both numbers in the message."""
    with pytest.raises(ValueError, match=f"{pages} pages .* not {spaces}"):
        everything_seed(pages, spaces)


def test_contents_are_made_on_demand() -> None:
    """The first pages of a very large site are there without making the rest."""
    assert len(list(islice(everything_seed(50_000_000, 3).contents, 10))) == 10


def test_a_site_can_be_served_with_it() -> None:
    """The site's program takes the options that a source names, and serves what the source makes."""
    source = GeneratedSource(pages=60, spaces=3, everything=True, profile="budget")
    expected = {each.title for each in source.load().contents if each.node_type == "blogpost"}
    with SiteProcess(source) as site:
        assert {row["title"] for row in site.control.truth("blog_posts")} >= expected
