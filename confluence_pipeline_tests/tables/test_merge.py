"""Old rows against new ones."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.tables import LABELS, Table, column
from confluence_pipeline.tables.merge import Merge, SortedRows

THINGS = Table(
    name="things",
    description="A thing.",
    key=("group", "name"),
    columns=(
        column("group", pa.string(), "Its group.", nullable=False),
        column("name", pa.string(), "Its name.", nullable=False),
        column("size", pa.int64(), "Its size."),
    ),
)
KEYS = st.tuples(st.sampled_from("abcd"), st.sampled_from("xyz"))
FACTS = st.dictionaries(KEYS, st.integers(0, 2) | st.none(), max_size=12)


def rows(facts: dict[tuple[str, str], int | None], run: str) -> list[dict[str, Any]]:
    """Return facts as rows of one run."""
    return [
        {"group": group, "name": name, "size": size, "_run_id": run, "_extracted_at": run, "_source_url": "u"}
        for (group, name), size in facts.items()
    ]


@given(FACTS, FACTS)
def test_the_result_tells_the_new_facts_and_keeps_old_rows_that_are_equal(
    old: dict[tuple[str, str], int | None], new: dict[tuple[str, str], int | None]
) -> None:
    """Facts are the new ones in the order of the key; a row is of the old run just where nothing changed."""
    merge = Merge(THINGS)
    merged = merge.merge(rows(old, "old"), rows(new, "new"))
    assert [((row["group"], row["name"]), row["size"]) for row in merged] == sorted(
        new.items(), key=lambda pair: pair[0]
    )
    for row in merged:
        key = (row["group"], row["name"])
        same = key in old and old[key] == new[key]
        assert row["_run_id"] == row["_extracted_at"] == ("old" if same else "new")


@given(FACTS, FACTS)
def test_the_counts_add_up(old: dict[tuple[str, str], int | None], new: dict[tuple[str, str], int | None]) -> None:
    """Every new row is inserted, updated or unchanged, and every old one is there or removed."""
    merge = Merge(THINGS)
    merge.merge(rows(old, "old"), rows(new, "new"))
    assert merge.inserted == len(new.keys() - old.keys())
    assert merge.removed == len(old.keys() - new.keys())
    assert merge.unchanged == sum(old[key] == new[key] for key in old.keys() & new.keys())
    assert merge.rows == len(new)
    assert merge.changed == (old != new)


@given(FACTS, FACTS, st.lists(st.sampled_from("abcd"), unique=True).map(sorted))
def test_merging_in_stretches_is_merging_at_once(
    old: dict[tuple[str, str], int | None], new: dict[tuple[str, str], int | None], cuts: list[str]
) -> None:
    """However the first key column is cut into stretches, rows and counts are the same."""
    whole, parts = Merge(THINGS), Merge(THINGS)
    expected = whole.merge(rows(old, "old"), rows(new, "new"))
    merged = []
    for low, high in zip(["", *cuts], [*cuts, "zz"], strict=True):
        inside = [{k: v for k, v in facts.items() if low < k[0] <= high} for facts in (old, new)]
        merged += parts.merge(rows(inside[0], "old"), rows(inside[1], "new"))
    assert merged == expected
    counts = [(m.inserted, m.updated, m.unchanged, m.removed) for m in (whole, parts)]
    assert counts[0] == counts[1]


def test_another_source_is_another_fact() -> None:
    """Only the run and the time do not count."""
    merge = Merge(LABELS)
    old = dict.fromkeys(LABELS.schema.names, "x")
    assert merge.merge([old], [old | {"_run_id": "y", "_extracted_at": "y"}]) == [old]
    assert merge.merge([old], [old | {"_source_url": "y"}]) != [old]


@given(
    st.lists(st.integers(0, 30).map("{:02}".format), max_size=40).map(sorted),
    st.lists(st.integers(1, 7), min_size=1),
    st.lists(st.integers(0, 30).map("{:02}".format), unique=True).map(sorted),
)
def test_sorted_rows_are_handed_out_once_in_order(names: list[str], sizes: list[int], cuts: list[str]) -> None:
    """Whatever batches they lie in, each stretch holds just what is up to its end, and the rest comes last."""

    def batches() -> Iterator[pa.RecordBatch]:
        at = 0
        for number in range(len(names) + 1):
            size = sizes[number % len(sizes)]
            if names[at : at + size]:
                yield pa.record_batch({"name": names[at : at + size]})
            at += size

    stored = SortedRows(batches(), "name")
    low = ""
    for cut in cuts:
        assert [row["name"] for row in stored.through(cut)] == [name for name in names if low < name <= cut]
        low = cut
    assert [row["name"] for row in stored.through(None)] == [name for name in names if name > low]
    assert stored.through(None) == []
