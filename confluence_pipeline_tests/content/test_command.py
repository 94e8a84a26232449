import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from confluence_pipeline.content.command import convert_command

BODY = '<p>a <strong>b</strong></p><ac:structured-macro ac:name="toc"/>'
DOCUMENT = json.dumps({"type": "doc", "content": [{"type": "heading", "content": [{"type": "text", "text": "T"}]}]})


@pytest.mark.parametrize(("output", "expected"), [("markdown", "a **b**\n"), ("text", "a b\n")])
def test_the_command_prints_what_is_asked_for(tmp_path: Path, output: str, expected: str) -> None:
    """A file is converted to Markdown or text on standard output; losses go to standard error."""
    path = tmp_path / "body.xml"
    path.write_text(BODY, encoding="utf-8")
    result = CliRunner().invoke(convert_command, [str(path), "--to", output])
    assert result.exit_code == 0
    assert result.stdout == expected
    assert result.stderr == "Not carried over: macro toc (1)\n"


def test_json_has_every_record(tmp_path: Path) -> None:
    """JSON holds Markdown, text and all records."""
    path = tmp_path / "body.xml"
    path.write_text(BODY, encoding="utf-8")
    result = CliRunner().invoke(convert_command, [str(path), "--to", "json"])
    content = json.loads(result.stdout)
    assert content["text"] == "a b"
    assert content["macros"][0]["outcome"] == "dropped"
    assert content["losses"] == [{"kind": "macro", "name": "toc", "count": 1}]


def test_standard_input_and_adf_are_understood() -> None:
    """``-`` reads standard input, and a body that is JSON is ADF."""
    result = CliRunner().invoke(convert_command, ["-"], input=DOCUMENT)
    assert result.stdout == "# T\n"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A file that is not there, a folder, and a file that is no text each end with status 2 and a sentence."""
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    for path, sentence in (
        (tmp_path / "none", "There is no file"),
        (tmp_path, "is a folder"),
        (binary, "is not UTF-8"),
    ):
        result = CliRunner().invoke(convert_command, [str(path)])
        assert result.exit_code == 2
        assert sentence in result.stderr
        assert str(path) in result.stderr
