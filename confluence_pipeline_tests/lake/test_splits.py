"""How a part is cut into files: the rules alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.lake import FileSizes
from confluence_pipeline.lake.splits import file_names, group_bytes, place, whole

COUNTS = (1, 2, 4, 8, 16)
SIZES = FileSizes(rows=100, value_bytes=1000, most_files=16)


@given(st.integers(0, 10_000), st.integers(0, 100_000))
def test_a_part_has_as_few_files_as_its_rows_and_bytes_allow(rows: int, size: int) -> None:
    """The number is the least power of two with which no file is too large on average, or the most there may be."""
    fitting = [count for count in COUNTS if rows <= count * 100 and size <= count * 1000]
    assert SIZES.files_for(rows, size) == (fitting[0] if fitting else 16)


def test_no_name_belongs_to_two_numbers_of_files() -> None:
    """A reader that listed a part of four files finds none of them once it has eight; one file has the old name."""
    names = [name for count in COUNTS for name in file_names(count)]
    assert len(names) == len(set(names)) == sum(COUNTS)
    assert file_names(1) == ("part-0.parquet",)
    assert file_names(4) == ("part-4.parquet", "part-5.parquet", "part-6.parquet", "part-7.parquet")


@given(st.text(), st.sampled_from(COUNTS))
def test_a_key_stays_with_its_file_when_files_are_halved(key: str, count: int) -> None:
    """Of twice as many files a key is in one of the two that its file was cut into."""
    assert 0 <= place(key, count) < count
    assert place(key, 2 * count) % count == place(key, count)


def test_keys_are_where_every_release_looks_for_them() -> None:
    """The places of known ids are the CRC-32 that other programs compute, too."""
    assert [place(key, 16) for key in ("123456789", "65537", "")] == [0xCBF43926 % 16, 0x41C055EC % 16, 0]


@given(st.sets(st.sampled_from([name for count in COUNTS for name in file_names(count)]), max_size=17))
def test_only_all_the_files_of_a_part_are_one(names: set[str]) -> None:
    """Names are put in order if they are exactly those of one number of files, and refused if one is missing."""
    complete = [file_names(count) for count in COUNTS if set(file_names(count)) == names]
    if complete or not names:
        assert whole(names) == (complete[0] if complete else ())
    else:
        with pytest.raises(ValueError, match=r"not the files of one part"):
            whole(names)


def test_row_groups_shrink_as_files_grow_in_number() -> None:
    """What is in memory of all files together stays within a few times that of one."""
    assert [group_bytes(count) // 1024**2 for count in COUNTS] == [4, 2, 1, 1, 1]
