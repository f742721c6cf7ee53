"""Which party victims and actors belong to, by the words for them (data/sides.yaml), and whose loss a source tells of.

Warring parties count the enemy's dead high and their own low (Radford et al. on Ukraine: 4.3 and 0.3 reported for each dead), so that tolls
are only compared with the side of the source and of the victims beside them.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from transforms.lexicon import DATA, read_yaml
from transforms.sources import load_countries, registry


@cache
def _vocabulary() -> dict[str, Any]:
    return dict(read_yaml(DATA / "sides.yaml"))


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{longest_first})(?!\w)", re.IGNORECASE)


@cache
def _nationalities() -> dict[str, str]:
    """Demonym and name of a country in lower case -> its slug."""
    return {word.lower(): entry["slug"] for entry in reversed(load_countries()) for word in (*entry.get("adjectives", ()), entry["name"])}


@cache
def _slugs() -> dict[str, str]:
    """ISO code -> slug; the first entry of a code is the state."""
    return {entry["iso"]: entry["slug"] for entry in reversed(load_countries())}


def _state_side(slug: str) -> str:
    army = registry().get(f"{slug}_army")
    return army.side if army and army.side else slug


@cache
def sides_of(words: str | None, country: str | None) -> frozenset[str]:
    """The parties that these words name in an article about `country` (ISO code). Empty where they name none."""
    if not words:
        return frozenset()
    found = {side for side, names in _vocabulary()["named"].items() if _pattern(tuple(names)).search(words)}
    local = _vocabulary()["in_country"].get(country, {})
    found |= {side for side, names in local.items() if _pattern(tuple(names)).search(words)}
    states = [_nationalities()[hit[0].lower()] for hit in _pattern(tuple(_nationalities())).finditer(words)]
    if _pattern(tuple(_vocabulary()["state"])).search(words) and not found:
        own = [_slugs()[country]] if country in _slugs() else []
        found |= {_state_side(slug) for slug in states or own}
    return frozenset(found)


def side_of(words: str | None, country: str | None) -> str | None:
    """The one party that these words name; None for none or several."""
    found = sides_of(words, country)
    return next(iter(found)) if len(found) == 1 else None


def source_side(source_id: str | None) -> str | None:
    """The party or camp of a source in the registry; None where it takes none or is not listed."""
    source = registry().get(source_id) if source_id else None
    return source.side if source else None


def loss_of(source_id: str | None, victims: str | None, victim_class: str, country: str | None) -> str:
    """Whose loss the source tells of: own, enemy, third_party (civilians) or unknown."""
    side = source_side(source_id)
    if side is not None and victims:
        if _pattern(tuple(_vocabulary()["own"])).search(victims):
            return "own"
        theirs = sides_of(victims, country)
        if theirs:
            return "own" if side in theirs else "enemy"
        if _pattern(tuple(_vocabulary()["enemy"])).search(victims):
            return "enemy"
    return "third_party" if victim_class == "civilian" else "unknown"
