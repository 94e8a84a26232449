"""Resources: one client a run, closed at its end; a scope that survives the trip; nothing secret shown."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from confluence_pipeline.confluence import ConfluenceClient, Scope, SettingError
from confluence_pipeline.definitions import PipelineConfig
from confluence_pipeline.landing import RemovalGuard
from confluence_pipeline.resources import (
    ConfluenceResource,
    LakeResource,
    RemovalsResource,
    ScopeResource,
    SelectionResource,
    WarehouseResource,
)
from confluence_pipeline.selections import selection_of
from confluence_pipeline.tables import TABLES
from confluence_pipeline.warehouse import WarehouseError

CANARY = "canary-4c1d"
KEYS = st.lists(st.text(alphabet="ABCxyz", min_size=1, max_size=5), max_size=3, unique=True).map(tuple)
IDS = st.lists(st.integers(1, 10**12).map(str), max_size=3, unique=True).map(tuple)


def resource(**changes: Any) -> ConfluenceResource:
    """Return a resource that leads to no site that is asked."""
    facts: dict[str, Any] = {
        "server_url": "https://example.atlassian.net",
        "user_name": "ada@example.com",
        "api_token": CANARY,
    }
    return ConfluenceResource(**{**facts, **changes})


def test_the_token_is_in_no_text_of_the_resource() -> None:
    """Neither ``repr`` nor ``str`` nor an error about another field shows the token."""
    assert CANARY not in f"{resource()!r} {resource()}"
    with pytest.raises(ValidationError) as wrong:
        resource(max_concurrency="many")
    assert CANARY not in str(wrong.value)


@given(KEYS, IDS, st.none() | st.just("type = page"), KEYS, KEYS, IDS, KEYS)
def test_a_scope_survives_being_a_resource(
    spaces: tuple[str, ...],
    pages: tuple[str, ...],
    cql: str | None,
    labels: tuple[str, ...],
    no_spaces: tuple[str, ...],
    no_pages: tuple[str, ...],
    no_labels: tuple[str, ...],
) -> None:
    """The scope that comes out of the resource equals the one that went in."""
    scope = Scope(spaces, pages, cql, labels, no_spaces, no_pages, no_labels)
    assert ScopeResource.of(scope).scope() == scope


def test_a_wrong_scope_names_its_setting() -> None:
    """What is not a space key is refused with the setting's name."""
    with pytest.raises(SettingError, match="CONFLUENCE_SPACE_KEY"):
        ScopeResource(space_keys=["a/b"]).scope()


@given(
    st.lists(st.sampled_from(sorted(TABLES)), unique=True),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.integers(1, 9),
)
def test_a_selection_survives_being_a_resource(names: list[str], b: bool, t: bool, v: bool, size: int) -> None:
    """The selection that comes out of the resource equals the one that went in."""
    chosen = selection_of(
        [*names, "attachments", "page_versions"],
        attachment_bodies=b,
        attachment_text=t,
        version_bodies=v,
        attachment_max_mb=size,
    )
    assert SelectionResource.of(chosen).selection() == chosen


@given(st.integers(1, 100))
def test_the_largest_share_reaches_the_guard_in_percent(percent: int) -> None:
    """What a setting says in percent is the guard's share, and the setting's default is the guard's own."""
    config = PipelineConfig.from_environment({"CONFLUENCE_MAX_REMOVED_SHARE": str(percent)})
    assert config.removals.guard() == RemovalGuard(most_share=percent / 100)
    assert RemovalsResource().guard() == RemovalGuard()


def test_a_wrong_selection_names_its_setting() -> None:
    """What is no table is refused with the setting's name."""
    with pytest.raises(SettingError, match="CONFLUENCE_TABLES"):
        SelectionResource(tables=["pages", "leaflets"]).selection()


def test_the_steps_of_a_run_share_one_client_that_is_closed_at_its_end() -> None:
    """Two steps get the same client; after the run it takes no more work."""
    seen: list[ConfluenceClient] = []

    @dg.asset
    def one(confluence: ConfluenceResource) -> None:
        seen.extend((confluence.client(), confluence.client()))

    @dg.asset(deps=[one])
    def two(confluence: ConfluenceResource) -> None:
        seen.append(confluence.client())

    with dg.DagsterInstance.ephemeral() as instance:
        assert dg.materialize([one, two], instance=instance, resources={"confluence": resource()}).success
    assert len({id(client) for client in seen}) == 1
    with pytest.raises(RuntimeError):
        list(seen[0].in_parallel(str, [1]))


def test_a_missing_variable_fails_the_run_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run whose token's variable is not set says which variable, and definitions load nevertheless."""
    monkeypatch.delenv("SOME_TOKEN", raising=False)

    @dg.asset
    def one(confluence: ConfluenceResource) -> None:
        confluence.client()

    lacking = resource(api_token=dg.EnvVar("SOME_TOKEN"))
    with dg.DagsterInstance.ephemeral() as instance, pytest.raises(dg.DagsterInvalidConfigError, match="SOME_TOKEN"):
        dg.materialize([one], instance=instance, resources={"confluence": lacking})


def test_the_warehouse_is_beside_the_lake_unless_said_otherwise(tmp_path: Path) -> None:
    """Without an address the embedded warehouse is a file in the lake; an unknown kind is refused."""
    lake = LakeResource(uri=str(tmp_path)).lake()
    assert str(tmp_path) in WarehouseResource().warehouse(lake).uri
    elsewhere = f"duckdb://{tmp_path}/other.duckdb"
    assert "other.duckdb" in WarehouseResource(uri=elsewhere).warehouse(lake).uri
    with pytest.raises(WarehouseError, match="CONFLUENCE_WAREHOUSE"):
        WarehouseResource(uri="oracle://somewhere").warehouse(lake)
