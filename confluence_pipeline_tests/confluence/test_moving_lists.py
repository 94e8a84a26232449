"""Listings by where to start, from which things go while they are walked."""

from urllib.parse import parse_qs, urlsplit

from confluence_pipeline.confluence import ConfluenceClient
from confluence_pipeline_tests.confluence.doubles import Answer, Asked, connection_to, serving

PAGE = 10


class Group:
    """A group whose members come ten at a time, and that somebody leaves after the first page was read."""

    def __init__(self, size: int, leaving: int) -> None:
        self.members = [f"member-{number:03}" for number in range(size)]
        self.leaving = leaving

    def answer(self, asked: Asked) -> Answer:
        """Return one page."""
        start = int(parse_qs(urlsplit(asked.path).query)["start"][0])
        page = self.members[start : start + PAGE]
        links = {"next": "/more"} if start + PAGE < len(self.members) else {}
        body = {"results": [{"accountId": who} for who in page], "start": start, "limit": PAGE, "size": len(page)}
        answer = Answer({**body, "totalSize": len(self.members), "_links": links})
        del self.members[: self.leaving]
        self.leaving = 0
        return answer


def members_of(group: Group) -> tuple[list[str], int]:
    """Return the members that a client lists, and how many requests it took."""
    with serving(group.answer) as server, ConfluenceClient(connection_to(server.url)) as client:
        return [member.account_id for member in client.api.group_members("g")], len(server.asked)


def test_members_that_move_up_while_the_list_is_walked_are_not_passed_over() -> None:
    """Three who were read leave; who took their places is found by a second look, and nobody comes twice."""
    group = Group(35, leaving=3)
    found, _ = members_of(group)
    assert set(group.members) <= set(found)
    assert len(found) == len(set(found))


def test_a_list_that_stands_still_is_walked_once() -> None:
    """A second look costs nothing where the count is met."""
    found, requests = members_of(Group(35, leaving=0))
    assert (len(found), requests) == (35, 4)
