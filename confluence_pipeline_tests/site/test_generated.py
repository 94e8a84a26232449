import hashlib
import json
import statistics
from collections import Counter
from collections.abc import Sequence
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from confluence_pipeline.site.generated import Rates, generated_seed
from confluence_pipeline.site.seed import Seed, SeedContent
from confluence_pipeline_tests.site import storage

NOTHING_MORE = Rates(labels=0, comments=0, attachments=0, edits=0, likes=0, blog_posts=0, folders=0,
                     restricted=0, archived=0, trashed=0)  # fmt: skip


def facts(seed: Seed) -> tuple[object, ...]:
    """Return all a seed says, as values that compare."""
    return (
        seed.title,
        list(seed.users),
        list(seed.groups),
        list(seed.spaces),
        list(seed.contents),
        seed.caller,
    )


@pytest.fixture(scope="module")
def contents() -> Sequence[SeedContent]:
    """The contents of a site of 3,000 pages over 6 spaces."""
    return list(generated_seed(3_000, 6).contents)


def test_same_arguments_give_the_same_site() -> None:
    """Two seeds made with the same arguments are equal in every fact."""
    assert facts(generated_seed(200, 5, seed=7)) == facts(generated_seed(200, 5, seed=7))


def test_a_site_is_the_same_in_every_release() -> None:
    """What a generated site says has not changed since its figures were first measured, so that they compare."""
    digest = hashlib.sha256()
    for each in generated_seed(400, 4).contents:
        facts = (each.key, each.parent, each.title, each.status, each.author_id, str(each.updated_at))
        digest.update(json.dumps([*facts, each.body_storage, list(each.labels), list(each.likes)]).encode())
        for comment in each.comments:
            digest.update(f"{comment.author_id} {comment.created_at} {comment.body_storage}".encode())
        for file in each.attachments:
            digest.update(f"{file.filename} {file.size}".encode())
    assert digest.hexdigest() == "d1e2bccd2085be8d7dd1509c7a3f98791520260ecb12357f386da67a09da4bd1"


def test_another_seed_gives_another_site() -> None:
    """The seed number changes the bodies."""
    first, second = (list(generated_seed(50, 2, seed=number).contents) for number in (1, 2))
    assert [page.body_storage for page in first] != [page.body_storage for page in second]


@settings(max_examples=25, deadline=None)
@given(pages=st.integers(1, 120), data=st.data())
def test_page_count_is_exact(pages: int, data: st.DataObject) -> None:
    """Every site has exactly the pages asked for, and at least one in each of its spaces."""
    spaces = data.draw(st.integers(1, pages))
    seed = generated_seed(pages, spaces)
    by_space = Counter(each.space_key for each in seed.contents if each.node_type == "page")
    assert by_space.total() == pages
    assert set(by_space) == {space.key for space in seed.spaces}
    assert len(seed.spaces) == spaces


@pytest.mark.parametrize(("pages", "spaces"), [(0, 0), (0, 1), (5, 0), (5, 6)])
def test_impossible_counts_are_refused(pages: int, spaces: int) -> None:
    """A site with no space, or with more spaces than pages, is refused with both numbers in the message."""
    with pytest.raises(ValueError, match=f"{pages} pages .* not {spaces}"):
        generated_seed(pages, spaces)


def test_parents_come_first(contents: Sequence[SeedContent]) -> None:
    """Every parent is a current content of the same space that came before, at most 8 levels deep."""
    depth: dict[str, int] = {}
    seen: dict[str, SeedContent] = {}
    for each in contents:
        assert each.key not in seen
        if each.parent is not None:
            parent = seen[each.parent]
            assert (parent.space_key, parent.status) == (each.space_key, "current")
            assert parent.node_type in {"page", "folder"}
        depth[each.key] = depth[each.parent] + 1 if each.parent else 0
        seen[each.key] = each
    assert 6 <= max(depth.values()) <= 8


def test_every_space_has_one_root_page(contents: Sequence[SeedContent]) -> None:
    """The only page without a parent in a space is its homepage."""
    roots = {each.space_key: each.key for each in contents if each.node_type == "page" and not each.parent}
    spaces = generated_seed(3_000, 6).spaces
    assert roots == {space.key: space.homepage for space in spaces}
    assert sum(1 for each in contents if each.node_type == "page" and not each.parent) == len(spaces)


def test_siblings_have_their_own_positions(contents: Sequence[SeedContent]) -> None:
    """No two children of one parent have the same position."""
    places = Counter((each.parent, each.position) for each in contents if each.parent)
    assert max(places.values()) == 1


def test_titles_are_unique_in_a_space(contents: Sequence[SeedContent]) -> None:
    """No two contents of one kind in one space share a title."""
    titles = Counter((each.space_key, each.node_type, each.title) for each in contents)
    assert max(titles.values()) == 1


def test_every_body_is_well_formed(contents: Sequence[SeedContent]) -> None:
    """Every body, earlier version and comment of a sample parses as XML."""
    for each in contents[::10]:
        storage.parse(each.body_storage)
        for version in each.history:
            storage.parse(version.body_storage)
        for comment in each.comments:
            storage.parse(comment.body_storage)


def test_links_resolve(contents: Sequence[SeedContent]) -> None:
    """Every page link names a page of its own space."""
    titles = {(each.space_key, each.title) for each in contents if each.node_type == "page"}
    targets = {
        (each.space_key, title)
        for each in contents[::10]
        for title in storage.values(each.body_storage, "//ri:page/@ri:content-title")
    }
    assert targets
    assert targets <= titles


def test_mentions_and_authors_are_users(contents: Sequence[SeedContent]) -> None:
    """Every author, mention, commenter and liker is a user of the site."""
    known = {user.account_id for user in generated_seed(3_000, 6).users}
    for each in contents[::10]:
        named = {each.author_id, *each.likes, *(version.author_id for version in each.history)}
        named |= {comment.author_id for comment in each.comments}
        named |= set(storage.values(each.body_storage, "//ri:user/@ri:account-id"))
        assert named <= known


def test_inline_comments_are_anchored(contents: Sequence[SeedContent]) -> None:
    """Every inline comment's marker is in the page, around the text that the comment selected."""
    inline = [(page, each) for page in contents for each in page.comments if each.inline_marker_ref]
    assert len(inline) > 100
    for page, comment in inline[::10]:
        path = f"//ac:inline-comment-marker[@ac:ref='{comment.inline_marker_ref}']"
        (marker,) = storage.select(page.body_storage, path)
        assert "".join(str(text) for text in marker.itertext()) == comment.inline_selection


def test_body_sizes_have_a_heavy_tail(contents: Sequence[SeedContent]) -> None:
    """Sizes have about the median and mean asked for, and never exceed the maximum."""
    sizes = sorted(len(each.body_storage) for each in contents if each.node_type != "folder")
    assert 1_500 < statistics.median(sizes) < 2_500
    assert 6_000 < statistics.mean(sizes) < 10_000
    assert 50_000 < sizes[-1] <= Rates().max_body


def test_space_sizes_have_a_heavy_tail(contents: Sequence[SeedContent]) -> None:
    """The largest of six spaces holds more than a third of the pages."""
    (largest, *_) = Counter(each.space_key for each in contents).most_common()
    assert largest[1] > len(contents) / 3


def test_rates_are_met(contents: Sequence[SeedContent]) -> None:
    """What there is of each thing lies near its rate."""
    count = 3_000
    rates = Rates()
    pages = [each for each in contents if each.node_type == "page"]
    assert sum(len(each.labels) for each in pages) / count == pytest.approx(rates.labels, rel=0.15)
    assert sum(len(each.comments) for each in pages) / count == pytest.approx(rates.comments, rel=0.15)
    assert sum(len(each.attachments) for each in pages) / count == pytest.approx(rates.attachments, rel=0.2)
    assert sum(len(each.history) for each in pages) / count == pytest.approx(rates.edits, rel=0.15)
    assert sum(bool(each.restrictions) for each in pages) / count == pytest.approx(rates.restricted, rel=0.3)
    assert sum(each.status == "archived" for each in pages) / count == pytest.approx(rates.archived, rel=0.5)
    assert sum(each.status == "trashed" for each in pages) / count == pytest.approx(rates.trashed, rel=0.6)
    assert (len(contents) - count) / count == pytest.approx(rates.blog_posts + rates.folders, rel=0.3)


def test_zero_rates_give_bare_pages() -> None:
    """With every rate at nought, there are only current pages of one version with a body."""
    for each in generated_seed(100, 2, rates=NOTHING_MORE).contents:
        assert (each.node_type, each.status) == ("page", "current")
        assert each.created_at == each.updated_at
        extras = (each.labels, each.comments, each.attachments, each.history, each.likes, each.restrictions)
        assert not any(extras)


@pytest.mark.parametrize(
    "wrong",
    [{"trashed": 1.5}, {"hidden": -0.1}, {"labels": -1.0}, {"median_body": 9_000, "mean_body": 8_000}],
)
def test_impossible_rates_are_refused(wrong: dict[str, float]) -> None:
    """A share outside 0 to 1, a negative average or sizes out of order are refused by name."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Rates(**wrong)  # type: ignore[arg-type]


def test_hidden_pages_exclude_the_caller() -> None:
    """Of the restricted pages, some name the caller's group and some leave the caller out."""
    seed = generated_seed(2_000, 2)
    groups = {group.name for group in seed.groups if seed.caller in group.members}
    reads = [each for page in seed.contents for each in page.restrictions if each.operation == "read"]
    seen = [seed.caller in each.users or bool(groups & set(each.groups)) for each in reads]
    assert 0 < sum(seen) < len(seen)


def test_attachments_have_the_size_they_state(contents: Sequence[SeedContent]) -> None:
    """Loading a file gives as many bytes as the seed says, the same each time."""
    files = [each for page in contents for each in page.attachments][:25]
    assert files
    for each in files:
        assert len(each.load.read()) == each.size
        assert each.load.read() == each.load.read()


def test_versions_are_in_order(contents: Sequence[SeedContent]) -> None:
    """A page's versions follow each other in time, from its creation to its last edit."""
    for each in contents:
        moments = [*(version.created_at for version in each.history), each.updated_at]
        assert moments == sorted(moments)
        assert moments[0] == each.created_at


def test_contents_are_made_on_demand() -> None:
    """The first pages of a very large site are there without making the rest."""
    seed = generated_seed(50_000_000, 3)
    first = list(islice(seed.contents, 10))
    assert [each.node_type for each in first].count("page") >= 5


def test_larger_sites_have_a_personal_and_an_archived_space() -> None:
    """From four spaces on, one is personal (its key starts with ~) and one is archived."""
    spaces = generated_seed(40, 4).spaces
    assert [space.space_type for space in spaces].count("personal") == 1
    assert [space.status for space in spaces].count("archived") == 1
    assert all((space.space_type == "personal") == space.key.startswith("~") for space in spaces)


def test_the_caller_can_log_in() -> None:
    """The default caller is a user with a token, and the only one."""
    seed = generated_seed(10, 1)
    assert [user.account_id for user in seed.users if user.api_token] == [seed.caller]
