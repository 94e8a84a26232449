"""Asset checks: each law broken by hand in a lake, found, counted and laid at the right space's door."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.checks import all_checks
from confluence_pipeline.lake import Lake
from confluence_pipeline.references import REFERENCES, Reference
from confluence_pipeline.resources import LakeResource
from confluence_pipeline.tables import (
    ATTACHMENTS,
    BLOG_POSTS,
    COMMENTS,
    GROUPS,
    LABELS,
    MACROS,
    PAGES,
    RESTRICTIONS,
    SPACES,
    SYNC_RUNS,
    TABLES,
    TREE_NODES,
    USERS,
    Table,
)
from confluence_pipeline.verdicts import Evidence, key_is_unique

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """An empty lake."""
    return Lake(str(tmp_path))


def write(lake: Lake, table: Table, rows: Iterable[dict[str, Any]], space_key: str | None = None) -> None:
    """Write a part whose rows have the values given, and something harmless in every column that needs a value."""
    needed = {field.name: _harmless(field) for field in table.schema if not field.nullable}
    own = {"space_key": space_key} if space_key and "space_key" in table.schema.names else {}
    full = [{**needed, **own, **row} for row in rows]
    with lake.parquet_writer(lake.part_path(table, space_key), table.schema) as writer:
        writer.write(pa.RecordBatch.from_pylist(full, schema=table.schema))


def _harmless(field: pa.Field) -> Any:
    if pa.types.is_timestamp(field.type):
        return NOW
    return 0 if pa.types.is_integer(field.type) else "x"


def evaluate(lake: Lake, table: str, check: str) -> dg.AssetCheckEvaluation:
    """Run one check through Dagster and return what it reported."""
    selection = dg.AssetSelection.checks(dg.AssetCheckKey(dg.AssetKey(table), check))
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            all_checks(),
            selection=selection,
            instance=instance,
            resources={"lake": LakeResource(uri=lake.uri)},
        )
    (evaluation,) = result.get_asset_check_evaluations()
    return evaluation


def test_unique_keys_pass(lake: Lake) -> None:
    """Rows with keys of their own, over several spaces, are fine; so is a table that is not there yet."""
    assert evaluate(lake, "pages", "key_is_unique").passed
    write(lake, PAGES, [{"page_id": "1"}, {"page_id": "2"}], "ENG")
    write(lake, PAGES, [{"page_id": "3"}], "HR")
    found = evaluate(lake, "pages", "key_is_unique")
    assert found.passed
    assert found.metadata["rows"].value == 3


def test_a_key_twice_is_found_across_spaces(lake: Lake) -> None:
    """One id in two spaces counts in both, and is shown as an example."""
    write(lake, PAGES, [{"page_id": "1"}, {"page_id": "2"}], "ENG")
    write(lake, PAGES, [{"page_id": "2"}], "HR")
    found = evaluate(lake, "pages", "key_is_unique")
    assert not found.passed
    assert found.severity == dg.AssetCheckSeverity.ERROR
    assert found.metadata["bad_rows"].value == 2
    assert found.metadata["examples"].value == ["2", "2"]
    assert "ENG" in str(found.metadata["worst_spaces"].value)
    assert "HR" in str(found.metadata["worst_spaces"].value)


def test_a_key_of_several_columns_may_repeat_in_part(lake: Lake) -> None:
    """Two labels on one page are fine; one label twice is not."""
    label = {"content_id": "1", "prefix": "global", "content_type": "page"}
    write(lake, LABELS, [{**label, "name": "a"}, {**label, "name": "b"}], "ENG")
    assert evaluate(lake, "labels", "key_is_unique").passed
    write(lake, LABELS, [{**label, "name": "a"}, {**label, "name": "a"}], "ENG")
    assert evaluate(lake, "labels", "key_is_unique").metadata["bad_rows"].value == 2


def test_references_lead_to_something(lake: Lake) -> None:
    """A label may sit on a page or a space; on anything else, and for a page of an unknown space, it is a fault."""
    write(lake, SPACES, [{"space_id": "s1", "space_key": "ENG"}])
    write(lake, PAGES, [{"page_id": "1", "space_id": "s1"}, {"page_id": "2", "space_id": "s2"}], "ENG")
    write(lake, LABELS, [{"content_id": content_id} for content_id in ("1", "s1", "9")], "ENG")
    pages = evaluate(lake, "pages", "references_resolve")
    assert (pages.passed, pages.metadata["examples"].value) == (False, ["space_id s2"])
    labels = evaluate(lake, "labels", "references_resolve")
    assert (labels.passed, labels.metadata["examples"].value) == (False, ["content_id 9"])


def test_a_reference_that_the_account_may_not_follow_is_a_warning(lake: Lake) -> None:
    """A parent may be out of scope or hidden, so that one is missing is a warning; an unknown author is an error."""
    write(lake, SPACES, [{"space_id": "s1", "space_key": "ENG"}])
    write(lake, USERS, [{"account_id": "ada"}])
    write(lake, TREE_NODES, [{"node_id": "f", "space_id": "s1"}], "ENG")
    page = {"space_id": "s1", "author_id": "ada"}
    write(lake, PAGES, [{**page, "page_id": "1", "parent_id": "f"}, {**page, "page_id": "2", "parent_id": "1"}], "ENG")
    assert evaluate(lake, "pages", "references_resolve").passed
    write(lake, PAGES, [{**page, "page_id": "3", "parent_id": "hidden"}], "HR")
    warned = evaluate(lake, "pages", "references_resolve")
    assert (warned.passed, warned.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert warned.metadata["examples"].value == ["parent_id hidden"]
    assert warned.metadata["bad_rows"].value == 1
    assert "HR" in str(warned.metadata["worst_spaces"].value)
    write(lake, PAGES, [{**page, "page_id": "4", "version_author_id": "nobody"}], "OPS")
    failed = evaluate(lake, "pages", "references_resolve")
    assert (failed.passed, failed.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert "parent_id hidden" in str(failed.metadata["examples"].value)
    assert "version_author_id nobody" in str(failed.metadata["examples"].value)


def test_a_comment_stands_on_something(lake: Lake) -> None:
    """A comment may stand on a page, a blog post or an attachment, and on nothing else."""
    write(lake, PAGES, [{"page_id": "1"}], "ENG")
    write(lake, BLOG_POSTS, [{"blog_post_id": "2"}], "ENG")
    write(lake, ATTACHMENTS, [{"attachment_id": "att3"}], "ENG")
    comments = [{"comment_id": f"c{on}", "content_id": on, "root_comment_id": f"c{on}"} for on in ("1", "2", "att3")]
    write(lake, COMMENTS, comments, "ENG")
    assert evaluate(lake, "comments", "references_resolve").passed
    write(lake, COMMENTS, [{"comment_id": "c4", "content_id": "4"}], "HR")
    failed = evaluate(lake, "comments", "references_resolve")
    assert (failed.passed, failed.metadata["examples"].value) == (False, ["content_id 4"])


def test_what_is_restricted_may_be_out_of_scope(lake: Lake) -> None:
    """Restrictions of a page above a narrowed scope have no page of theirs: a warning, counted among all rows."""
    write(lake, PAGES, [{"page_id": "1"}], "ENG")
    write(lake, USERS, [{"account_id": "ada"}])
    user = {"operation": "read", "principal_type": "user", "principal_id": "ada"}
    write(lake, RESTRICTIONS, [{**user, "content_id": "1"}, {**user, "content_id": "above"}], "ENG")
    warned = evaluate(lake, "restrictions", "references_resolve")
    assert (warned.passed, warned.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert (warned.metadata["rows"].value, warned.metadata["bad_rows"].value) == (2, 1)


def test_only_rows_of_users_refer_to_users(lake: Lake) -> None:
    """A restriction's principal is looked up among users where it is one; an unknown group is only a warning."""
    write(lake, PAGES, [{"page_id": "1"}], "ENG")
    write(lake, USERS, [{"account_id": "ada"}])
    row = {"content_id": "1", "operation": "read"}
    user = {**row, "principal_type": "user", "principal_id": "ada"}
    group = {**row, "principal_type": "group", "principal_id": "g1"}
    write(lake, RESTRICTIONS, [group, user], "ENG")
    warned = evaluate(lake, "restrictions", "references_resolve")
    assert (warned.passed, warned.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert warned.metadata["examples"].value == ["principal_id g1"]
    write(lake, GROUPS, [{"group_id": "g1"}])
    assert evaluate(lake, "restrictions", "references_resolve").passed
    write(lake, RESTRICTIONS, [{**user, "principal_id": "g1"}], "HR")
    assert evaluate(lake, "restrictions", "references_resolve").severity == dg.AssetCheckSeverity.ERROR


@pytest.mark.parametrize("reference", REFERENCES, ids=str)
def test_every_reference_is_between_columns_that_exist(reference: Reference) -> None:
    """Both ends of each reference are columns of texts, and what it leads to is a key or a space's key."""
    named = [(TABLES[reference.table], reference.column), *reference.targets]
    named += [(TABLES[reference.table], reference.where[0])] if reference.where else []
    for table, column in named:
        assert table.schema.field(column).type == pa.string()
    for table, column in reference.targets:
        assert table.key == (column,) or column == "space_key"


@given(
    keys=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "y", ""])), max_size=12),
    cut=st.integers(0, 12),
)
def test_keys_that_are_shared_are_counted_as_they_are(keys: list[tuple[str, str]], cut: int) -> None:
    """However rows are spread over parts, those that share a key are counted, and no others."""
    counts = Counter(keys)
    with TemporaryDirectory() as folder:
        lake = Lake(folder)
        label = {"prefix": "global", "content_type": "page"}
        for space, some in (("ENG", keys[:cut]), ("HR", keys[cut:])):
            write(lake, LABELS, [{**label, "content_id": i, "name": name} for i, name in some], space)
        verdict = key_is_unique(Evidence(lake), LABELS)
    assert verdict.rows == len(keys)
    assert sum(verdict.bad.values()) == sum(count for count in counts.values() if count > 1)


def test_only_the_newest_sync_of_a_space_counts(lake: Lake) -> None:
    """A space that was incomplete and is not any more is fine; one that became incomplete is an error."""

    def run(day: int, *, complete: bool, ledger_rows: int = 0) -> dict[str, Any]:
        return {
            "_run_id": f"run-{day}",
            "table": "pages",
            "complete": complete,
            "ledger_rows": ledger_rows,
            "finished_at": NOW.replace(day=day),
        }

    write(lake, SYNC_RUNS, [run(1, complete=False), run(2, complete=True)], "ENG")
    assert evaluate(lake, "pages", "extracted_equals_expected").passed
    write(lake, SYNC_RUNS, [run(2, complete=True), run(1, complete=True, ledger_rows=9)], "OPS")
    assert evaluate(lake, "pages", "extracted_equals_expected").passed
    write(lake, SYNC_RUNS, [run(2, complete=True, ledger_rows=3)], "HR")
    warned = evaluate(lake, "pages", "extracted_equals_expected")
    assert (warned.passed, warned.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert warned.metadata["bad_rows"].value == 3
    write(lake, SYNC_RUNS, [run(2, complete=True), run(3, complete=False)], "ENG")
    failed = evaluate(lake, "pages", "extracted_equals_expected")
    assert (failed.passed, failed.severity) == (False, dg.AssetCheckSeverity.ERROR)


def test_tables_of_the_site_are_looked_up_under_the_site(lake: Lake) -> None:
    """What belongs to no space is judged by the site's own rows of ``sync_runs``."""
    row = {"table": USERS.name, "complete": False, "ledger_rows": 0, "finished_at": NOW}
    write(lake, SYNC_RUNS, [row], "_site")
    assert not evaluate(lake, "users", "extracted_equals_expected").passed
    assert evaluate(lake, "spaces", "extracted_equals_expected").passed


def test_lost_text_is_a_warning_that_names_the_worst_pages(lake: Lake) -> None:
    """Pages whose text was lost are counted and named; dropped macros and repaired bodies are counted by space."""
    whole = {"page_id": "1", "title": "Whole", "text_kept": 1.0, "was_repaired": False}
    write(lake, PAGES, [whole], "ENG")
    write(lake, MACROS, [{"content_id": "1", "outcome": "dropped"}, {"content_id": "b", "outcome": "dropped"}], "ENG")
    kept = evaluate(lake, "pages", "text_is_kept")
    assert (kept.passed, kept.metadata["macros_dropped"].value) == (True, 1)
    worse = {"page_id": "2", "title": "Half of it", "text_kept": 0.5, "was_repaired": True}
    worst = {"page_id": "3", "title": "Nearly nothing", "text_kept": 0.01, "was_repaired": False}
    write(lake, PAGES, [worse, worst], "HR")
    lost = evaluate(lake, "pages", "text_is_kept")
    assert (lost.passed, lost.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert (lost.metadata["bad_rows"].value, lost.metadata["bodies_repaired"].value) == (2, 1)
    named = str(lost.metadata["worst_pages"].value)
    assert named.index("Nearly nothing") < named.index("Half of it")
    assert "Whole" not in named
    assert evaluate(lake, "blog_posts", "text_is_kept").passed
