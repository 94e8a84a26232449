"""Records as text and back, the accounts in a body, and the difference between two listings."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.confluence import ContentRecord, Label, SpaceRecord, UserRecord
from confluence_pipeline.landing.accounts import mentioned_accounts
from confluence_pipeline.landing.codec import decode, decode_labels, encode, encode_labels
from confluence_pipeline.landing.diff import diff
from confluence_pipeline.landing.entries import Entry, generation
from confluence_pipeline.tables.report import Run

TEXTS = st.text(st.characters(blacklist_categories=["Cs"]), max_size=12)
MOMENTS = st.datetimes(timezones=st.just(UTC))
RUN = Run("run", datetime(2026, 3, 2, tzinfo=UTC))


CONTENTS = st.builds(
    ContentRecord,
    content_id=st.integers(1, 40).map(str),
    content_type=st.sampled_from(["page", "blogpost"]),
    space_id=TEXTS,
    status=st.sampled_from(["current", "archived"]),
    title=TEXTS,
    created_at=MOMENTS | st.none(),
    updated_at=MOMENTS | st.none(),
    version_number=st.integers(1, 3),
)
SPACES = st.builds(SpaceRecord, created_at=MOMENTS | st.none())
USERS = st.builds(UserRecord, account_id=TEXTS)


@given(CONTENTS | SPACES | USERS)
def test_a_record_survives_its_text(record: ContentRecord | SpaceRecord | UserRecord) -> None:
    """Every field comes back, times with their zone, on one line."""
    text = encode(record)
    assert decode(type(record), text) == record
    assert "\n" not in text


@given(CONTENTS)
def test_equal_records_have_equal_text(record: ContentRecord) -> None:
    """Else the same facts would look changed."""
    assert encode(record) == encode(decode(ContentRecord, encode(record)))


def test_a_field_that_came_later_is_unknown_in_old_text() -> None:
    """What landed years ago can still be read."""
    user = decode(UserRecord, '{"account_id": "1", "display_name": "Ann", "a_field_of_old": 7}')
    assert (user.account_id, user.display_name, user.email) == ("1", "Ann", None)


@given(st.lists(st.builds(Label, TEXTS, TEXTS, TEXTS), unique_by=lambda label: (label.prefix, label.name)), st.data())
def test_labels_have_one_text_in_any_order(labels: list[Label], data: st.DataObject) -> None:
    """The order in which a site answers does not show."""
    assert set(decode_labels(encode_labels(labels))) == set(labels)
    assert encode_labels(data.draw(st.permutations(labels))) == encode_labels(labels)


@pytest.mark.parametrize(
    ("storage", "accounts"),
    [
        ("", set()),
        ("<ri:user ri:account-id=\"1\" /> <ri:user ri:account-id='2'/>", {"1", "2"}),
        ('<ri:user ri:local-id="x" ri:account-id = "557058:a&amp;b" />', {"557058:a&b"}),
        ('<ri:user ri:account-id="" /><ri:user ri:userkey="9" />', {"9"}),
        ('<ac:plain-text-body><![CDATA[<ri:user ri:account-id="3" />]]></ac:plain-text-body>', set()),
        ('<![CDATA[a]]><ri:user ri:account-id="4" /><![CDATA[\n]]>', {"4"}),
    ],
)
def test_mentions_are_found_in_markup_and_not_in_code(storage: str, accounts: set[str]) -> None:
    """Every way to write the attribute counts; a code block that shows one does not."""
    assert mentioned_accounts(storage) == accounts


def entry(record: ContentRecord, body_file: str | None) -> Entry:
    """Return a record as it landed."""
    return Entry(record, (), body_file, "digest" if body_file else None, 6 if body_file else 0, (), RUN)


@given(
    st.lists(st.tuples(CONTENTS, st.sampled_from([None, "kept", "lost"])), max_size=20),
    st.lists(CONTENTS, max_size=20),
    st.booleans(),
)
def test_the_difference_is_what_its_definition_says(
    before: list[tuple[ContentRecord, str | None]], now: list[ContentRecord], full: bool
) -> None:
    """Fetched are all but those of which this version's body is there; gone is what is not listed."""
    landed = {record.content_id: entry(record, body_file) for record, body_file in before}
    listed = {record.content_id: record for record in now}
    plan = diff(landed, listed, {"kept"}, full=full)
    reusable = {
        content_id
        for content_id, record in listed.items()
        if not full
        and content_id in landed
        and landed[content_id].body_file == "kept"
        and landed[content_id].record.version_number == record.version_number
    }
    assert set(plan.reuse) == reusable
    assert sorted(record.content_id for record in plan.fetch) == sorted(set(listed) - reusable)
    assert set(plan.gone) == set(landed) - set(listed)


@given(st.lists(CONTENTS, max_size=8, unique_by=lambda record: record.content_id))
def test_a_generation_tells_facts_and_not_who_landed_them(records: list[ContentRecord]) -> None:
    """Another run, file or order is the same generation; another title is not."""
    listing = {record.content_id: entry(record, "a") for record in records}
    later = Run("later", RUN.started_at + timedelta(days=1))
    same = {i: replace(known, run=later, body_file="b") for i, known in reversed(list(listing.items()))}
    assert generation(same) == generation(listing)
    for content_id, known in listing.items():
        renamed = replace(known, record=replace(known.record, title=known.record.title + "x"))
        assert generation({**listing, content_id: renamed}) != generation(listing)


def test_times_come_back_as_the_same_moment() -> None:
    """Whatever zone they were in."""
    moment = datetime(2026, 3, 2, 12, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    space = SpaceRecord("1", "A", "A", None, None, None, None, None, None, None, moment, None, "u")
    assert decode(SpaceRecord, encode(space)).created_at == moment
