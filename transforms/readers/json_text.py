"""JSON Lines (streamed), a JSON array of articles, a single JSON object that is an article."""

from __future__ import annotations

import json
from collections.abc import Iterator

from transforms.article import Record, Reject
from transforms.readers.encoding import decode
from transforms.readers.fields import record_of
from transforms.readers.source import Source, Unreadable

MAX_INNER = 2_000_000  # lists and objects in one document, each of which takes 30 times its two bytes


def read_json_lines(source: Source) -> Iterator[Record | Reject]:
    """A Record or Reject a line; blank lines are nothing. `record` is the line's number, so that an editor finds it."""
    for number, line in enumerate(source.lines(), start=1):
        if line is None:
            yield Reject(source.name, number, "too_large", f"line {number} is longer than {source.max_bytes:,} bytes")
        elif line.strip():
            yield _read_line(line, source.name, number)


def _read_line(line: bytes, name: str, number: int) -> Record | Reject:
    try:
        value = _parsed(decode(line))
    except Unreadable as problem:
        return Reject(name, number, problem.reason, f"line {number}: {problem.detail}")
    except (ValueError, RecursionError) as error:
        return Reject(name, number, "broken_json", f"line {number}: {_problem(error)}")
    if not isinstance(value, dict):
        return Reject(name, number, "not_an_article", f"line {number} is no JSON object")
    return record_of(value, name, number)


def read_json_document(source: Source) -> Iterator[Record | Reject]:
    """The articles of a JSON array, numbered from 1, or the one of a JSON object."""
    text = decode(source.read_all())
    try:
        value = _parsed(text)
    except (ValueError, RecursionError) as error:
        yield Reject(source.name, None, "broken_json", _problem(error))
        return
    if isinstance(value, dict):
        made = record_of(value, source.name, 1)
        yield made if isinstance(made, Record) else Reject(source.name, None, made.reason, f"a JSON object with {made.detail}")
        return
    if not isinstance(value, list):
        yield Reject(source.name, None, "not_an_article", "JSON, but neither an object nor an array of objects")
        return
    for number, item in enumerate(value, start=1):
        if isinstance(item, dict):
            yield record_of(item, source.name, number)
        else:
            yield Reject(source.name, number, "not_an_article", f"element {number} is no JSON object")


def _parsed(text: str) -> object:
    """The JSON value. Raises ValueError or RecursionError for what is none, Unreadable where it would take gigabytes."""
    if (inner := text.count("[") + text.count("{")) > MAX_INNER:
        raise Unreadable("too_large", f"JSON of some {inner:,} lists and objects")
    return json.loads(text)


def is_document(head: bytes) -> bool:
    """Whether JSON text is one document over several lines rather than JSON Lines."""
    start = head.lstrip()
    if start.startswith(b"["):
        return True
    first, newline, _ = start.partition(b"\n")
    if not newline:
        return False
    try:
        json.loads(decode(first))
        return False
    except RecursionError:
        return False
    except (ValueError, Unreadable):
        # "{" alone, or a line that stops after a comma: a document printed over several lines
        return not first.rstrip().endswith(b"}")


def _problem(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"no valid JSON: {error.msg.removesuffix(' at')} at character {error.pos + 1:,}"
    return "nested too deeply" if isinstance(error, RecursionError) else "a number of absurd length"
