"""The refusals of the API, raised anywhere and written in the shape of the API version that was asked.

v2 answers ``{"errors": [{"status", "code", "title", "detail"}]}`` (observed, see for example the public ticket
PipedreamHQ/pipedream#15776); v1 answers ``{"statusCode", "data", "message"}`` whose message starts with the
Java exception's name (observed on 410 Gone and on search faults).
"""

from collections.abc import Mapping

_CODES = {
    400: "INVALID_REQUEST_PARAMETER",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT",
    410: "GONE",
    413: "PAYLOAD_TOO_LARGE",
    429: "TOO_MANY_REQUESTS",
    500: "INTERNAL_SERVER_ERROR",
}
_EXCEPTIONS = {
    400: "BadRequestException",
    401: "NotAuthenticatedException",
    403: "PermissionException",
    404: "NotFoundException",
    405: "MethodNotAllowedException",
    409: "ConflictException",
    410: "GoneException",
    413: "PayloadTooLargeException",
}
_PACKAGE = "com.atlassian.confluence.api.service.exceptions"


class ApiError(Exception):
    """A refusal: an HTTP status, a title, and what a person needs to know besides.

    ``written`` is the body where it is not written as the API's versions write it.
    """

    def __init__(
        self,
        status: int,
        title: str,
        detail: str | None = None,
        headers: Mapping[str, str] | None = None,
        written: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.detail = detail
        self.headers = dict(headers or {})
        self._written = written

    def body(self, path: str) -> dict[str, object]:
        """Return the JSON body as the API version that ``path`` belongs to writes it."""
        if self._written is not None:
            return dict(self._written)
        return self._v1() if "/rest/" in path else self._v2()

    def _v2(self) -> dict[str, object]:
        code = _CODES.get(self.status, "ERROR")
        return {"errors": [{"status": self.status, "code": code, "title": self.title, "detail": self.detail}]}

    def _v1(self) -> dict[str, object]:
        name = _EXCEPTIONS.get(self.status)
        data = {"authorized": self.status not in (401, 404), "valid": self.status != 400}
        message = f"{_PACKAGE}.{name}: {self.title}" if name else self.title
        return {
            "statusCode": self.status,
            "data": {**data, "errors": [], "successful": False},
            "message": message,
        }


def not_found(what: str = "Not Found") -> ApiError:
    """Return the answer for what is not there, or not for this caller: the two look the same."""
    return ApiError(404, what)


def bad_request(title: str, detail: str | None = None) -> ApiError:
    """Return a 400 with the sentence given."""
    return ApiError(400, title, detail)


def wrong_type(parameter: str, expected: str, detail: str | None = None) -> ApiError:
    """Return the 400 that v2 gives for a parameter it cannot read."""
    title = f"Provided value for '{parameter}' is not the correct type. Expected type is {expected}."
    return ApiError(400, title, detail)


def conflict(title: str) -> ApiError:
    """Return a 409: the content was changed by somebody else meanwhile."""
    return ApiError(409, title)
