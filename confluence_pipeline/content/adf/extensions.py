"""Macros as ADF has them."""

from collections.abc import Iterator

from confluence_pipeline.content import macro_calls
from confluence_pipeline.content.adf.node import Json, Node, NodeEnd
from confluence_pipeline.content.writer import Writer


def extension(writer: Writer, node: Node) -> "tuple[NodeEnd | None, list[dict[str, Json]]]":
    """Start a macro; its parameters are among the node's attributes, a plain body is one of them."""
    parameters = node.object("parameters")
    metadata = _object(parameters.get("macroMetadata"))
    call = macro_calls.start_macro(
        writer,
        node.get("extensionKey"),
        _value(metadata.get("schemaVersion")),
        _value(metadata.get("macroId")),
        is_inline=node.type == "inlineExtension",
    )
    call.parameters.update(_parameters(parameters))
    call.source = call.parameters.pop("__bodyContent", None)
    if text := node.get("text"):
        call.parameters.setdefault("text", text)
    if not node.children:
        return macro_calls.end_macro, []
    macro_calls.start_body(writer)
    return _end_bodied, node.children


def _end_bodied(writer: Writer) -> None:
    macro_calls.end_body(writer)
    macro_calls.end_macro(writer)


def sync_block(writer: Writer, node: Node) -> "tuple[NodeEnd | None, list[dict[str, Json]]]":
    """Note a block that is shown here and kept elsewhere."""
    macro_calls.start_macro(writer, "syncBlock", None, None).parameters.update(
        {name: value for name in ("resourceId", "localId") if (value := node.get(name))}
    )
    return macro_calls.end_macro, []


def _parameters(source: "dict[str, Json]") -> Iterator[tuple[str, str]]:
    for group in ("macroParams", "macroparams"):
        for name, value in _object(source.get(group)).items():
            yield name, _value(value) or ""


def _value(source: Json) -> str | None:
    """Return a parameter's value, which stands either bare or as ``{"value": …}``."""
    if isinstance(source, dict):
        source = source.get("value")
    return source if isinstance(source, str) else None if source is None else str(source)


def _object(value: Json) -> "dict[str, Json]":
    return value if isinstance(value, dict) else {}
