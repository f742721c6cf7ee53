"""Golden passages (YAML) as a gold directory that a scorer reads: articles.jsonl and claims.jsonl.

    python -m tests.golden_gold OUT_DIR tests/golden/*.yaml

A YAML file is a list of passages: id, published (ISO date or null), title (optional), why (optional), text, claims, and
`dateline_only: true` where the publication date is to be found in the text. A claim leaves out fields that are null or take their default.
A passage's article text is its title, an empty line and its text; `quote` and `context` of its claims are located in that.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where it was built
DEFAULTS: dict[str, Any] = {
    "count": None, "count_max": None, "vague": None, "qualifier": "exact", "victims": None, "victim_class": "unknown",
    "date_start": None, "date_end": None, "date_basis": "none", "scope": "event", "source": None, "source_id": None, "source_basis": "none",
    "place": None, "actor": None, "weapon": None, "subset_of": None, "assertion": "asserted", "optional": False,
}  # fmt: skip


def load(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """All passages of the YAML files, in order, each claim with every field present."""
    passages = [passage for path in paths for passage in yaml.load(path.read_text(encoding="utf-8"), LOADER)]
    for passage in passages:
        passage["claims"] = [DEFAULTS | claim for claim in passage["claims"]]
    return passages


def article_text(passage: dict[str, Any]) -> str:
    """The text in which quotes and contexts are located: title, empty line, text."""
    return "\n\n".join(part for part in (passage.get("title"), passage["text"]) if part)


def to_gold(yaml_files: Iterable[Path], out_dir: Path) -> None:
    """Write articles.jsonl and claims.jsonl into `out_dir`, one line a passage in both.

    The titles stand within the text, so that claims in them are scored like any other; the articles' own title is null.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    articles, claims = [], []
    for passage in load(yaml_files):
        told = None if passage.get("dateline_only") else passage["published"]
        articles.append({"id": passage["id"], "outlet": None, "title": None, "published": told, "text": article_text(passage)})
        claims.append({"id": passage["id"], "published": passage["published"], "claims": passage["claims"]})
    for name, rows in (("articles.jsonl", articles), ("claims.jsonl", claims)):
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (out_dir / name).write_text(lines, encoding="utf-8")


if __name__ == "__main__":
    to_gold([Path(name) for name in sys.argv[2:]], Path(sys.argv[1]))
