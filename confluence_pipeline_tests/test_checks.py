"""Asset checks: each law broken by hand in a lake, found, counted and laid at the right space's door."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pytest

from confluence_pipeline.checks import all_checks
from confluence_pipeline.lake import Lake
from confluence_pipeline.resources import LakeResource
from confluence_pipeline.tables import LABELS, MACROS, PAGES, SPACES, SYNC_RUNS, USERS, Table

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
