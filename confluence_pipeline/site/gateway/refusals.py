"""How the gateway and the login server say no, in shapes of their own."""

from collections.abc import Mapping

from confluence_pipeline.site.errors import ApiError


def gateway_refusal(status: int, message: str, headers: Mapping[str, str] | None = None) -> ApiError:
    """Return a refusal of the gateway itself: ``{"code": 401, "message": "Unauthorized; scope does not match"}``."""
    return ApiError(status, message, headers=headers, written={"code": status, "message": message})


def oauth_refusal(status: int, error: str, description: str) -> ApiError:
    """Return a refusal of the token endpoint (RFC 6749, 5.2): an ``error`` code, and a sentence for people."""
    return ApiError(status, description, written={"error": error, "error_description": description})
