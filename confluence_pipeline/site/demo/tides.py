"""Tides of the invented Selkie Sound, from four real constituents: the source of the demo's tables and charts.

A tide is a sum of cosines, one a constituent; their periods are astronomy and the same everywhere, their
amplitudes and phases belong to the place and are made up here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import groupby
from math import cos, tau

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_MEAN_LEVEL = 2.31
_CONSTITUENTS = ((12.4206012, 1.12, 0.6), (12.0, 0.41, 1.9), (23.9344721, 0.13, 2.7), (25.8193387, 0.10, 0.3))
"""Period in hours, amplitude in metres and phase in radians of M2, S2, K1 and O1."""
_STEP = timedelta(minutes=6)


@dataclass(frozen=True, slots=True)
class Turn:
    """A high or low water: when the tide turns, and its height in metres above chart datum."""

    at: datetime
    height: float
    is_high: bool


def height(at: datetime) -> float:
    """Return the height of the tide in metres above chart datum."""
    hours = (at - _EPOCH).total_seconds() / 3600
    return _MEAN_LEVEL + sum(size * cos(tau * hours / period - phase) for period, size, phase in _CONSTITUENTS)


@cache
def turns(year: int) -> tuple[Turn, ...]:
    """Return every high and low water of a year, to the nearest six minutes."""
    return tuple(_turns(datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)))


def _turns(begin: datetime, end: datetime) -> Iterator[Turn]:
    before, here, at = height(begin - _STEP), height(begin), begin
    while at < end:
        after = height(at + _STEP)
        if (here - before) * (after - here) <= 0:
            yield Turn(at, here, is_high=here > after)
        before, here, at = here, after, at + _STEP


def tide_table(year: int) -> str:
    """Return a storage-format body with a table a month and a row a day: the long page of the demo."""
    opening = (
        f"<p>Predicted high and low water at the Selkie Sound gauge for {year}, in metres above chart datum. "
        "Times are UTC all year: the sea keeps no summer time. High water is in bold.</p>"
        '<ac:structured-macro ac:name="toc" ac:schema-version="1">'
        '<ac:parameter ac:name="maxLevel">2</ac:parameter></ac:structured-macro>'
    )
    months = groupby(turns(year), key=lambda turn: turn.at.month)
    return opening + "".join(_month(date(year, month, 1), list(group)) for month, group in months)


def _month(first: date, turns_of_month: list[Turn]) -> str:
    days = groupby(turns_of_month, key=lambda turn: turn.at.date())
    head = '<tr><th><p>Day</p></th><th colspan="4"><p>Turns of the tide</p></th><th><p>Range</p></th></tr>'
    rows = "".join(_day(day, list(group)) for day, group in days)
    return f"<h2>{first:%B %Y}</h2><table><tbody>{head}{rows}</tbody></table>\n"


def _day(day: date, turns_of_day: list[Turn]) -> str:
    cells = "".join(f"<td><p>{_cell(turn)}</p></td>" for turn in turns_of_day)
    if len(turns_of_day) < 4:
        cells += f'<td colspan="{4 - len(turns_of_day)}"><p>&mdash;</p></td>'
    heights = [turn.height for turn in turns_of_day]
    return (
        f'<tr><th><p><time datetime="{day}" /></p></th>{cells}'
        f"<td><p>{max(heights) - min(heights):.2f}&nbsp;m</p></td></tr>\n"
    )


def _cell(turn: Turn) -> str:
    text = f"{turn.at:%H:%M}&ensp;{turn.height:.2f}"
    return f"<strong>{text}</strong>" if turn.is_high else text


def tide_csv(year: int) -> str:
    """Return every high and low water of a year as CSV."""
    rows = (f"{turn.at:%Y-%m-%dT%H:%MZ},{turn.height:.2f},{'high' if turn.is_high else 'low'}" for turn in turns(year))
    return "\n".join(("time,height_m,turn", *rows, ""))
