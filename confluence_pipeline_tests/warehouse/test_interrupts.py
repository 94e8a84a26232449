"""A load that a signal interrupts is interrupted, and does not fail for a reason of DuckDB's."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import pyarrow as pa
import pytest

from confluence_pipeline.warehouse.duckdb_file import connected
from confluence_pipeline.warehouse.duckdb_stream import STREAM, numbered, streamed

_SCHEMA = pa.schema([pa.field("number", pa.int64())])
_BATCH = pa.RecordBatch.from_arrays([pa.array(range(100_000))], schema=_SCHEMA)
_SECONDS = 20


def batches(*, interrupted: bool) -> Iterator[pa.RecordBatch]:
    """Give batches for a while; with a signal to this process in the midst of that, if it is wanted here."""
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        yield _BATCH
        if interrupted:
            os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture
def heeded() -> Iterator[None]:
    """Have the signal raise, also where tests run in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeded")
@pytest.mark.parametrize("while_reading", [True, False])
def test_an_interrupt_is_one_wherever_it_comes(tmp_path: Path, *, while_reading: bool) -> None:
    """Whether rows are being read, or DuckDB computes; it puts errors of its own in the place of the handler's."""
    began = time.monotonic()
    timer = Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    if not while_reading:
        timer.start()
    rows = numbered(batches(interrupted=while_reading))
    with (
        pytest.raises(KeyboardInterrupt),
        connected(tmp_path / "warehouse.duckdb") as connection,
        streamed(connection, _SCHEMA, rows),
    ):
        connection.execute(f"SELECT count(DISTINCT sha256(number::VARCHAR)) FROM {STREAM} GROUP BY number % 7")  # noqa: S608 - no value is foreign
    assert time.monotonic() - began < _SECONDS / 2
