"""Macros, tasks, layouts, dates and the other elements of Confluence's own name space."""

from confluence_pipeline.content import lists, macro_calls
from confluence_pipeline.content.emoticons import emoticon
from confluence_pipeline.content.escape import escape_text
from confluence_pipeline.content.frames import ItemFrame
from confluence_pipeline.content.records import Date
from confluence_pipeline.content.storage.handler import End, Start, boundary_end, boundary_start
from confluence_pipeline.content.writer import Writer

Attributes = dict[str, str]


def _macro_start(writer: Writer, attributes: Attributes) -> None:
    get = attributes.get
    macro_calls.start_macro(writer, get("ac:name", ""), get("ac:schema-version"), get("ac:macro-id"))


def _parameter_start(writer: Writer, attributes: Attributes) -> None:
    macro_calls.start_parameter(writer, attributes.get("ac:name", ""))


def _body_start(writer: Writer, _attributes: Attributes) -> None:
    macro_calls.start_body(writer)


def _raw_start(writer: Writer, _attributes: Attributes) -> None:
    writer.raw_start()


def _task_list_start(writer: Writer, _attributes: Attributes) -> None:
    lists.start_list(writer)


def _task_start(writer: Writer, _attributes: Attributes) -> None:
    lists.start_item(writer)


def _task_id_end(writer: Writer) -> None:
    task_id = writer.raw_end().strip()
    if isinstance(writer.frame, ItemFrame):
        writer.frame.task_id = task_id or None


def _task_uuid_end(writer: Writer) -> None:
    uuid = writer.raw_end().strip()
    if isinstance(writer.frame, ItemFrame):
        writer.frame.task_uuid = uuid or None


def _task_status_end(writer: Writer) -> None:
    status = writer.raw_end().strip()
    if isinstance(writer.frame, ItemFrame):
        writer.frame.task_status = "complete" if status == "complete" else "incomplete"


def _emoticon(writer: Writer, attributes: Attributes) -> None:
    symbol = emoticon(
        attributes.get("ac:name", ""),
        attributes.get("ac:emoji-fallback", ""),
        attributes.get("ac:emoji-shortname", ""),
    )
    writer.inline(escape_text(symbol), symbol)


def _time(writer: Writer, attributes: Attributes) -> None:
    if value := attributes.get("datetime", "").strip():
        writer.records.dates.append(Date(value))
        writer.inline(escape_text(value), value)


def _template_variable(writer: Writer, attributes: Attributes) -> None:
    if name := attributes.get("at:name"):
        writer.text(f"${name}")


def _nothing(_writer: Writer, _attributes: Attributes) -> None:
    """Start an element that adds nothing of its own to its content."""


BLOCKS = ("ac:layout", "ac:layout-section", "ac:layout-cell", "ac:task-body", "ac:confluence")
TRANSPARENT = (
    "ac:inline-comment-marker", "ac:placeholder", "at:declarations", "at:string", "at:textarea", "at:list",
    "at:option",
)  # fmt: skip

STARTS: dict[str, Start] = {
    "ac:structured-macro": _macro_start,
    "ac:macro": _macro_start,
    "ac:parameter": _parameter_start,
    "ac:default-parameter": _parameter_start,
    "ac:rich-text-body": _body_start,
    "ac:plain-text-body": _raw_start,
    "ac:task-list": _task_list_start,
    "ac:task": _task_start,
    "ac:task-id": _raw_start,
    "ac:task-uuid": _raw_start,
    "ac:task-status": _raw_start,
    "ac:emoticon": _emoticon,
    "time": _time,
    "at:var": _template_variable,
    **dict.fromkeys(BLOCKS, boundary_start),
    **dict.fromkeys(TRANSPARENT, _nothing),
}
ENDS: dict[str, End] = {
    "ac:structured-macro": macro_calls.end_macro,
    "ac:macro": macro_calls.end_macro,
    "ac:parameter": macro_calls.end_parameter,
    "ac:default-parameter": macro_calls.end_parameter,
    "ac:rich-text-body": macro_calls.end_body,
    "ac:plain-text-body": macro_calls.end_source,
    "ac:task-list": lists.end_list,
    "ac:task": lists.end_task,
    "ac:task-id": _task_id_end,
    "ac:task-uuid": _task_uuid_end,
    "ac:task-status": _task_status_end,
    **dict.fromkeys(BLOCKS, boundary_end),
}
