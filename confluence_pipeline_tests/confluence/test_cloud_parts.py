"""Tasks, versions, properties and views of a page or blog post."""

from urllib.parse import parse_qs, urlsplit

import pytest

from confluence_pipeline.confluence import AccessError, ConfluenceClient, ConfluenceError, NotFoundError, ServerError
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.confluence.doubles import Answer, Asked, connection_to, serving


def test_tasks_come_by_space_or_by_content(reader: ConfluenceClient) -> None:
    """Those of pages and blog posts alike, each once; of nothing there are none."""
    for space in reader.api.spaces():
        tasks = {task.task_id: task for task in reader.api.tasks(space_id=space.space_id)}
        assert {task.status for task in tasks.values()} == {"complete", "incomplete"}
        on = sorted({task.content_id for task in tasks.values()})
        by_content = list(reader.api.tasks(ids=on))
        assert {task.task_id: task for task in by_content} == tasks
        assert len(by_content) == len(tasks)
    assert not list(reader.api.tasks())


def test_a_task_on_something_else_is_left_out() -> None:
    """It has no row to belong to."""
    task = {"id": "1", "status": "complete", "spaceId": "5"}
    with (
        serving([Answer({"results": [task, task | {"id": "2", "blogPostId": "8"}]})]) as server,
        ConfluenceClient(connection_to(server.url)) as client,
    ):
        (found,) = client.api.tasks(space_id="5")
    assert (found.task_id, found.content_id, found.content_type, found.storage) == ("2", "8", "blogpost", None)


def test_versions_have_bodies_on_request(reader: ConfluenceClient, full_site: SiteProcess) -> None:
    """Each as the content was then, the newest as it is now."""
    bodies = {row["content_id"]: row["body_storage"] for row in full_site.control.truth("pages")}
    for space in reader.api.spaces():
        for page in reader.api.contents("page", space.space_id):
            versions = {v.version_number: v for v in reader.api.versions("page", page.content_id, bodies=True)}
            assert sorted(versions) == list(range(1, page.version_number + 1))
            assert versions[page.version_number].storage == bodies[page.content_id]


def test_bodies_of_versions_that_are_too_large_together_come_one_by_one() -> None:
    """No answer is held that is larger than a batch of bodies may be, and every version still comes once."""
    body = "x" * (9 * 1024**2)

    def answer(asked: Asked) -> Answer:
        query = parse_qs(urlsplit(asked.path).query)
        start, limit = int(query.get("cursor", ["0"])[0]), int(query["limit"][0])
        came = [
            {"number": 3 - at, "page": {"body": {"storage": {"value": body}}}}
            for at in range(start, min(3, start + limit))
        ]
        more = {"next": f"/x?cursor={start + limit}"} if start + limit < 3 else {}
        return Answer({"results": came, "_links": more})

    with serving(answer) as server, ConfluenceClient(connection_to(server.url)) as client:
        versions = [(v.version_number, len(v.storage or "")) for v in client.api.versions("page", "7", bodies=True)]
    assert versions == [(3, len(body)), (2, len(body)), (1, len(body))]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None]}, '{"a": [true, null], "b": 1}'),
        ("Grüße", '"Grüße"'),
        (None, "null"),
        ("\ud800", '"\\ud800"'),
    ],
)
def test_the_value_of_a_property_is_json(value: object, text: str) -> None:
    """As text with its keys sorted, which can be written in UTF-8 whatever it holds."""
    held = {"id": 5, "key": "k", "value": value, "version": {"number": 4}}
    with serving([Answer({"results": [held]})]) as server, ConfluenceClient(connection_to(server.url)) as client:
        (found,) = client.api.properties("blogpost", "7")
    assert (found.property_id, found.key, found.value, found.version_number) == ("5", "k", text, 4)
    assert found.source_url == f"{server.url}/wiki/api/v2/blogposts/7/properties/5"
    assert found.value.encode()


@pytest.mark.parametrize(("status", "kind"), [(403, AccessError), (404, NotFoundError)])
def test_a_plan_without_views_says_so(status: int, kind: type[ConfluenceError]) -> None:
    """The refusal comes through, and is no count of zero."""
    with (
        serving([Answer({"message": "not in this plan"}, status)]) as server,
        ConfluenceClient(connection_to(server.url)) as client,
        pytest.raises(kind, match=r"analytics/content/7/views.*not in this plan"),
    ):
        client.api.views("page", "7")


def test_views_without_a_count_are_no_zero() -> None:
    """An answer of another form is a fault of that item."""
    with (
        serving([Answer({"id": 7})]) as server,
        ConfluenceClient(connection_to(server.url)) as client,
        pytest.raises(ServerError, match="views of 7"),
    ):
        client.api.views("page", "7")
