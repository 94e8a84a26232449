"""Links, resource identifiers and images."""

from confluence_pipeline.content.drafts import LinkDraft
from confluence_pipeline.content.frames import Frame
from confluence_pipeline.content.links import (
    aim_link,
    attachment_link,
    content_link,
    end_link,
    page_link,
    refer,
    shortcut_link,
    space_link,
    start_link,
    target_link,
    url_link,
    user_link,
    write_image,
)
from confluence_pipeline.content.records import Image
from confluence_pipeline.content.storage.handler import End, Start
from confluence_pipeline.content.writer import OpenImage, Writer

Attributes = dict[str, str]


def _link_start(writer: Writer, attributes: Attributes) -> None:
    anchor = attributes.get("ac:anchor")
    start_link(writer, LinkDraft("anchor", anchor=anchor, resolved=True) if anchor else None, is_open=True)
    writer.raw_start()


def _link_end(writer: Writer) -> None:
    stray = writer.raw_end().strip()
    if stray:
        writer.text(stray)
    end_link(writer)


def _body_start(writer: Writer, _attributes: Attributes) -> None:
    if writer.links and writer.links[-1].is_open:
        aim_link(writer)
    if writer.links and writer.links[-1].is_raw:
        writer.raw_start()
    else:
        writer.raw_pause()


def _body_end(writer: Writer) -> None:
    gathered = writer.raw_end()
    if gathered:
        writer.text(gathered)


def _refer(writer: Writer, link: LinkDraft) -> None:
    """Give a resource to what it identifies: a link, an image, or a macro's parameter."""
    if writer.images and writer.images[-1].link is None:
        writer.images[-1].link = link
    elif not target_link(writer, link):
        refer(writer, link)
        writer.records.links.append(link)


def _page(writer: Writer, attributes: Attributes) -> None:
    title = attributes.get("ri:content-title", "")
    link = page_link(writer, title, attributes.get("ri:space-key"))
    if writer.attachments:
        writer.attachments[-1] = (writer.attachments[-1][0], title)
        writer.records.links.append(link)
    else:
        _refer(writer, link)


def _blog_post(writer: Writer, attributes: Attributes) -> None:
    title, day = attributes.get("ri:content-title", ""), attributes.get("ri:posting-day", "")
    _refer(writer, page_link(writer, title, attributes.get("ri:space-key"), posting_day=day))


def _attachment_start(writer: Writer, attributes: Attributes) -> None:
    writer.attachments.append((attributes.get("ri:filename", ""), None))


def _attachment_end(writer: Writer) -> None:
    if writer.attachments:
        filename, owner = writer.attachments.pop()
        _refer(writer, attachment_link(writer, filename, owner))


def _user(writer: Writer, attributes: Attributes) -> None:
    for name in ("ri:account-id", "ri:userkey", "ri:username"):
        if account_id := attributes.get(name):
            _refer(writer, user_link(writer, account_id))
            return
    writer.records.lose("link", "user without an id")


def _space(writer: Writer, attributes: Attributes) -> None:
    _refer(writer, space_link(writer, attributes.get("ri:space-key", "")))


def _url(writer: Writer, attributes: Attributes) -> None:
    _refer(writer, url_link(attributes.get("ri:value", "")))


def _shortcut(writer: Writer, attributes: Attributes) -> None:
    _refer(writer, shortcut_link(attributes.get("ri:key", ""), attributes.get("ri:parameter", "")))


def _content_entity(writer: Writer, attributes: Attributes) -> None:
    _refer(writer, content_link(writer, attributes.get("ri:content-id", "")))


def _image_start(writer: Writer, attributes: Attributes) -> None:
    writer.images.append(OpenImage(attributes))
    writer.raw_start()


def _image_end(writer: Writer) -> None:
    writer.raw_end()
    image = writer.images.pop()
    get = image.attributes.get
    link = image.link or (url_link(get("ac:src", "")) if get("ac:src") else None)
    caption = image.caption.text if image.caption else ""
    record = Image(
        filename=link.target_title if link and link.kind == "attachment" else None,
        media_id=None,
        url=link.target_url if link else None,
        alt=get("ac:alt", ""),
        title=get("ac:title", ""),
        caption=" ".join(caption.split()),
        width=get("ac:width"),
        height=get("ac:height"),
    )
    write_image(writer, record, link)
    if image.caption:
        write_caption(writer, image.caption)


def write_caption(writer: Writer, caption: Frame) -> None:
    """Write a caption after its image: as a paragraph, or in the line if the image stands in one."""
    if caption.flat or not caption.blocks:
        return
    if writer.frame.is_inline and len(caption.blocks) == 1:
        writer.inline(" " + caption.blocks[0], " " + caption.text)
        return
    writer.flush()
    writer.frame.absorb(caption)


def _caption_start(writer: Writer, _attributes: Attributes) -> None:
    writer.raw_pause()
    writer.suspend()
    writer.push(Frame())


def _caption_end(writer: Writer) -> None:
    frame = writer.pop()
    writer.resume()
    writer.raw_end()
    if writer.images and writer.images[-1].caption is None and not frame.flat:
        writer.images[-1].caption = frame
    else:
        writer.frame.absorb(frame)


STARTS: dict[str, Start] = {
    "ac:link": _link_start,
    "ac:link-body": _body_start,
    "ac:plain-text-link-body": _body_start,
    "ri:page": _page,
    "ri:blog-post": _blog_post,
    "ri:attachment": _attachment_start,
    "ri:user": _user,
    "ri:space": _space,
    "ri:url": _url,
    "ri:shortcut": _shortcut,
    "ri:content-entity": _content_entity,
    "ac:image": _image_start,
    "ac:caption": _caption_start,
}
ENDS: dict[str, End] = {
    "ac:link": _link_end,
    "ac:link-body": _body_end,
    "ac:plain-text-link-body": _body_end,
    "ri:attachment": _attachment_end,
    "ac:image": _image_end,
    "ac:caption": _caption_end,
}
