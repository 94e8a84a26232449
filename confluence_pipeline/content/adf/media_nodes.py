"""ADF's images and files."""

from confluence_pipeline.content.adf.node import Json, Node, NodeEnd
from confluence_pipeline.content.drafts import LinkDraft
from confluence_pipeline.content.links import url_link, write_image
from confluence_pipeline.content.records import Image
from confluence_pipeline.content.writer import Writer


def media_single(writer: Writer, node: Node) -> "tuple[NodeEnd | None, list[dict[str, Json]]]":
    """Start an image that stands alone, with its caption below."""
    writer.boundary()
    captions = [Node(child).plain_text() for child in node.children if child.get("type") == "caption"]
    caption = " ".join("".join(captions).split())
    return Writer.boundary, [_in_frame(child, caption, node.marks) for child in node.children]


def _in_frame(child: "dict[str, Json]", caption: str, marks: "list[dict[str, Json]]") -> "dict[str, Json]":
    """Give an image the caption beside it and the link of the frame around it."""
    if child.get("type") != "media":
        return child
    image = Node(child)
    links = [mark for mark in marks if mark.get("type") == "link"]
    return {**child, "attrs": {**image.attributes, "caption": caption}, "marks": [*image.marks, *links]}


def media(writer: Writer, node: Node) -> None:
    """Write an image or file: one from an address, or an attachment, known by its media id."""
    if node.type == "media":
        writer.boundary()
    media_id, alt = node.get("id"), node.get("alt", "__fileName")
    url = node.get("url")
    if url:
        link: LinkDraft | None = url_link(url)
    elif media_id:
        link = _attachment(writer, media_id, alt)
    else:
        link = None
    image = Image(
        filename=alt if link and link.resolved and not url else None,
        media_id=media_id or None,
        url=link.target_url if link else None,
        alt=alt,
        title="",
        caption=node.get("caption"),
        width=node.get("width") or None,
        height=node.get("height") or None,
    )
    write_image(writer, image, link)


def _attachment(writer: Writer, media_id: str, alt: str) -> LinkDraft:
    """Return the link to a file; ADF names it by media id, and only its alternative text may be its name."""
    target = writer.context.attachment(alt, None) if alt else None
    return LinkDraft(
        "attachment",
        target_id=target.id if target and target.id else media_id,
        target_title=alt or None,
        target_url=target.url if target else None,
        resolved=target is not None,
    )
