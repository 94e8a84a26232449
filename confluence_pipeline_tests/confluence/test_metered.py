"""A way in whose requests Atlassian counts in points is paced under what it grants, without any setting."""

import pytest

from confluence_pipeline.confluence import ConfluenceClient, Connection
from confluence_pipeline.confluence.auth import ScopedToken
from confluence_pipeline_tests.confluence.doubles import QUICK, Answer, serving

CLOUD_ID = "7d5b1e6c-3f0e-4f53-9a41-0c6f3fb6f7aa"
SPACES = [
    {"id": str(number), "key": f"S{number}", "name": "S", "type": "global", "status": "current"}
    for number in range(182)
]


class Metered(ScopedToken):
    """A token with 3,600 points an hour, of which 180 can be spent at once."""

    @property
    def points_per_hour(self) -> float:  # type: ignore[override]
        """What is granted."""
        return 3_600.0


@pytest.mark.parametrize(("own_cap", "waits"), [(None, True), (1_000_000.0, False)], ids=["as granted", "own setting"])
def test_points_are_spent_as_granted_unless_set_otherwise(own_cap: float | None, *, waits: bool) -> None:
    """Past what may be spent at once, requests wait for points; a setting of our own takes the grant's place."""
    with serving([Answer({"results": SPACES})]) as gateway:
        connection = Connection(
            "https://site.example",
            Metered("token"),
            retries=QUICK,
            cloud_id=CLOUD_ID,
            gateway_url=gateway.url,
            max_points_per_hour=own_cap,
        )
        with ConfluenceClient(connection) as client:
            for _ in range(2):
                assert len(list(client.api.spaces())) == len(SPACES)
            assert client.cost.points == 2 * (1 + len(SPACES))
            assert (client.cost.points_cap_seconds > 0.5) == waits
