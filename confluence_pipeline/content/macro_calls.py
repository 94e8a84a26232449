"""Reading a macro: where it starts, its parameters and bodies, and what is written in its place."""

from confluence_pipeline.content.frames import LIST, PARAGRAPH, Frame
from confluence_pipeline.content.macros import Rendered, macro_function, unknown
from confluence_pipeline.content.macros.registry import fenced
from confluence_pipeline.content.marks import BREAK, HTML_BREAK
from confluence_pipeline.content.recorder import MacroCall
from confluence_pipeline.content.writer import Writer


def start_macro(
    writer: Writer, name: str, schema_version: str | None, macro_id: str | None, *, is_inline: bool = False
) -> MacroCall:
    """Open a macro; with ``is_inline`` it is known to stand in a line, otherwise its place tells."""
    calls, records = writer.calls, writer.records
    is_inline = is_inline or bool(writer.run.pieces) or writer.frame.is_inline
    call = MacroCall(name, is_inline, calls[-1] if calls else None, len(records.tables))
    call.schema_version, call.macro_id = schema_version, macro_id
    records.macros.append(call)
    calls.append(call)
    writer.raw_start()
    return call


def start_parameter(writer: Writer, name: str) -> None:
    """Open a parameter of the open macro."""
    if writer.calls:
        writer.calls[-1].open_parameter = name
    writer.raw_start()


def end_parameter(writer: Writer) -> None:
    """Close the parameter; one that holds a link and no text takes the link's title as its text."""
    value = writer.raw_end()
    call = writer.calls[-1] if writer.calls else None
    if call is None or call.open_parameter is None:
        return
    name, call.open_parameter = call.open_parameter, None
    link = call.references.get(name) if call.references else None
    if link is not None and not value.strip():
        value = link.target_title or link.target_id or link.target_space_key or link.target_url or ""
    call.parameters[name] = value


def start_body(writer: Writer) -> None:
    """Open a rich body, aside from the line that the macro stands in."""
    writer.raw_pause()
    if writer.is_deep:
        writer.flush()
    writer.suspend()
    writer.push(Frame())


def end_body(writer: Writer) -> None:
    """Close the rich body."""
    frame = writer.pop()
    writer.resume()
    writer.raw_end()
    if frame.flat:
        if writer.calls:
            writer.calls[-1].is_flat = True
    elif not writer.calls:
        _write_frame(writer, frame, is_inline=writer.frame.is_inline)
    elif (body := writer.calls[-1].body) is None:
        writer.calls[-1].body = frame
    else:
        body.absorb(frame)


def end_source(writer: Writer) -> None:
    """Close a plain body; split CDATA sections and repeated bodies are joined."""
    source = writer.raw_end()
    if writer.calls:
        call = writer.calls[-1]
        call.source = source if call.source is None else call.source + source


def end_macro(writer: Writer) -> None:
    """Close the macro and write what stands for it."""
    stray = writer.raw_end()
    call = writer.calls.pop()
    if call.is_flat:
        call.outcome = "kept_text"
        writer.records.lose("macro", call.name)
        return
    if stray and call.source is None and call.body is None and not stray.isspace():
        call.source = stray
    rendered = macro_function(call.name)(call, writer)
    call.outcome = rendered.outcome
    _write(writer, call, rendered)
    if call.body is not None or call.source is not None:
        _keep_body(writer, call, rendered)
    if call.outcome != "converted":
        writer.records.lose("macro", call.name)


def _keep_body(writer: Writer, call: MacroCall, rendered: Rendered) -> None:
    """Write the body as well where its text is not in what stands for the macro: it has one by mistake."""
    if call.body is not None and call.source and call.source.strip("\n") not in rendered.text:
        writer.block(*fenced(writer, call.source))
    if rendered.form == "body" and call.body is not None:
        return
    body = call.source if call.body is None else call.body.text
    if not body or body.strip("\n") in rendered.text:
        return
    if "".join(body.split()) not in "".join(rendered.text.split()):
        call.outcome = "kept_text"
        _write(writer, call, unknown(call, writer))


def _write(writer: Writer, call: MacroCall, rendered: Rendered) -> None:
    form = rendered.form
    if form == "body":
        if call.body is not None:
            _write_frame(writer, call.body, is_inline=call.is_inline)
    elif form == "block":
        writer.block(rendered.markdown, rendered.text)
    elif form == "paragraph" and not call.is_inline:
        writer.boundary()
        _write_inline(writer, rendered)
        writer.boundary()
    else:
        _write_inline(writer, rendered)


def _write_inline(writer: Writer, rendered: Rendered) -> None:
    if not rendered.markdown:
        return
    if rendered.mark:
        writer.mark_start(rendered.mark)
    writer.inline(rendered.markdown, rendered.text)
    if rendered.mark:
        writer.mark_end(rendered.mark)


def _write_frame(writer: Writer, frame: Frame, *, is_inline: bool) -> None:
    """Write the content of a container in its own place: in the line if it is one paragraph in a line."""
    if frame.flat:
        return
    if is_inline and frame.kinds == [PARAGRAPH]:
        writer.inline(frame.blocks[0].replace(BREAK, HTML_BREAK), frame.text)
        return
    writer.flush()
    parent = writer.frame
    if frame.kinds and frame.kinds[0] == LIST and parent.kinds and parent.kinds[-1] == LIST:
        writer.block("<!-- -->", "")  # or a parser would take the two lists for one
    last_list = frame.last_list
    parent.absorb(frame)
    parent.last_list = last_list
