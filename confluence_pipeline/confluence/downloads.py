"""Opens the bytes of attachments: a signed request, the redirect by hand, a stream that says when it breaks off.

On Cloud, the REST resource answers with a redirect to a short-lived signed address on another host, which wants no
credentials (API document, "Attachment bytes"; CHANGE-2735). So each attempt begins at the resource anew, and says
again whether the attachment is still there. A Data Center answers its own link with the bytes. The request budget
counts what the API is asked, so a place in it is held until the redirect has come, and not while bytes come from
elsewhere: a slow disk would hold up the API's callers, and with a budget of one a caller who asks for something in
the meantime would wait for itself.
"""

import re
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

import requests

from confluence_pipeline.confluence.address import is_loopback, origin
from confluence_pipeline.confluence.answers import Fault
from confluence_pipeline.confluence.dialect import Download
from confluence_pipeline.confluence.errors import RefusedError, ServerError
from confluence_pipeline.confluence.flow import Flow
from confluence_pipeline.confluence.meter import Meter
from confluence_pipeline.confluence.retries import RETRIED_STATUSES, asked_wait
from confluence_pipeline.confluence.transport import NETWORK_ERRORS, Transport
from confluence_pipeline.confluence.unanswered import root_words
from confluence_pipeline.cost import Cost

_RESOURCE = re.compile(
    r"/rest/api/content/[^/?#]+/child/attachment/[^/?#]+/download$|/download/attachments/[^/?#]+/[^/?#]+(?:\?[^#]*)?$"
)
_RANGE = re.compile(r"bytes (\d+)-\d+/(?:\d+|\*)")
_NOTHING_LEFT = re.compile(r"bytes \*/(\d+)")
_CHUNK = 1024**2
_MOST_REDIRECTS = 5
_AS_IT_IS = {"Accept": "*/*", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class _Opened:
    """An answer that holds bytes, from ``start`` on; ``is_over`` where there are none left."""

    response: requests.Response
    start: int
    is_over: bool = False


@dataclass(frozen=True)
class Downloads:
    """Downloads from one site.

    Attributes:
        transport: Sends the requests.
        meter: Counts them, and the bytes.
    """

    transport: Transport
    meter: Meter

    @contextmanager
    def download(self, url: str, start: int = 0) -> Iterator[Download]:
        """Open the bytes of an attachment; see :meth:`~confluence_pipeline.confluence.dialect.Dialect.download`.

        The opening is repeated as every request is. Where the bytes break off, the iterator raises
        :class:`ServerError`, and the caller opens again from where it stopped.
        """
        path = _path(url)
        opened = self.transport.repeat(path, self.meter, lambda attempt: self._attempt(path, start, attempt))
        with closing(opened.response):
            yield Download(opened.start, iter(()) if opened.is_over else self._chunks(path, opened))

    def _attempt(self, path: str, start: int, attempt: int) -> _Opened | Fault:
        answer = self._followed(path, start)
        if isinstance(answer, Fault):
            return answer
        if start and answer.status_code in (206, 416):
            if _continues(answer, start):
                return _Opened(answer, start, is_over=answer.status_code == 416)
            answer.close()
            return self._attempt(path, 0, attempt)
        if answer.status_code == 200 and _is_as_it_is(answer) and not _is_web_page(answer):
            return _Opened(answer, 0)
        with closing(answer):
            return self._fault(path, answer, attempt)

    def _followed(self, path: str, start: int) -> requests.Response | Fault:
        """Return the answer at the end of the redirects."""
        headers = _AS_IT_IS | ({"Range": f"bytes={start}-"} if start else {})
        answer = self.transport.open(path, self.meter, headers)
        followed = 0
        while not isinstance(answer, Fault) and 300 <= answer.status_code < 400:
            answer.close()
            if followed == _MOST_REDIRECTS:
                raise RefusedError(f"{path} was redirected more than {followed} times", status=answer.status_code)
            followed += 1
            answer = self.transport.open_elsewhere(self._target(path, answer), self.meter, headers)
        return answer

    def _target(self, path: str, answer: requests.Response) -> str:
        """Return where a redirect leads, unless the bytes would come over an open line or credentials go there."""
        url = ""
        try:
            url = urljoin(answer.url, answer.headers["Location"])
            is_safe = _is_safe(url, from_here=is_loopback(urlsplit(self.transport.api).hostname or ""))
        except (KeyError, ValueError):
            is_safe = False
        if not is_safe:
            raise RefusedError(
                f"{path} was redirected to something other than a plain https address, so its bytes were not fetched",
                status=answer.status_code,
            )
        return url

    def _fault(self, path: str, answer: requests.Response, attempt: int) -> Fault:
        """Say what an answer without bytes means; what the media host refuses may be an address that expired."""
        if origin(answer.url) == origin(self.transport.api):
            try:
                words = self.transport.read_piece(answer, time.monotonic() + self.transport.timeouts.read)
            except NETWORK_ERRORS as error:
                return self.transport.judge.unanswered(error, urlsplit(answer.url).hostname or "")
            judged = self.transport.judge.answer(path, answer, words, attempt)
            return judged if isinstance(judged, Fault) else Fault("JSON instead of bytes", answer.status_code)
        host, status = urlsplit(answer.url).hostname, answer.status_code
        if status in RETRIED_STATUSES:
            return Fault(f"status {status} from {host}", status, asked_wait(answer.headers, datetime.now(UTC)))
        if status != 200 and attempt == 1:
            return Fault(f"status {status} from {host}", status)
        came = f"status {status}"
        if status == 200:
            came = "a web page" if _is_as_it_is(answer) else "something compressed, though asked not to compress,"
        raise RefusedError(f"{host} gave {came} instead of the bytes of {path}", status=status, attempts=attempt)

    def _chunks(self, path: str, opened: _Opened) -> Iterator[bytes]:
        received, broken, flow = 0, "", self.transport.flow()
        try:
            while chunk := self._chunk(opened.response, flow):
                received += len(chunk)
                self.meter.add(Cost(bytes_received=len(chunk)))
                yield chunk
        except NETWORK_ERRORS as error:
            broken = root_words(error)
        announced = opened.response.headers.get("Content-Length")
        if not broken and announced is not None and announced.isdigit() and int(announced) != received:
            broken = f"{announced} were announced"
        if broken:
            raise ServerError(
                f"The bytes of {path} broke off: {received} came, from {opened.start} on ({broken})",
                status=opened.response.status_code,
            )

    def _chunk(self, response: requests.Response, flow: Flow) -> bytes:
        """Return the next mebibyte, or what is left; each must come within the time for a whole answer."""
        deadline = time.monotonic() + self.transport.timeouts.whole
        chunk = bytearray()
        while len(chunk) < _CHUNK and (piece := self.transport.read_piece(response, deadline, flow)):
            chunk += piece
        return bytes(chunk)


def _path(url: str) -> str:
    """Return the path of an attachment's resource, to be joined to our own base whatever host it names."""
    match = _RESOURCE.search(url)
    if match is None:
        raise ValueError("that is not the download_url of an attachment")
    return match[0]


def _is_safe(url: str, *, from_here: bool) -> bool:
    """Return whether bytes may be fetched from an address: https, or from a site on this machine this machine."""
    parts = urlsplit(url)
    if not parts.hostname or "@" in parts.netloc:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and from_here and is_loopback(parts.hostname))


def _continues(answer: requests.Response, start: int) -> bool:
    """Return whether an answer to a range request goes on where the caller stopped, if only with nothing.

    A file that has changed meanwhile may be shorter than what the caller has.
    """
    said = answer.headers.get("Content-Range", "")
    if answer.status_code == 416:
        match = _NOTHING_LEFT.fullmatch(said)
        return match is None or int(match[1]) == start
    match = _RANGE.fullmatch(said)
    return match is not None and int(match[1]) == start and _is_as_it_is(answer)


def _is_as_it_is(answer: requests.Response) -> bool:
    """Return whether an answer is not compressed: of a compressed one nobody could tell that it breaks off."""
    return answer.headers.get("Content-Encoding", "identity").lower() == "identity"


def _is_web_page(answer: requests.Response) -> bool:
    """Return whether an answer is meant to be looked at, as a login page is, and not to be kept as a file."""
    return "html" in answer.headers.get("Content-Type", "").lower() and "Content-Disposition" not in answer.headers
