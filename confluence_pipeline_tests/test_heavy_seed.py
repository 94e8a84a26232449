from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline_tests.heavy_seed import FILE_BYTES, FILES, MadeFile, heavy_files_seed


@given(size=st.integers(0, 200_000), start=st.integers(0, 210_000))
def test_a_made_file_streams_what_it_is(size: int, start: int) -> None:
    """From whichever byte a file is streamed, the pieces are the rest of the file, and it has the size asked for."""
    made = MadeFile(3, size)
    assert len(made.read()) == size
    pieces = list(made.stream(start))
    assert b"".join(pieces) == made.read()[start:]
    assert all(len(piece) <= 64 * 1024 for piece in pieces)


def test_a_hundred_files_of_twenty_megabytes_differ() -> None:
    """The heavy site has 100 files of 20 MiB that begin differently, and none of them is held."""
    files = [file for page in heavy_files_seed().contents for file in page.attachments]
    assert [file.size for file in files] == [FILE_BYTES] * FILES == [20 * 1024**2] * 100
    begins = sorted(next(file.load.stream(0))[:20] for file in files)
    assert all(earlier < later for earlier, later in pairwise(begins))
