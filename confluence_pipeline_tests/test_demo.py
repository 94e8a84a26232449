"""The demo as a new user runs it."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from confluence_pipeline.lake import Lake
from confluence_pipeline.selections import reads_files
from confluence_pipeline.tables import TABLES
from confluence_pipeline_tests.shared import shared_dir


def demo(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the demo in a folder, with an environment that has none of our settings."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("CONFLUENCE_", "DAGSTER_"))}
    return subprocess.run(
        [sys.executable, "-m", "confluence_pipeline.cli", "demo", *arguments],
        env={**environment, "COLUMNS": "200"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_the_demo_shows_something_in_every_table(tmp_path: Path) -> None:
    """The first sync is complete, the second tells what is gone and what is missing, and the questions run."""
    result = demo(tmp_path)
    assert result.returncode == 0, result.stderr + result.stdout
    lake = Lake(str(tmp_path / "confluence-demo" / "lake"))
    empty = {name for name, table in TABLES.items() if lake.table(table).num_rows == 0}
    assert empty == set()
    assert [row["reason"] for row in lake.table(TABLES["removals"]).to_pylist()] == ["trashed"]
    assert [row["reason"] for row in lake.table(TABLES["ledger"]).to_pylist()] == ["too_large"]
    assert "complete" in result.stdout
    assert "is trashed" in result.stdout
    questions = re.findall(r'^  (CONFLUENCE_LAKE=\S+) confluence-pipeline (sql "[^"]*")$', result.stdout, re.MULTILINE)
    assert len(questions) == 3
    for setting, command in questions:
        name, _, value = setting.partition("=")
        answer = subprocess.run(
            [sys.executable, "-m", "confluence_pipeline.cli", *shlex.split(command)],
            env={**os.environ, name: value},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert answer.returncode == 0, answer.stderr
        assert len(answer.stdout.splitlines()) > 1
    for name in TABLES:
        assert re.search(rf"^  .*\b{name}\b.*: \w", result.stdout, re.MULTILINE), name
    files = lake.table(TABLES["attachments"]).to_pylist()
    landed = [row for row in files if row["title"] != "parts-catalogue.pdf"]
    assert len(landed) == len(files) - 1
    assert all(row["sha256"] and lake.exists(row["blob_uri"]) for row in landed)
    assert any(row["text"] for row in files) == reads_files()
    assert all(row["body_storage"] is not None for row in lake.table(TABLES["page_versions"]).to_pylist())


def test_every_line_of_a_corpus_is_a_page(tmp_path: Path) -> None:
    """Each line of the folder's files is a row of pages with its body byte for byte, its parent and its labels."""
    corpus = shared_dir("corpus/spaces")
    result = demo(tmp_path, "--corpus", str(corpus), "--folder", "demo")
    assert result.returncode == 0, result.stderr + result.stdout
    lake = Lake(str(tmp_path / "demo" / "lake"))
    rows = {row["page_id"]: row for row in lake.table(TABLES["pages"]).to_pylist()}
    labels: dict[str, set[str]] = {}
    for row in lake.table(TABLES["labels"]).to_pylist():
        labels.setdefault(row["content_id"], set()).add(row["name"])
    count = 0
    for path in sorted(corpus.glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                page = json.loads(line)
                row = rows[page["id"]]
                count += 1
                assert (row["space_key"], row["title"]) == (page["space_key"], page["title"])
                assert (row["body_storage"], row["parent_id"]) == (page["body_storage"], page.get("parent_id"))
                assert labels.get(page["id"], set()) == set(page.get("labels", ()))
    assert count == len(rows)


def test_a_folder_without_spaces_is_said_so(tmp_path: Path) -> None:
    """A corpus folder with nothing to serve ends with a sentence and no traceback."""
    (tmp_path / "empty").mkdir()
    result = demo(tmp_path, "--corpus", "empty")
    assert result.returncode != 0
    assert "empty" in result.stderr
    assert "Traceback" not in result.stderr
