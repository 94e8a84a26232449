"""Small real files made in code: a PNG chart, an SVG chart and a one-page PDF."""

import struct
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from confluence_pipeline.site.demo.tides import height

_WIDTH, _HEIGHT = 480, 160
_WATER, _SKY, _GRID = (28, 92, 128), (232, 241, 245), (190, 208, 216)
_START = datetime(2026, 6, 21, tzinfo=UTC)
_HOURS = 72


def _levels(count: int) -> list[float]:
    """Return ``count`` tide heights over three days around the solstice, as shares of a 4.5 m scale."""
    step = timedelta(hours=_HOURS) / count
    return [height(_START + step * number) / 4.5 for number in range(count)]


def tide_png() -> bytes:
    """Return a PNG of 480 by 160 pixels: the tide as filled water with a line a day."""
    tops = [round((1 - level) * _HEIGHT) for level in _levels(_WIDTH)]
    day = _WIDTH * 24 // _HOURS
    rows = bytearray()
    for y in range(_HEIGHT):
        rows.append(0)  # each row begins with its filter: none
        for x, top in enumerate(tops):
            rows.extend(_WATER if y >= top else _GRID if x % day == 0 else _SKY)
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(kind, content) for kind, content in chunks)


def _png_chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def tide_svg() -> str:
    """Return an SVG of the same curve, with a title that a text extractor can find."""
    points = " ".join(f"{number * 4},{(1 - level) * _HEIGHT:.1f}" for number, level in enumerate(_levels(121)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">'
        "<title>Three days of tide around the summer solstice of 2026</title>"
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#e8f1f5"/>'
        f'<polyline points="{points}" fill="none" stroke="#1c5c80" stroke-width="2"/></svg>\n'
    )


def pdf(lines: Sequence[str]) -> bytes:
    """Return a one-page A4 PDF with a line of text a string; the text must be ASCII."""
    shown = "".join(f"({_pdf_text(line)}) Tj T*\n" for line in lines)
    stream = f"BT /F1 12 Tf 16 TL 56 780 Td\n{shown}ET".encode("ascii")
    font = b"<< /Font << /F1 5 0 R >> >>"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources %s >>" % font,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    return _pdf_file(objects)


def _pdf_text(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _pdf_file(objects: Sequence[bytes]) -> bytes:
    content = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count, start = len(objects) + 1, len(content)
    content += b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table)
    content += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, start)
    return bytes(content)
