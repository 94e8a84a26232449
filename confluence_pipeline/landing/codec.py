"""Records as JSON text and back, so that what landed can be read again years later."""

import dataclasses
import json
import sys
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, get_args

from confluence_pipeline.confluence import Label

Record = TypeVar("Record")

_REPEATED = ("_id", "_type", "status", "type", "message")
"""How the names of fields end whose texts many records have in common."""


def encode(record: object) -> str:
    """Return a record's fields as one line of JSON, times in ISO 8601; equal records give equal text."""
    facts = {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}  # type: ignore[arg-type]
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"), default=datetime.isoformat)


def decode(kind: type[Record], text: str) -> Record:
    """Return the record that :func:`encode` wrote.

    A field that was added to the record since then and is not in the text is None.

    Raises:
        ValueError: The text is not JSON of such a record.
    """
    facts: dict[str, Any] = json.loads(text)
    names, moments, repeated = _fields(kind)  # type: ignore[arg-type]  # every class is hashable
    values = {name: facts.get(name) for name in names}
    values |= {name: sys.intern(value) for name in repeated if type(value := values[name]) is str}
    for name in moments:
        text_of_moment = values[name]
        if text_of_moment is not None:
            values[name] = datetime.fromisoformat(text_of_moment)
    return kind(**values)


def shared(record: Record) -> Record:
    """Return a record whose ids, types and states are the same objects in memory as those of others.

    A space has many records, and each names its author, its parent and its space; as an answer is read, each of those
    texts comes by itself. A record that was decoded needs no sharing.
    """
    _, _, repeated = _fields(type(record))  # type: ignore[arg-type]  # every class is hashable
    texts = {name: sys.intern(text) for name in repeated if type(text := getattr(record, name)) is str}
    return dataclasses.replace(record, **texts)  # type: ignore[type-var]  # every record is a dataclass


def encode_labels(labels: list[Label]) -> str:
    """Return labels as JSON in the order of prefix and name, so that the order of answers does not show."""
    ordered = sorted(labels, key=lambda label: (label.prefix, label.name))
    rows = [[label.label_id, label.prefix, label.name] for label in ordered]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def decode_labels(text: str) -> list[Label]:
    """Return the labels that :func:`encode_labels` wrote."""
    return [Label(*row) for row in json.loads(text)]


@cache
def _fields(kind: type) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    fields = dataclasses.fields(kind)
    names = tuple(field.name for field in fields)
    moments = tuple(field.name for field in fields if datetime in (field.type, *get_args(field.type)))
    return names, moments, tuple(name for name in names if name.endswith(_REPEATED))
