"""v2: custom content, which apps make and of which this site has none; ``type`` is required all the same."""

from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.errors import bad_request, not_found
from confluence_pipeline.site.listing import linked
from confluence_pipeline.site.routes_v2_contents import visible_content, visible_space
from confluence_pipeline.site.routing import Handler, Routes

ROUTES = Routes("/wiki/api/v2")


def _none(call: Call) -> Answer:
    if not call.many("type"):
        raise bad_request("Required parameter 'type' is missing.")
    call.limit()
    call.cursor()
    return linked(call, [], None)


@ROUTES.get("/custom-content")
def custom_content(call: Call) -> Answer:
    """All custom content of a type."""
    return _none(call)


@ROUTES.get("/custom-content/{id}")
def one_custom_content(call: Call) -> Answer:
    """One custom content."""
    call.path_id()
    raise not_found()


@ROUTES.get("/spaces/{id}/custom-content")
def space_custom_content(call: Call) -> Answer:
    """A space's custom content of a type."""
    visible_space(call, call.path_id(expected="SpaceId"))
    return _none(call)


def _of(node_type: str) -> Handler:
    def handler(call: Call) -> Answer:
        visible_content(call, call.path_id(), node_type)
        return _none(call)

    return handler


for _node_type in ("page", "blogpost"):
    ROUTES.get(f"/{_node_type}s/{{id}}/custom-content")(_of(_node_type))
