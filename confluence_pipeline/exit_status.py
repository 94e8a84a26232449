"""What the commands end with, for scripts that ask: see the README."""

SUCCEEDED = 0
FAILED = 1
WRONG_SETTING = 2
