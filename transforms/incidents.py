"""Claims of many articles -> incidents: harm done at one time and place, with what everybody says of it.

Three steps, all by rules that can be told in words and all pure. Within an article, claims of one event are put together (an account).
Accounts of different articles that could mean one event are found by blocks of day and place or of day and number (blocking and sorted
neighbourhoods: Hernández and Stolfo 1995; so is record linkage done by HRDAG) and scored. Then accounts are joined, best score first, as
long as nothing speaks against it. ACLED joins by actors, day and place, Airwars by "a moment in time and place"; here the numbers,
weapons and words count as well, since a city under fire has many incidents a day. Every link has its score and its reasons.

Nothing but an account's own neighbourhood decides on it, and the order in which articles came does not matter.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from transforms.article import content_hash
from transforms.lexicon import DATA, read_yaml
from transforms.places import Place, compatible
from transforms.sides import sides_of

NARROW = ("day", "night", "days")  # date precisions that can tell one event of a place from the next
THRESHOLD = 0.62
UNPLACED = 0.66  # the same where one of the two names no place
INFERRED_DAYS = 2  # an undated claim of a day's news: the day of publication and the two before it, at low weight
LOOKED_AT = 40  # accounts of a block that each is compared with, next to it by number: a bombing has hundreds, a hostile store any number


@dataclass(frozen=True, slots=True)
class Statement:
    """A claim as the linker sees it: the columns of `claims` that it needs, with the article's group and the place resolved."""

    claim_id: str
    article_id: str
    group: str
    published: date | None
    harm: str
    count: int | None
    count_min: int | None
    count_max: int | None
    vague: str | None
    count_text: str
    victims: str | None
    victim_class: str
    victim_group: str | None
    date_start: date | None
    date_end: date | None
    date_precision: str
    source_id: str | None
    source_type: str | None
    place: Place | None
    country: str | None
    actor: str | None
    weapon: str | None
    subset_of: str | None
    repeat_of: str | None
    assertion: str
    sentence: str
    sentence_start: int
    count_start: int

    @property
    def role(self) -> str:
        """What the claim is to its incident: toll, part, repeat or denied. Only a toll counts."""
        if self.assertion == "denied":
            return "denied"
        return "part" if self.subset_of else "repeat" if self.repeat_of else "toll"

    @property
    def number(self) -> int:
        """The one number that stands for it in comparisons: the count, else the lowest that the words allow, else the highest."""
        return next((n for n in (self.count, self.count_min, self.count_max) if n is not None), 0)


@dataclass(frozen=True, slots=True)
class Window:
    """Days on which the harm was done. basis: narrow (told, a few days), wide (told, longer), published (guessed from it) or none."""

    first: date
    last: date
    basis: str

    def meets(self, other: Window) -> bool:
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True, slots=True)
class Account:
    """What one article says of one event: its claims in the order of the text, with what they agree on."""

    statements: tuple[Statement, ...]
    window: Window | None
    place: Place | None  # the narrowest; None where it is not known, or no more than a country
    country: str | None
    around: frozenset[str]  # keys of all places that its article names, and of what they lie in, but for the country
    weapons: frozenset[str]
    words: frozenset[str]

    @property
    def key(self) -> str:
        return self.statements[0].claim_id

    @property
    def group(self) -> str:
        return self.statements[0].group

    def tolls(self) -> Iterator[Statement]:
        return (statement for statement in self.statements if statement.role == "toll")


@dataclass(frozen=True, slots=True)
class Link:
    """Why two accounts are of one event. `a` and `b` are positions in the list of accounts."""

    score: float
    a: int
    b: int
    method: str
    why: str


@dataclass(frozen=True, slots=True)
class Member:
    """A claim in an incident, and how it came there; `linked_to` is None for the founder."""

    statement: Statement
    method: str
    score: float
    linked_to: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident without its id, which depends on what was there before: members in order of publication, the founder first."""

    members: tuple[Member, ...]
    window: Window | None
    place: Place | None
    country: str | None

    @property
    def statements(self) -> list[Statement]:
        return [member.statement for member in self.members]


def find_incidents(statements: Iterable[Statement]) -> list[Incident]:
    """All incidents of these claims (of scope event), in the order of their founders. A claim stands in just one of them."""
    accounts = find_accounts(statements)
    links = [link for a, b in _pairs(accounts) if (link := link_of(accounts, a, b)) is not None]
    clusters = _join(accounts, links)
    return sorted((_incident(accounts, cluster, taken) for cluster, taken in clusters), key=lambda i: _order(i.statements[0]))


def _order(statement: Statement) -> tuple[date, str, int, str]:
    return statement.published or date.max, statement.article_id, statement.count_start, statement.claim_id


# --- within an article ---------------------------------------------------------------------------------------------------------------


def find_accounts(statements: Iterable[Statement]) -> list[Account]:
    """The claims of each article, put together by event; in order of publication."""
    of_article: dict[str, list[Statement]] = defaultdict(list)
    for statement in sorted(statements, key=_order):
        of_article[statement.article_id].append(statement)
    return [_account(group, _around(said)) for said in of_article.values() for group in _events(said)]


def _around(said: Iterable[Statement]) -> frozenset[str]:
    places = [place for statement in said if (place := _scene(statement.place)) is not None]
    return frozenset(key for place in places for key in (place.key, *place.within) if key != place.country)


def _events(said: Sequence[Statement]) -> list[list[Statement]]:
    """One article's claims by event. Parts and repeats go with what they are part or repeat of."""
    event_of = list(range(len(said)))
    at = {statement.claim_id: position for position, statement in enumerate(said)}

    def join(a: int, b: int) -> None:
        old, new = max(event_of[a], event_of[b]), min(event_of[a], event_of[b])
        for position, event in enumerate(event_of):
            if event == old:
                event_of[position] = new

    for position, statement in enumerate(said):
        for other in (statement.subset_of, statement.repeat_of):
            if other in at:
                join(position, at[other])
    for b, later in enumerate(said):
        for a in range(max(0, b - LOOKED_AT), b):
            if event_of[a] != event_of[b] and _same_event(said[a], later):
                join(a, b)
    events: dict[int, list[Statement]] = defaultdict(list)
    for position, event in enumerate(event_of):
        events[event].append(said[position])
    return list(events.values())


def _same_event(a: Statement, b: Statement) -> bool:
    """Whether two claims of one article are of one event: what a reader takes from "killed 15 and wounded 40", and no more."""
    window_a, window_b = _window(a), _window(b)
    if a.date_start and b.date_start and window_a and window_b and not window_a.meets(window_b):
        return False
    if (_is_wide(a) != _is_wide(b)) or not _weapons_fit({a.weapon}, {b.weapon}):
        return False
    place_a, place_b = _scene(a.place), _scene(b.place)
    if place_a and place_b and not compatible(place_a, place_b):
        return False
    same_sentence = a.sentence_start == b.sentence_start
    if a.harm == b.harm:
        if a.number == b.number and a.vague == b.vague and a.number > 0:
            return bool(a.source_id == b.source_id or (place_a and place_b))
        if same_sentence:
            return a.source_id == b.source_id and place_a == place_b and _portions(a, b)
        return _rival_counts(a, b)
    if same_sentence:
        return True
    if place_a and place_b:
        return a.source_id == b.source_id or bool(a.weapon and a.weapon == b.weapon)
    near = abs(a.sentence_start - b.sentence_start) <= len(a.sentence) + len(b.sentence) + 2
    return near and place_a is place_b is None and a.source_id == b.source_id


def _portions(a: Statement, b: Statement) -> bool:
    """ "12 civilians and five fighters", "three women and a child"; but "10 people here while strikes there killed 82 people"."""
    return (a.victim_class, a.victim_group) != (b.victim_class, b.victim_group)


def _rival_counts(a: Statement, b: Statement) -> bool:
    """ "The coalition, however, said 100": two numbers of one event at one place and day, by two sources, or nearly alike by one."""
    place_a, place_b = _scene(a.place), _scene(b.place)
    if place_a is None or place_b is None or a.date_start is None or b.date_start is None:
        return False
    low, high = sorted((a.number, b.number))
    if a.weapon and a.weapon == b.weapon and a.source_id != b.source_id:
        return high <= 5 * low
    if place_a.key != place_b.key or place_a.precision == "region":
        return False
    if a.weapon and b.weapon and a.weapon != b.weapon and not {a.weapon, b.weapon} & _weapons()[0]:
        return False  # rebels' rockets and the government's shells fall on one city on one day
    blamed_a, blamed_b = sides_of(a.actor, a.country), sides_of(b.actor, b.country)
    if blamed_a and blamed_b and not blamed_a & blamed_b:
        return False
    return high <= 3 * low if a.source_id != b.source_id else low >= 10 and high <= 1.25 * low


def _is_wide(statement: Statement) -> bool:
    return statement.date_start is not None and statement.date_precision not in NARROW


def _scene(place: Place | None) -> Place | None:
    """A place that can be a scene: a country is none."""
    return None if place is None or place.precision == "country" else place


def _window(statement: Statement) -> Window | None:
    if statement.date_start is not None:
        last = statement.date_end or statement.date_start
        return Window(statement.date_start, last, "narrow" if statement.date_precision in NARROW else "wide")
    if statement.published is not None:
        return Window(statement.published - timedelta(INFERRED_DAYS), statement.published, "published")
    return None


_BASES = ("narrow", "wide", "published")


def _account(said: Sequence[Statement], around: frozenset[str]) -> Account:
    windows = [window for statement in said if (window := _window(statement)) is not None]
    places = [place for statement in said if (place := _scene(statement.place)) is not None]
    countries = [statement.place.country for statement in said if statement.place] + [s.country for s in said if s.country]
    return Account(
        statements=tuple(said),
        window=min(windows, key=lambda w: (_BASES.index(w.basis), w.last - w.first), default=None),
        place=narrowest(places),
        country=countries[0] if countries else None,
        around=around,
        weapons=frozenset(statement.weapon for statement in said if statement.weapon and statement.weapon != "other"),
        words=frozenset(word for sentence in {s.sentence for s in said} for word in telling_words(sentence)),
    )


def narrowest(places: Iterable[Place]) -> Place | None:
    """The place that most of the others contain: the one with the longest way up to its country; of equals the first."""
    return max(places, key=lambda place: (len(place.within), place.lat is not None), default=None)


@cache
def _common_words() -> frozenset[str]:
    """Words that sentences about any harm have in common and that tell no two events apart."""
    return frozenset(read_yaml(DATA / "linking.yaml")["common_words"])


def telling_words(sentence: str) -> set[str]:
    """The words by which a sentence about an event can be known again: four letters and more, none that any such sentence has."""
    return {word for word in re.findall(r"[^\W\d_]{4,}", sentence.lower()) if word not in _common_words()}


# --- which accounts are compared -----------------------------------------------------------------------------------------------------


def _pairs(accounts: Sequence[Account]) -> list[tuple[int, int]]:
    """Positions of accounts that share a day and a place, a day and a number, or a month and a number. Near linear in their number."""
    at_place: dict[tuple[date, str], list[int]] = defaultdict(list)
    inside: dict[tuple[date, str], list[int]] = defaultdict(list)
    of_number: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for position, account in enumerate(accounts):
        if account.window is None:
            continue
        days = _days(account.window)
        numbers = {(toll.harm, toll.number) for toll in account.tolls() if toll.number > 1}
        for day in days:
            if account.place is not None:
                at_place[day, account.place.key].append(position)
                for wider in account.place.within:
                    inside[day, wider].append(position)
            for number in numbers:
                of_number[day, *number].append(position)
        for number in numbers:
            if number[1] >= 5:
                for month in _months(account.window):
                    of_number[month, *number].append(position)
        for said in account.statements:
            if said.number and account.window.basis != "published":
                of_number[said.group, said.harm, said.number].append(position)
    pairs: set[tuple[int, int]] = set()
    for block in (*at_place.values(), *of_number.values()):
        pairs.update(_neighbours(accounts, block))
    for key, within in inside.items():
        here = at_place.get(key, [])
        for position in within:
            pairs.update((min(position, other), max(position, other)) for other in here[:LOOKED_AT])
    return sorted(pairs)


def _neighbours(accounts: Sequence[Account], block: Sequence[int]) -> Iterator[tuple[int, int]]:
    ordered = block if len(block) <= LOOKED_AT else sorted(block, key=lambda at: (_leading(accounts[at]), at))
    for place, position in enumerate(ordered):
        for other in ordered[place + 1 : place + 1 + LOOKED_AT]:
            yield min(position, other), max(position, other)


def _leading(account: Account) -> int:
    return max((toll.number for toll in account.tolls()), default=0)


def _days(window: Window) -> list[date]:
    if window.basis == "wide":
        return []
    return [window.first + timedelta(days) for days in range(min((window.last - window.first).days, 6) + 1)]


def _months(window: Window) -> list[tuple[int, int]]:
    """The months of a window, none for one of more than two."""
    first, last = (window.first.year, window.first.month), (window.last.year, window.last.month)
    apart = (last[0] - first[0]) * 12 + last[1] - first[1]
    return [] if apart > 1 else [first] if apart == 0 else [first, last]


# --- what speaks for a link ----------------------------------------------------------------------------------------------------------


def link_of(accounts: Sequence[Account], a: int, b: int) -> Link | None:
    """The link between two accounts; None where something rules it out or too little speaks for it."""
    one, other = accounts[a], accounts[b]
    if one.window is None or other.window is None or not one.window.meets(other.window):
        return None
    if not _places_fit(one, other):
        return None
    copy = one.group == other.group and _same_number(one, other)
    if one.statements[0].article_id == other.statements[0].article_id and not copy:
        return None
    if copy and one.statements[0].article_id != other.statements[0].article_id:
        return Link(1.0, a, b, "syndication", "articles that share their text, same number")
    evidence = [
        *_of_days(one.window, other.window),
        *_of_place(one, other),
        *_of_numbers(one, other),
        *_of_weapon(one, other),
        *_of_words(one, other),
        *_of_source(one, other),
    ]
    score = round(sum(weight for weight, _ in evidence), 3)
    placed = one.place is not None and other.place is not None
    if score < (THRESHOLD if placed else UNPLACED):
        return None
    method = "toll" if placed and _same_number(one, other) else "revision" if placed else "source"
    return Link(min(score, 0.99), a, b, method, ", ".join(words for weight, words in evidence if words))


Evidence = Iterator[tuple[float, str]]  # weight, and what it is for in words


def _places_fit(one: Account, other: Account) -> bool:
    if one.place is not None and other.place is not None:
        return compatible(one.place, other.place)
    return one.country is None or other.country is None or one.country == other.country


def _of_days(one: Window, other: Window) -> Evidence:
    bases = {one.basis, other.basis}
    if bases == {"narrow"}:
        if (one.first, one.last) == (other.first, other.last):
            yield (0.22, "same day") if one.first == one.last else (0.2, "same days")
        else:
            yield 0.16, "overlapping days"
    elif bases == {"narrow", "published"}:
        yield 0.1, "a day that fits the publication"
    elif bases == {"published"}:
        yield 0.06, "published within two days"
    else:
        yield (0.1, "same stretch of time") if one == other else (0.02, "overlapping stretches of time")


def _of_place(one: Account, other: Account) -> Evidence:
    a, b = one.place, other.place
    if a is None or b is None:
        placed, other_article = (a, other.around) if a is not None else (b, one.around)
        if placed is not None and other_article & {placed.key, *placed.within}:
            yield 0.08, "the place is named in both articles"
        return
    if a.key == b.key:
        yield (0.22, "same place") if a.precision in ("city", "district") else (0.12, "same region")
    else:
        yield (0.16, "one place within the other") if "region" not in (a.precision, b.precision) else (0.1, "a place of the region")


def _number_weight(number: int) -> float:
    """How much it means that two accounts give the same number: nearly nothing for one or two dead, a lot from ten on."""
    return next(weight for least, weight in ((10, 0.35), (7, 0.28), (5, 0.24), (3, 0.16), (2, 0.08), (0, 0.03)) if number >= least)


def _of_numbers(one: Account, other: Account) -> Evidence:
    """The best agreement of tolls of one harm; a second harm that agrees or does not makes it surer or less so."""
    found = []
    for harm in sorted({toll.harm for toll in one.tolls()} & {toll.harm for toll in other.tolls()}):
        found.append(max(_of_number(a, b) for a in one.tolls() if a.harm == harm for b in other.tolls() if b.harm == harm))
    found.sort(reverse=True)
    if found:
        yield found[0]
    for weight, words in found[1:2]:
        yield weight / 2, words


def _of_number(a: Statement, b: Statement) -> tuple[float, str]:
    civil = {a.victim_class, b.victim_class}
    against = -0.2 if civil == {"civilian", "combatant"} else 0.0
    if a.vague or b.vague:
        if a.vague == b.vague:
            return 0.06 + against, f"both say {a.count_text.lower()} {a.harm}"
        return (0.04 if _bounds_meet(a, b) else -0.1) + against, ""
    if a.number == b.number:
        alike = 0.04 if a.victim_class == b.victim_class != "unknown" else 0.0
        return _number_weight(a.number) + alike + against, f"both say {a.number} {a.harm}"
    low, high = sorted((a.number, b.number))
    if low == 0:
        return -0.2, ""
    if high >= 10 and high <= 1.25 * low:
        return 0.18 + against, f"{low} and {high} {a.harm}"
    if _bounds_meet(a, b) and high <= 2 * low:
        return 0.12 + against, f"{low} and {high} {a.harm} fit"
    if high <= 2 * low:
        return (0.06 if high >= 10 else -0.05) + against, f"{low} and {high} {a.harm}"
    return (-0.1 if high <= 4 * low else -0.25) + against, f"{low} against {high} {a.harm}"


def _bounds_meet(a: Statement, b: Statement) -> bool:
    def span(s: Statement) -> tuple[float, float]:
        low = s.count_min if s.count_min is not None else s.count if s.count is not None else 0
        return low, s.count_max if s.count_max is not None else float("inf")

    (a_low, a_high), (b_low, b_high) = span(a), span(b)
    return a_low <= b_high and b_low <= a_high


def _same_number(one: Account, other: Account) -> bool:
    """Whether the two give the same number for a harm; of any role, since a reprint may drop the total and keep the part."""
    numbers = {(s.harm, s.number, s.vague) for s in one.statements if s.number > 0}
    return any((s.harm, s.number, s.vague) in numbers for s in other.statements)


def _of_weapon(one: Account, other: Account) -> Evidence:
    if not one.weapons or not other.weapons:
        return
    rare, _ = _weapons()
    if one.weapons & other.weapons:
        yield (0.18 if one.weapons & other.weapons & rare else 0.07), "same weapon"
    elif _weapons_fit(one.weapons, other.weapons):
        yield (0.1, "like weapons") if (one.weapons | other.weapons) & rare else (0.03, "like weapons")
    else:
        yield -0.2, ""


def _weapons_fit(a: Iterable[str | None], b: Iterable[str | None]) -> bool:
    known_a, known_b = {w for w in a if w and w != "other"}, {w for w in b if w and w != "other"}
    if not known_a or not known_b or known_a & known_b:
        return True
    return any(known_a & family and known_b & family for family in _weapons()[1])


@cache
def _weapons() -> tuple[frozenset[str], tuple[frozenset[str], ...]]:
    """The rare weapons, and the families within which reports of one event may differ."""
    words = read_yaml(DATA / "linking.yaml")
    return frozenset(words["rare_weapons"]), tuple(frozenset(family) for family in words["weapon_families"])


def _of_words(one: Account, other: Account) -> Evidence:
    if min(len(one.words), len(other.words)) < 3:
        return
    alike = len(one.words & other.words) / min(len(one.words), len(other.words))
    if alike >= 0.25:
        yield round(0.25 * min(1.0, alike), 3), "like words"


def _of_source(one: Account, other: Account) -> Evidence:
    named = {s.source_id for s in one.statements if s.source_id} & {s.source_id for s in other.statements if s.source_id}
    if named:
        yield 0.06, "same source"


# --- joining -------------------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Cluster:
    accounts: list[int]
    window: Window | None
    place: Place | None
    taken: list[Link]


def _join(accounts: Sequence[Account], links: Sequence[Link]) -> list[tuple[list[int], list[Link]]]:
    """Accounts joined, best link first, unless days or places of what they have become part of rule it out."""
    cluster_of = [_Cluster([at], account.window, account.place, []) for at, account in enumerate(accounts)]
    scores = {(link.a, link.b): link.score for link in links}
    for link in sorted(links, key=lambda link: (-link.score, accounts[link.a].key, accounts[link.b].key)):
        one, other = cluster_of[link.a], cluster_of[link.b]
        if one is other or not _may_join(accounts, one, other, scores):
            continue
        small, large = sorted((one, other), key=lambda cluster: len(cluster.accounts))
        large.accounts += small.accounts
        large.window = _common_window(one.window, other.window)
        large.place = narrowest(place for place in (large.place, small.place) if place is not None)
        large.taken += [*small.taken, link]
        for at in small.accounts:
            cluster_of[at] = large
    unique = {id(cluster): cluster for cluster in cluster_of}
    return [(sorted(cluster.accounts), cluster.taken) for cluster in unique.values()]


def _may_join(accounts: Sequence[Account], one: _Cluster, other: _Cluster, scores: Mapping[tuple[int, int], float]) -> bool:
    if one.window and other.window and not one.window.meets(other.window):
        return False
    if one.place and other.place and not compatible(one.place, other.place):
        return False
    pairs = ((a, b) for a in one.accounts for b in other.accounts if (min(a, b), max(a, b)) not in scores)
    return not any(_told_apart(accounts[a], accounts[b]) for a, b in pairs)


def _told_apart(one: Account, other: Account) -> bool:
    """Whether an article, or a reprint of it, tells of the two as of different events: one source with different numbers of one harm."""
    if one.group != other.group:
        return False
    numbers = {(toll.harm, toll.source_id): toll.number for toll in one.tolls()}
    said = {(toll.harm, toll.source_id): toll.number for toll in other.tolls()}
    both = numbers.keys() & said.keys()
    return bool(both) and all(numbers[key] != said[key] for key in both)


def _common_window(a: Window | None, b: Window | None) -> Window | None:
    """The days that both allow; a day that was told stands above one that is guessed or a stretch."""
    if a is None or b is None:
        return a or b
    if a.basis != b.basis:
        return min(a, b, key=lambda window: _BASES.index(window.basis))
    return Window(max(a.first, b.first), min(a.last, b.last), a.basis)


def _incident(accounts: Sequence[Account], cluster: Sequence[int], taken: Sequence[Link]) -> Incident:
    """The members in order, each with the link by which it hangs together with an earlier one."""
    members: list[Member] = []
    for at, via in _reached(cluster, taken):
        account = accounts[at]
        for place, statement in enumerate(account.statements):
            if place:
                members.append(Member(statement, "article", 1.0, account.key, "told with it in one article"))
            elif via is None:
                members.append(Member(statement, "founder", 1.0, None, "the first report of it"))
            else:
                link, linked = via
                members.append(Member(statement, link.method, link.score, _closest(accounts[linked], statement), link.why))
    said = [accounts[at] for at in cluster]
    window = None
    for account in said:
        window = _common_window(window, account.window)
    places = [account.place for account in said if account.place is not None]
    countries = [account.country for account in said if account.country]
    founder, rest = members[0], sorted(members[1:], key=lambda member: _order(member.statement))
    return Incident((founder, *rest), window, narrowest(places), places[0].country if places else countries[0] if countries else None)


def _reached(cluster: Sequence[int], taken: Sequence[Link]) -> Iterator[tuple[int, tuple[Link, int] | None]]:
    """The accounts from the first on along the links, each with the link and the account that it is reached by."""
    beside: dict[int, list[tuple[Link, int]]] = defaultdict(list)
    for link in taken:
        beside[link.a].append((link, link.b))
        beside[link.b].append((link, link.a))
    waiting: list[tuple[int, tuple[Link, int] | None]] = [(cluster[0], None)]
    seen = {cluster[0]}
    while waiting:
        at, via = waiting.pop()
        yield at, via
        for link, other in sorted(beside[at], key=lambda pair: pair[1]):
            if other not in seen:
                seen.add(other)
                waiting.append((other, (link, at)))


def _closest(account: Account, statement: Statement) -> str:
    """Of the account that a claim is linked to the claim that says most nearly the same."""
    said = account.statements
    return min(said, key=lambda s: (s.harm != statement.harm, abs(s.number - statement.number), said.index(s))).claim_id


# --- ids -----------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """What became of an incident's id: merged (into other), split (from other) or withdrawn (other is None)."""

    incident_id: str
    change: str
    other_id: str | None
    claims: int


def name_incidents(incidents: Sequence[Incident], before: Mapping[str, str]) -> tuple[list[str], list[Change]]:
    """An id for every incident, and what happened to earlier ids. `before`: claim_id -> incident_id as it stood.

    An incident keeps the id that most of its claims had; an id goes to the incident that has most of its claims. A new one gets the hash
    of its founder, so that fresh tables of the same articles have the same ids, whatever the order of the articles within the run.
    """
    overlap: dict[tuple[str, int], int] = defaultdict(int)
    for at, incident in enumerate(incidents):
        for statement in incident.statements:
            if statement.claim_id in before:
                overlap[before[statement.claim_id], at] += 1
    ids: dict[int, str] = {}
    heirs: dict[str, int] = {}
    for (old, at), _ in sorted(overlap.items(), key=lambda item: (-item[1], item[0])):
        if at not in ids and old not in heirs:
            ids[at], heirs[old] = old, at
    taken = {*before.values()}
    for at, incident in enumerate(incidents):
        if at not in ids:
            ids[at] = _new_id(incident, taken)
            taken.add(ids[at])
    named = [ids[at] for at in range(len(incidents))]
    return named, _changes(overlap, ids, heirs, before)


def _new_id(incident: Incident, taken: set[str]) -> str:
    salt = 0
    while (found := content_hash("incident", incident.statements[0].claim_id, *([salt] if salt else []))) in taken:
        salt += 1
    return found


def _changes(
    overlap: Mapping[tuple[str, int], int], ids: Mapping[int, str], heirs: Mapping[str, int], before: Mapping[str, str]
) -> list[Change]:
    changes = []
    had: dict[str, int] = defaultdict(int)
    for old in before.values():
        had[old] += 1
    for (old, at), claims in overlap.items():
        if ids[at] != old and heirs.get(old) is None:
            changes.append(Change(old, "merged", ids[at], claims))
        elif ids[at] != old and ids[at] not in heirs:
            changes.append(Change(ids[at], "split", old, claims))
    standing = {old for old, _ in overlap}
    changes += [Change(old, "withdrawn", None, number) for old, number in had.items() if old not in standing]
    return sorted(changes, key=lambda change: (change.incident_id, change.change, change.other_id or ""))
