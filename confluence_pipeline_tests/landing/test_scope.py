"""All conditions of a scope, alone and together, against an oracle that only knows the truth."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from confluence_pipeline.confluence import Scope
from confluence_pipeline.landing import discover_spaces
from confluence_pipeline_tests.laboratory import Laboratory
from confluence_pipeline_tests.laboratory_seed import GUEST, PERSONAL

Row = dict[str, Any]

QUERIES: dict[str, Callable[[Row], bool]] = {
    f'creator = "{GUEST}"': lambda row: bool(row["author_id"] == GUEST),
    'label = "beta" or type = blogpost order by created desc': lambda row: (
        "global:beta" in row["labels"] or row["type"] == "blogpost"
    ),
    'title ~ "7"': lambda row: "7" in row["title"].split(),
}


def in_scope(row: Row, scope: Scope, excluded_labels: set[str]) -> bool:
    """Whether a content is in scope, by the words of the settings' descriptions."""
    names = {label.removeprefix("global:") for label in row["labels"]}
    return (
        (not scope.space_keys or row["space_key"] in scope.space_keys)
        and row["space_key"] not in scope.exclude_space_keys
        and (not scope.page_ids or row["content_id"] in scope.page_ids)
        and row["content_id"] not in scope.exclude_page_ids
        and (not scope.labels or bool(names & {label.lower() for label in scope.labels}))
        and not names & excluded_labels
        and (scope.cql is None or QUERIES[scope.cql](row))
    )


def scopes(ids: list[str]) -> list[Scope]:
    """Return each condition alone, and many together."""
    choices: dict[str, list[Any]] = {
        "space_keys": [("LAB",), ("ZOO", "ATTIC"), (PERSONAL,)],
        "page_ids": [tuple(ids[:9]), tuple(ids[4::5])],
        "labels": [("alpha",), ("Beta", "my-own")],
        "cql": list(QUERIES),
        "exclude_space_keys": [("LAB",), ("ATTIC", PERSONAL)],
        "exclude_page_ids": [tuple(ids[1::3])],
        "exclude_labels": [("alpha",), ("BETA", "nothing")],
    }
    alone = [Scope(**{name: value}) for name, values in choices.items() for value in values]
    random = Random(5)  # noqa: S311 - the same scopes every time
    together = []
    for _ in range(8):
        names = random.sample(sorted(choices), random.randint(2, 5))
        together.append(Scope(**{name: random.choice(choices[name]) for name in names}))
    return [*alone, *together]


@pytest.mark.parametrize("number", range(23))
def test_a_scope_is_what_all_its_conditions_say(quiet_lab: Laboratory, number: int) -> None:
    """Pages, blog posts, labels and spaces are exactly those that the truth and the conditions leave."""
    truth = quiet_lab.truth()
    scope = scopes(sorted(truth))[number]
    excluded = {label.lower() for label in scope.exclude_labels}
    wanted = {i: row for i, row in truth.items() if in_scope(row, scope, excluded)}
    quiet_lab.sync(scope)
    quiet_lab.assert_tables_tell(wanted)
    assert {row["space_key"] for row in wanted.values()} <= {
        space.key for space in discover_spaces(quiet_lab.client, scope)
    }
    assert quiet_lab.rows("ledger") == quiet_lab.rows("removals") == []


def test_there_are_as_many_scopes_as_are_tested() -> None:
    """The numbers above cover the list."""
    assert len(scopes(["1"] * 50)) == 23


def test_conditions_narrow_what_is_asked_for(quiet_lab: Laboratory) -> None:
    """One page of one space, with all that stands on it, costs no listing of any space."""
    page = quiet_lab.id_of("ZOO page 3")
    quiet_lab.site.control.reset_requests()
    quiet_lab.sync(Scope(page_ids=(page,)))
    counts = quiet_lab.site.control.request_counts()
    assert not [template for template in counts.requests if "/spaces/{id}/pages" in template]
    assert counts.total <= 21
    assert [row["page_id"] for row in quiet_lab.rows("pages")] == [page]


def test_an_excluded_space_is_never_asked_for(quiet_lab: Laboratory) -> None:
    """Neither its listing nor its labels."""
    zoo = quiet_lab.editor.ask("GET", "/api/v2/spaces?keys=ZOO")["results"][0]["id"]
    quiet_lab.site.control.reset_requests()
    quiet_lab.sync(Scope(exclude_space_keys=("ZOO",)))
    assert not [asked for asked in quiet_lab.site.control.recent_requests() if f"/spaces/{zoo}/" in asked["path"]]


def test_a_label_that_the_index_still_has_does_not_bring_a_page_in(lab: Laboratory) -> None:
    """The index only finds; whether a page has the label is read from the database."""
    lab.site.control.set_index_lag(3600)
    lab.editor.unlabel(lab.id_of("LAB page 3"), "beta")
    lab.sync(Scope(labels=("beta",)))
    assert "LAB page 3" not in {row["title"] for row in lab.rows("pages")}
    lab.sync(Scope(exclude_labels=("alpha",)))
    assert not [row for row in lab.rows("labels") if row["name"] == "alpha"]
