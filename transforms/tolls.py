"""The timeline of an incident: what each independent source said of each harm, article by article, and which of it is its latest word.

Independence is counted by source and syndication group, never by outlet (IBC wants two sources that do not draw on each other; a reprint
is no second source). A named source is one source wherever it is quoted. Who names nobody counts as a source of their own only where they
do not give a number that somebody else gave already.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from transforms.incidents import Statement
from transforms.sides import loss_of, side_of, sides_of, source_side


@dataclass(frozen=True, slots=True)
class Toll:
    """What a source said of a harm in one article; the columns of `tolls` without the incident. low and high are what the words span.

    `toll` is the number stated, else the lowest that the words allow, else the highest.
    """

    harm: str
    source_key: str
    source_id: str | None
    source_type: str | None
    source_side: str | None
    article_id: str
    published: date | None
    toll: int
    toll_min: int | None
    toll_max: int | None
    vague: str | None
    count_text: str
    victim_class: str
    victim_side: str | None
    loss: str
    actor_sides: frozenset[str]
    claim_ids: tuple[str, ...]
    revision: int = 0
    change: str = "first"
    latest: bool = True

    @property
    def low(self) -> int | None:
        """The number stated or the lowest allowed; None for "up to 12"."""
        return None if self.toll_min is None and self.toll_max is not None else self.toll

    @property
    def high(self) -> int:
        """The highest number told: of "at least 12" the 12, since more is not told."""
        return max(self.toll, self.toll_max or 0)

    @property
    def is_open(self) -> bool:
        """Whether the words leave room for more than `high`."""
        return self.toll_max is None and self.toll_min is not None


def source_key(statement: Statement) -> str:
    """Who is counted as the source: the id of the one named, else the article's syndication group."""
    return statement.source_id or f"unnamed:{statement.group}"


def tolls_of(statements: Iterable[Statement]) -> list[Toll]:
    """The timelines of an incident: by harm and source, in order of publication. Parts, repeats and denials do not enter."""
    said = _independent([statement for statement in statements if statement.role == "toll"])
    of_source: dict[tuple[str, str], dict[str, list[Statement]]] = defaultdict(lambda: defaultdict(list))
    for statement in said:
        of_source[statement.harm, source_key(statement)][statement.article_id].append(statement)
    timelines = [_timeline([_toll(group) for group in by_article.values()]) for _, by_article in sorted(of_source.items())]
    return [toll for timeline in timelines for toll in timeline]


def _independent(said: Sequence[Statement]) -> list[Statement]:
    """Each statement once: of copies of one report that which names most sources, of unnamed ones those that add a number."""
    copies: defaultdict[tuple[object, ...], dict[str, list[Statement]]] = defaultdict(dict)
    for statement in said:
        copies[statement.group, *_number(statement)].setdefault(statement.article_id, []).append(statement)
    kept: list[Statement] = []
    for by_article in copies.values():
        kept.extend(sorted(by_article.values(), key=_fullest)[-1])
    named = [statement for statement in kept if statement.source_id]
    told = {_number(statement) for statement in named}
    spoken_for = {(statement.group, statement.harm) for statement in named}
    for statement in sorted((s for s in kept if not s.source_id), key=lambda s: (s.published or date.max, s.article_id, s.count_start)):
        if _number(statement) not in told and (statement.group, statement.harm) not in spoken_for:
            named.append(statement)
            told.add(_number(statement))
    return named


def _fullest(copy: Sequence[Statement]) -> tuple[int, int, str]:
    """Sorts last the copy that names most sources, of equals the one that came out first."""
    return len({s.source_id for s in copy if s.source_id}), -(copy[0].published or date.max).toordinal(), copy[0].article_id


def _number(statement: Statement) -> tuple[object, ...]:
    return statement.harm, statement.number, statement.vague


def _toll(said: Sequence[Statement]) -> Toll:
    """What a source says of a harm in an article: of several numbers the highest, since the others are parts and earlier counts."""
    by_sentence: dict[int, list[Statement]] = defaultdict(list)
    for statement in sorted(said, key=lambda s: s.count_start):
        by_sentence[statement.sentence_start].append(statement)
    candidates = [_one_toll(portions) for group in by_sentence.values() for portions in _portions(group)]
    return max(candidates, key=lambda toll: (toll.vague is None, toll.toll))


def _portions(sentence: Sequence[Statement]) -> list[list[Statement]]:
    """ "12 civilians and five fighters" is one toll of two portions; "15" and "at least 16" are two tolls."""
    kinds = [(s.victim_class, s.victim_group) for s in sentence]
    apart = len(set(kinds)) == len(kinds) and all(cls != "unknown" or group for cls, group in kinds)
    groups = {group for _, group in kinds}
    by_class = len({cls for cls, _ in kinds}) == len(kinds) and groups == {None}
    if len(sentence) > 1 and apart and (by_class or None not in groups):
        return [list(sentence)]
    return [[statement] for statement in sentence]


def _one_toll(portions: Sequence[Statement]) -> Toll:
    first = portions[0]
    classes = {statement.victim_class for statement in portions}
    lows, highs = [s.count_min for s in portions], [s.count_max for s in portions]
    victims = " and ".join(s.victims for s in portions if s.victims) or None
    victim_class = classes.pop() if len(classes) == 1 else "mixed"
    return Toll(
        harm=first.harm,
        source_key=source_key(first),
        source_id=first.source_id,
        source_type=first.source_type,
        source_side=source_side(first.source_id),
        article_id=first.article_id,
        published=first.published,
        toll=sum(s.number for s in portions),
        toll_min=sum(low for low in lows if low is not None) if None not in lows else None,
        toll_max=sum(high for high in highs if high is not None) if None not in highs else None,
        vague=next((s.vague for s in portions if s.vague), None),
        count_text=first.count_text,
        victim_class=victim_class,
        victim_side=side_of(victims, first.country),
        loss=loss_of(first.source_id, victims, victim_class, first.country),
        actor_sides=frozenset(side for s in portions for side in sides_of(s.actor, s.country)),
        claim_ids=tuple(s.claim_id for s in portions),
    )


def _timeline(tolls: Sequence[Toll]) -> list[Toll]:
    """One source's tolls of one harm in order. Only the day of publication is known: on one day the higher toll is taken for the later."""
    ordered = sorted(tolls, key=lambda toll: (toll.published or date.max, toll.vague is None, toll.toll, toll.article_id))
    found: list[Toll] = []
    for at, toll in enumerate(ordered):
        change = "first" if not found else "same" if _says_same(found[-1], toll) else "raised" if toll.toll > found[-1].toll else "lowered"
        found.append(replace(toll, revision=at, change=change, latest=at == len(ordered) - 1))
    return found


def _says_same(before: Toll, toll: Toll) -> bool:
    return before.toll == toll.toll or (toll.vague is not None and toll.toll < before.toll)
