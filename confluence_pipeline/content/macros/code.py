"""Macros that hold code, formulas or other text that must survive byte for byte."""

from confluence_pipeline.content.escape import code_span
from confluence_pipeline.content.macros.registry import (
    BODY,
    MacroTable,
    Rendered,
    fenced,
    placeholder,
    unknown,
)
from confluence_pipeline.content.recorder import MacroCall
from confluence_pipeline.content.writer import Writer

_NO_LANGUAGE = frozenset({"none", "text", "plain", "plaintext", "plain text"})


def code(call: MacroCall, writer: Writer) -> Rendered:
    """Code with its language (``language``, or the unnamed parameter of old pages) and its title."""
    language = call.get("language", "lang", "")
    if language.lower() in _NO_LANGUAGE:
        language = ""
    return _source(call, writer, language)


def noformat(call: MacroCall, writer: Writer) -> Rendered:
    """Preformatted text."""
    return _source(call, writer, "")


def plantuml(call: MacroCall, writer: Writer) -> Rendered:
    """A PlantUML diagram; its source is in the body or in an attachment."""
    return _diagram(call, writer, "plantuml", "PlantUML diagram")


def mermaid(call: MacroCall, writer: Writer) -> Rendered:
    """A Mermaid diagram; its source is in the body or in an attachment."""
    return _diagram(call, writer, "mermaid", "Mermaid diagram")


def graphviz(call: MacroCall, writer: Writer) -> Rendered:
    """A Graphviz diagram."""
    return _diagram(call, writer, "dot", "Graphviz diagram")


def math_block(call: MacroCall, writer: Writer) -> Rendered:
    """A displayed formula, as a block of LaTeX that GitHub renders (language ``math``)."""
    formula = _formula(call)
    if not formula.strip():
        return placeholder("formula without a source")
    markdown, text = fenced(writer, formula, language="math")
    return Rendered("converted", markdown, text)


def math_inline(call: MacroCall, _writer: Writer) -> Rendered:
    """A formula in a line, as a code span between dollars: ``$`…`$``, which GitHub renders."""
    formula = " ".join(_formula(call).split())
    if not formula:
        return placeholder("formula without a source")
    return Rendered("converted", f"${code_span(formula)}$", f"${formula}$", "inline")


def html(call: MacroCall, writer: Writer) -> Rendered:
    """HTML that a site administrator allowed; shown as source, never as live HTML."""
    return _source(call, writer, "html")


def markdown_source(call: MacroCall, writer: Writer) -> Rendered:
    """Markdown in a macro; kept as source, for it may break the document around it."""
    return _source(call, writer, "markdown")


def csv(call: MacroCall, writer: Writer) -> Rendered:
    """A table written as comma-separated values."""
    return _source(call, writer, "csv")


def _formula(call: MacroCall) -> str:
    if call.source is not None:
        return call.source
    if call.body is not None:
        return call.body.text
    return call.get("body", "equation", "latex", "formula", "")


def _source(call: MacroCall, writer: Writer, language: str) -> Rendered:
    if call.source is None:
        if call.body is not None:
            return BODY
        return unknown(call, writer) if call.parameters.keys() - {"language", "title"} else Rendered("converted")
    markdown, text = fenced(writer, call.source, language=language, title=call.get("title"))
    return Rendered("converted", markdown, text)


def _diagram(call: MacroCall, writer: Writer, language: str, label: str) -> Rendered:
    source = call.source if call.source is not None else call.get("data", "code", "source")
    if source.strip() and call.get("compressed") != "true":
        markdown, text = fenced(writer, source, language=language, title=call.get("title"))
        return Rendered("converted", markdown, text)
    if call.body is not None:
        return BODY
    name = call.get("filename", "name", "attachment", "diagramName", "title")
    return placeholder(f"{label} {name}".strip())


MACROS: MacroTable = {
    "code": code,
    "code-block": code,
    "codeblock": code,
    "noformat": noformat,
    "paste-code-macro": code,
    "plantuml": plantuml,
    "plantumlcloud": plantuml,
    "plantumlrender": plantuml,
    "mermaid": mermaid,
    "mermaid-cloud": mermaid,
    "mermaid-macro": mermaid,
    "mermaiddiagram": mermaid,
    "graphviz": graphviz,
    "mathblock-macro": math_block,
    "mathblock": math_block,
    "easy-math-block": math_block,
    "eazy-math-block": math_block,
    "latex": math_block,
    "mathjax-block-macro": math_block,
    "mathjax-block": math_block,
    "mathinline": math_inline,
    "mathinline-macro": math_inline,
    "eazy-math-inline": math_inline,
    "easy-math-inline": math_inline,
    "mathjax-inline-macro": math_inline,
    "html": html,
    "html-bobswift": html,
    "markdown": markdown_source,
    "markdown-from-attachment": markdown_source,
    "csv": csv,
}
