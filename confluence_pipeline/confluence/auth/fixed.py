"""What ways in have in common whose credentials stay the same, and how such credentials must look."""

from confluence_pipeline.confluence.errors import AuthenticationError


class Fixed:
    """Credentials that a person made, and that hold until somebody revokes them or they expire."""

    @property
    def points_per_hour(self) -> None:
        """Tokens that people make are not counted in points (developer.atlassian.com, "Rate limiting")."""
        return

    @property
    def quota_owner(self) -> None:
        """Whatever limits there are, each site has its own."""
        return

    def renew(self, refused: str) -> bool:  # noqa: ARG002 - as the protocol has it
        """Return that there is no other token."""
        return False


def check_form(setting: str, value: str, purpose: str) -> None:
    """Refuse credentials that cannot be right before they are sent.

    Args:
        setting: The environment variable they come from.
        value: What it holds.
        purpose: What it is for, as in "to log in with an API token".

    Raises:
        AuthenticationError: The value is empty, or came with a line break or blank when it was copied.
    """
    if not value.strip():
        raise AuthenticationError(f"{setting} is empty; set it {purpose}", setting=setting)
    if value != value.strip() or not value.isprintable():
        raise AuthenticationError(
            f"{setting} has a space or line break around it; set it to the value alone", setting=setting
        )


def quoted(answer: str) -> str:
    """Return a site's own words as they stand in a sentence, or nothing where it said nothing."""
    return f" ({answer})" if answer else ""
