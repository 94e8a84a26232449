"""A way in whose requests Atlassian counts in points is paced under what it grants, without any setting."""

from uuid import uuid4

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


class OfAnApp(Metered):
    """The same, of an app whose points all sites share."""

    @property
    def quota_owner(self) -> str:  # type: ignore[override]
        """The app, one for each run of the test."""
        return self.api_token


@pytest.mark.parametrize(("kind", "waits"), [(OfAnApp, True), (Metered, False)], ids=["one app", "each its own"])
def test_the_points_of_an_app_are_shared_by_its_sites(kind: type[Metered], *, waits: bool) -> None:
    """What one site cost is gone for another that is read with the same app on this machine, and only then."""
    token = uuid4().hex
    with serving([Answer({"results": SPACES})]) as gateway:
        for number, cloud_id in enumerate((CLOUD_ID, CLOUD_ID.replace("7d5b", "8e6c"))):
            connection = Connection(
                f"https://site{number}.atlassian.net",
                kind(token),
                retries=QUICK,
                cloud_id=cloud_id,
                gateway_url=gateway.url,
            )
            with ConfluenceClient(connection) as client:
                assert len(list(client.api.spaces())) == len(SPACES)
                assert (client.cost.points_cap_seconds > 0.5) == (waits and number == 1)


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
