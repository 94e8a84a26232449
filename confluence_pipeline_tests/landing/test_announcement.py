"""What a sync that died had begun to remove: the next one tells it, once, and leaves nothing behind."""

from dataclasses import replace

from confluence_pipeline.confluence import CommentRecord
from confluence_pipeline.landing import SpaceLanding
from confluence_pipeline.landing.announcement import Announcement
from confluence_pipeline.landing.bodies import Body
from confluence_pipeline.landing.kinds import COMMENTS
from confluence_pipeline.landing.removals import Removal
from confluence_pipeline_tests.laboratory import Laboratory


def test_a_comment_that_a_dead_sync_removed_is_told_by_the_next(lab: Laboratory) -> None:
    """Also if it died between the records and the report; once, and not at all if the comment is back."""
    page = lab.id_of("LAB page 7")
    gone, back = (lab.editor.comment(page, f"<p>{word}</p>") for word in ("gone", "back"))
    lab.sync()
    landing = SpaceLanding(lab.lake, "LAB")
    lab.editor.remove_comment(gone)
    landed = landing.records(COMMENTS).read()
    removals = [Removal(i, "comment", "A comment", 1, "purged", "not listed") for i in (gone, back)]
    Announcement(landing).make("a sync that died", removals)
    landing.land_records(COMMENTS, {i: comment for i, comment in landed.items() if i not in (gone, back)})
    for _ in range(2):
        lab.sync()
        assert [(row["content_id"], row["reason"]) for row in lab.rows("removals")] == [(gone, "purged")]
        assert [row["comment_id"] for row in lab.rows("comments")] == [back]


def test_a_report_that_landed_is_not_told_again(lab: Laboratory) -> None:
    """The sync died after its report and before it took back what it had announced."""
    comment = lab.editor.comment(lab.id_of("LAB page 7"))
    lab.sync()
    lab.editor.remove_comment(comment)
    lab.sync()
    landing = SpaceLanding(lab.lake, "LAB")
    report = landing.newest_report()
    assert report is not None
    Announcement(landing).make(report.name, [Removal(**removal) for removal in report.facts["removals"]])
    lab.sync()
    assert [row["content_id"] for row in lab.rows("removals")] == [comment]
    assert Announcement(landing).untold() == ()


def test_bodies_that_nothing_refers_to_are_dropped_by_the_next_sync(lab: Laboratory) -> None:
    """A sync that died after its commit leaves the old ones; the next drops them, even if nothing else changed."""
    lab.editor.comment(lab.id_of("LAB page 7"))
    lab.sync()
    landing = SpaceLanding(lab.lake, "LAB")
    needed = landing.body_files(), landing.comment_bodies.names()
    page = lab.id_of("LAB page 3")
    landing.land_bodies([replace(lab.client.api.bodies("page", [page])[0], storage="<p>Old</p>")], lab.run())
    landing.comment_bodies.land([Body("1", 1, any_comment(landing), "<p>Old</p>")])
    lab.sync()
    assert (landing.body_files(), landing.comment_bodies.names()) == needed


def any_comment(landing: SpaceLanding) -> CommentRecord:
    """Return any comment's record."""
    return next(iter(landing.records(COMMENTS).read().values())).record
