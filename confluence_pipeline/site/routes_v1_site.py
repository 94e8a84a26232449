"""v1: who is asking, and what the site says of itself."""

from confluence_pipeline.site import shapes_v1
from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.errors import ApiError
from confluence_pipeline.site.routing import Routes

ROUTES = Routes("/wiki/rest/api")
TENANT_ROUTES = Routes("")


@ROUTES.get("/user/current")
def current_user(call: Call) -> Answer:
    """The caller; an anonymous visitor is answered with 200 as well."""
    if call.viewer.account_id is None:
        return Answer(shapes_v1.anonymous())
    user = shapes_v1.user(call.world.store, call.viewer.account_id)
    # People see their own address, whatever they show to others.
    return Answer({**user, "email": call.world.store.users[call.viewer.account_id].email})


@ROUTES.get("/settings/systemInfo")
def system_info(call: Call) -> Answer:
    """What the site says of itself; the time zone is what CQL dates are read by when a caller has none."""
    if call.viewer.is_anonymous:
        raise ApiError(403, "Current user not permitted to use Confluence")
    world = call.world
    return Answer(
        {
            "cloudId": world.store.cloud_id,
            "commitHash": "0000000000000000000000000000000000000000",
            "baseUrl": world.base_url,
            "fallbackBaseUrl": world.base_url,
            "edition": "standard",
            "siteTitle": world.store.title,
            "defaultLocale": "en_GB",
            "defaultTimeZone": world.store.time_zone,
            "microsPerimeter": "commercial",
        }
    )


@TENANT_ROUTES.get("/_edge/tenant_info")
def tenant_info(call: Call) -> Answer:
    """The site's cloud id, for anybody."""
    return Answer({"cloudId": call.world.store.cloud_id})
