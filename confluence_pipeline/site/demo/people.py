"""Who belongs to the Selkie Sound Tidal Cooperative: its people, apps and groups. All of them are invented."""

from collections.abc import Sequence
from typing import Literal

from confluence_pipeline.site.seed import SeedGroup, SeedUser

_DOMAIN = "selkiesound.example"
_TENANT = "712020:"


def account_id(name: str) -> str:
    """Return the account id behind the short name that the demo's index files use."""
    return _TENANT + name


def _person(
    name: str,
    display_name: str,
    time_zone: str = "Europe/London",
    *,
    status: Literal["active", "inactive", "closed"] = "active",
    is_admin: bool = False,
) -> SeedUser:
    return SeedUser(
        account_id=account_id(name),
        display_name=display_name,
        email=f"{name}@{_DOMAIN}",
        time_zone=time_zone,
        account_status=status,
        is_admin=is_admin,
    )


CALLER = SeedUser(
    account_id=account_id("pipeline"),
    display_name="Pipeline Reader",
    email=f"pipeline@{_DOMAIN}",
    api_token="local-demo-token",  # noqa: S106 -- opens nothing but the demo wiki on this machine
)
"""The service user that the demo logs in as; the board and the crew's private pages are closed to it."""

USERS: Sequence[SeedUser] = (
    CALLER,
    _person("maren", "Maren Isbister", is_admin=True),
    _person("tomas", "Tómas Djurhuus", "Atlantic/Faroe"),
    _person("ailsa", "Ailsa MacLeod"),
    _person("oye", "Oyelaran Adeyemi", "Africa/Lagos"),
    _person("signe", "Signe Halvorsen", "Europe/Oslo"),
    _person("kwame", "Kwame Boateng"),
    _person("fionn", "Fionn Ó Dálaigh", "Europe/Dublin"),
    _person("yuki", "Yuki Aramaki / 荒巻 由紀", "Asia/Tokyo"),
    _person("rosalind", "Rosalind Peckham"),
    _person("dafydd", "Dafydd Prys"),
    _person("zofia", "Zofia Wójcik", "Europe/Warsaw"),
    _person("hamish", "Hamish Rendall", status="inactive"),
    _person("lena", "Former user", status="closed"),
    SeedUser(account_id("harbourmaster"), "Harbour Office (guest)", "office@harbour.example",
             account_type="customer"),
    SeedUser(account_id("gaugebot"), "Gauge Bot", f"gaugebot@{_DOMAIN}", account_type="app"),
)  # fmt: skip

_CREW = ("maren", "tomas", "ailsa", "oye", "signe", "kwame", "fionn", "yuki", "rosalind", "dafydd", "zofia")


def _group(name: str, *members: str) -> SeedGroup:
    return SeedGroup(name, tuple(account_id(member) for member in members))


GROUPS: Sequence[SeedGroup] = (
    _group("confluence-users", *_CREW, "pipeline", "harbourmaster", "gaugebot"),
    _group("site-admins", "maren"),
    _group("engineers", "tomas", "ailsa", "oye", "yuki", "fionn"),
    _group("researchers", "signe", "kwame", "zofia"),
    _group("board", "maren", "rosalind", "dafydd"),
    _group("readers", "pipeline", "maren", "ailsa"),
    _group("night-watch"),
)
