"""Containers that a writer fills: the document, list items, table cells, quotes, macro bodies."""

from typing import Final, Literal, TypeAlias

from confluence_pipeline.content.drafts import CellDraft, TableDraft

PARAGRAPH: Final = "paragraph"
LIST: Final = "list"
OTHER: Final = "other"
TaskStatus: TypeAlias = Literal["complete", "incomplete"]


class Frame:
    """A container being filled.

    Attributes:
        blocks: Finished Markdown blocks.
        texts: Finished plain-text blocks.
        kinds: For each Markdown block: a paragraph, a list, or something else.
        paragraphs: How many paragraphs are open directly in it.
        heading: Level of the heading that is open directly in it; 0 for none.
        anchor: Anchor met in that heading.
        flat: Whether it is nested too deep, so that its content goes to the frame around it.
        language: Language of the preformatted text being read.
        last_list: Bullet or delimiter of the list that is its last block, empty if that is no list.
    """

    anchor = ""
    language = ""
    last_list = ""

    def __init__(self) -> None:
        self.blocks: list[str] = []
        self.texts: list[str] = []
        self.kinds: list[str] = []
        self.paragraphs = 0
        self.heading = 0
        self.flat = False

    @property
    def markdown(self) -> str:
        """The Markdown blocks, a blank line between any two."""
        return "\n\n".join(self.blocks)

    @property
    def text(self) -> str:
        """The text blocks, a blank line between any two."""
        return "\n\n".join(self.texts)

    @property
    def is_inline(self) -> bool:
        """Whether what comes next belongs to an open paragraph or heading."""
        return self.paragraphs > 0 or self.heading > 0

    def absorb(self, other: "Frame") -> None:
        """Append the blocks of another frame and empty it."""
        if other.flat:
            return
        self.blocks += other.blocks
        self.texts += other.texts
        self.kinds += other.kinds
        other.blocks, other.texts, other.kinds = [], [], []


class ItemFrame(Frame):
    """A list item, a task, or a term with its definitions.

    Attributes:
        prefix: What stands before its first paragraph: a task's check box.
        is_term: Whether it is a term that no definition has followed yet.
        task_id: A task's local id.
        task_uuid: A task's UUID.
        task_status: A task's status.
    """

    is_term = False
    task_id: str | None = None
    task_uuid: str | None = None
    task_status: TaskStatus = "incomplete"

    def __init__(self, prefix: str = "") -> None:
        super().__init__()
        self.prefix = prefix

    @property
    def is_tight(self) -> bool:
        """Whether its blocks may stand without blank lines: one paragraph, then lists only."""
        kinds = self.kinds
        if len(kinds) == 1:  # as nearly all are
            return kinds[0] != OTHER
        return OTHER not in kinds and PARAGRAPH not in kinds[1:]


class ListFrame(Frame):
    """A list and the items it has so far; ``start`` is ``None`` for a bullet list."""

    def __init__(self, start: int | None = None) -> None:
        super().__init__()
        self.start = start
        self.items: list[ItemFrame] = []


class TableFrame(Frame):
    """A table and the rows it has so far; it is simple while no cell holds more than a paragraph or spans others."""

    def __init__(self, draft: TableDraft) -> None:
        super().__init__()
        self.draft = draft
        self.is_simple = True
        self.rows: list[list[CellDraft]] = []


class CellFrame(Frame):
    """A table cell."""

    def __init__(self, draft: CellDraft) -> None:
        super().__init__()
        self.draft = draft
