"""The attachments of a space: each one's bytes are in the lake, or the ledger says why they are not."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from confluence_pipeline.confluence import AttachmentRecord, ConfluenceClient, SiteUnavailableError
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing.blobs import BlobStore
from confluence_pipeline.landing.files import AttachmentFileRecord, Files, drop_unreferenced, land_files
from confluence_pipeline.landing.selection import Selection
from confluence_pipeline.landing.texts import TextStore
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.sources import FunctionSource
from confluence_pipeline_tests.extraction.samples import SENTENCE
from confluence_pipeline_tests.files_seed import HOSTILE_NAMES, LIMIT, files_seed
from confluence_pipeline_tests.laboratory import Editor, reader_of
from confluence_pipeline_tests.landing.downloads import sha256_of

BYTES = Selection(frozenset({"attachments"}), attachment_bodies=True, attachment_max_bytes=LIMIT)
TEXT = replace(BYTES, attachment_text=True)
TOO_LARGE = {"large.bin", "lies and is large.bin", "says much.txt"}
TRUTH = {file.filename: file.load.read() for page in files_seed().contents for file in page.attachments}
DOWNLOADS = "/download"
ON_THE_MEDIA_HOST = "^/file/"


class Space:
    """A space with attachments, and a lake that it lands in."""

    def __init__(self, site: SiteProcess, client: ConfluenceClient, lake: Lake) -> None:
        self.site = site
        self.client = client
        self.lake = lake

    def listed(self) -> dict[str, AttachmentRecord]:
        """Return what the site lists, by title."""
        found = self.client.api.attachments('space = "FILES" and type = attachment')
        return {held.attachment.title: held.attachment for held in found}

    def land(
        self, selection: Selection = BYTES, known: Mapping[str, AttachmentFileRecord] | None = None, title: str = ""
    ) -> Files:
        """Land the files whose titles begin with ``title``."""
        wanted = [file for name, file in self.listed().items() if name.startswith(title)]
        return land_files(self.client, self.lake, wanted, known or {}, selection)

    def requests_for_bytes(self) -> int:
        """Return how often the site was asked for the bytes of anything since the last time."""
        asked = self.site.control.request_counts().requests
        self.site.control.reset_requests()
        return sum(count for template, count in asked.items() if template.endswith("/download"))


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Space]:
    """A site that the test may change, and an empty lake."""
    source = FunctionSource("confluence_pipeline_tests.files_seed:files_seed")
    with SiteProcess(source) as site, reader_of(site) as client:
        yield Space(site, client, Lake(str(tmp_path / "lake")))


def test_every_attachment_is_a_record_or_a_ledger_entry(space: Space) -> None:
    """What can be had is in the lake byte for byte, under its digest, with its own size; the rest is in the ledger."""
    listed = space.listed()
    assert set(listed) == set(TRUTH)
    files = space.land()
    titles = {file.attachment_id: title for title, file in listed.items()}
    landed = {titles[i]: record for i, record in files.records.items()}
    assert set(landed) == set(TRUTH) - TOO_LARGE
    for title, record in landed.items():
        assert (record.sha256, record.size) == (sha256_of(TRUTH[title]), len(TRUTH[title]))
        assert space.lake.read_bytes(record.blob_uri) == TRUTH[title]
        assert (record.text_extractor, record.text_error) == (None, None)
    assert {titles[entry.content_id or ""] for entry in files.ledger} == TOO_LARGE
    for entry in files.ledger:
        assert (entry.table, entry.operation, entry.reason) == ("attachments", "download", "too_large")
        assert "CONFLUENCE_ATTACHMENT_MAX_MB" in entry.message
    assert listed["says little.txt"].file_size == 10  # the lie stays what the site says


def test_no_file_is_outside_the_lake_and_no_name_is_in_it(space: Space, tmp_path: Path) -> None:
    """Whatever attachments are called, the lake has blobs by digest and notes by digest."""
    space.land()
    names = [path.name for path in tmp_path.rglob("*") if path.is_file()]
    assert not {"passwd", *HOSTILE_NAMES} & set(names)
    assert [path.name for path in tmp_path.iterdir()] == ["lake"]
    landed = {sha256_of(data) for title, data in TRUTH.items() if title not in TOO_LARGE}
    assert BlobStore(space.lake).present() == landed
    assert len(space.lake.list_files("blobs")) == len(landed)


def test_what_is_known_is_not_asked_for_again(space: Space) -> None:
    """A second sync with the records of the first asks for no bytes, and gives the same records."""
    first = space.land()
    space.requests_for_bytes()
    second = space.land(known=first.records)
    assert second.records == first.records
    assert space.requests_for_bytes() == 1  # the one that does not tell that it is too large
    assert [entry.content_id for entry in second.ledger] == [entry.content_id for entry in first.ledger]


def test_a_sync_that_died_before_its_records_landed_downloads_nothing_twice(space: Space) -> None:
    """What came is known by its note, until the record that has landed takes its place."""
    first = space.land(title="plan")
    space.requests_for_bytes()
    assert space.land(title="plan").records == first.records
    assert space.requests_for_bytes() == 0
    assert len(space.lake.list_files("raw/downloads")) == 2
    space.land(known=first.records, title="plan")
    assert space.lake.list_files("raw/downloads") == []


def test_a_new_version_is_downloaded_and_an_old_one_is_not_taken_for_it(space: Space) -> None:
    """The record is of the version that is listed."""
    first = space.land(title="plan.pdf")
    file = space.listed()["plan.pdf"]
    Editor(space.site).ask(
        "POST",
        f"/rest/api/content/{file.container_id}/child/attachment/{file.attachment_id}/data",
        files={"file": ("plan.pdf", b"newer", "application/pdf")},
        headers={"X-Atlassian-Token": "nocheck"},
    )
    newer = space.listed()["plan.pdf"]
    second = land_files(space.client, space.lake, [newer], first.records, BYTES)
    record = second.records[newer.attachment_id]
    assert (record.version_number, record.sha256) == (2, sha256_of(b"newer"))


def test_a_blob_that_was_lost_is_fetched_again(space: Space) -> None:
    """A record whose bytes are not in the lake is no reason not to ask."""
    first = space.land(title="plan.pdf")
    (record,) = first.records.values()
    space.lake.remove(record.blob_uri)
    assert space.land(known=first.records, title="plan.pdf") == first
    assert space.lake.exists(record.blob_uri)


def test_what_is_deleted_before_or_while_it_downloads_is_in_the_ledger(space: Space) -> None:
    """The others land as if nothing had been."""
    listed = list(space.listed().values())
    (gone,) = (file for file in listed if file.title == "twin a.txt")
    Editor(space.site).ask("DELETE", f"/api/v2/attachments/{gone.attachment_id}")
    Editor(space.site).ask("DELETE", f"/api/v2/attachments/{gone.attachment_id}?purge=true")
    vanishing = next(file for file in listed if file.title == "says little.txt")
    space.site.control.set_faults(FaultRule("vanish", path=vanishing.file_id or ""))
    files = land_files(space.client, space.lake, listed, {}, BYTES)
    missing = {entry.content_id: entry for entry in files.ledger if entry.reason != "too_large"}
    assert set(missing) == {gone.attachment_id, vanishing.attachment_id}
    assert {entry.reason for entry in missing.values()} == {"gone_meanwhile"}
    assert len(files.records) == len(TRUTH) - len(TOO_LARGE) - 2


def test_a_download_that_breaks_off_goes_on(space: Space) -> None:
    """Cut in the middle, resumed or begun anew, the bytes are those of the file."""
    for faults in (
        [FaultRule("reset_mid_body", path=ON_THE_MEDIA_HOST, count=3)],
        [
            FaultRule("reset_mid_body", path=ON_THE_MEDIA_HOST, count=3),
            FaultRule("ignore_range", path=ON_THE_MEDIA_HOST),
        ],
    ):
        space.site.control.set_faults(*faults)
        files = space.land(title="says little")
        (record,) = files.records.values()
        assert files.ledger == []
        assert space.lake.read_bytes(record.blob_uri) == TRUTH["says little.txt"]
        space.lake.remove(record.blob_uri)


def test_one_file_that_fails_is_in_the_ledger_and_all_that_fail_are_the_sites(space: Space) -> None:
    """Where some come, the one that does not is told; where none come, the sync is tried again later."""
    bad = space.listed()["plan.pdf"]
    space.site.control.set_faults(FaultRule("error", path=f"{bad.attachment_id}/download", status=500))
    files = space.land()
    (entry,) = (entry for entry in files.ledger if entry.reason != "too_large")
    assert (entry.content_id, entry.reason, entry.http_status, entry.retryable) == (
        bad.attachment_id,
        "server",
        500,
        True,
    )
    assert "attachment 'plan.pdf'" in entry.message
    for path in space.lake.list_files("raw/downloads"):
        space.lake.remove(path)
    space.site.control.set_faults(FaultRule("error", path=DOWNLOADS, status=500))
    with pytest.raises(SiteUnavailableError, match="fails for every attachment"):
        space.land()


def test_text_comes_with_the_bytes(space: Space) -> None:
    """Every file with text has it, or the reason; pictures and unknown kinds have neither."""
    files = space.land(TEXT)
    titles = {file.attachment_id: title for title, file in space.listed().items()}
    texts = TextStore(space.lake)
    for attachment_id, record in files.records.items():
        title, extracted = titles[attachment_id], texts.get(record.sha256)
        if title in ("picture.png", "empty.bin"):
            assert (record.text_extractor, record.text_error) == (None, None)
            continue
        assert extracted is not None
        assert (extracted.extractor, extracted.error) == (record.text_extractor, record.text_error)
        if title in ("looping.pdf", "encrypted.pdf"):
            assert extracted.text is None
            assert (record.text_error or "").startswith("The file cannot be read: ")
        elif title in (*HOSTILE_NAMES, "plan.pdf", "plan.docx"):
            assert SENTENCE in (extracted.text or "")


def test_text_is_read_once_and_again_when_the_reader_changes(space: Space) -> None:
    """What this version of the reader has read stays as it is; what another one read is read again."""
    first = space.land(TEXT, title="plan")
    before = space.lake.entries("raw/texts")
    assert len(before) == 2
    assert space.land(TEXT, known=first.records, title="plan").records == first.records
    assert space.land(TEXT, title="plan").records == first.records
    assert space.lake.entries("raw/texts") == before
    texts, (record, *_) = TextStore(space.lake), first.records.values()
    extracted = texts.get(record.sha256)
    assert extracted is not None
    texts.put(record.sha256, replace(extracted, text="old", extractor="xberg 0"))
    old = {record.attachment_id: replace(record, text_extractor="xberg 0")}
    assert space.land(TEXT, known=old, title="plan").records == first.records
    assert texts.get(record.sha256) == extracted


def test_text_may_be_asked_for_later_and_not_any_more(space: Space) -> None:
    """Bytes that are there are read without being downloaded; without the wish the record tells of no text."""
    first = space.land(title="plan")
    space.requests_for_bytes()
    with_text = space.land(TEXT, known=first.records, title="plan")
    assert space.requests_for_bytes() == 0
    assert all(record.text_extractor for record in with_text.records.values())
    assert space.land(known=with_text.records, title="plan").records == first.records


def test_nothing_is_downloaded_unless_asked_for(space: Space) -> None:
    """Without the wish for bytes or text there are no records, no ledger and no requests."""
    space.requests_for_bytes()
    assert space.land(Selection(frozenset({"attachments"}))) == Files()
    assert space.requests_for_bytes() == 0
    assert space.lake.list_files("blobs") == []


def test_bytes_and_text_that_no_space_refers_to_are_dropped(space: Space) -> None:
    """What any record names stays, and so does what was downloaded lately."""
    files = space.land(TEXT, title="plan")
    kept, other = sorted(files.records.values(), key=lambda record: record.sha256)
    assert drop_unreferenced(space.lake, {kept.sha256}) == []
    BlobStore(space.lake).forget_notes(space.listed().values())
    assert drop_unreferenced(space.lake, {kept.sha256}) == [other.sha256]
    assert space.lake.list_files("blobs") == [kept.blob_uri]
    assert TextStore(space.lake).present() == {kept.sha256}


def test_a_lake_elsewhere_has_the_same(space: Space) -> None:
    """Bytes and text land on any storage."""
    here = space.land(TEXT, title="plan")
    there = Space(space.site, space.client, Lake("memory://files/lake"))
    assert there.land(TEXT, title="plan") == here
    for record in here.records.values():
        assert there.lake.read_bytes(record.blob_uri) == space.lake.read_bytes(record.blob_uri)
        assert TextStore(there.lake).get(record.sha256) == TextStore(space.lake).get(record.sha256)
