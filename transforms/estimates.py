"""Estimates of an incident's toll by named methods, from the latest toll of each independent source. No method is the true one.

range: the lowest and the highest, as Airwars and Iraq Body Count give them. conservative: the lowest, vague words by a table of numbers,
as ACLED codes; none where nobody gives a lower bound. low_best_high: UCDP's three columns; best is what most sources say and of equals
the lower, as UCDP takes the lower where no source is better than the other. The grade is Airwars' word, by the number of independent
sources and what they say of who did it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from transforms.lexicon import DATA, read_yaml
from transforms.tolls import Toll

METHODS = ("range", "conservative", "low_best_high")
PROFILE = "acled"


@dataclass(frozen=True, slots=True)
class Estimate:
    """One harm of an incident by one method; the columns of `estimates` without the incident. Claim ids are those that give the number."""

    harm: str
    method: str
    low: int | None
    best: int | None
    high: int | None
    high_open: bool
    vague_profile: str | None
    independent_sources: int
    grade: str
    victim_class: str
    low_claims: tuple[str, ...]
    best_claims: tuple[str, ...]
    high_claims: tuple[str, ...]
    claims: tuple[str, ...]


@cache
def vague_profile(name: str) -> dict[str, Any]:
    """A table of numbers for vague words of data/vague_profiles.yaml."""
    return dict(read_yaml(DATA / "vague_profiles.yaml")[name])


def estimates_of(tolls: Iterable[Toll]) -> list[Estimate]:
    """Every harm of an incident by every method, harms in alphabetical order."""
    latest: dict[str, list[Toll]] = defaultdict(list)
    for toll in tolls:
        if toll.latest:
            latest[toll.harm].append(toll)
    return [estimate for harm in sorted(latest) for estimate in _estimates(harm, latest[harm])]


def _estimates(harm: str, latest: Sequence[Toll]) -> list[Estimate]:
    lows = [toll for toll in latest if toll.low is not None]
    low = min((toll.low for toll in lows if toll.low is not None), default=None)
    high = max(toll.high for toll in latest)
    highest = [toll for toll in latest if toll.high == high]
    low_claims = _claims(toll for toll in lows if toll.low == low)
    best = _best(latest)
    conservative, profile = min((_by_profile(toll) for toll in lows), key=lambda pair: pair[0], default=(None, None))
    every = _claims(latest)
    sources, grade_, whom = len({toll.source_key for toll in latest}), grade(latest), victim_class(latest)

    def estimate(method: str, low: int | None, best: int | None, high: int | None, is_open: bool, profile: str | None) -> Estimate:
        if method == "conservative":
            best_claims = _claims(toll for toll in lows if _by_profile(toll)[0] == best)
        else:
            best_claims = _claims(toll for toll in latest if toll.toll == best)
        return Estimate(
            harm, method, low, best, high, is_open, profile, sources, grade_, whom,
            low_claims if low is not None else (), best_claims if best is not None else (),
            _claims(highest) if high is not None else (), every,
        )  # fmt: skip

    is_open = any(toll.is_open for toll in highest)
    return [
        estimate("range", low, None, high, is_open, None),
        estimate("conservative", None, conservative, None, False, profile),
        estimate("low_best_high", low, best, high, is_open, None),
    ]


def _claims(tolls: Iterable[Toll]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(claim for toll in tolls for claim in toll.claim_ids))


def _best(latest: Sequence[Toll]) -> int:
    """The toll that most sources give, of equals the lower; numbers before vague words."""
    counted = [toll for toll in latest if toll.vague is None] or latest
    votes: dict[int, int] = defaultdict(int)
    for toll in counted:
        votes[toll.toll] += 1
    return min(votes, key=lambda number: (-votes[number], number))


def _by_profile(toll: Toll) -> tuple[int, str | None]:
    """The toll as one number, a vague word by the profile; with the profile's name where it was needed."""
    if toll.vague is None:
        return toll.toll, None
    profile = vague_profile(PROFILE)
    word = next((number for word, number in profile["words"].items() if word in toll.count_text.lower().split()), None)
    number = word if word is not None else profile["keys"].get(toll.vague)
    return (toll.toll, None) if number is None else (int(number), PROFILE)


def victim_class(tolls: Iterable[Toll]) -> str:
    """Whom these tolls count: civilian, combatant, mixed or unknown."""
    classes = {toll.victim_class for toll in tolls} - {"unknown"}
    return "unknown" if not classes else classes.pop() if len(classes) == 1 else "mixed"


def grade(latest: Sequence[Toll]) -> str:
    """Airwars' five words. Who did it is known of few claims, so that confirmed and contested stand only where the words tell."""
    if latest and all(toll.victim_class == "combatant" for toll in latest):
        return "discounted"
    if any(toll.source_side in toll.actor_sides and toll.victim_class != "combatant" for toll in latest):
        return "confirmed"
    blamed = [(toll.source_key, toll.actor_sides) for toll in latest if toll.actor_sides]
    if any(a != b and not one & other for a, one in blamed for b, other in blamed):
        return "contested"
    return "fair" if len({toll.source_key for toll in latest}) > 1 else "weak"
