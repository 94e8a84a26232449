"""Finds the bytes of the demo's attachments: some are packaged files, some are made in code."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import PurePosixPath

from confluence_pipeline.site.demo import documents, drawing, tides
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
_FIRST_WEEK = (
    "Your first week, to tick off",
    "Monday: boots, jacket, mug.",
    "Tuesday: meet the turbines, from the boat, with Tómas.",
    "Wednesday: write your name on the whiteboard in the control room.",
    "Thursday: soup.",
    "Friday: tell Rosalind what confused you.",
)
_KETTLE_ROTA = (
    ("Month", "Who", "Citric acid (g)"),
    ("October", "Maren", 12),
    ("November", "Oyelaran", 12),
    ("December", "Rosalind", 18.5),
)
_MEMBERS_EVENING = (
    ("Members’ evening, October 2026", "Selkie Sound Tidal Cooperative"),
    ("What the sea gave us", "10 GWh since 2021", "One backwards turbine", "No lost boathooks, officially"),
    ("What we ask of you", "A name for the boat", "Half a Saturday for the slipway"),
)
_MADE: Mapping[str, Callable[[], bytes]] = {
    "tide-table-2026.csv": lambda: tides.tide_csv(2026).encode(),
    "solstice-tide.png": drawing.tide_png,
    "solstice-tide.svg": lambda: drawing.tide_svg().encode(),
    "float-plan.pdf": lambda: drawing.pdf(_FLOAT_PLAN),
    "first-week.docx": lambda: documents.docx(_FIRST_WEEK),
    "kettle-rota.xlsx": lambda: documents.xlsx("Kettle", _KETTLE_ROTA),
    "members-evening.pptx": lambda: documents.pptx(_MEMBERS_EVENING),
}
_OFFICE = "application/vnd.openxmlformats-officedocument"
_MEDIA_TYPES = {
    ".csv": "text/csv",
    ".docx": f"{_OFFICE}.wordprocessingml.document",
    ".drawio": "application/vnd.jgraph.mxfile",
    ".eml": "message/rfc822",
    ".html": "text/html",
    ".md": "text/markdown",
    ".mmd": "text/plain",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".pptx": f"{_OFFICE}.presentationml.presentation",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".xlsx": f"{_OFFICE}.spreadsheetml.sheet",
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


@dataclass(frozen=True, slots=True)
class WrittenFile(BytesLoader):
    """An earlier version of an attachment, whose text stands in an index file."""

    text: str

    def read(self) -> bytes:
        """Return the text as UTF-8."""
        return self.text.encode()


def media_type(filename: str) -> str:
    """Return the media type that a file name's ending stands for.

    Raises:
        KeyError: The demo has no files with this ending.
    """
    return _MEDIA_TYPES[PurePosixPath(filename).suffix]
