"""What a change of the scope or of the tables costs, and what it does."""

from dataclasses import replace

from confluence_pipeline.confluence import Scope
from confluence_pipeline.landing import Selection, SpaceLanding
from confluence_pipeline.landing.kinds import COMMENTS, PAGE_VERSIONS
from confluence_pipeline.tables import DEFAULT_TABLES
from confluence_pipeline_tests.laboratory import Laboratory


def asked(lab: Laboratory) -> dict[str, int]:
    """Return the requests since they were last counted, by endpoint."""
    return dict(lab.site.control.request_counts().requests)


def test_a_wider_scope_fetches_what_comes_in_and_nothing_else(lab: Laboratory) -> None:
    """One space more costs its own bodies; no file of the first space is written again."""
    lab.sync(Scope(space_keys=("ZOO",)))
    before = {path: digest for path, digest in lab.digests().items() if "space_key=ZOO" in path}
    outcomes = lab.sync(Scope(space_keys=("ZOO", "ATTIC")))
    assert (outcomes["ZOO"].fetched, outcomes["ATTIC"].fetched) == (0, 6)
    assert {path: digest for path, digest in lab.digests().items() if "space_key=ZOO" in path} == before


def test_a_wider_scope_asks_nothing_more_of_what_it_had(lab: Laboratory) -> None:
    """Of the space that was in scope exactly the requests of any later sync are made, whatever comes in beside it."""
    lab.sync(Scope(space_keys=("ZOO",)))
    usual = lab.sync(Scope(space_keys=("ZOO",)))["ZOO"].cost.requests
    wider = lab.sync(Scope(space_keys=("ZOO", "ATTIC")))
    assert wider["ZOO"].cost.requests == usual
    assert wider["ATTIC"].fetched == len([row for row in lab.contents().values() if row["space_key"] == "ATTIC"]) == 6
    assert lab.rows("removals") == []


def test_what_leaves_a_narrower_scope_is_told_apart_from_what_moved_away(lab: Laboratory) -> None:
    """An excluded page is filtered out without a request; one that moved to a space out of scope has moved."""
    scope = Scope(space_keys=("LAB",))
    lab.sync(scope)
    usual = lab.sync(scope)["LAB"].cost.requests
    excluded, moved = lab.id_of("LAB page 22"), lab.id_of("LAB page 23")
    lab.editor.move(moved, lab.id_of("ZOO page 0"))
    outcome = lab.sync(Scope(space_keys=("LAB",), exclude_page_ids=(excluded,)))["LAB"]
    reasons = {row["content_id"]: row["reason"] for row in lab.rows("removals")}
    assert reasons == {excluded: "filtered_out", moved: "moved_out_of_scope"}
    assert outcome.fetched == 0
    assert outcome.cost.requests <= usual + 2, "the moved page by id, and the key of its space"


def test_a_space_that_falls_out_costs_no_request_of_its_own(lab: Laboratory) -> None:
    """Its contents are filtered out with the evidence; the others' files stay as they are."""
    lab.sync()
    before = {path: digest for path, digest in lab.digests().items() if "space_key=ZOO" in path}
    outcome = lab.sync(Scope(space_keys=("ZOO",)))["LAB"]
    assert (outcome.cost.requests, outcome.listed) == (0, 0)
    removed = [row for row in lab.rows("removals") if row["space_key"] == "LAB"]
    assert {row["reason"] for row in removed} == {"filtered_out"}
    assert all("no request was made" in row["evidence"] or "went with" in row["evidence"] for row in removed)
    assert {path: digest for path, digest in lab.digests().items() if "space_key=ZOO" in path} == before


def test_fewer_page_ids_filter_out_without_asking(lab: Laboratory) -> None:
    """What is not named any more is not asked for; what is named newly is all that is fetched."""
    pages = [lab.id_of(f"LAB page {number}") for number in (1, 2, 3)]
    lab.sync(Scope(page_ids=(pages[0], pages[1])))
    lab.site.control.reset_requests()
    outcome = lab.sync(Scope(page_ids=(pages[1], pages[2])))["LAB"]
    assert (outcome.fetched, outcome.removed) == (1, 1)
    assert "POST /wiki/api/v2/content/convert-ids-to-types" not in asked(lab)
    assert [(row["content_id"], row["reason"]) for row in lab.rows("removals")] == [(pages[0], "filtered_out")]


def test_a_table_that_is_chosen_newly_costs_only_itself(lab: Laboratory) -> None:
    """Versions of unchanged pages come, a request for each page with more than one, and no body is fetched."""
    page = lab.id_of("ZOO page 3")
    lab.editor.edit(page, body="<p>Second</p>")
    lab.sync()
    before = lab.digests()
    lab.sync()
    lab.site.control.reset_requests()
    lab.sync()
    usual = asked(lab)
    lab.selection = replace(lab.selection, tables=DEFAULT_TABLES | {"page_versions"})
    lab.site.control.reset_requests()
    lab.sync()
    more = {name: count - usual.get(name, 0) for name, count in asked(lab).items() if count != usual.get(name, 0)}
    assert more == {"GET /wiki/api/v2/pages/{id}/versions": 1}
    assert {path: digest for path, digest in lab.digests().items() if "/page_versions/" not in path} == before
    assert len([row for row in lab.rows("page_versions") if row["content_id"] == page]) == 2


def test_a_table_that_is_not_chosen_any_more_leaves_the_landing(lab: Laboratory) -> None:
    """Its raw records and bodies go, nothing is asked for it, each comment is told, and chosen again it comes back."""
    lab.selection = Selection(DEFAULT_TABLES | {"page_versions"}, version_bodies=True)
    page = lab.id_of("ZOO page 3")
    lab.editor.edit(page, body="<p>Second</p>")
    comment = lab.editor.comment(page)
    lab.sync()
    everything = lab.facts()
    lab.selection = Selection(DEFAULT_TABLES - {"comments"})
    lab.site.control.reset_requests()
    lab.sync()
    landing = SpaceLanding(lab.lake, "ZOO")
    assert not landing.records(COMMENTS).is_landed
    assert not landing.records(PAGE_VERSIONS).is_landed
    assert landing.comment_bodies.names() == landing.version_bodies.names() == frozenset()
    assert not [name for name in asked(lab) if "comments" in name or "versions" in name]
    assert lab.rows("comments") == lab.rows("page_versions") == []
    told = [row for row in lab.rows("sync_runs") if row["mode"] == "deselected"]
    assert {row["table"] for row in told} == {"comments", "page_versions"}
    assert sum(row["removed"] for row in told) == 1 + len(everything["page_versions"])
    lab.selection = Selection(DEFAULT_TABLES | {"page_versions"}, version_bodies=True)
    lab.sync()
    assert lab.facts() == everything
    (removal,) = lab.rows("removals")
    assert (removal["content_id"], removal["reason"]) == (comment, "filtered_out")
    assert "CONFLUENCE_TABLES does not choose comments any more" in removal["evidence"]


def test_contents_of_tables_that_are_not_chosen_any_more_are_told_once(lab: Laboratory) -> None:
    """Attachments and folders stay in the landing that other tables are made from, and are told as they leave."""
    page = lab.id_of("ZOO page 3")
    file, folder = lab.editor.attach(page, "owl.txt", b"owl"), lab.editor.folder("ZOO", "Cages", page)
    lab.sync()
    everything = lab.facts()
    lab.selection = Selection(DEFAULT_TABLES - {"attachments", "tree_nodes", "blog_posts"})
    lab.editor.trash(lab.id_of("LAB page 21"))
    for _ in range(2):
        lab.sync()
    news = {row["blog_post_id"] for row in everything["blog_posts"]}
    told = {row["content_id"]: row["reason"] for row in lab.rows("removals")}
    assert told == {lab.id_of("LAB page 21"): "trashed", **dict.fromkeys((file, folder, *news), "filtered_out")}
    assert len(lab.rows("removals")) == len(told)
    lab.editor.remove_attachment(file)
    lab.sync()
    assert len(lab.rows("removals")) == len(told), "what is in no table cannot leave it"
    lab.selection = Selection()
    lab.sync()
    assert {row["node_id"] for row in lab.rows("tree_nodes")} == {folder}
    assert {row["blog_post_id"] for row in lab.rows("blog_posts")} == news


def test_bodies_of_old_versions_go_when_they_are_not_wanted_any_more(lab: Laboratory) -> None:
    """The versions stay, without their bodies."""
    lab.selection = Selection(DEFAULT_TABLES | {"page_versions"}, version_bodies=True)
    lab.sync()
    assert SpaceLanding(lab.lake, "LAB").version_bodies.names()
    lab.selection = replace(lab.selection, version_bodies=False)
    lab.sync()
    assert not SpaceLanding(lab.lake, "LAB").version_bodies.names()
    assert {row["body_storage"] for row in lab.rows("page_versions")} == {None}
