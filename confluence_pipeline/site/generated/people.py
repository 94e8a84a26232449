"""The people and teams of a generated site."""

from collections.abc import Sequence
from random import Random
from typing import Literal

from confluence_pipeline.site.generated import blocks
from confluence_pipeline.site.seed import SeedGroup, SeedUser

EVERYONE = "confluence-users"
CALLER = SeedUser(
    account_id="712020:generated-pipeline",
    display_name="Pipeline (generated site)",
    email="pipeline@generated.example",
    account_type="app",
    api_token="generated-site-token",  # noqa: S106 -- opens nothing but a local site of invented pages
)
_TIME_ZONES = ("UTC", "Europe/Copenhagen", "America/New_York", "Asia/Tokyo", "Australia/Adelaide")


def make_people(count: int, rng: Random) -> list[SeedUser]:
    """Return ``count`` people, the first an administrator; after the first three, one in fourteen has left."""
    return [_person(number, rng) for number in range(count)]


def _person(number: int, rng: Random) -> SeedUser:
    gone: Literal["inactive", "closed"] = "inactive" if rng.random() < 0.5 else "closed"
    return SeedUser(
        account_id=f"712020:generated-{number:06}",
        display_name=f"{rng.choice(blocks.FIRST_NAMES)} {rng.choice(blocks.LAST_NAMES)}",
        email=f"person{number}@generated.example",
        time_zone=rng.choice(_TIME_ZONES),
        account_status=gone if rng.random() < 0.07 and number >= 3 else "active",
        is_admin=number == 0,
    )


def make_teams(people: Sequence[SeedUser]) -> list[SeedGroup]:
    """Return groups of about eight that every one of the people is in; the caller is in none."""
    count = max(1, len(people) // 8)
    return [
        SeedGroup(f"team-{number + 1:03}", [person.account_id for person in people[number::count]])
        for number in range(count)
    ]
