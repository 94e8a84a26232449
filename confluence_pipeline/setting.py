"""What is known of a setting."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable.

    Attributes:
        name: The variable.
        description: What it does, as one sentence for the person who sets it.
        example: A value of the form expected.
        default: What holds where it is not set, in words or as the value; None if nothing does.
        required: Whether nothing can be read from a site without it.
        secret: Whether its value must never be shown.
    """

    name: str
    description: str
    example: str
    default: str | None = None
    required: bool = False
    secret: bool = False
