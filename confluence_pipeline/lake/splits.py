"""How a large part of a table is cut into files by a hash of the key, so that one edit rewrites one of them. Pure.

A part of a table is one file, ``part-0.parquet``, until it is large; then it is 2, 4, 8 or 16 files. How many depends
on the rows alone, so that the same rows give the same files whatever was there before. The numbers of ``n`` files are
``n`` to ``2n - 1``: no name of one number of files is one of another, so a reader that has listed the old files cannot
take a new one for one of them.
"""

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

_BYTES_IN_GROUPS = 4 * 1024**2  # of all files together, as far as that is sensible
_LEAST_BYTES_IN_GROUP = 1024**2
_NAME = re.compile(r"part-(0|[1-9][0-9]*)\.parquet")


@dataclass(frozen=True, slots=True)
class FileSizes:
    """How large a file may grow before its part has twice as many.

    Attributes:
        rows: The most rows a file has on average.
        value_bytes: The most bytes its values have on average, before they are compressed.
        most_files: The most files, a power of two; each of them is open while the part is rebuilt.
    """

    rows: int = 50_000
    value_bytes: int = 16 * 1024**2
    most_files: int = 16

    def files_for(self, rows: int, value_bytes: int) -> int:
        """Return how many files hold so many rows with so many bytes of values."""
        count = 1
        while count < self.most_files and (rows > count * self.rows or value_bytes > count * self.value_bytes):
            count *= 2
        return count


def file_names(count: int) -> tuple[str, ...]:
    """Return the names of the files of a part that has ``count`` of them, in the order of :func:`place`."""
    first = 0 if count == 1 else count
    return tuple(f"part-{first + number}.parquet" for number in range(count))


def group_bytes(count: int) -> int:
    """Return how many bytes of values a row group may have in each of ``count`` files.

    All files of a part are read and written side by side, a row group of each in memory.
    """
    return max(_BYTES_IN_GROUPS // count, _LEAST_BYTES_IN_GROUP)


def place(value: object, count: int) -> int:
    """Return in which of ``count`` files, from 0, the rows with a value in the first key column are.

    It is the CRC-32 of the value's text, modulo the count, which is a power of two.
    """
    return zlib.crc32(str(value).encode()) % count


def is_file_name(name: str) -> bool:
    """Tell whether a file of that name is one of a part."""
    return bool(_NAME.fullmatch(name))


def whole(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names of a part's files in the order of :func:`place`; () for none.

    Raises:
        ValueError: They are not all the files of one part.
    """
    found = set(names)
    if not found:
        return ()
    count = len(found)
    expected = file_names(count)
    if count & (count - 1) or found != set(expected):
        raise ValueError(f"{', '.join(sorted(found))} are not the files of one part")
    return expected
