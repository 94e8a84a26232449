"""Dates in CQL: written without seconds or zone, and read in the time zone of whoever asks.

``"yyyy-MM-dd HH:mm"``, ``"yyyy/MM/dd HH:mm"``, and the same without a time ("Advanced searching using CQL").
A local time that daylight saving skips is refused, as the service does.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from confluence_pipeline.site.cql import CqlError, Function, Value

_DATE = re.compile(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?: (\d{1,2}):(\d{2}))?")
_INCREMENT = re.compile(r"([+-]?)(\d{1,5})([yMwdhm])")
_BOUNDARY = re.compile(r"(start|end)of(day|week|month|year)")
_DEFAULT_UNIT = {"day": "d", "week": "w", "month": "M", "year": "y"}


@dataclass(frozen=True, slots=True)
class Moment:
    """A minute in UTC, ``2026-07-21T17:00``, and for a date alone the minute that its day ends at."""

    minute: str
    day_end: str | None = None


@dataclass(frozen=True, slots=True)
class DateContext:
    """What dates are read by: the site's present time and the caller's zone."""

    now: datetime
    zone: ZoneInfo


def minute_of(moment: datetime) -> str:
    """Return a time cut to the minute, in UTC, to compare with the first 16 characters of a stored time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")


def read_date(field: str, value: Value, context: DateContext) -> Moment:
    """Return the moment that a value of a date field means.

    Raises:
        CqlError: It is no date, a date that does not exist, or a function that gives none.
    """
    if isinstance(value, Function):
        return Moment(minute_of(_function(field, value, context)))
    match = _DATE.fullmatch(value.value)
    if match is None:
        raise CqlError(f"The field '{field}' is invalid: '{value.value}' is not a date of the form {_FORMS}")
    year, _, month, day, hour, minute = match.groups()
    try:
        local = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0))  # noqa: DTZ001
    except ValueError as error:
        raise CqlError(f"The field '{field}' is invalid: '{value.value}' is no date: {error}") from error
    start = _in_zone(field, value.value, local, context.zone, strict=hour is not None)
    if hour is not None:
        return Moment(minute_of(start))
    following = _in_zone(field, value.value, local + timedelta(days=1), context.zone, strict=False)
    return Moment(minute_of(start), minute_of(following))


_FORMS = '"yyyy-MM-dd HH:mm", "yyyy/MM/dd HH:mm", "yyyy-MM-dd" or "yyyy/MM/dd"'


def _in_zone(field: str, text: str, local: datetime, zone: ZoneInfo, *, strict: bool) -> datetime:
    moment = local.replace(tzinfo=zone)
    exists = moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local
    if strict and not exists:
        raise CqlError(f"The field '{field}' is invalid: '{text}' does not exist in {zone.key}")
    return moment


def _function(field: str, call: Function, context: DateContext) -> datetime:
    local = context.now.astimezone(context.zone)
    if len(call.arguments) > 1:
        raise CqlError(f"The field '{field}' is invalid: {call.name}() takes one increment")
    increment = call.arguments[0] if call.arguments else None
    if call.name == "now":
        return _moved(field, local, increment, "")
    boundary = _BOUNDARY.fullmatch(call.name)
    if boundary is None:
        raise CqlError(f"The field '{field}' is invalid: the function {call.name}() gives no date")
    edge, unit = boundary.groups()
    start = _start(_moved(field, local, increment, _DEFAULT_UNIT[unit]), unit)
    return start if edge == "start" else _end(start, unit)


def _start(local: datetime, unit: str) -> datetime:
    day = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "week":
        return day - timedelta(days=(day.weekday() + 1) % 7)
    if unit == "month":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if unit == "year" else day


def _end(start: datetime, unit: str) -> datetime:
    steps = {"day": ("d", 1), "week": ("w", 1), "month": ("M", 1), "year": ("y", 1)}
    letter, count = steps[unit]
    return _step(start, count, letter) - timedelta(minutes=1)


def _moved(field: str, local: datetime, increment: str | None, default_unit: str) -> datetime:
    if increment is None:
        return local
    match = _INCREMENT.fullmatch(increment) or _INCREMENT.fullmatch(increment + default_unit)
    if match is None:
        raise CqlError(f"The field '{field}' is invalid: '{increment}' is no increment such as \"-4h\"")
    sign, count, unit = match.groups()
    try:
        return _step(local, -int(count) if sign == "-" else int(count), unit)
    except (OverflowError, ValueError) as error:
        raise CqlError(f"The field '{field}' is invalid: '{increment}' leads out of the calendar") from error


def _step(local: datetime, count: int, unit: str) -> datetime:
    if unit in "yM":
        months = local.year * 12 + local.month - 1 + count * (12 if unit == "y" else 1)
        year, month = divmod(months, 12)
        return local.replace(year=year, month=month + 1, day=min(local.day, _days(year, month + 1)))
    seconds = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60}[unit] * count
    if unit in "wd":
        return local + timedelta(seconds=seconds)
    return (local.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(local.tzinfo)


def _days(year: int, month: int) -> int:
    following = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    return (following - timedelta(days=1)).day
