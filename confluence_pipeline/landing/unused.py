"""Takes out of the lake what no record of any space refers to any more."""

from confluence_pipeline.lake import Lake
from confluence_pipeline.landing.files import drop_unreferenced
from confluence_pipeline.landing.kinds import ATTACHMENT_FILES
from confluence_pipeline.landing.store import SpaceLanding, landed_spaces


def drop_unused_files(lake: Lake) -> list[str]:
    """Remove the bytes and text of attachments that were replaced or removed; call it once the tables are built.

    Returns:
        The SHA-256 of each file that was removed.

    Raises:
        LakeError: The lake cannot be written.
    """
    landings = (SpaceLanding(lake, key) for key in landed_spaces(lake))
    records = (landed.record for landing in landings for landed in landing.records(ATTACHMENT_FILES).scan())
    return drop_unreferenced(lake, {record.sha256 for record in records})
