"""Small files of every kind that text is read from, each made here by the rules of its format."""

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence

SENTENCE = "The tide turns at noon"
MORE = "Ärger über Öltanks: 3 µm"

_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CONTENT_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_APPLICATION = "application/vnd.openxmlformats-officedocument"


def package(parts: Mapping[str, str]) -> bytes:
    """Return a zip of named texts, the same bytes every time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _content_types(overrides: Mapping[str, str]) -> str:
    lines = "".join(
        f'<Override PartName="/{part}" ContentType="{_APPLICATION}.{kind}+xml"/>' for part, kind in overrides.items()
    )
    return (
        f'<Types xmlns="{_CONTENT_TYPES}">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{lines}</Types>'
    )


def _relations(*links: tuple[str, str]) -> str:
    lines = "".join(
        f'<Relationship Id="r{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(links, 1)
    )
    return f'<Relationships xmlns="{_RELATIONS}">{lines}</Relationships>'


def docx(*paragraphs: str) -> bytes:
    """Return a Word document (ECMA-376) of plain paragraphs."""
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return package(
        {
            "[Content_Types].xml": _content_types({"word/document.xml": "wordprocessingml.document.main"}),
            "_rels/.rels": _relations(("officeDocument", "word/document.xml")),
            "word/document.xml": f'<w:document xmlns:w="{namespace}"><w:body>{body}</w:body></w:document>',
        }
    )


def pptx(*slides: str) -> bytes:
    """Return a PowerPoint presentation with a line of text on each slide."""
    drawing = "http://schemas.openxmlformats.org/drawingml/2006/main"
    namespaces = (
        f'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:a="{drawing}" xmlns:r="{_OFFICE}"'
    )
    numbers = range(1, len(slides) + 1)
    ids = "".join(f'<p:sldId id="{255 + number}" r:id="r{number}"/>' for number in numbers)
    parts = {f"ppt/slides/slide{number}.xml": "presentationml.slide" for number in numbers}
    shown = {
        f"ppt/slides/slide{number}.xml": (
            f'<p:sld {namespaces}><p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/>'
            '</p:nvGrpSpPr><p:grpSpPr/><p:sp><p:nvSpPr><p:cNvPr id="2" name="Text"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr>'
            f"<p:spPr/><p:txBody><a:bodyPr/><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
            "</p:spTree></p:cSld></p:sld>"
        )
        for number, text in enumerate(slides, 1)
    }
    return package(
        {
            "[Content_Types].xml": _content_types(
                {"ppt/presentation.xml": "presentationml.presentation.main", **parts}
            ),
            "_rels/.rels": _relations(("officeDocument", "ppt/presentation.xml")),
            "ppt/presentation.xml": f"<p:presentation {namespaces}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>",
            "ppt/_rels/presentation.xml.rels": _relations(
                *(("slide", f"slides/slide{number}.xml") for number in numbers)
            ),
            **shown,
        }
    )


def xlsx(rows: Sequence[Sequence[str]]) -> bytes:
    """Return an Excel workbook with one sheet of texts."""
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    cells = "".join(
        f'<row r="{number}">'
        + "".join(
            f'<c r="{chr(ord("A") + at)}{number}" t="inlineStr"><is><t>{text}</t></is></c>'
            for at, text in enumerate(row)
        )
        + "</row>"
        for number, row in enumerate(rows, 1)
    )
    return package(
        {
            "[Content_Types].xml": _content_types(
                {
                    "xl/workbook.xml": "spreadsheetml.sheet.main",
                    "xl/worksheets/sheet1.xml": "spreadsheetml.worksheet",
                }
            ),
            "_rels/.rels": _relations(("officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": f'<workbook xmlns="{namespace}" xmlns:r="{_OFFICE}"><sheets>'
            '<sheet name="Log" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": _relations(("worksheet", "worksheets/sheet1.xml")),
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{namespace}"><sheetData>{cells}</sheetData></worksheet>',
        }
    )


def pdf(*objects: str, trailer: str = "") -> bytes:
    """Return a PDF of these objects, the first of which is the catalogue, with a right cross-reference table."""
    text, offsets = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(text))
        text += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\n"
    return f"{text}{end}startxref\n{len(text)}\n%%EOF\n".encode("latin-1")


def _stream(content: str) -> str:
    return f"<< /Length {len(content)} >>\nstream\n{content}\nendstream"


_PAGES = ("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
_PAGE = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << {} >> >>"
_FONT = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def pdf_page(text: str) -> bytes:
    """Return a PDF with one page and one line."""
    content = _stream(f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET")
    return pdf(*_PAGES, _PAGE.format("/Font << /F1 5 0 R >>"), content, _FONT)


def looping_pdf() -> bytes:
    """Return a PDF whose page tree contains itself, and whose page draws a form that draws itself twice."""
    form = _stream("/Again Do /Again Do").replace(
        "<<", "<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /Again 5 0 R >> >>", 1
    )
    catalogue, _ = _PAGES
    tree = "<< /Type /Pages /Kids [3 0 R 2 0 R] /Count 1000000 >>"
    return pdf(catalogue, tree, _PAGE.format("/XObject << /Again 5 0 R >>"), _stream("/Again Do"), form)


def encrypted_pdf() -> bytes:
    """Return a PDF that says it is encrypted, by a password that nobody gave (ISO 32000-1, 7.6.3)."""
    lock = f"<< /Filter /Standard /V 1 /R 2 /P -44 /O <{'5a' * 32}> /U <{'a5' * 32}> >>"
    content = _stream("\x01\x02\x03 no text \x04")
    return pdf(
        *_PAGES,
        _PAGE.format("/Font << /F1 5 0 R >>"),
        content,
        _FONT,
        lock,
        trailer=f"/Encrypt 6 0 R /ID [<{'11' * 16}> <{'11' * 16}>]",
    )


def bomb_docx(megabytes: int) -> bytes:
    """Return a small Word document that unfolds to many times its size."""
    return docx("a" * (megabytes * 1024**2))


def odt(*paragraphs: str) -> bytes:
    """Return an OpenDocument text of plain paragraphs."""
    names = "urn:oasis:names:tc:opendocument:xmlns"
    body = "".join(f"<text:p>{text}</text:p>" for text in paragraphs)
    return package(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f'<office:document-content xmlns:office="{names}:office:1.0" xmlns:text="{names}:text:1.0">'
            f"<office:body><office:text>{body}</office:text></office:body></office:document-content>",
            "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{names}:manifest:1.0"/>',
        }
    )


def rtf(*paragraphs: str) -> bytes:
    """Return a rich text document, letters beyond ASCII by their code."""
    text = r"\par ".join(paragraphs)
    encoded = "".join(letter if ord(letter) < 128 else rf"\u{ord(letter)}?" for letter in text)
    return (r"{\rtf1\ansi\deff0{\fonttbl{\f0 Arial;}}\f0 " + encoded + "}").encode("ascii")


def html() -> bytes:
    """Return an HTML page with a script in it."""
    return f"<html><body><h1>{SENTENCE}</h1><p>{MORE}</p><script>alert('hidden')</script></body></html>".encode()


def eml() -> bytes:
    """Return an e-mail (RFC 5322) with a subject and a plain body."""
    lines = (
        "From: Una <una@example.com>",
        "To: Bo <bo@example.com>",
        "Subject: Tides",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        "",
        SENTENCE,
        MORE,
        "",
    )
    return "\r\n".join(lines).encode()


_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_SECTOR = 512
_SMALLEST = 4096  # a stream below this size would have to lie in the mini stream


def msg(subject: str, body: str) -> bytes:
    """Return an Outlook message ([MS-OXMSG]) in a compound file ([MS-CFB], version 3)."""
    streams = {
        "__substg1.0_001A001F": "IPM.Note".encode("utf-16-le"),
        "__substg1.0_0037001F": subject.encode("utf-16-le"),
        "__substg1.0_1000001F": body.encode("utf-16-le"),
        "__properties_version1.0": bytes(32),
    }
    return compound_file(streams)


def compound_file(streams: Mapping[str, bytes]) -> bytes:
    """Return a compound file with small streams in its root, given in the order of their names' length, then name."""
    small, starts = b"", []
    mini_table: list[int] = []
    for data in streams.values():
        count = max(1, -(-len(data) // 64))
        starts.append(len(mini_table))
        mini_table += [*range(len(mini_table) + 1, len(mini_table) + count), _END]
        small += data.ljust(64 * count, b"\0")
    assert len(small) < 100 * _SECTOR
    names = list(streams)
    entries = [_entry("Root Entry", 5, 1, 3, len(small))]
    for number, name in enumerate(names, 1):
        following = number + 1 if number < len(names) else _FREE
        entries.append(_entry(name, 2, _FREE, starts[number - 1], len(streams[name]), following))
    directory = _sectors(b"".join(entries), b"\0")
    minis = _sectors(b"".join(struct.pack("<I", link) for link in mini_table), b"\xff")
    stored = _sectors(small, b"\0")
    directory_at, mini_at = 1, 1 + len(directory)
    small_at = mini_at + len(minis)
    entries[0] = _entry("Root Entry", 5, 1, small_at, len(small))
    directory = _sectors(b"".join(entries), b"\0")
    links = [_TABLE]
    for part in (directory, minis, stored):
        links += [*range(len(links) + 1, len(links) + len(part)), _END]
    table = _sectors(b"".join(struct.pack("<I", link) for link in links), b"\xff")
    assert len(table) == 1
    header = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(16)
    header += struct.pack(
        "<HHHHH6x10I", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, directory_at, 0, _SMALLEST, mini_at, len(minis), _END, 0, 0
    )
    header += struct.pack("<I", _FREE) * 108
    return header + b"".join([*table, *directory, *minis, *stored])


def _sectors(data: bytes, filler: bytes) -> list[bytes]:
    return [data[at : at + _SECTOR].ljust(_SECTOR, filler) for at in range(0, len(data), _SECTOR)]


def _entry(name: str, kind: int, child: int, start: int, size: int, right: int = _FREE) -> bytes:
    encoded = (name + "\0").encode("utf-16-le")
    return struct.pack("<64sHBBIII16xI16xIQ", encoded, len(encoded), kind, 1, _FREE, right, child, 0, start, size)
