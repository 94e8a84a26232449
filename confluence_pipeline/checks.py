"""Asset checks: keys are unique, references resolve, and what was expected is there.

They look at the whole table and name the worst spaces, because a run covers several spaces and Dagster cannot
attach one check result to each of them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import dagster as dg
import pandas as pd

from confluence_pipeline.assets.failures import explained
from confluence_pipeline.assets.markdown import markdown_table
from confluence_pipeline.assets.specs import table_key
from confluence_pipeline.lake import Lake
from confluence_pipeline.resources import LakeResource
from confluence_pipeline.tables import (
    BLOG_POSTS,
    LABELS,
    MACROS,
    PAGES,
    SITE_PART,
    SPACES,
    SYNC_RUNS,
    TABLES,
    Table,
)

KEY, REFERENCES, COMPLETE = "key_is_unique", "references_resolve", "extracted_equals_expected"
TEXT = "text_is_kept"
_WORST = 10
_LEAST_KEPT = 0.99

Reference = tuple[str, tuple[tuple[Table, str], ...]]

_REFERENCES: Mapping[str, Reference] = {
    PAGES.name: ("space_id", ((SPACES, "space_id"),)),
    BLOG_POSTS.name: ("space_id", ((SPACES, "space_id"),)),
    LABELS.name: ("content_id", ((PAGES, "page_id"), (BLOG_POSTS, "blog_post_id"), (SPACES, "space_id"))),
}
"""For each table the column that refers, and the columns that it may refer to."""


_TEXT_LAW = f"Every body's plain text has at least {_LEAST_KEPT:.0%} of the text a reader sees."


class Frames:
    """The lake's tables as data frames; what several checks look at is read once.

    Args:
        lake: Where the tables are.
    """

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._read: dict[tuple[str, tuple[str, ...]], pd.DataFrame] = {}

    def of(self, table: Table, *columns: str) -> pd.DataFrame:
        """Return some columns of a table; the caller must not change the frame.

        Raises:
            LakeError: A part cannot be read.
        """
        key = (table.name, columns)
        if key not in self._read:
            self._read[key] = self._lake.table(table, columns=columns).to_pandas()
        return self._read[key]


@dataclass(frozen=True)
class Verdict:
    """What a check found.

    Attributes:
        rows: Rows looked at.
        bad: Rows that break the law, by space key.
        examples: Some of them, for a person.
        severity: How bad that is.
        also: Further facts to show, by name.
    """

    rows: int
    bad: Mapping[str, int]
    examples: tuple[str, ...] = ()
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR
    also: Mapping[str, dg.MetadataValue] = field(default_factory=dict)


def all_checks() -> list[dg.AssetChecksDefinition]:
    """Return every check, in one step."""
    specs = [
        *(_spec(KEY, table, f"({', '.join(table.key)}) is unique, and never null.") for table in TABLES.values()),
        *(_spec(REFERENCES, TABLES[name], _reference_text(name)) for name in _REFERENCES),
        *(
            _spec(COMPLETE, table, "Every space's newest sync brought all that it listed.", [table_key(SYNC_RUNS)])
            for table in TABLES.values()
            if not table.log
        ),
        *(_spec(TEXT, table, _TEXT_LAW, [table_key(MACROS)]) for table in (PAGES, BLOG_POSTS)),
    ]
    tests: Mapping[str, Callable[[Frames, Table], Verdict]] = {
        KEY: key_is_unique,
        REFERENCES: references_resolve,
        COMPLETE: extracted_equals_expected,
        TEXT: text_is_kept,
    }

    @dg.multi_asset_check(name="quality", specs=specs, can_subset=True)
    def quality(context: dg.AssetCheckExecutionContext, lake: LakeResource) -> Iterator[dg.AssetCheckResult]:
        """Check the tables in the lake."""
        frames = Frames(lake.lake())
        for key in sorted(context.selected_asset_check_keys):
            with explained():
                verdict = tests[key.name](frames, TABLES[key.asset_key.path[-1]])
            yield _result(key, verdict)

    return [quality]


def key_is_unique(frames: Frames, table: Table) -> Verdict:
    """Count the rows whose key is null in part, or shared with another row."""
    frame = _frame(frames, table, table.key)
    keys = list(table.key)
    bad = frame[frame[keys].isna().any(axis=1) | frame.duplicated(keys, keep=False)]
    return Verdict(len(frame), _per_space(bad), _examples(bad, keys))


def references_resolve(frames: Frames, table: Table) -> Verdict:
    """Count the rows that refer to something that is in no table."""
    column, targets = _REFERENCES[table.name]
    known = pd.concat([frames.of(target, name)[name] for target, name in targets])
    frame = _frame(frames, table, (column,))
    bad = frame[~frame[column].isin(known)]
    return Verdict(len(frame), _per_space(bad), _examples(bad, [column]))


def extracted_equals_expected(frames: Frames, table: Table) -> Verdict:
    """Count the parts whose newest sync is not complete, or whose ledger holds rows of theirs.

    Rows that are in the ledger are accounted for, so alone they are a warning.
    """
    runs = frames.of(SYNC_RUNS, "space_key", "table", "complete", "ledger_rows", "finished_at")
    newest = runs[runs["table"] == table.name].sort_values("finished_at").groupby("space_key").tail(1)
    incomplete = newest[~newest["complete"].astype(bool)]
    bad = newest[~newest["complete"].astype(bool) | (newest["ledger_rows"] > 0)]
    severity = dg.AssetCheckSeverity.WARN if incomplete.empty else dg.AssetCheckSeverity.ERROR
    missing = {str(key): max(1, int(rows)) for key, rows in bad.set_index("space_key")["ledger_rows"].items()}
    return Verdict(len(newest), missing, severity=severity)


def text_is_kept(frames: Frames, table: Table) -> Verdict:
    """Count the bodies whose conversion lost text, and show what was dropped and mended, space by space.

    A warning: the body itself is in the table byte for byte.
    """
    frame = frames.of(table, "space_key", "title", "text_kept", "was_repaired", table.key[0])
    # where no body came, nothing is known of a repair
    frame = frame.assign(was_repaired=frame["was_repaired"].eq(True))
    bad = frame[frame["text_kept"] < _LEAST_KEPT]
    worst = bad.sort_values("text_kept").head(_WORST)
    macros = frames.of(MACROS, "content_id", "space_key", "outcome")
    dropped = macros[(macros["outcome"] == "dropped") & macros["content_id"].isin(frame[table.key[0]])]
    spaces = frame.groupby("space_key").agg(kept=("text_kept", "mean"), repaired=("was_repaired", "sum"))
    spaces["dropped"] = dropped["space_key"].value_counts().reindex(spaces.index, fill_value=0)
    least = spaces.sort_values(["kept", "dropped"], ascending=[True, False]).head(_WORST)
    pages = [(row.space_key, row.title, f"{row.text_kept:.1%}") for row in worst.itertuples()]
    also = {
        "bodies_repaired": dg.MetadataValue.int(len(frame[frame["was_repaired"]])),
        "macros_dropped": dg.MetadataValue.int(len(dropped)),
        "least_kept_spaces": dg.MetadataValue.md(
            markdown_table(
                ("space", "text kept", "repaired", "macros dropped"),
                [(row.Index, f"{row.kept:.2%}", row.repaired, row.dropped) for row in least.itertuples()],
            )
        ),
        "worst_pages": dg.MetadataValue.md(markdown_table(("space", "title", "text kept"), pages)),
    }
    return Verdict(len(frame), _per_space(bad), severity=dg.AssetCheckSeverity.WARN, also=also)


def _spec(name: str, table: Table, description: str, also: list[dg.AssetKey] | None = None) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(name, asset=table_key(table), description=description, additional_deps=also or [])


def _reference_text(name: str) -> str:
    column, targets = _REFERENCES[name]
    return f"{column} is in {' or '.join(f'{table.name}.{target}' for table, target in targets)}."


def _frame(frames: Frames, table: Table, columns: tuple[str, ...]) -> pd.DataFrame:
    with_space = ["space_key"] if "space_key" in table.schema.names and "space_key" not in columns else []
    frame = frames.of(table, *columns, *with_space)
    return frame if "space_key" in frame else frame.assign(space_key=SITE_PART)


def _per_space(bad: pd.DataFrame) -> dict[str, int]:
    return {str(key): int(count) for key, count in bad["space_key"].value_counts().items()}


def _examples(bad: pd.DataFrame, columns: list[str]) -> tuple[str, ...]:
    return tuple(", ".join(map(str, row)) for row in bad[columns].head(_WORST).itertuples(index=False))


def _result(key: dg.AssetCheckKey, verdict: Verdict) -> dg.AssetCheckResult:
    worst = sorted(verdict.bad.items(), key=lambda item: (-item[1], item[0]))[:_WORST]
    facts: dict[str, dg.MetadataValue] = {
        "rows": dg.MetadataValue.int(verdict.rows),
        "bad_rows": dg.MetadataValue.int(sum(verdict.bad.values())),
    }
    facts |= verdict.also
    if worst:
        facts["worst_spaces"] = dg.MetadataValue.md(markdown_table(("space", "rows"), worst))
    if verdict.examples:
        facts["examples"] = dg.MetadataValue.json(list(verdict.examples))
    return dg.AssetCheckResult(
        passed=not verdict.bad,
        asset_key=key.asset_key,
        check_name=key.name,
        severity=verdict.severity,
        metadata=facts,
    )
