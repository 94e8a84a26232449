"""The official OpenAPI documents, and whether an answer fits them."""

import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]

_ALSO_NULL = {"parentId", "parentType", "homepageId", "description", "icon", "personalSpaceId", "apiDownloadLink"}
"""Fields whose descriptions say "or null" (or that real answers have as null) while their schemas do not."""


_SEEN_LIVE = frozenset({"inline-marker-ref", "inline-original-selection", "export_view"})
"""Fields that Cloud sends though its documents lack them."""


class Specification:
    """One official OpenAPI document, and the schema of any answer by it.

    Args:
        path: the document.
        prefix: what the paths of answers have before the document's.
        seen_live: names of fields that the real product sends though the document lacks them.
    """

    def __init__(self, path: Path, prefix: str, seen_live: Collection[str] = _SEEN_LIVE) -> None:
        self._document = json.loads(path.read_text())
        self._paths = [
            (re.compile(re.sub(r"\{[^}]+\}", "[^/]+", prefix + template)), operations)
            for template, operations in sorted(self._document["paths"].items(), key=_literal_first)
        ]
        self._vocabulary = set(_vocabulary(self._document)) | set(seen_live)
        self._schemas = _nullable(self._document["components"]["schemas"])

    def problems(self, method: str, path: str, status: int, body: object) -> list[str]:
        """Return what is wrong with an answer; a path that the document lacks is wrong too."""
        matching = (operations for regex, operations in self._paths if regex.fullmatch(path))
        operation = next((operations for operations in matching if method in operations), None)
        if operation is None:
            return [f"{method} {path} is not in the specification"]
        answer = operation[method]["responses"].get(str(status))
        if answer is None:
            return [f"{method} {path} is not specified to answer {status}"]
        contents: list[dict[str, Any]] = list(answer.get("content", {}).values())
        schema = contents[0].get("schema", {}) if contents else {}
        whole = {**_nullable(schema), "components": {"schemas": self._schemas}}
        validator = jsonschema.Draft202012Validator(whole)
        return [
            f"{leaf.json_path}: {leaf.message[:200]}"
            for error in validator.iter_errors(body)
            for leaf in _leaves(error)
        ]

    def unknown_fields(self, body: object) -> set[str]:
        """Return the names in an answer that no schema of the document has, such as misspelt ones."""
        return set(_field_names(body)) - self._vocabulary


def _field_names(body: object) -> Iterator[str]:
    if isinstance(body, list):
        for item in body:
            yield from _field_names(item)
    elif isinstance(body, dict):
        for name, value in body.items():
            yield name
            if name != "value":
                yield from _field_names(value)


def _vocabulary(schema: object) -> Iterator[str]:
    if isinstance(schema, list):
        for part in schema:
            yield from _vocabulary(part)
    elif isinstance(schema, dict):
        yield from schema.get("properties", {}) if isinstance(schema.get("properties"), dict) else ()
        for part in schema.values():
            yield from _vocabulary(part)


def _leaves(error: jsonschema.ValidationError) -> Iterator[jsonschema.ValidationError]:
    """Yield what is really wrong: the alternatives of an ``anyOf`` each have their own reasons."""
    if not error.context:
        yield error
    for cause in error.context or ():
        yield from _leaves(cause)


def _literal_first(entry: tuple[str, object]) -> tuple[int, str]:
    return entry[0].count("{"), entry[0]


def _nullable(schema: Any) -> Any:
    """Turn OpenAPI's ``nullable`` into JSON Schema's null type, all through a schema."""
    if isinstance(schema, list):
        return [_nullable(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _nullable(value) for key, value in schema.items() if key != "nullable"}
    if isinstance(plain.get("properties"), dict):
        for name in _ALSO_NULL & plain["properties"].keys():
            plain["properties"][name] = {"anyOf": [plain["properties"][name], {"type": "null"}]}
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain
