"""Small real office files made in code: a text document, a workbook and a slide show in Office Open XML.

Each holds only the parts that the format (ECMA-376) demands, so that what is in it can be read here.
"""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from xml.sax.saxutils import escape

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_FORMAT = "application/vnd.openxmlformats-officedocument"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SLIDES = "http://schemas.openxmlformats.org/presentationml/2006/main"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
_MOMENT = (2026, 1, 1, 0, 0, 0)

Cell = str | int | float
"""What a cell of a workbook holds."""


def docx(paragraphs: Sequence[str]) -> bytes:
    """Return a Word document with these paragraphs."""
    body = "".join(f'<w:p><w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>' for text in paragraphs)
    document = f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'
    types = {"word/document.xml": "wordprocessingml.document.main"}
    return _package("word/document.xml", types, {"word/document.xml": document})


def xlsx(name: str, rows: Sequence[Sequence[Cell]]) -> bytes:
    """Return an Excel workbook of one sheet with these rows."""
    lines = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
    return _package(
        "xl/workbook.xml",
        {"xl/workbook.xml": "spreadsheetml.sheet.main", "xl/worksheets/sheet1.xml": "spreadsheetml.worksheet"},
        {
            "xl/workbook.xml": f'<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets>'
            f'<sheet name="{escape(name)}" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": _relations([("worksheet", "worksheets/sheet1.xml")]),
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_SHEET}"><sheetData>{lines}</sheetData></worksheet>',
        },
    )


def _cell(value: Cell) -> str:
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f"<c><v>{value}</v></c>"


def pptx(slides: Sequence[Sequence[str]]) -> bytes:
    """Return a PowerPoint file with a slide a list of lines."""
    numbers = range(1, len(slides) + 1)
    names = [f"ppt/slides/slide{number}.xml" for number in numbers]
    listed = "".join(f'<p:sldId id="{255 + number}" r:id="rId{number}"/>' for number in numbers)
    show = (
        f'<p:presentation xmlns:p="{_SLIDES}" xmlns:r="{_OFFICE}"><p:sldIdLst>{listed}</p:sldIdLst>'
        '<p:sldSz cx="9144000" cy="6858000"/><p:notesSz cx="6858000" cy="9144000"/></p:presentation>'
    )
    relations = _relations(("slide", name.removeprefix("ppt/")) for name in names)
    main = "ppt/presentation.xml"
    types = {main: "presentationml.presentation.main", **dict.fromkeys(names, "presentationml.slide")}
    parts = {main: show, "ppt/_rels/presentation.xml.rels": relations}
    return _package(main, types, parts | dict(zip(names, map(_slide, slides), strict=True)))


def _slide(lines: Sequence[str]) -> str:
    group = '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>'
    text = "".join(f"<a:p><a:r><a:t>{escape(line)}</a:t></a:r></a:p>" for line in lines)
    frame = (
        '<p:spPr><a:xfrm><a:off x="457200" y="457200"/><a:ext cx="8229600" cy="5943600"/></a:xfrm>'
        '<a:prstGeom prst="rect"/></p:spPr>'
    )
    shape = (
        '<p:sp><p:nvSpPr><p:cNvPr id="2" name="Text"/><p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr>'
        f"{frame}<p:txBody><a:bodyPr/>{text}</p:txBody></p:sp>"
    )
    tree = f"<p:cSld><p:spTree>{group}{shape}</p:spTree></p:cSld>"
    return f'<p:sld xmlns:p="{_SLIDES}" xmlns:a="{_DRAWING}">{tree}</p:sld>'


def _relations(targets: Iterable[tuple[str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def _package(main: str, types: Mapping[str, str], parts: Mapping[str, str]) -> bytes:
    overrides = "".join(
        f'<Override PartName="/{name}" ContentType="{_FORMAT}.{kind}+xml"/>' for name, kind in types.items()
    )
    relations = "application/vnd.openxmlformats-package.relationships+xml"
    known = (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="{relations}"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        everything = {"[Content_Types].xml": known, "_rels/.rels": _relations([("officeDocument", main)]), **parts}
        for name, text in everything.items():
            # A fixed time, so that the same words give the same bytes.
            archive.writestr(zipfile.ZipInfo(name, _MOMENT), _HEAD + text, zipfile.ZIP_DEFLATED)
    return held.getvalue()
