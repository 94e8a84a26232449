"""v2: labels of spaces and contents, and contents by label."""

from collections.abc import Iterable, Sequence
from functools import partial

from confluence_pipeline.site import shapes_v2
from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.errors import not_found
from confluence_pipeline.site.listing import list_answer, sort_of
from confluence_pipeline.site.model import Label
from confluence_pipeline.site.routes_v2_contents import content_shape, visible_content, visible_space
from confluence_pipeline.site.routing import Routes
from confluence_pipeline.site.sorting import content_value, dated_value
from confluence_pipeline.site.store import Ordering
from confluence_pipeline.site.visibility import may_see, may_see_attachment

ROUTES = Routes("/wiki/api/v2")

_PREFIXES = ("my", "team", "global", "system")
_SORTS = ("created-date", "id", "name")


def labels_answer(
    call: Call,
    labels: Iterable[Label],
    prefixes: Sequence[str] = _PREFIXES,
    default: Sequence[str] = _PREFIXES,
) -> Answer:
    """Return a page of labels, filtered by ``prefix``; ``created-date`` sorts as ``id`` does."""
    sort, descending = sort_of(call, _SORTS)
    wanted = call.choices("prefix", prefixes, default)
    known = {label.label_id: label for label in labels if label.prefix in wanted}
    entries = [(label.name if sort == "name" else number, number) for number, label in known.items()]
    return list_answer(
        call,
        Ordering(entries),
        lambda _: True,
        lambda number: shapes_v2.label(known[number]),
        descending=descending,
    )


@ROUTES.get("/pages/{id}/labels")
def page_labels(call: Call) -> Answer:
    """A page's labels."""
    return labels_answer(call, visible_content(call, call.path_id(), "page").labels)


@ROUTES.get("/blogposts/{id}/labels")
def blog_post_labels(call: Call) -> Answer:
    """A blog post's labels."""
    return labels_answer(call, visible_content(call, call.path_id(), "blogpost").labels)


@ROUTES.get("/spaces/{id}/labels")
def space_labels(call: Call) -> Answer:
    """A space's own labels (its categories)."""
    space = visible_space(call, call.path_id(expected="SpaceId"))
    return labels_answer(call, space.labels, ("my", "team"), ("my", "team"))


@ROUTES.get("/spaces/{id}/content/labels")
def space_content_labels(call: Call) -> Answer:
    """The labels on a space's contents; the specification offers ``my`` and ``team`` labels only."""
    space = visible_space(call, call.path_id(expected="SpaceId"))
    store = call.world.store
    seen = (record for record in store.contents_in(space.space_id) if may_see(store, call.viewer, record))
    labels = {label for record in seen for label in record.labels}
    return labels_answer(call, labels, ("my", "team"), ("my", "team"))


def _sees(call: Call, number: int) -> bool:
    store = call.world.store
    attachment = store.attachments.get(number)
    if attachment is not None:
        return may_see_attachment(store, call.viewer, attachment)
    return may_see(store, call.viewer, store.contents[number])


@ROUTES.get("/labels")
def labels(call: Call) -> Answer:
    """All labels on anything the caller sees."""
    on = call.world.store.labelled()
    found = {label for label, numbers in on.items() if any(_sees(call, number) for number in numbers)}
    wanted = call.ids("label-id", 250)
    if wanted:
        found = {label for label in found if label.label_id in wanted}
    return labels_answer(call, found)


def _label(call: Call) -> Label:
    number = call.path_id(expected="LabelId")
    known = next((label for label in call.world.store.labels.values() if label.label_id == number), None)
    if known is None:
        raise not_found()
    return known


def _contents_with(call: Call, node_type: str, sorts: tuple[str, ...]) -> Answer:
    label = _label(call)
    sort, descending = sort_of(call, sorts)
    spaces = call.ids("space-id", 100)
    body_format = call.choice("body-format", shapes_v2.BULK_FORMATS)
    store = call.world.store

    def build() -> list[tuple[object, int]]:
        known = (store.contents[number] for number in store.labelled().get(label, ()) if number in store.contents)
        return [
            (content_value(record, sort), record.content_id)
            for record in known
            if record.node_type == node_type and record.status == "current"
        ]

    return list_answer(
        call,
        store.ordering(("labelled", node_type, label, sort), build),
        lambda number: (
            (not spaces or store.contents[number].space_id in spaces)
            and may_see(store, call.viewer, store.contents[number])
        ),
        partial(content_shape, call, body_format),
        descending=descending,
    )


@ROUTES.get("/labels/{id}/pages")
def pages_with_label(call: Call) -> Answer:
    """The pages that have a label."""
    return _contents_with(call, "page", ("id", "created-date", "modified-date", "title"))


@ROUTES.get("/labels/{id}/blogposts")
def blog_posts_with_label(call: Call) -> Answer:
    """The blog posts that have a label."""
    return _contents_with(call, "blogpost", ("id", "created-date", "modified-date"))


@ROUTES.get("/labels/{id}/attachments")
def attachments_with_label(call: Call) -> Answer:
    """The attachments that have a label."""
    label = _label(call)
    sort, descending = sort_of(call, ("created-date", "modified-date"), "created-date")
    store = call.world.store
    entries = [
        (dated_value(known, sort), number)
        for number in store.labelled().get(label, ())
        if (known := store.attachments.get(number)) is not None and may_see_attachment(store, call.viewer, known)
    ]
    return list_answer(
        call,
        Ordering(entries),
        lambda _: True,
        lambda number: shapes_v2.attachment(store, store.attachments[number]),
        descending=descending,
    )
