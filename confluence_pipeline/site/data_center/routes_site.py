"""What a Data Center says of itself, and who is asking."""

from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.data_center.finding import shapes
from confluence_pipeline.site.data_center.paging import installation
from confluence_pipeline.site.errors import ApiError, not_found
from confluence_pipeline.site.routing import Routes
from confluence_pipeline.site.shapes_v1_content import read_expand

ROUTES = Routes("/rest/api")
APPLICATION_LINKS = Routes("/rest/applinks/1.0")


@ROUTES.get("/server-information")
def server_information(call: Call) -> Answer:
    """The version and the address, for whoever is logged in; 404 before 9.1."""
    asked = installation(call)
    if not asked.tells_itself:
        raise not_found("null for uri")
    if call.viewer.is_anonymous:
        raise ApiError(401, "Client must be authenticated to access this resource.")
    return Answer(
        {
            "baseUrl": call.world.base_url,
            "version": asked.version,
            "buildNumber": asked.build_number,
            "marketplaceBuildNumber": asked.build_number,
            "buildDate": "2026-01-05",
        }
    )


@APPLICATION_LINKS.get("/manifest")
def manifest(call: Call) -> Answer:
    """What other Atlassian products read when they are linked: the version, for anybody and in every version."""
    asked, store = installation(call), call.world.store
    return Answer(
        {
            "id": store.cloud_id,
            "name": store.title,
            "typeId": "confluence",
            "version": asked.version,
            "buildNumber": asked.build_number,
            "applinksVersion": asked.version,
            "inboundAuthenticationTypes": [],
            "outboundAuthenticationTypes": [],
            "publicSignup": False,
            "url": call.world.base_url,
        }
    )


@ROUTES.get("/accessmode")
def access_mode(_: Call) -> Answer:
    """Whether contents can be changed at present; this site can always be."""
    return Answer("READ_WRITE")


@ROUTES.get("/user/current")
def current_user(call: Call) -> Answer:
    """The caller; a visitor is answered with 200 as well, where visitors are let in."""
    if call.viewer.account_id is None:
        return Answer(shapes(call).anonymous())
    return Answer(shapes(call).user(call.viewer.account_id, read_expand(call.one("expand"))))
