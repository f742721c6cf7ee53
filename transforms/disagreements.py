"""Who says what of the same incident: the latest tolls of named sources, two by two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations

from transforms.tolls import Toll


def disagreements_of(tolls: Iterable[Toll]) -> Iterator[tuple[Toll, Toll]]:
    """Every two named sources of one harm with their latest tolls, in the order of their ids. Those that agree are pairs as well:
    a ratio without them would be a ratio of quarrels only."""
    latest: dict[str, list[Toll]] = defaultdict(list)
    for toll in tolls:
        if toll.latest and toll.source_id:
            latest[toll.harm].append(toll)
    for harm in sorted(latest):
        yield from combinations(sorted(latest[harm], key=lambda toll: toll.source_key), 2)


def agree(a: Toll, b: Toll) -> bool:
    """Whether one number fits the words of both."""

    def span(toll: Toll) -> tuple[float, float]:
        bare = toll.toll_min is toll.toll_max is None  # "about 12"
        low = toll.toll if bare else toll.toll_min or 0
        return low, toll.toll if bare else toll.toll_max if toll.toll_max is not None else float("inf")

    (a_low, a_high), (b_low, b_high) = span(a), span(b)
    return a_low <= b_high and b_low <= a_high
