"""What a macro's function gets and gives."""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple, TypeAlias

from confluence_pipeline.content.escape import code_fence, escape_text
from confluence_pipeline.content.recorder import MacroCall
from confluence_pipeline.content.records import CodeBlock, Outcome
from confluence_pipeline.content.writer import Writer


class Rendered(NamedTuple):
    """What stands for a macro.

    Attributes:
        outcome: The word for it in the ``macros`` table.
        markdown: Markdown; unused where ``form`` is ``body``.
        text: Plain text; unused where ``form`` is ``body``.
        form: ``block`` (blocks of its own), ``inline`` (part of the line), ``paragraph`` (part of the line if
            the macro stands in one, else a paragraph) or ``body`` (the rich body as it is, in line if the
            macro stands in a line and the body is one paragraph).
        mark: For an inline form, the mark to set it in.
    """

    outcome: Outcome
    markdown: str = ""
    text: str = ""
    form: Literal["block", "inline", "paragraph", "body"] = "block"
    mark: Literal["", "em", "strong"] = ""


MacroFunction: TypeAlias = Callable[[MacroCall, Writer], Rendered]
MacroTable: TypeAlias = Mapping[str, MacroFunction]

BODY = Rendered("converted", form="body")
DROPPED = Rendered("dropped", form="inline")


def placeholder(label: str) -> Rendered:
    """Return a visible note for a macro whose content the body does not hold."""
    label = " ".join(label.split())
    return Rendered("placeholder", f"\\[{escape_text(label)}\\]", f"[{label}]", "paragraph", "em")


def fenced(writer: Writer, code: str, *, language: str = "", title: str = "") -> tuple[str, str]:
    """Record a block of code; return it as Markdown and text, led by its title."""
    writer.records.code_blocks.append(CodeBlock(language, title, code))
    markdown, text = code_fence(code, language), code.strip("\n")
    if not title:
        return markdown, text
    return f"**{escape_text(title)}**\n\n{markdown}", f"{title}\n\n{text}"


def unknown(call: MacroCall, writer: Writer) -> Rendered:
    """Keep the body of a macro that nobody registered; without one, name it and its parameters."""
    if call.body is not None:
        return Rendered("kept_text", form="body")
    if call.source is not None:
        markdown, text = fenced(writer, call.source)
        return Rendered("kept_text", markdown, text)
    shown = ", ".join(f"{name}={value.strip()}" if name else value.strip() for name, value in call.parameters.items())
    return placeholder(f"{call.name}: {shown}" if shown else call.name)
