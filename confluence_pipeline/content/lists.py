"""Lists: bullets, numbers, tasks, and terms with their definitions."""

from confluence_pipeline.content.escape import indent
from confluence_pipeline.content.frames import LIST, PARAGRAPH, Frame, ItemFrame, ListFrame
from confluence_pipeline.content.records import Task
from confluence_pipeline.content.writer import Writer


def start_list(writer: Writer, start: int | None = None) -> None:
    """Open a list; ``start`` is the first number of an ordered one."""
    writer.boundary()
    writer.push(ListFrame(start))


def end_list(writer: Writer) -> None:
    """Close the list and write it as one block."""
    frame = writer.pop()
    if not isinstance(frame, ListFrame) or frame.flat:
        return
    _adopt(frame)
    parent = writer.frame
    ordered = frame.start is not None
    first, second = (".", ")") if ordered else ("-", "*")
    follows = parent.kinds and parent.kinds[-1] == LIST
    marker = second if follows and parent.last_list == first else first
    markdown, text = _render(frame, marker)
    if markdown:
        writer.block(markdown, text, LIST)
        parent.last_list = marker


def start_item(writer: Writer, prefix: str = "") -> None:
    """Open a list item; outside a list it becomes a list of its own."""
    if writer.run.pieces:
        writer.boundary()
    frame = writer.frame
    if frame.blocks and isinstance(frame, ListFrame):
        _adopt(frame)
    writer.push(ItemFrame(prefix))


def end_item(writer: Writer) -> None:
    """Close the list item."""
    frame = writer.pop()
    if isinstance(frame, ItemFrame) and not frame.flat:
        _add(writer, frame)


def end_term(writer: Writer) -> None:
    """Close a term; several terms in a row share one item, and so their definitions."""
    frame = writer.pop()
    parent = writer.frame
    if not isinstance(frame, ItemFrame) or frame.flat:
        return
    frame.is_term = True
    if isinstance(parent, ListFrame) and parent.items and parent.items[-1].is_term:
        parent.items[-1].absorb(frame)
    else:
        _add(writer, frame)


def end_definition(writer: Writer) -> None:
    """Close a definition: it belongs to the item of its term."""
    frame = writer.pop()
    parent = writer.frame
    if not isinstance(frame, ItemFrame) or frame.flat:
        return
    if isinstance(parent, ListFrame) and parent.items:
        parent.items[-1].absorb(frame)
        parent.items[-1].is_term = False
    else:
        _add(writer, frame)


def end_task(writer: Writer) -> None:
    """Close a task item and record it."""
    task = writer.pop()
    if not isinstance(task, ItemFrame) or task.flat:
        return
    task.prefix = "[x] " if task.task_status == "complete" else "[ ] "
    text = " ".join(" ".join(task.texts).split())
    writer.records.tasks.append(Task(task.task_id, task.task_uuid, task.task_status, text))
    _add(writer, task)


def _add(writer: Writer, item: ItemFrame) -> None:
    parent = writer.frame
    if isinstance(parent, ListFrame) and not parent.flat:
        parent.items.append(item)
    else:
        parent.absorb(item)


def _adopt(frame: ListFrame) -> None:
    """Give blocks that stand between items, such as a list inside a list, to the item before them."""
    if not frame.blocks or frame.flat:
        return
    if not frame.items:
        frame.items.append(ItemFrame())
    frame.items[-1].absorb(frame)


def _render(frame: ListFrame, marker: str) -> tuple[str, str]:
    items, number = frame.items, frame.start
    label = f"{marker} "
    lines, texts = [], []
    for offset, item in enumerate(items):
        if number is not None:
            label = f"{(number + offset) % 10**9}{marker} "
        lines.append(f"{label}{_body(item, len(label))}".rstrip(" "))
        if item.texts:
            texts.append("\n".join(item.texts))
    tight = all(item.is_tight for item in items)
    return ("\n" if tight else "\n\n").join(lines), "\n".join(texts)


def _body(item: ItemFrame, width: int) -> str:
    """Return an item's Markdown, its lines moved right by a width past the first."""
    if len(item.blocks) == 1 and not item.prefix:
        source = item.blocks[0]
    elif item.prefix and (not item.kinds or item.kinds[0] != PARAGRAPH):
        source = "\n\n".join([item.prefix.rstrip(), *item.blocks])
    else:
        separator = "\n" if item.is_tight and not _starts_list_that_needs_space(item) else "\n\n"
        source = item.prefix + separator.join(item.blocks)
    return indent(source, " " * width) if "\n" in source else source


def _starts_list_that_needs_space(item: Frame) -> bool:
    """Whether a nested list could not interrupt the paragraph above it (CommonMark 0.31, section 5.3)."""
    if len(item.blocks) < 2 or item.kinds[0] != PARAGRAPH:
        return False
    first_line = item.blocks[1].split("\n", 1)[0]
    return (first_line[0].isdigit() and not first_line.startswith("1")) or first_line in ("-", "*", "1.", "1)")
