"""A body becomes Markdown, plain text and structure; what could not be carried over is counted.

This package knows nothing of where a body came from: it does no I/O and needs no network.
"""

from confluence_pipeline.content.context import ConversionContext, Target
from confluence_pipeline.content.convert import Representation, convert
from confluence_pipeline.content.fidelity import kept_share
from confluence_pipeline.content.records import (
    CodeBlock,
    Content,
    Date,
    Excerpt,
    Heading,
    Image,
    Link,
    Loss,
    MacroUse,
    Mention,
    Property,
    Table,
    TableCell,
    Task,
)

CONVERTER_VERSION = "2"
"""Changes with every release whose output differs for some body, so that stored results are made anew."""

__all__ = [
    "CONVERTER_VERSION",
    "CodeBlock",
    "Content",
    "ConversionContext",
    "Date",
    "Excerpt",
    "Heading",
    "Image",
    "Link",
    "Loss",
    "MacroUse",
    "Mention",
    "Property",
    "Representation",
    "Table",
    "TableCell",
    "Target",
    "Task",
    "convert",
    "kept_share",
]
