"""What drips is told from what comes slowly, and an answer that drips costs seconds and not minutes."""

import time

from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.confluence.flow import Flow
from confluence_pipeline.confluence.retries import RetryPolicy
from confluence_pipeline.confluence.transport import Timeouts
from confluence_pipeline_tests.confluence.doubles import Answer, serving
from confluence_pipeline_tests.confluence.test_transport import GOOD, get


@given(st.floats(0.01, 30), st.floats(0.0, 300.0))
def test_a_byte_now_and_then_drips_after_the_time_that_is_allowed(pause: float, first: float) -> None:
    """However long the first byte took, and not much later than after the time and one pause."""
    flow, waited = Flow(least_rate=1000, slow=20), 0.0
    assert not flow.drips(1, first)
    while not flow.drips(1, pause):
        waited += pause
        assert waited < 20
    assert waited + pause >= 20


@given(st.lists(st.tuples(st.integers(1, 100_000), st.floats(1, 3)), min_size=1, max_size=100))
def test_what_keeps_to_the_least_rate_never_drips(pieces: list[tuple[int, float]]) -> None:
    """Whatever the size of its pieces."""
    flow = Flow(least_rate=1000, slow=20)
    assert not any(flow.drips(count, min(seconds, count / 1000)) for count, seconds in pieces)


def test_an_answer_that_drips_is_cut_off_long_before_its_time_is_over() -> None:
    """Below the least rate for a while is enough, and it is asked for again as any cut connection is."""
    slow = Timeouts(slow=0.2, least_rate=1000)  # else as by default: five minutes for the whole
    dripping, good = Answer({"results": ["x" * 200]}, drip_seconds=0.02), Answer(GOOD)
    with serving([dripping, good]) as server:
        began = time.monotonic()
        reply, meter = get(server.url, retries=RetryPolicy(first_seconds=0.01), timeouts=slow)
    assert reply.data == GOOD
    assert meter.total.retries == 1
    assert time.monotonic() - began < 2


def test_an_answer_that_comes_slowly_but_steadily_is_read() -> None:
    """What keeps to the least rate is read to its end, however long that takes."""
    steady = Timeouts(slow=0.2, least_rate=10)
    with serving([Answer({"results": ["x" * 60]}, drip_seconds=0.01)]) as server:
        reply, meter = get(server.url, timeouts=steady)
    assert reply.data == {"results": ["x" * 60]}
    assert meter.total.retries == 0
