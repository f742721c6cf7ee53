"""Running totals of a source over time. A total that goes down is told, never mended: a transposed digit and a change of what is counted
look alike from here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from transforms.article import content_hash
from transforms.incidents import Statement
from transforms.tolls import source_key

SAME_START = 0.1  # of the stretch: "since 2011" and "since March 2011" are one series after some years, two in the first month
ROUNDING = 0.1  # "more than 250" after "at least 256" is no fall


@dataclass(frozen=True, slots=True)
class Total:
    """A running total in its series: the claim, the one with the highest total before it, and whether this one is lower."""

    series_id: str
    statement: Statement
    previous: str | None
    falls: bool


def find_series(statements: Iterable[Statement]) -> list[Total]:
    """The cumulative claims with a known start, by series and in order of publication. Parts, repeats and denials stand in none."""
    lines: dict[tuple[object, ...], list[Statement]] = defaultdict(list)
    for statement in statements:
        if statement.role == "toll" and statement.date_start is not None:
            lines[_line(statement)].append(statement)
    found = [total for line in lines.values() for part in _by_start(line) for total in _in_order(part)]
    return sorted(found, key=lambda total: (total.series_id, *_order(total.statement)))


def _line(statement: Statement) -> tuple[object, ...]:
    place = statement.place.key if statement.place else None
    return source_key(statement), statement.harm, statement.victim_class, statement.victim_group, place or statement.country


def _order(statement: Statement) -> tuple[date, str, int]:
    return statement.published or date.max, statement.article_id, statement.count_start


def _by_start(line: Sequence[Statement]) -> list[list[Statement]]:
    """Totals that begin at about the same time; each is held against the start of its series."""
    series: list[list[Statement]] = []
    for statement in sorted(line, key=lambda s: (s.date_start or date.max, *_order(s))):
        if series and _same_start(series[-1][0], statement):
            series[-1].append(statement)
        else:
            series.append([statement])
    return series


def _same_start(first: Statement, other: Statement) -> bool:
    if first.date_start is None or other.date_start is None:
        return False
    until = other.date_end or other.published or other.date_start
    return other.date_start - first.date_start <= max(timedelta(3), SAME_START * (until - first.date_start))


def _in_order(part: Sequence[Statement]) -> list[Total]:
    ordered = sorted(part, key=_order)
    series_id = content_hash("series", *map(str, _line(ordered[0])), str(min(s.date_start for s in ordered if s.date_start)))
    found: list[Total] = []
    highest: Statement | None = None
    for statement in ordered:
        found.append(Total(series_id, statement, highest.claim_id if highest else None, highest is not None and _falls(highest, statement)))
        if highest is None or statement.number > highest.number:
            highest = statement
    return found


def _falls(before: Statement, now: Statement) -> bool:
    exact = before.count_min == before.count_max is not None and now.count_min == now.count_max is not None
    return now.number < before.number * (1.0 if exact else 1.0 - ROUNDING)
