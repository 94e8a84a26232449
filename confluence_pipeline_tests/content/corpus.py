"""The bodies of the shared corpus, by name."""

import json
from functools import cache
from pathlib import Path

from confluence_pipeline_tests.shared import shared_dir


@cache
def storage_bodies() -> dict[str, str]:
    """Return every storage-format body of the corpus by a name that says where it is from."""
    corpus = shared_dir("corpus")
    bodies: dict[str, str] = {}
    for path in [*sorted((corpus / "spaces").glob("*.jsonl")), corpus / "real_storage" / "docToolchain.jsonl"]:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
            record = json.loads(line)
            bodies[f"{path.stem}[{number}] {record['title']}"] = record["body_storage"]
    for path in _files(corpus / "real_storage") + _files(corpus / "pairs"):
        bodies[str(path.relative_to(corpus))] = path.read_text(encoding="utf-8")
    return bodies


@cache
def adf_bodies() -> dict[str, str]:
    """Return every ADF document of the corpus by file name."""
    folder = shared_dir("corpus/adf")
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*/*")) if path.is_file()}


def _files(folder: Path) -> list[Path]:
    kinds = {".xml", ".xhtml", ".html"}
    return [path for path in sorted(folder.rglob("*")) if path.suffix in kinds and path.name != "entities.xml"]
