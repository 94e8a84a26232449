"""The laws that tables keep, and what breaks them: keys are unique, references resolve, all that was expected came.

Tables are read a row group at a time, and only in the columns that a law is about: what is held does not grow with
bodies.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from confluence_pipeline.assets.markdown import markdown_table
from confluence_pipeline.lake import Lake
from confluence_pipeline.references import Reference
from confluence_pipeline.tables import LEDGER, MACROS, SITE_PART, SYNC_RUNS, Table

LEAST_KEPT = 0.99
"""The least share of a body's text that must be kept."""

WORST = 10
"""How many of the worst spaces and rows are named."""

_ROWS_IN_A_FRAME = 50_000

MOST_TOLD = 50
"""How many rows of the ledger a check shows."""

_SHORT = ("space_key", "expected_rows", "extracted_rows", "ledger_rows", "complete")
_TOLD = ("space_key", "content_id", "operation", "reason", "http_status", "message")


@dataclass(frozen=True)
class Verdict:
    """What a law's check found.

    Attributes:
        rows: Rows looked at.
        bad: Rows that break the law, by space key.
        examples: Some of them, for a person.
        is_error: Whether breaking the law is an error, and not only a warning.
        also: Further facts to show, by name: a number, or text in Markdown.
    """

    rows: int
    bad: Mapping[str, int]
    examples: tuple[str, ...] = ()
    is_error: bool = True
    also: Mapping[str, int | str] = field(default_factory=dict)


class Evidence:
    """The lake as the laws read it; what several laws look at is read once.

    Args:
        lake: Where the tables are.
    """

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._values: dict[tuple[str, str], pa.ChunkedArray] = {}

    def rows(self, table: Table, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield some columns and ``space_key``, a row group at a time.

        Raises:
            LakeError: A part cannot be read.
        """
        own = "space_key" in table.schema.names
        names = [*columns, *(["space_key"] if own and "space_key" not in columns else [])]
        for space_key in self._lake.parts(table):
            for batch in self._lake.scan_part(table, space_key, columns=names):
                site = pa.array([SITE_PART] * batch.num_rows, pa.string())
                yield batch if own else batch.append_column("space_key", site)

    def values(self, table: Table, column: str) -> pa.ChunkedArray:
        """Return all values of one column."""
        if (table.name, column) not in self._values:
            self._values[table.name, column] = self._lake.table(table, columns=[column])[column]
        return self._values[table.name, column]

    @cached_property
    def newest_runs(self) -> Mapping[tuple[str, str], Mapping[str, Any]]:
        """The newest row of ``sync_runs`` for each table and space."""
        newest: dict[tuple[str, str], Mapping[str, Any]] = {}
        for batch in self.rows(SYNC_RUNS, ("table", *_SHORT[1:], "finished_at")):
            for row in batch.to_pylist():
                key = (row["table"], row["space_key"])
                if key not in newest or _moment(newest[key]) <= _moment(row):
                    newest[key] = row
        return newest

    def newest_ledger(self, table: Table, space_keys: Collection[str]) -> list[Mapping[str, Any]]:
        """Return what the newest syncs of some spaces could not have of a table, in the order they met it."""
        columns = ("table", "content_id", "operation", "reason", "http_status", "message", "_run_id", "_extracted_at")
        newest: dict[str, list[Mapping[str, Any]]] = {}
        for batch in self.rows(LEDGER, columns):
            for row in batch.to_pylist():
                if row["table"] != table.name or row["space_key"] not in space_keys:
                    continue
                known = newest.setdefault(row["space_key"], [])
                if known and known[0]["_run_id"] != row["_run_id"]:
                    if row["_extracted_at"] < known[0]["_extracted_at"]:
                        continue
                    known.clear()
                known.append(row)
        return [row for key in sorted(newest) for row in newest[key]]


def key_is_unique(evidence: Evidence, table: Table) -> Verdict:
    """Count the rows whose key is null in part, or shared with another row.

    Keys are compared by 64 bits of hash first, so that the keys themselves are never held all at once; those that
    share a hash are then compared in full.
    """
    keys = list(table.key)
    hashes, has_null = [np.empty(0, np.uint64)], False
    for frame in _frames(evidence, table, keys):
        hashes.append(_hashed(frame, keys))
        has_null |= bool(frame[keys].isna().to_numpy().any())
    found, counts = np.unique(np.concatenate(hashes), return_counts=True)
    shared = found[counts > 1]
    if not (has_null or len(shared)):
        return Verdict(int(counts.sum()), {})
    suspects = [
        frame[frame[keys].isna().any(axis=1) | np.isin(_hashed(frame, keys), shared)]
        for frame in _frames(evidence, table, keys)
    ]
    frame = pd.concat(suspects) if suspects else pd.DataFrame(columns=[*keys, "space_key"])
    bad = frame[frame[keys].isna().any(axis=1) | frame.duplicated(keys, keep=False)]
    examples = tuple(", ".join(map(str, row)) for row in bad[keys].head(WORST).itertuples(index=False))
    return Verdict(int(counts.sum()), _counted(bad["space_key"]), examples)


def references_resolve(evidence: Evidence, table: Table, references: Iterable[Reference]) -> Verdict:
    """Count the rows that refer to something that is in no table; the table is read once for all its references."""
    rows, bad, examples, faulty = 0, Counter[str](), list[str](), False
    for reference, (referring, values) in _referred(evidence, table, tuple(references)).items():
        nowhere = _nowhere(evidence, reference, values)
        rows = max(rows, referring)
        if len(nowhere):
            faulty |= reference.always
            examples += [f"{reference.column} {value}" for value in nowhere[:WORST].to_pylist()]
            bad += _rows_with(evidence, table, reference, nowhere)
    return Verdict(rows, bad, tuple(dict.fromkeys(examples))[:WORST], is_error=faulty)


def _referred(
    evidence: Evidence, table: Table, references: Sequence[Reference]
) -> dict[Reference, tuple[int, pa.ChunkedArray]]:
    """Return for each reference how many rows refer so, and to which values."""
    counts = Counter[Reference]()
    values: dict[Reference, list[pa.Array]] = {reference: [pa.array([], pa.string())] for reference in references}
    columns = dict.fromkeys(name for reference in references for name in _columns_of(reference))
    for batch in evidence.rows(table, tuple(columns)):
        for reference in references:
            some = _matching(batch, reference)
            counts[reference] += some.num_rows
            values[reference].append(pc.unique(some[reference.column]).drop_null())
    return {reference: (counts[reference], pa.chunked_array(found)) for reference, found in values.items()}


def _nowhere(evidence: Evidence, reference: Reference, values: pa.ChunkedArray) -> pa.Array:
    """Return those of the values that are in none of the targets."""
    asked = pc.unique(values)
    chunks = [chunk for target, column in reference.targets for chunk in evidence.values(target, column).chunks]
    known = pa.chunked_array(chunks, pa.string())
    return asked.filter(pc.invert(pc.is_in(asked, value_set=known)))


def _rows_with(evidence: Evidence, table: Table, reference: Reference, values: pa.Array) -> Counter[str]:
    """Count the rows by space whose value is among some."""
    found = Counter[str]()
    for batch in evidence.rows(table, _columns_of(reference)):
        some = _matching(batch, reference)
        rows = some.filter(pc.is_in(some[reference.column], value_set=values))
        found.update(rows["space_key"].to_pylist())
    return found


def _columns_of(reference: Reference) -> tuple[str, ...]:
    return tuple(dict.fromkeys([reference.column, *([reference.where[0]] if reference.where else [])]))


def _matching(batch: pa.RecordBatch, reference: Reference) -> pa.RecordBatch:
    """Return the rows of a batch that the reference is about."""
    if reference.where is None:
        return batch
    name, value = reference.where
    return batch.filter(pc.equal(batch[name], value))


def extracted_equals_expected(evidence: Evidence, table: Table) -> Verdict:
    """Count the parts whose newest sync is not complete, or whose ledger holds rows of theirs.

    Rows that are in the ledger are accounted for, so alone they are a warning. What the ledger says is shown: the
    ids, what went wrong with each and the status of the last answer.
    """
    newest = [row for (name, _), row in evidence.newest_runs.items() if name == table.name]
    bad = {
        row["space_key"]: max(1, row["ledger_rows"] or 0) for row in newest if not row["complete"] or row["ledger_rows"]
    }
    short = [row for row in newest if row["space_key"] in bad]
    ledger = evidence.newest_ledger(table, bad) if bad else []
    also: dict[str, int | str] = {"not_counted": sum(row["expected_rows"] is None for row in newest)}
    if short:
        also["short"] = markdown_table(
            ("space", "expected", "extracted", "in the ledger", "complete"),
            [[row[name] for name in _SHORT] for row in sorted(short, key=lambda row: str(row["space_key"]))[:WORST]],
        )
    if ledger:
        also["ledger"] = markdown_table(
            _TOLD, [[row[name] for name in _TOLD] for row in ledger[:MOST_TOLD]], longest=500
        )
    examples = tuple(f"{row['space_key']}: {row['message']}" for row in ledger[:WORST])
    return Verdict(len(newest), bad, examples, is_error=not all(row["complete"] for row in newest), also=also)


def text_is_kept(evidence: Evidence, table: Table) -> Verdict:
    """Count the bodies whose conversion lost text, and show what was dropped and mended, space by space.

    A warning: the body itself is in the table byte for byte.
    """
    columns = ("title", "text_kept", "was_repaired", table.key[0])
    frames = list(_frames(evidence, table, columns))
    frame = pd.concat(frames) if frames else pd.DataFrame(columns=[*columns, "space_key"])
    # where no body came, nothing is known of a repair
    frame = frame.assign(was_repaired=frame["was_repaired"].eq(True), text_kept=frame["text_kept"].astype(float))
    bad = frame[frame["text_kept"] < LEAST_KEPT]
    worst = bad.sort_values("text_kept").head(WORST)
    dropped = _dropped(evidence, frame[table.key[0]])
    spaces = frame.groupby("space_key").agg(kept=("text_kept", "mean"), repaired=("was_repaired", "sum"))
    spaces["dropped"] = dropped.value_counts().reindex(spaces.index, fill_value=0)
    least = spaces.sort_values(["kept", "dropped"], ascending=[True, False]).head(WORST)
    pages = [
        (space_key, title, f"{kept:.1%}") for space_key, title, kept in _rows(worst, "space_key", "title", "text_kept")
    ]
    kept_least = [
        (space_key, f"{kept:.2%}", repaired, lost)
        for space_key, kept, repaired, lost in _rows(least.reset_index(), "space_key", "kept", "repaired", "dropped")
    ]
    also: dict[str, int | str] = {
        "bodies_repaired": len(frame[frame["was_repaired"]]),
        "macros_dropped": len(dropped),
        "least_kept_spaces": markdown_table(("space", "text kept", "repaired", "macros dropped"), kept_least),
        "worst_pages": markdown_table(("space", "title", "text kept"), pages),
    }
    return Verdict(len(frame), _counted(bad["space_key"]), is_error=False, also=also)


def _dropped(evidence: Evidence, content_ids: Iterable[str]) -> "pd.Series[Any]":
    """Return the space of each macro in some contents that was dropped."""
    wanted, found = frozenset(content_ids), list[str]()
    for batch in evidence.rows(MACROS, ("content_id", "outcome")):
        dropped = batch.filter(pc.equal(batch["outcome"], "dropped"))
        pairs = zip(dropped["content_id"].to_pylist(), dropped["space_key"].to_pylist(), strict=True)
        found += [space_key for content_id, space_key in pairs if content_id in wanted]
    return pd.Series(found, dtype=object)


def _frames(evidence: Evidence, table: Table, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
    """Yield rows as frames; small batches are put together, since a frame costs more than its rows."""
    some: list[pa.RecordBatch] = []
    for batch in evidence.rows(table, columns):
        if some and (sum(map(len, some)) + len(batch) > _ROWS_IN_A_FRAME or batch.schema != some[0].schema):
            yield pa.Table.from_batches(some).to_pandas()
            some = []
        some.append(batch)
    if some:
        yield pa.Table.from_batches(some).to_pandas()


def _hashed(frame: pd.DataFrame, columns: Sequence[str]) -> "np.ndarray[Any, Any]":
    """Return 64 bits of hash for each row's values."""
    return pd.util.hash_pandas_object(frame[list(columns)], index=False).to_numpy()


def _rows(frame: pd.DataFrame, *columns: str) -> Iterable[Any]:
    return frame[list(columns)].itertuples(index=False, name=None)


def _counted(space_keys: "pd.Series[Any]") -> dict[str, int]:
    return {str(key): int(count) for key, count in space_keys.value_counts().items()}


def _moment(row: Mapping[str, Any]) -> datetime:
    moment: datetime = row["finished_at"]
    return moment
