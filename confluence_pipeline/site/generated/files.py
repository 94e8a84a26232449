"""Attached files of a generated site: their bytes are computed when they are asked for."""

from dataclasses import dataclass

from confluence_pipeline.site.seed import BytesLoader

_LINES = {
    "text/csv": "{number},2025-01-{day:02},{value},open\n",
    "text/plain": "line {number}: day {day:02} closed with {value} records\n",
    "text/markdown": "- day {day:02} of run {number}: **{value}** records\n",
}
MEDIA_TYPES = {"csv": "text/csv", "log": "text/plain", "md": "text/markdown"}
"""Media type by file name ending."""


@dataclass(frozen=True, slots=True)
class GeneratedFile(BytesLoader):
    """A text file of exactly ``size`` bytes that differs by ``variant``; its last line may be cut."""

    media_type: str
    size: int
    variant: int

    def read(self) -> bytes:
        """Return the whole file."""
        line = _LINES[self.media_type]
        lines: list[bytes] = []
        length = number = 0
        while length < self.size:
            value = (self.variant * 7919 + number * 104_729) % 1_000_003
            lines.append(line.format(number=number, day=number % 28 + 1, value=value).encode())
            length += len(lines[-1])
            number += 1
        return b"".join(lines)[: self.size]
