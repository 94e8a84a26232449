"""Small sites to test with, whose every fact a test can name."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from confluence_pipeline.site.seed import (
    BytesLoader,
    Seed,
    SeedAttachment,
    SeedComment,
    SeedContent,
    SeedGroup,
    SeedRestriction,
    SeedSpace,
    SeedUser,
    SeedVersion,
)

ADA = "712020:ada"
BO = "712020:bo"
CY = "712020:cy"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
TASKS = (
    "<ac:task-list><ac:task><ac:task-id>7</ac:task-id><ac:task-status>complete</ac:task-status>"
    '<ac:task-body>Tell <ac:link><ri:user ri:account-id="712020:bo" /></ac:link> by '
    '<time datetime="2026-04-01" /></ac:task-body></ac:task><ac:task><ac:task-id>8</ac:task-id>'
    "<ac:task-status>incomplete</ac:task-status><ac:task-body>Count the lamps</ac:task-body></ac:task>"
    "</ac:task-list>"
)


@dataclass(frozen=True)
class Bytes(BytesLoader):
    """Bytes that are at hand."""

    data: bytes

    def read(self) -> bytes:
        """Return them."""
        return self.data


def people() -> list[SeedUser]:
    """Three people; Ada is an administrator in UTC, Bo lives ten hours ahead, Cy's account is closed."""
    return [
        SeedUser(ADA, "Ada Quill", "ada@example.com", api_token="token-ada", is_admin=True),
        SeedUser(BO, "Bo Tern", "bo@example.com", "Australia/Brisbane", api_token="token-bo"),
        SeedUser(CY, "Cy Marsh", "cy@example.com", account_status="closed", api_token="token-cy"),
    ]


def small_seed() -> Seed:
    """A site with one of everything: two open spaces, an archived and a closed one, and Bo's own."""
    return Seed(
        title="Lighthouse",
        users=people(),
        groups=[SeedGroup("keepers", [ADA, BO]), SeedGroup("auditors", [ADA])],
        spaces=[
            SeedSpace("LAMP", "Lamps", ADA, NOW, description="All about lamps", homepage="home", labels=["night"]),
            SeedSpace("FOG", "Fog & horns", BO, NOW, homepage="fog"),
            SeedSpace("OLD", "Old logs", ADA, NOW, status="archived", homepage="old"),
            SeedSpace("~bo", "Bo Tern", BO, NOW, space_type="personal", homepage="bo-home"),
            SeedSpace("SAFE", "Safe", ADA, NOW, viewer_groups=["auditors"], homepage="safe"),
        ],
        contents=iter(contents()),
        caller=ADA,
    )


def contents() -> list[SeedContent]:
    """What the small site holds."""
    hour = timedelta(hours=1)
    return [
        SeedContent("home", "LAMP", "Lamps", ADA, NOW, NOW, body_storage="<p>Start here</p>", labels=["guide"]),
        SeedContent(
            "wick",
            "LAMP",
            "Trim the wick",
            BO,
            NOW,
            NOW + 2 * hour,
            parent="home",
            position=1,
            body_storage="<h1>Wick</h1><p>Trim it &amp; light it. <em>Daily</em>.</p>",
            version_message="clearer",
            labels=["guide", "night-shift"],
            comments=[
                SeedComment(ADA, "<p>Good</p>", NOW, replies=[SeedComment(BO, "<p>Thanks</p>", NOW + hour)]),
                SeedComment(ADA, "<p>Why?</p>", NOW, inline_selection="Trim it", inline_marker_ref="m-1"),
                SeedComment(
                    BO,
                    "<p>Done</p>",
                    NOW,
                    inline_selection="Daily",
                    inline_marker_ref="m-2",
                    resolution_status="resolved",
                ),
            ],
            attachments=[
                SeedAttachment("wick.png", "image/png", len(PNG), Bytes(PNG), "a photo", labels=["photo"]),
                SeedAttachment("notes with space.txt", "text/plain", 5, Bytes(b"hello")),
            ],
            history=[SeedVersion(ADA, NOW, "<p>Trim it.</p>", "first")],
            likes=[ADA, BO],
            properties=[("status", {"colour": "green"})],
        ),
        SeedContent(
            "secret",
            "LAMP",
            "Key safe",
            ADA,
            NOW,
            NOW + hour,
            parent="home",
            position=2,
            body_storage="<p>1234</p>",
            restrictions=[SeedRestriction("read", users=[ADA]), SeedRestriction("update", groups=["auditors"])],
            comments=[SeedComment(ADA, "<p>Secret remark</p>", NOW)],
            attachments=[SeedAttachment("key.png", "image/png", len(PNG), Bytes(PNG))],
            labels=["hush"],
        ),
        SeedContent("below", "LAMP", "Below the key safe", ADA, NOW, NOW, parent="secret", body_storage="<p>x</p>"),
        SeedContent("folder", "LAMP", "Parts", ADA, NOW, NOW, node_type="folder", parent="home", position=3),
        SeedContent("lens", "LAMP", "Lens", BO, NOW, NOW, parent="folder", body_storage=TASKS),
        SeedContent("board", "LAMP", "Sketches", BO, NOW, NOW, node_type="whiteboard", parent="folder"),
        SeedContent("data", "LAMP", "Stock", BO, NOW, NOW, node_type="database", parent="folder"),
        SeedContent(
            "embed",
            "LAMP",
            "Forecast",
            BO,
            NOW,
            NOW,
            node_type="embed",
            parent="home",
            embed_url="https://weather.example/forecast",
        ),
        SeedContent(
            "was", "LAMP", "Old oil lamp", BO, NOW, NOW, parent="home", status="archived", body_storage="<p>o</p>"
        ),
        SeedContent("gone", "LAMP", "Candle", BO, NOW, NOW, parent="home", status="trashed", body_storage="<p>c</p>"),
        SeedContent("draft", "LAMP", "Half a thought", ADA, NOW, NOW, parent="home", status="draft"),
        SeedContent(
            "news",
            "LAMP",
            "Storm tonight",
            BO,
            NOW,
            NOW + hour,
            node_type="blogpost",
            body_storage="<p>Wind</p>",
            labels=["night-shift"],
        ),
        SeedContent(
            "fog", "FOG", "Fog", BO, NOW, NOW, body_storage="<p>Horn: <strong>two</strong> blasts</p>", labels=["guide"]
        ),
        SeedContent("old", "OLD", "Log of 1901", ADA, NOW, NOW, body_storage="<p>Calm</p>"),
        SeedContent("bo-home", "~bo", "Bo's notes", BO, NOW, NOW, body_storage="<p>Mine</p>"),
        SeedContent("safe", "SAFE", "Safe home", ADA, NOW, NOW, body_storage="<p>Audit</p>", labels=["hush"]),
    ]
