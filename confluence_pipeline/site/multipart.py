"""Forms with files, ``multipart/form-data`` (RFC 7578), as v1 takes uploads."""

from dataclasses import dataclass
from email.message import Message

from confluence_pipeline.site.errors import bad_request


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a form; a file has a file name."""

    name: str
    filename: str | None
    media_type: str
    data: bytes


def read_form(content_type: str | None, body: bytes) -> list[Part]:
    """Return the fields of a form; 400 when the body is none."""
    outer = Message()
    outer["Content-Type"] = content_type or ""
    boundary = outer.get_param("boundary")
    if outer.get_content_type() != "multipart/form-data" or not isinstance(boundary, str):
        raise bad_request("The request must be multipart/form-data.")
    sections = (b"\r\n" + body).split(b"\r\n--" + boundary.encode())
    if len(sections) < 3 or not sections[-1].startswith(b"--"):
        raise bad_request("The form is cut short.")
    parts = [_part(section) for section in sections[1:-1]]
    return [part for part in parts if part is not None]


def _part(section: bytes) -> Part | None:
    head, _, data = section.partition(b"\r\n\r\n")
    headers = Message()
    for line in head.decode("utf-8", errors="replace").split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip()] = value.strip()
    field = headers.get_param("name", header="content-disposition")
    if not isinstance(field, str):
        return None
    return Part(field, headers.get_filename(), headers.get_content_type(), data)
