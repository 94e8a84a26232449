"""The program that reads files, in a process that a hostile file may break.

It is run by its path and imports nothing of this package. A line of JSON on standard input asks for a file::

    {"path": "…", "media_type": "application/pdf", "most_bytes": 10485760}

and a line on standard output answers, with ``text`` and whether it was ``cut``, or with ``error``.
Arguments: the most memory in bytes, and the most seconds of computing for one file; 0 for no limit.
"""

import asyncio
import json
import math
import os
import re
import sys
from pathlib import Path
from typing import Any, BinaryIO

import xberg

if sys.platform != "win32":
    import resource

_ILLEGAL = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ufffe\\uffff]")
_LONGEST_REASON = 300

_SETTINGS = xberg.ExtractionConfig(
    use_cache=False,
    disable_ocr=True,
    enable_quality_processing=False,
    postprocessor=xberg.PostProcessorConfig(enabled=False),
    concurrency=xberg.ConcurrencyConfig(max_threads=1),
    max_archive_depth=0,
)
"""Only what is written in the file itself, with no guesses, no models and nothing kept between files."""


def read(path: str, media_type: str) -> str:
    """Return the text of a file.

    Raises:
        Exception: The library cannot read the file.
        MemoryError: The file needs more memory than this process has.
    """
    data = Path(path).read_bytes()
    if not data:
        return ""
    source = xberg.ExtractInput(kind="bytes", bytes=data, mime_type=media_type)
    result = asyncio.run(xberg.extract(source, _SETTINGS))
    if result.errors:
        raise ValueError(result.errors[0].message)
    content = "\n\n".join(document.content for document in result.results)
    return _ILLEGAL.sub("", content)


def answer(task: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to one line."""
    try:
        text = read(task["path"], task["media_type"])
    except MemoryError:
        return {"error": "it needs more memory than a file may have"}
    except Exception as error:  # noqa: BLE001 - the library raises many kinds, and every one is about the file
        return {"error": reason(error)}
    whole = text.encode("utf-8", "replace")
    if len(whole) <= task["most_bytes"]:
        return {"text": whole.decode(), "cut": False}
    return {"text": whole[: task["most_bytes"]].decode("utf-8", "ignore"), "cut": True}


def reason(error: Exception) -> str:
    """Return an error's text as part of a sentence: one line of bounded length."""
    words = " ".join(str(error).split()) or type(error).__name__
    return words if len(words) <= _LONGEST_REASON else words[: _LONGEST_REASON - 1] + "…"


def limit_memory(most_bytes: int) -> None:
    """Let this process have no more memory, and leave no core file when it dies."""
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if most_bytes:
            resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))


def allow_computing(seconds: float) -> None:
    """Let the process compute for so many seconds from now on; then the system kills it."""
    if sys.platform != "win32" and seconds:
        used = resource.getrusage(resource.RUSAGE_SELF)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used.ru_utime + used.ru_stime + seconds), hard))


def serve(tasks: BinaryIO, answers: BinaryIO, seconds: float) -> None:
    """Answer line by line until there are no more."""
    for line in tasks:
        allow_computing(seconds)
        text = json.dumps(answer(json.loads(line)), ensure_ascii=False)
        answers.write(text.encode("utf-8", "replace") + b"\n")
        answers.flush()


def main() -> None:
    """Run until standard input ends."""
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)  # what a library prints must not look like an answer
        limit_memory(int(sys.argv[1]))
        serve(sys.stdin.buffer, answers, float(sys.argv[2]))


if __name__ == "__main__":
    main()
