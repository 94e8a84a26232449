"""A worker program that does what it is told by the file it is given, for deaths that no library is sure to die."""

import json
import os
import signal
import sys
import time
from pathlib import Path


def obey(order: str) -> str:
    """Do what the file says; return its text."""
    verb, _, rest = order.partition(" ")
    match verb:
        case "hang":
            time.sleep(600)
        case "spin":
            while True:
                pass
        case "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "leave":
            sys.exit(3)
        case "babble":
            sys.stdout.write("no answer\n")
            sys.stdout.flush()
            time.sleep(600)
        case "pid":
            return str(os.getpid())
        case "once":
            marker = Path(rest)
            if not marker.exists():
                marker.touch()
                os.kill(os.getpid(), signal.SIGKILL)
    return order


def main() -> None:
    """Answer like the real program."""
    for line in sys.stdin:
        text = obey(Path(json.loads(line)["path"]).read_text(encoding="utf-8"))
        sys.stdout.write(json.dumps({"text": text, "cut": False}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
