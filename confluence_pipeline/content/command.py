"""``confluence-pipeline convert``: one body on the command line."""

import dataclasses
import json
import sys
from pathlib import Path

import click

from confluence_pipeline.content.convert import Representation, convert
from confluence_pipeline.content.records import Content


@click.command("convert")
@click.argument("file", metavar="FILE|-")
@click.option(
    "--to",
    "output",
    type=click.Choice(["markdown", "text", "json"]),
    default="markdown",
    show_default=True,
    help="What to print; json has the text, the Markdown and every record.",
)
def convert_command(file: str, output: str) -> None:
    """Convert a body in storage format, or in ADF (JSON), to Markdown or text.

    FILE holds the body; - reads standard input. Losses are reported on standard error.
    """
    body = _read(file)
    content = convert(body, representation=detect_representation(body))
    shown = _shown(content, output)
    click.echo(shown, nl=not shown.endswith("\n"))
    if output != "json":
        for loss in content.losses:
            click.echo(f"Not carried over: {loss.kind} {loss.name} ({loss.count})", err=True)


def detect_representation(body: str) -> Representation:
    """Return ``atlas_doc_format`` for a body that starts like a JSON object, otherwise ``storage``."""
    return "atlas_doc_format" if body.lstrip("\ufeff \t\r\n").startswith("{") else "storage"


def _read(file: str) -> str:
    if file == "-":
        return sys.stdin.read()
    path = Path(file)
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise click.UsageError(f"There is no file {file}. Give the path of a body, or - for standard input.") from None
    except IsADirectoryError:
        raise click.UsageError(f"{file} is a folder. Give the path of a file, or - for standard input.") from None
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{file} is not UTF-8 text (byte {error.start} cannot be read).") from error


def _shown(content: Content, output: str) -> str:
    if output == "json":
        return json.dumps(dataclasses.asdict(content), ensure_ascii=False, indent=2)
    return content.markdown if output == "markdown" else content.text
