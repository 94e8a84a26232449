"""One client, shared by many threads."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from confluence_pipeline.confluence import (
    ApiToken,
    AuthenticationError,
    ConfluenceClient,
    ConfluenceError,
    Cost,
    SettingError,
    SiteUnavailableError,
)
from confluence_pipeline_tests.confluence.doubles import Answer, Asked, connection_to, serving


@pytest.fixture
def idle_client() -> Iterator[ConfluenceClient]:
    """A client of two threads for a site that is never asked."""
    with ConfluenceClient(connection_to("http://127.0.0.1:9", max_concurrency=2)) as client:
        yield client


def test_results_come_in_the_order_of_the_items(idle_client: ConfluenceClient) -> None:
    """However long each takes."""

    def work(number: int) -> int:
        time.sleep(0.001 * (number % 5))
        return number

    assert list(idle_client.in_parallel(work, range(50))) == list(range(50))


def test_few_results_wait_to_be_taken(idle_client: ConfluenceClient) -> None:
    """Work goes no further ahead of who takes the results than twice the threads."""
    done: list[int] = []
    for taken, _ in enumerate(idle_client.in_parallel(done.append, range(100)), start=1):
        time.sleep(0.001)
        assert len(done) <= taken + 2 * 2


def test_many_threads_share_the_pool_without_a_deadlock(idle_client: ConfluenceClient) -> None:
    """Twelve spaces at once on two threads all come to their end."""

    def space(number: int) -> int:
        return sum(idle_client.in_parallel(lambda item: item * number, range(40)))

    with ThreadPoolExecutor(12) as spaces:
        totals = list(spaces.map(space, range(12), timeout=20))
    assert totals == [sum(range(40)) * number for number in range(12)]


def test_the_first_failure_is_raised_and_the_rest_is_not_begun(idle_client: ConfluenceClient) -> None:
    """Nobody pays for work whose result nobody will take."""
    begun: list[int] = []

    def work(number: int) -> int:
        begun.append(number)
        if number == 3:
            raise ZeroDivisionError
        time.sleep(0.005)
        return number

    with pytest.raises(ZeroDivisionError):
        list(idle_client.in_parallel(work, range(1000)))
    time.sleep(0.05)
    assert len(begun) < 20


def test_results_that_are_not_taken_are_not_worked_for(idle_client: ConfluenceClient) -> None:
    """A caller who stops early stops the work."""
    begun: list[int] = []
    results = idle_client.in_parallel(begun.append, range(1000))
    next(results)
    results.close()  # type: ignore[attr-defined]
    time.sleep(0.05)
    assert len(begun) <= 6


def test_closing_stops_what_waits_at_once() -> None:
    """A thread that was told to wait for minutes ends with an error as soon as the client is closed."""
    with serving([Answer(status=429, headers={"Retry-After": "1"})]) as server:
        client = ConfluenceClient(connection_to(server.url))
        with ThreadPoolExecutor(4) as threads:
            asking = [threads.submit(client.api.caller) for _ in range(4)]
            while not server.asked:
                time.sleep(0.005)
            began = time.monotonic()
            client.close()
            for future in asking:
                with pytest.raises((RuntimeError, SiteUnavailableError)):
                    future.result(timeout=2)
    assert time.monotonic() - began < 1


def test_a_closed_client_is_not_used_again(idle_client: ConfluenceClient) -> None:
    """Neither for a request nor for work."""
    idle_client.close()
    with pytest.raises(RuntimeError, match="closed"):
        idle_client.api.caller()
    with pytest.raises(RuntimeError):
        list(idle_client.in_parallel(str, [1]))


def test_never_more_requests_are_under_way_than_the_settings_allow() -> None:
    """With thirty jobs and a limit of three, the server never sees four at once."""
    lock, under_way, peak = threading.Lock(), [0], [0]

    def answer(_: Asked) -> Answer:
        with lock:
            under_way[0] += 1
            peak[0] = max(peak[0], under_way[0])
        time.sleep(0.01)
        with lock:
            under_way[0] -= 1
        return Answer({"type": "known", "accountId": "1"})

    with serving(answer) as server, ConfluenceClient(connection_to(server.url, max_concurrency=3)) as client:
        list(client.in_parallel(lambda _: client.api.caller(), range(30)))
    assert peak[0] == 3


def test_costs_are_counted_for_each_part_and_for_all() -> None:
    """A metered view counts its own requests, and the client counts everybody's."""
    with (
        serving([Answer({"type": "known", "accountId": "1"})]) as server,
        ConfluenceClient(connection_to(server.url)) as client,
    ):
        parts = [client.metered() for _ in range(3)]
        with ThreadPoolExecutor(3) as threads:
            list(threads.map(lambda part: [part.api.caller() for _ in range(10)], parts))
        assert [part.cost.requests for part in parts] == [10, 10, 10]
        assert client.cost.requests == 30
        assert client.cost.bytes_received == sum(part.cost.bytes_received for part in parts) > 0
    assert Cost(1, 2, 3.0, 4) + Cost(10, 20, 30.0, 40) == Cost(11, 22, 33.0, 44)


@pytest.mark.parametrize(
    ("answer", "setting"),
    [
        (Answer({"type": "anonymous", "accountId": None}), "CONFLUENCE_API_TOKEN"),
        (Answer({"message": "Unauthorized"}, 401), "CONFLUENCE_API_TOKEN"),
        (Answer({"message": "Current user not permitted to use Confluence"}, 403), "CONFLUENCE_USER_NAME"),
        (Answer({"detail": "Not Found"}, 404), "CONFLUENCE_SERVER_URL"),
        (Answer({"hello": "world"}), "CONFLUENCE_SERVER_URL"),
        (Answer(b"<html>welcome</html>", headers={"Content-Type": "text/html"}), "CONFLUENCE_SERVER_URL"),
        (Answer(b"<html>no</html>", 404, {"Content-Type": "text/html"}), "CONFLUENCE_SERVER_URL"),
        (Answer(b"hello"), "CONFLUENCE_SERVER_URL"),
        (Answer(b"", 302, {"Location": "https://login.example/"}), "CONFLUENCE_SERVER_URL"),
    ],
    ids=["anonymous", "401", "403", "404 json", "other json", "web page", "404 page", "text", "redirect"],
)
def test_a_login_that_fails_names_the_setting(answer: Answer, setting: str) -> None:
    """A wrong token, a caller without access and a server that is no Confluence are told apart, in one sentence."""
    with serving([answer]) as server, ConfluenceClient(connection_to(server.url)) as client:
        with pytest.raises(SettingError) as caught:
            client.log_in()
        if setting == "CONFLUENCE_SERVER_URL":
            with pytest.raises(ConfluenceError):
                list(client.api.spaces())
    assert caught.value.setting == setting
    assert setting in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_login_that_works_says_who() -> None:
    """The caller comes back."""
    answer = Answer({"type": "known", "accountId": "1", "displayName": "Ann"})
    with serving([answer]) as server, ConfluenceClient(connection_to(server.url)) as client:
        assert client.log_in().display_name == "Ann"


@pytest.mark.parametrize(
    ("user", "token"), [("", "x"), ("x", ""), (" a", "x"), ("a", "x\n"), ("a", " "), ("a\x00", "b")]
)
def test_credentials_that_cannot_be_right_are_refused_before_they_are_sent(user: str, token: str) -> None:
    """An empty value, or a line break that came along when it was copied, is told by its setting."""
    with pytest.raises(AuthenticationError) as caught:
        ApiToken(user, token)
    assert caught.value.setting in {"CONFLUENCE_USER_NAME", "CONFLUENCE_API_TOKEN"}
    assert str(caught.value.setting) in str(caught.value)
