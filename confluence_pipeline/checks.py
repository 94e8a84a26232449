"""Asset checks: keys are unique, references resolve, and what was expected is there.

They look at the whole table and name the worst spaces, because a run covers several spaces and Dagster cannot
attach one check result to each of them.
"""

from collections.abc import Iterator

import dagster as dg

from confluence_pipeline.assets.failures import explained
from confluence_pipeline.assets.markdown import markdown_table
from confluence_pipeline.assets.specs import table_key
from confluence_pipeline.landing.selection import Selection
from confluence_pipeline.references import references_of
from confluence_pipeline.resources import LakeResource
from confluence_pipeline.selections import default_selection, tables_of
from confluence_pipeline.tables import BLOG_POSTS, MACROS, PAGES, SYNC_RUNS, TABLES, Table
from confluence_pipeline.verdicts import (
    LEAST_KEPT,
    WORST,
    Evidence,
    Verdict,
    extracted_equals_expected,
    key_is_unique,
    references_resolve,
    text_is_kept,
)

KEY, REFERENCES, COMPLETE = "key_is_unique", "references_resolve", "extracted_equals_expected"
TEXT = "text_is_kept"

_TEXT_LAW = f"Every body's plain text has at least {LEAST_KEPT:.0%} of the text a reader sees."


def all_checks(selection: Selection | None = None) -> list[dg.AssetChecksDefinition]:
    """Return every check of the chosen tables, in one step.

    Args:
        selection: The chosen tables; the default ones if not given.
    """
    chosen = selection or default_selection()

    @dg.multi_asset_check(name="quality", specs=list(_specs(chosen)), can_subset=True)
    def quality(context: dg.AssetCheckExecutionContext, lake: LakeResource) -> Iterator[dg.AssetCheckResult]:
        """Check the tables in the lake."""
        evidence = Evidence(lake.lake())
        for key in sorted(context.selected_asset_check_keys):
            with explained():
                verdict = _verdict(evidence, key.name, TABLES[key.asset_key.path[-1]], chosen)
            yield _result(key, verdict)

    return [quality]


def _specs(selection: Selection) -> Iterator[dg.AssetCheckSpec]:
    for table in tables_of(selection):
        yield _spec(KEY, table, f"({', '.join(table.key)}) is unique, and never null.")
        if references := references_of(table, selection):
            yield _spec(REFERENCES, table, f"{'; '.join(map(str, references))}.")
        if not table.log:
            law = "Every space's newest sync brought all that it listed."
            yield _spec(COMPLETE, table, law, [table_key(SYNC_RUNS)])
        if table in (PAGES, BLOG_POSTS):
            yield _spec(TEXT, table, _TEXT_LAW, [table_key(MACROS)] if selection.has(MACROS.name) else [])


def _verdict(evidence: Evidence, law: str, table: Table, selection: Selection) -> Verdict:
    if law == REFERENCES:
        return references_resolve(evidence, table, references_of(table, selection))
    laws = {KEY: key_is_unique, COMPLETE: extracted_equals_expected, TEXT: text_is_kept}
    return laws[law](evidence, table)


def _spec(name: str, table: Table, description: str, also: list[dg.AssetKey] | None = None) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(name, asset=table_key(table), description=description, additional_deps=also or [])


def _result(key: dg.AssetCheckKey, verdict: Verdict) -> dg.AssetCheckResult:
    worst = sorted(verdict.bad.items(), key=lambda item: (-item[1], item[0]))[:WORST]
    facts: dict[str, dg.MetadataValue] = {
        "rows": dg.MetadataValue.int(verdict.rows),
        "bad_rows": dg.MetadataValue.int(sum(verdict.bad.values())),
    }
    facts |= {name: _shown(value) for name, value in verdict.also.items()}
    if worst:
        facts["worst_spaces"] = dg.MetadataValue.md(markdown_table(("space", "rows"), worst))
    if verdict.examples:
        facts["examples"] = dg.MetadataValue.json(list(verdict.examples))
    return dg.AssetCheckResult(
        passed=not verdict.bad,
        asset_key=key.asset_key,
        check_name=key.name,
        severity=dg.AssetCheckSeverity.ERROR if verdict.is_error else dg.AssetCheckSeverity.WARN,
        metadata=facts,
    )


def _shown(value: int | str) -> dg.MetadataValue:
    return dg.MetadataValue.int(value) if isinstance(value, int) else dg.MetadataValue.md(value)
