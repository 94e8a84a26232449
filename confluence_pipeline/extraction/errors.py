"""What can go wrong with reading text that no file is to blame for."""


class MissingPackageError(Exception):
    """The library that reads files is not installed; the message says how to install it."""


class StoppedError(RuntimeError):
    """The extractor was stopped while work was under way."""

    def __init__(self) -> None:
        super().__init__("the reading of files was stopped")
