"""A small site where everything that hangs on contents is there at least once."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from confluence_pipeline.site.seed import (
    BytesLoader,
    Seed,
    SeedAttachment,
    SeedComment,
    SeedContent,
    SeedFile,
    SeedGroup,
    SeedRestriction,
    SeedSpace,
    SeedUser,
    SeedVersion,
)

ADA, BO, CY = "712020:ada", "712020:bo", "712020:cy"
GONE = "712020:gone"
"""An account that is not on the site."""
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DEPTH = 12
MANY = 2_000


@dataclass(frozen=True)
class Plain(BytesLoader):
    """Bytes that are at hand."""

    data: bytes

    def read(self) -> bytes:
        """Return them."""
        return self.data


def hour(number: int) -> datetime:
    """Return a time so many hours after the first."""
    return NOW + timedelta(hours=number)


def rich_seed() -> Seed:
    """Two spaces, one of them open to visitors, and one for the crew only."""
    return Seed(
        title="Harbour",
        users=[
            SeedUser(ADA, "Ada Quill", "ada@example.com", api_token="token-ada", is_admin=True),
            SeedUser(BO, "Bo Tern", "bo@example.com", api_token="token-bo"),
            SeedUser(CY, "Cy Marsh", "cy@example.com", account_status="closed"),
        ],
        groups=[
            SeedGroup("crew", [ADA, BO]),
            SeedGroup("pilots", [BO, GONE]),
            SeedGroup("confluence-users", [ADA, BO]),
        ],
        spaces=[
            SeedSpace("QUAY", "Quay", ADA, NOW, homepage="quay", labels=["port", "my:mine"], properties=[("k", [1])]),
            SeedSpace("PIER", "Pier", ADA, NOW, homepage="pier", is_anonymous=True),
            SeedSpace("HULL", "Hull", ADA, NOW, homepage="hull", viewer_groups=["crew"], viewer_users=[CY]),
        ],
        contents=iter([*_quay(), *_pier(), *_hull()]),
        caller=ADA,
    )


def thread(depth: int) -> SeedComment:
    """Return a comment with so many replies, each to the one before."""
    replies = () if depth == 0 else (thread(depth - 1),)
    return SeedComment(BO, f"<p>{depth} below</p>", hour(depth), replies=replies)


def _quay() -> list[SeedContent]:
    task = (
        "<ac:task-list><ac:task><ac:task-id>1</ac:task-id><ac:task-status>{0}</ac:task-status><ac:task-body>Call "
        '<ac:link><ri:user ri:account-id="712020:bo" /></ac:link> <time datetime="2026-04-01" />'
        "<ac:task-list><ac:task><ac:task-id>2</ac:task-id><ac:task-status>incomplete</ac:task-status>"
        "<ac:task-body>Nested</ac:task-body></ac:task></ac:task-list></ac:task-body></ac:task></ac:task-list>"
    )
    return [
        SeedContent("quay", "QUAY", "Quay", ADA, NOW, NOW, body_storage="<p>Start</p>", views=(7, 3)),
        SeedContent(
            "ropes",
            "QUAY",
            "Ropes",
            BO,
            NOW,
            hour(9),
            parent="quay",
            body_storage="<p>Coil the rope</p>" + task.format("complete"),
            history=[SeedVersion(GONE, NOW, "<p>Coil</p>"), SeedVersion(ADA, hour(5), task.format("incomplete"))],
            labels=["guide", "my:favourite", *(f"l{number}" for number in range(210))],
            likes=[ADA, GONE],
            properties=[("editor", "v2"), ("nested", {"b": [1, None], "a": "ä"})],
            comments=[
                thread(DEPTH - 1),
                SeedComment(
                    BO, "<p>Now better</p>", hour(4), history=[SeedVersion(GONE, hour(3), "<p>First</p>")], likes=[ADA]
                ),
                SeedComment(
                    ADA,
                    "<p>Which?</p>",
                    hour(2),
                    inline_selection="rope",
                    inline_marker_ref="m-1",
                    resolution_status="resolved",
                    replies=[SeedComment(BO, "<p>This</p>", hour(3), resolution_status="resolved")],
                ),
                SeedComment(BO, "<p>Gone text</p>", hour(2), inline_selection="line", resolution_status="dangling"),
            ],
            attachments=[
                SeedAttachment(
                    "rope.csv",
                    "text/csv",
                    9,
                    Plain(b"new,bytes"),
                    "second",
                    labels=["data", "my:file"],
                    author_id=BO,
                    created_at=hour(8),
                    comments=[
                        SeedComment(ADA, "<p>On the file</p>", hour(8), replies=[SeedComment(BO, "<p>Yes</p>", NOW)])
                    ],
                    history=[SeedFile(GONE, hour(1), 3, Plain(b"old"), "first")],
                ),
                SeedAttachment("../../etc/passwd", "text/plain", 5, Plain(b"hello"), reported_size=4_000_000_000),
                SeedAttachment("empty.txt", "text/plain", 0, Plain(b"")),
            ],
        ),
        SeedContent(
            "locker",
            "QUAY",
            "Locker",
            ADA,
            NOW,
            NOW,
            node_type="folder",
            parent="quay",
            restrictions=[SeedRestriction("read", users=[ADA], groups=["pilots"])],
        ),
        SeedContent(
            "keys",
            "QUAY",
            "Keys",
            ADA,
            NOW,
            NOW,
            parent="locker",
            restrictions=[SeedRestriction("read", users=[BO, GONE])],
        ),
        SeedContent(
            "news",
            "QUAY",
            "News",
            BO,
            NOW,
            NOW,
            node_type="blogpost",
            restrictions=[SeedRestriction("update", users=[BO])],
            comments=[SeedComment(ADA, "<p>Nice</p>", NOW)],
        ),
        SeedContent(
            "old",
            "QUAY",
            "Old ropes",
            ADA,
            NOW,
            NOW,
            parent="quay",
            status="archived",
            comments=[SeedComment(ADA, "<p>Once</p>", NOW)],
            attachments=[SeedAttachment("old.txt", "text/plain", 1, Plain(b"x"))],
        ),
        SeedContent(
            "bin",
            "QUAY",
            "Rotten rope",
            ADA,
            NOW,
            NOW,
            parent="quay",
            status="trashed",
            comments=[SeedComment(ADA, "<p>Away</p>", NOW)],
            attachments=[SeedAttachment("bin.txt", "text/plain", 1, Plain(b"x"))],
        ),
    ]


def _pier() -> list[SeedContent]:
    return [
        SeedContent("pier", "PIER", "Pier", ADA, NOW, NOW, body_storage="<p>Welcome</p>"),
        SeedContent(
            "shed",
            "PIER",
            "Shed",
            ADA,
            NOW,
            NOW,
            parent="pier",
            restrictions=[SeedRestriction("read", groups=["crew"])],
        ),
    ]


def _hull() -> list[SeedContent]:
    return [SeedContent("hull", "HULL", "Hull", ADA, NOW, NOW, body_storage="<p>Below</p>")]


def crowded_seed() -> Seed:
    """One page with 2,000 comments, a tenth of them replies, and a thread 12 deep."""
    replied = [
        SeedComment(
            BO, f"<p>Comment {number}</p>", hour(number), replies=[SeedComment(ADA, "<p>Yes</p>", hour(number))]
        )
        for number in range(MANY // 10)
    ]
    plain = [
        SeedComment(ADA, f"<p>Remark {number}</p>", hour(number)) for number in range(MANY - 2 * len(replied) - DEPTH)
    ]
    page = SeedContent("p", "LOUD", "Loud", ADA, NOW, NOW, comments=[*replied, *plain, thread(DEPTH - 1)])
    return Seed(
        title="Crowd",
        users=[
            SeedUser(ADA, "Ada Quill", "ada@example.com", api_token="token-ada"),
            SeedUser(BO, "Bo Tern", "bo@example.com"),
        ],
        groups=[],
        spaces=[SeedSpace("LOUD", "Loud", ADA, NOW, homepage="p")],
        contents=iter([page]),
        caller=ADA,
    )
