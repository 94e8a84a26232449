"""Finds the bytes of the demo's attachments: some are packaged files, some are made in code."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import PurePosixPath

from confluence_pipeline.site.demo import drawing, tides
from confluence_pipeline.site.seed import BytesLoader

_FLOAT_PLAN = (
    "Selkie Sound Tidal Cooperative",
    "FLOAT PLAN",
    "",
    "Boat:            Tystie",
    "Skipper:         ______________________",
    "People aboard:   ______________________",
    "Leaving at:      ________   Back by:  ________   (UTC)",
    "Where:           ______________________",
    "",
    "If we are not back 30 minutes after the time above,",
    "call the Harbour Office first, then the coastguard.",
    "Nobody has ever been cross about a call that was not needed.",
)
_MADE: Mapping[str, Callable[[], bytes]] = {
    "tide-table-2026.csv": lambda: tides.tide_csv(2026).encode(),
    "solstice-tide.png": drawing.tide_png,
    "solstice-tide.svg": lambda: drawing.tide_svg().encode(),
    "float-plan.pdf": lambda: drawing.pdf(_FLOAT_PLAN),
}
_MEDIA_TYPES = {
    ".csv": "text/csv",
    ".drawio": "application/vnd.jgraph.mxfile",
    ".md": "text/markdown",
    ".mmd": "text/plain",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class DemoFile(BytesLoader):
    """An attachment of the demo, by its file name."""

    filename: str

    def read(self) -> bytes:
        """Return the whole file.

        Raises:
            FileNotFoundError: The demo has no file of this name.
        """
        make = _MADE.get(self.filename)
        if make is not None:
            return make()
        return files("confluence_pipeline.site.demo").joinpath("files", self.filename).read_bytes()


def media_type(filename: str) -> str:
    """Return the media type that a file name's ending stands for.

    Raises:
        KeyError: The demo has no files with this ending.
    """
    return _MEDIA_TYPES[PurePosixPath(filename).suffix]
