"""Confluence Data Center: its one REST API, with expansions, listings by start and a scan by cursor."""

from confluence_pipeline.confluence.data_center_access import DataCenterAccess
from confluence_pipeline.confluence.data_center_attachments import DataCenterAttachments
from confluence_pipeline.confluence.data_center_calls import DataCenterCalls, SiteMemory
from confluence_pipeline.confluence.data_center_comments import DataCenterComments
from confluence_pipeline.confluence.data_center_contents import MOST_IDS, DataCenterContents
from confluence_pipeline.confluence.data_center_paging import BODIES_LIMIT
from confluence_pipeline.confluence.data_center_parts import DataCenterParts
from confluence_pipeline.confluence.data_center_records import USERS, DataCenterRecords
from confluence_pipeline.confluence.data_center_search import DataCenterSearch
from confluence_pipeline.confluence.data_center_site import DataCenterSite
from confluence_pipeline.confluence.data_center_version import ServerVersion
from confluence_pipeline.confluence.data_center_versions import DataCenterVersions
from confluence_pipeline.confluence.downloads import Downloads
from confluence_pipeline.confluence.meter import Meter
from confluence_pipeline.confluence.transport import Transport


class DataCenterDialect:
    """The calls of :class:`~confluence_pipeline.confluence.dialect.Dialect` for Confluence Data Center.

    Args:
        transport: Sends the requests.
        meter: Counts them.
        version: The site's version, which decides what it can be asked.
        memory: What was asked of it already, by whatever other dialect of the same client.
        attempts: How many faulty answers to one request are enough; None for as many as the retry policy says.
    """

    batch_size = MOST_IDS
    comment_batch_size = BODIES_LIMIT
    proof_of_absence = "content/{id}: 404"

    def __init__(
        self,
        transport: Transport,
        meter: Meter,
        version: ServerVersion,
        memory: SiteMemory,
        attempts: int | None = None,
    ) -> None:
        calls = DataCenterCalls(transport, meter, attempts, version=version, memory=memory)
        records = DataCenterRecords(transport.base)
        self.product = version.described
        self.users_url = f"{transport.base}{USERS}"

        site = DataCenterSite(calls, records)
        self.caller = site.caller
        self.site_facts = site.site_facts
        self.spaces = site.spaces
        self.space_labels = site.space_labels
        self.users = site.users
        self.visible_types = site.visible_types

        contents = DataCenterContents(calls, records)
        self.contents = contents.contents
        self.contents_by_id = contents.contents_by_id
        self.bodies = contents.bodies
        self.content_labels = contents.content_labels

        access = DataCenterAccess(calls)
        self.restrictions = access.restrictions
        self.space_permissions = access.space_permissions
        self.groups = access.groups
        self.groups_of = access.groups_of
        self.group_members = access.group_members

        search = DataCenterSearch(calls, contents, access)
        self.search = search.search
        self.search_spaces = search.search_spaces
        self.search_facts = search.search_facts
        self.search_changes = search.search_changes
        self.count = search.count
        self.tree_nodes = search.tree_nodes
        self.tree_node = search.tree_node

        comments = DataCenterComments(calls)
        self.comments = comments.comments
        self.comment_bodies = comments.comment_bodies
        self.comment = comments.comment
        self.recent_comments = comments.recent_comments

        attachments = DataCenterAttachments(calls, contents)
        self.attachments = attachments.attachments
        self.attachment = attachments.attachment
        self.recent_attachments = attachments.recent_attachments
        self.download = Downloads(transport, meter).download

        self.versions = DataCenterVersions(calls).versions

        parts = DataCenterParts(calls)
        self.tasks = parts.tasks
        self.properties = parts.properties
        self.likes = parts.likes
        self.views = parts.views

    def space_hits(self, space_key: str, *, labels: bool, restrictions: bool) -> None:
        """Return None: listings and not the search tell what is in a space, so each kind is asked for by itself."""
