"""What work on a site cost."""

from dataclasses import asdict
from typing import get_args

import pytest

from confluence_pipeline.cost import Cost, Wait


@pytest.mark.parametrize("reason", get_args(Wait))
def test_a_wait_counts_for_its_reason_and_for_the_total(reason: Wait) -> None:
    """Every reason has a number of its own; waits for two reasons add up."""
    cost = asdict(Cost.waited(reason, 1.5))
    assert {name for name, value in cost.items() if value} == {"throttled_seconds", f"{reason}_seconds"}
    assert (Cost.waited(reason, 1.5) + Cost.waited("asked", 2.0)).throttled_seconds == 3.5


def test_costs_add_up_number_by_number() -> None:
    """None is left out, and a cost without reasons is whole."""
    one, other = Cost(1, 2, 3.0, 4, 5, 6.0, 7.0, 8.0, 9.0, 10.0), Cost(*[100] * 10)
    assert list(asdict(one + other).values()) == [number + 100 for number in range(1, 11)]
    assert Cost(requests=1, retries=2, throttled_seconds=3.0, bytes_received=4) == Cost(1, 2, 3.0, 4)
