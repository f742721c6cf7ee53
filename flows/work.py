"""The work on a piece of a batch, by whichever process: records -> articles, articles -> rows. Nothing of Prefect is needed for it."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from pathlib import Path

from flows.intake import Told
from transforms.article import Article, Record, Reject, build_article, clean
from transforms.claim import Claim
from transforms.claims import extract
from transforms.readers import Page, parsed
from transforms.readers.manifest import lookup
from transforms.store import Extracted, Run, extracted
from transforms.triggers import harm_lines


def build(items: Sequence[Record | Reject | Page], told: Told) -> list[Article | Reject]:
    """Records and pages -> articles with their date, outlet and language; what is no article becomes a reject."""
    records = (parsed(item) if isinstance(item, Page) else item for item in items)
    return [_build(item, told) if isinstance(item, Record) else item for item in records]


def _build(record: Record, told: Told) -> Article | Reject:
    try:
        row = lookup(told.manifest, record.source_file)
        return build_article(record, told=told.published, outlet=told.outlet, manifest=row)
    except Exception as error:  # one bad record must not stop the run
        return _failed(record.source_file, record.record, error)


def extract_rows(articles: Sequence[Article], run: Run) -> tuple[Extracted, list[Reject]]:
    """Articles -> their rows and their claims' rows. An article that the extraction fails on becomes a reject."""
    found: list[tuple[Article, list[Claim]]] = []
    failed: list[Reject] = []
    for article, lines in zip(articles, harm_lines([article.text for article in articles]), strict=True):
        try:
            found.append((article, extract(article, lines)))
        except Exception as error:  # one bad article must not stop the run
            failed.append(_failed(article.source_file, article.record, error))
    try:
        return extracted(found, run), failed
    except ValueError:  # some claim breaks the schema: find whose
        return _sound(found, run, failed)


def _sound(found: Sequence[tuple[Article, list[Claim]]], run: Run, failed: list[Reject]) -> tuple[Extracted, list[Reject]]:
    """Leave out the articles whose claims break the schema."""
    sound = []
    for article, claims in found:
        try:
            extracted([(article, claims)], run)
            sound.append((article, claims))
        except ValueError as error:
            failed.append(_failed(article.source_file, article.record, error))
    return extracted(sound, run), failed


def _failed(source_file: str, record: int, error: Exception) -> Reject:
    at = traceback.extract_tb(error.__traceback__)[-1]
    what = f"{type(error).__name__}: {clean(str(error))}"
    return Reject(source_file, record, "extraction_failed", f"{what} ({Path(at.filename).name}, line {at.lineno})")
