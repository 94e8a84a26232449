"""What can go wrong with reading text that no file is to blame for."""


class MissingPackageError(Exception):
    """The library that reads files is not installed; the message says how to install it."""
