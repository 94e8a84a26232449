"""How each form of value is read from environment variables."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from confluence_pipeline.confluence import SettingError

_CRON_FIELDS = 5
_MOST = 10**9
_FLAGS = {"1": True, "true": True, "0": False, "false": False}


@dataclass(frozen=True)
class Environment:
    """Variables by name; one that is empty or blank counts as not set.

    Every method raises :class:`SettingError`, with the variable and the form expected, for a value of another form.

    Attributes:
        variables: The variables; never shown, as some hold secrets.
    """

    variables: Mapping[str, str] = field(repr=False)

    def text(self, name: str) -> str | None:
        """Return a text without blanks around it; None if it is not set."""
        return self.variables.get(name, "").strip() or None

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the distinct parts between commas, in order."""
        parts = (part.strip() for part in self.variables.get(name, "").split(","))
        return tuple(dict.fromkeys(part for part in parts if part))

    def number(self, name: str, default: int, most: int) -> int:
        """Return a whole number from 1 to ``most``."""
        text = self.text(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
            raise SettingError(f"{name} is {text!r}; set it to a whole number from 1 to {most}", setting=name)
        return int(text)

    def limit(self, name: str) -> float | None:
        """Return a number above 0 and at most a billion; None if it is not set."""
        text = self.text(name)
        if text is None:
            return None
        if not re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,6})?", text) or not 0 < float(text) <= _MOST:
            raise SettingError(f"{name} is {text!r}; set it to a number above 0, for example 20 or 0.5", setting=name)
        return float(text)

    def flag(self, name: str) -> bool:
        """Return whether a switch is on: 1 or true, 0 or false; off if it is not set."""
        text = self.text(name) or "0"
        if text.lower() not in _FLAGS:
            raise SettingError(f"{name} is {text!r}; set it to 1 or true, or to 0 or false", setting=name)
        return _FLAGS[text.lower()]

    def choice(self, name: str, choices: Sequence[str]) -> str | None:
        """Return one of some words; None if it is not set."""
        text = self.text(name)
        if text is not None and text not in choices:
            raise SettingError(f"{name} is {text!r}; set it to one of {', '.join(choices)}", setting=name)
        return text

    def cron(self, name: str, default: str) -> str:
        """Return a cron expression of five fields."""
        text = self.text(name) or default
        if len(text.split()) != _CRON_FIELDS:
            raise SettingError(
                f"{name} is {text!r}; set it to a cron expression of five fields, for example {default!r}",
                setting=name,
            )
        return text

    def time_zone(self, name: str, default: str) -> str:
        """Return the name of an IANA time zone."""
        text = self.text(name) or default
        try:
            ZoneInfo(text)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise SettingError(
                f"{name} is {text!r}; set it to an IANA time zone, for example Europe/Berlin", setting=name
            ) from error
        return text
