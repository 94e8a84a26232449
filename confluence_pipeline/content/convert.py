"""The one function that callers need."""

from typing import Literal, TypeAlias

from confluence_pipeline.content.adf import convert_adf
from confluence_pipeline.content.context import NO_CONTEXT, ConversionContext
from confluence_pipeline.content.records import Content
from confluence_pipeline.content.storage import convert_storage

Representation: TypeAlias = Literal["storage", "atlas_doc_format"]


def convert(
    body: str, *, representation: Representation = "storage", context: ConversionContext | None = None
) -> Content:
    """Convert the body of a page, blog post or comment to Markdown, plain text and structure.

    No body makes this raise: a malformed one gives all that can be read, and ``Content.losses`` says that it
    was mended. Cost is bounded by the body's length, whatever it holds.

    Args:
        body: The body as the API gives it: a storage-format fragment, or an ADF document as JSON.
        representation: ``storage`` or ``atlas_doc_format``, as the API names them.
        context: Look-ups that resolve page titles, account ids and attachment names. Without it, links keep
            the names they have and stay relative.

    Returns:
        The content; no part of it is lost without a count in ``losses``.

    Raises:
        ValueError: ``representation`` is none of the two.
    """
    if representation == "storage":
        return convert_storage(body, context or NO_CONTEXT)
    if representation == "atlas_doc_format":
        return convert_adf(body, context or NO_CONTEXT)
    raise ValueError(f"Cannot convert the representation {representation!r}: give 'storage' or 'atlas_doc_format'.")
