"""One Data Center installation: its version, where it is served, by which zone it writes times, what it can do."""

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

DEFAULT_VERSION = "9.2.1"
DEFAULT_CONTEXT_PATH = "/confluence"
DEFAULT_TIME_ZONE = "Australia/Sydney"

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_CONTEXT_PATH = re.compile(r"(?:/[A-Za-z0-9._-]+)*")


@dataclass(frozen=True, slots=True)
class Installation:
    """A Data Center as an administrator set it up.

    Args:
        version: what it says its version is, ``9.2.1``; what it can do goes by it.
        context_path: what its addresses have between host and ``/rest``, ``/confluence`` or nothing.
        time_zone: the server's, in which it writes times and reads the dates of callers without one.
        start_shortfall: by how much the ``start`` of ``next`` links is too small, as some builds have it.

    Raises:
        ValueError: The version is not three numbers, the path does not begin with a slash or ends with one, there is
            no such time zone, or the shortfall is negative.
    """

    version: str = DEFAULT_VERSION
    context_path: str = DEFAULT_CONTEXT_PATH
    time_zone: str = DEFAULT_TIME_ZONE
    start_shortfall: int = 0

    def __post_init__(self) -> None:
        if not _VERSION.fullmatch(self.version):
            raise ValueError(f"a version of Data Center is three numbers such as 9.2.1, not {self.version!r}")
        if not _CONTEXT_PATH.fullmatch(self.context_path):
            raise ValueError(f"a context path is empty or such as /confluence, not {self.context_path!r}")
        if self.time_zone not in available_timezones():
            raise ValueError(f"there is no time zone {self.time_zone!r}")
        if self.start_shortfall < 0:
            raise ValueError(f"a shortfall is 0 or more, not {self.start_shortfall}")

    def arguments(self) -> list[str]:
        """Return the options of ``python -m confluence_pipeline.site`` that say the same."""
        return [
            "--product=data-center",
            f"--dc-version={self.version}",
            f"--context-path={self.context_path}",
            f"--server-time-zone={self.time_zone}",
            f"--start-shortfall={self.start_shortfall}",
        ]

    @property
    def numbers(self) -> tuple[int, ...]:
        """The version as numbers, ``(9, 2, 1)``."""
        return tuple(int(part) for part in self.version.split("."))

    @property
    def build_number(self) -> int:
        """The number of the build, which goes up with the version."""
        major, minor, patch = self.numbers
        return major * 1000 + minor * 10 + patch

    @property
    def tells_itself(self) -> bool:
        """Whether it has ``/rest/api/server-information`` (Java API, ``ServerInformation``: since 9.1.0)."""
        return self.numbers >= (9, 1)

    @property
    def tells_permissions(self) -> bool:
        """Whether it has ``/rest/api/space/{spaceKey}/permissions`` (in the REST documents since 9.1)."""
        return self.numbers >= (9, 1)

    @property
    def takes_tokens(self) -> bool:
        """Whether personal access tokens open it (Atlassian documentation: since 7.9)."""
        return self.numbers >= (7, 9)

    @property
    def scans(self) -> bool:
        """Whether it has ``content/scan`` (Atlassian knowledge base: since 7.18)."""
        return self.numbers >= (7, 18)

    @property
    def scans_all_types(self) -> bool:
        """Whether ``content/scan`` knows ``type``: the 10.0 document has it, older ones tell of pages only."""
        return self.numbers >= (10, 0)

    @property
    def names_pages_by_id(self) -> bool:
        """Whether addresses of pages are ``/spaces/KEY/pages/ID/Title`` and not ``/display/KEY/Title``.

        Seen on public installations in 2026; since which version is not documented, and 9.0 is a choice.
        """
        return self.numbers >= (9, 0)

    @property
    def overruns(self) -> bool:
        """Whether a ``start`` past the end of a listing gives its last record again (CONFSERVER-95272)."""
        return self.numbers < (10, 0)

    def time(self, wire_time: str) -> str:
        """Write a stored time as this server does, with its own offset: ``2022-04-27T07:15:13.012+10:00``.

        Java's library for that writes no offset as ``Z`` (Joda-Time, ``ISODateTimeFormat.dateTime``).
        """
        moment = datetime.fromisoformat(wire_time).astimezone(ZoneInfo(self.time_zone))
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
