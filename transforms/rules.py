"""Which rules took an article's claims: the vocabulary and the code, as one word that changes when either does."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

EXTRACTION = (
    "actors", "article", "attribution", "chunks", "claim", "claims", "counted", "dates", "dating", "draft", "event", "harms", "lexicon",
    "numbers", "reading", "sentences", "setting", "sources", "speakers", "triggers",
)  # fmt: skip
"""The modules of which `claims.extract` is made, with all of carry/."""


@cache
def code_version() -> str:
    """Twelve hex digits over the modules of the extraction, as they lie there: another rule gives another word."""
    here, digest = Path(__file__).parent, hashlib.sha256()
    paths = [here / f"{name}.py" for name in EXTRACTION] + sorted((here / "carry").glob("*.py"))
    for path in sorted(paths):
        digest.update(path.relative_to(here).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
