"""Confluence Cloud: REST API v2, and v1 for what v2 does not have (search, restrictions, groups, views, downloads)."""

from confluence_pipeline.confluence.cloud_access import CloudAccess
from confluence_pipeline.confluence.cloud_attachments import CloudAttachments
from confluence_pipeline.confluence.cloud_calls import CloudCalls
from confluence_pipeline.confluence.cloud_comments import MOST_BODIES, CloudComments
from confluence_pipeline.confluence.cloud_contents import CloudContents
from confluence_pipeline.confluence.cloud_parts import CloudParts
from confluence_pipeline.confluence.cloud_records import USERS, CloudRecords
from confluence_pipeline.confluence.cloud_search import CloudSearch
from confluence_pipeline.confluence.cloud_site import MOST_IDS, CloudSite
from confluence_pipeline.confluence.cloud_space import CloudSpace
from confluence_pipeline.confluence.cloud_tree import CloudTree
from confluence_pipeline.confluence.downloads import Downloads
from confluence_pipeline.confluence.meter import Meter
from confluence_pipeline.confluence.transport import Transport


class CloudDialect:
    """The calls of :class:`~confluence_pipeline.confluence.dialect.Dialect` for Confluence Cloud, by where they are.

    Args:
        transport: Sends the requests.
        meter: Counts them.
        attempts: How many faulty answers to one request are enough; None for as many as the retry policy says.
    """

    product = "Confluence Cloud"
    batch_size = MOST_IDS
    comment_batch_size = MOST_BODIES
    proof_of_absence = "convert-ids-to-types: null"

    def __init__(self, transport: Transport, meter: Meter, attempts: int | None = None) -> None:
        calls = CloudCalls(transport, meter, attempts)
        records = CloudRecords(transport.base)
        self.users_url = f"{transport.base}{USERS}"

        site = CloudSite(calls, records)
        self.caller = site.caller
        self.site_facts = site.site_facts
        self.spaces = site.spaces
        self.space_labels = site.space_labels
        self.users = site.users
        self.visible_types = site.visible_types

        contents = CloudContents(calls, records)
        self.contents = contents.contents
        self.contents_by_id = contents.contents_by_id
        self.bodies = contents.bodies
        self.content_labels = contents.content_labels

        access = CloudAccess(calls)
        self.restrictions = access.restrictions
        self.space_permissions = access.space_permissions
        self.groups = access.groups
        self.groups_of = access.groups_of
        self.group_members = access.group_members

        search = CloudSearch(calls, contents, access)
        self.search = search.search
        self.search_spaces = search.search_spaces
        self.search_facts = search.search_facts
        self.search_changes = search.search_changes
        self.count = search.count

        tree = CloudTree(calls)
        self.tree_nodes = tree.tree_nodes
        self.tree_node = tree.tree_node

        comments = CloudComments(calls)
        self.comments = comments.comments
        self.comment_bodies = comments.comment_bodies
        self.comment = comments.comment
        self.recent_comments = comments.recent_comments

        attachments = CloudAttachments(calls)
        self.attachments = attachments.attachments
        self.attachment = attachments.attachment
        self.recent_attachments = attachments.recent_attachments
        self.download = Downloads(transport, meter).download

        self.space_hits = CloudSpace(calls, search, attachments, comments, tree).space_hits

        parts = CloudParts(calls)
        self.tasks = parts.tasks
        self.versions = parts.versions
        self.properties = parts.properties
        self.likes = parts.likes
        self.views = parts.views
