"""Where and with what: place and weapon of a claim, from its own sentence, as far as its words tell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from .chunks import Chunk, Word
from .lexicon import alternatives, any_of, english, grammar, listed, plural, weapons
from .sources import load_countries


@dataclass(frozen=True, slots=True)
class Found:
    """Words of the setting at [start, end) of a sentence; for a weapon `text` is the value of the column."""

    start: int
    end: int
    text: str
    weak: bool = False
    aside: bool = False  # a place where a speaker or a party is, which counts where no other is told
    frame: bool = False  # opens the sentence: "In Daraa, …"
    unsure: bool = False  # a capitalised word that opens the sentence before an event: a place if another sentence says so


_PARTICLES = frozenset(
    {"al", "el", "de", "del", "la", "le", "bin", "abu", "ash", "as", "ad", "ar", "et", "um", "umm", "tel", "tal", "di", "los", "das"}
)
_TOKEN = re.compile(r"[a-zA-Z]++(?![\w'’.-])|[^\W_]+(?:['’.-][^\W_]+)*|[^\w\s]")
_HYPHENED_NAME = re.compile(r"[a-z]{2}-[A-Z]")  # al-Bab
_OF_A_NATION = re.compile(r"[A-Z]\w+-[a-z]+")  # Kurdish-held
MAX_LEAD = 7
"""Words between the preposition and the name: "in the volatile northern Nigerian town of" Chibok."""


@cache
def _prepositions() -> re.Pattern[str]:
    return re.compile(rf"(?:^|(?<=[\s(“\"]))(?i:{alternatives(english()['place_prepositions'])})\s+")


@cache
def _nationalities() -> frozenset[str]:
    """Words that tell whose and not where: "Syrian", "Brazilian", and "Syria's", "Syrias" before another name."""
    words = set()
    for country in load_countries():
        words |= set(country.get("adjectives", ())) | {plural(str(a)) for a in country.get("adjectives", ())}
        name = str(country["name"])
        words |= {f"{name}'s", f"{name}’s", f"{name}s"}
    return frozenset(words)


@cache
def _no_place_words() -> frozenset[str]:
    lexicon = english()
    return frozenset([*lexicon["weekdays"], *lexicon["months"], *lexicon["not_in_place_names"]])


@lru_cache(maxsize=4096)
def _ends_name(word: str) -> bool:
    """Whether a capitalised word is no part of a name: a harm, an attack, a number, a day ("Syria Kills Five")."""
    lower = word.lower()
    entry = grammar().match([lower], 0)
    return (
        lower in _no_place_words()
        or weapons().match([lower], 0) is not None
        or (entry is not None and entry.tag in "KGIDTRSbhcemxa")
        or lower in english()["numbers"]["units"]
        or word[0].isdigit()
    )


def _name_at(tokens: list[re.Match[str]], i: int) -> int:
    """The index behind the name that begins at token i; i itself where none does."""
    j = i
    while j < len(tokens) and j - i < 5:
        word = tokens[j].group()
        particle = word.lower() in _PARTICLES and j + 1 < len(tokens) and tokens[j + 1].group()[0].isupper()
        if not (word[0].isupper() or particle or _HYPHENED_NAME.match(word)) or _ends_name(word):
            break
        j += 1
    return j


@cache
def _naming_kind() -> re.Pattern[str]:
    """ "the Red Sea | port of | Hodeidah", but not "Shantou city of China's"."""
    lexicon = english()
    wider = alternatives([*lexicon["wider_kinds"]])
    countries = alternatives(country["name"] for country in load_countries())
    return re.compile(
        rf"\s+(?:{alternatives(lexicon['naming_kinds'])})\s+of\s+(?!(?:{countries})\b)(?=[A-Z][\w-]*(?![\w’'-])(?!\s+(?:{wider})\b))"
    )


@cache
def _owner_words() -> frozenset[str]:
    """The words with which those begin that tell whose."""
    return frozenset(words.split()[0] for words in _nationalities())


def _owner_at(tokens: list[re.Match[str]], i: int) -> int:
    """How many words at token i say whose: "Syrian", "South Africa's"; 0 where the next word does not go on."""
    if tokens[i].group() not in _owner_words():
        return 0
    for length in (3, 2, 1):
        words = [token.group() for token in tokens[i : i + length + 1]]
        if len(words) == length + 1 and " ".join(words[:-1]) in _nationalities() and words[-1][:1].isalpha():
            return length
    return 0


def _by_country(tokens: list[re.Match[str]], owner: int, kind: int) -> tuple[int, int]:
    """ "the Afghan capital" by these words, unless its name follows: "Iraq's capital, | Baghdad"."""
    at = kind + 1 + (kind + 1 < len(tokens) and tokens[kind + 1].group() == ",")
    stop = _name_at(tokens, at)
    return (tokens[at].start(), tokens[stop - 1].end()) if stop > at else (tokens[owner].start(), tokens[kind].end())


def _read_place(sentence: str, begin: int) -> tuple[int, int] | None:
    """The span of the place words behind a preposition: "in | the volatile | PK5 neighborhood"."""
    tokens = list(_TOKEN.finditer(sentence, begin, min(len(sentence), begin + 160)))
    kinds, directions, led_by = listed("place_kinds"), listed("directions"), listed("kept_place_words")
    i, kept, owner = 0, None, (-1, -1)
    while i < len(tokens) and i <= MAX_LEAD:
        word = tokens[i].group()
        lower = word.lower()
        nextword = tokens[i + 1].group() if i + 1 < len(tokens) else ""
        if not word[0].isalnum():
            return None
        if whose := _owner_at(tokens, i):  # "South Africa's | northern province of"
            owner, i = (i, i + whose), i + whose
            continue
        nationality = _OF_A_NATION.fullmatch(word) is not None or (lower in listed("faiths") and nextword[:1].isupper())
        if (word[0].isupper() and not nationality) or _HYPHENED_NAME.match(word) or (lower in _PARTICLES and nextword[:1].isupper()):
            break
        entry = grammar().match([lower], 0)
        if owner[1] == i and lower in listed("places_by_country") and nextword.lower() not in kinds:
            return _by_country(tokens, owner[0], i)
        if lower in led_by:
            kept = tokens[i].start() if kept is None else kept
        elif lower == "of" and i and ((before := tokens[i - 1].group().lower()) in kinds or before in directions or before in led_by):
            if before not in led_by:
                kept = None  # "the northern province of | Limpopo"
        elif (
            entry is not None
            and entry.tag in "poKGIRvVbhc&e"
            and lower not in kinds
            and lower not in directions
            and not nationality
            and not lower.endswith(("-held", "-controlled", "ed"))
        ):
            return None
        i += 1
    stop = _name_at(tokens, i)
    if stop == i or i > MAX_LEAD or any_of("not_in_place_names").match(sentence, tokens[i].start()):
        return None
    if renamed := _naming_kind().match(sentence, tokens[stop - 1].end()):
        return _read_place(sentence, renamed.end()) or (tokens[i].start(), tokens[stop - 1].end())
    start = tokens[i].start() if kept is None else kept
    if not is_country(sentence[tokens[i].start() : tokens[stop - 1].end()]):  # "in Syria | restaurant"
        stop = _kind_behind(tokens, stop)
    if stop + 1 < len(tokens) and tokens[stop].group() == "and" and _name_at(tokens, stop + 1) > stop + 1:
        last = _name_at(tokens, stop + 1)
        stop = last + 1 if last < len(tokens) and tokens[last].group().lower() in kinds else last
    return start, tokens[stop - 1].end()


def _kind_behind(tokens: list[re.Match[str]], stop: int) -> int:
    """The index behind the kind of place that follows a name: "Homs | province", "the Shaar | gas field"."""
    kinds, modifiers = listed("place_kinds"), listed("kind_modifiers")
    while stop < len(tokens):
        lower = tokens[stop].group().lower()
        if lower not in kinds and not (lower in modifiers and stop + 1 < len(tokens) and tokens[stop + 1].group().lower() in kinds):
            break
        stop += 1
    return stop


def _is_placed(sentence: str, preposition: int, span: tuple[int, int]) -> bool:
    """ "the town of Omagh", "the shelling of Lysychansk", "to al-Thawra hospital", but not "the procession of Benazir Bhutto"."""
    kind = sentence[span[0] : span[1]].split()[-1].lower()
    return kind in english()["place_kinds"] or _place_of().search(sentence, max(0, preposition - 25), preposition) is not None


@cache
def _place_of() -> re.Pattern[str]:
    lexicon = english()
    heads = [*lexicon["place_kinds"], *lexicon["directions"], *lexicon["kept_place_words"], *lexicon["event_nouns"], *lexicon["takings"]]
    return re.compile(rf"(?<!\w)(?:{alternatives(heads)})\s+$", re.IGNORECASE)


# "In the northern city of | Kirkuk", "Meanwhile, near | Homs"
_OPENS_WITH_PLACE = re.compile(r"(?:\w+,?\s+)?(?:[Ii]n|[Aa]t|[Nn]ear|Outside|Around|Across)\s+(?:[a-z][\w-]*\s+){0,6}")


def find_places(sentence: str, taken: list[tuple[int, int]]) -> list[Found]:
    """Places named with a preposition; `taken` are the spans of dates, speaking bodies and other organisations, which are none."""
    places: list[Found] = []
    for match in sorted([*_prepositions().finditer(sentence), *_attacks().finditer(sentence)], key=lambda m: m.start()):
        span = _read_place(sentence, match.end())
        if span is None or (match.re is _attacks() and not _is_attacked(sentence, match.end(), span)):
            continue
        if _carried_off().search(sentence, max(0, match.start() - 60), match.end()):
            continue  # "were rushed to hospital in Padaviya": where they were healed, not where they were hurt
        if _distance().search(sentence, max(0, match.start() - 50), match.end()):
            continue  # "about 30 miles north of Kabul"
        whence = match.group().strip().lower() == "from" and not _taken_from().search(sentence, max(0, match.start() - 40), match.start())
        aside = _based().search(sentence, max(0, match.start() - 60), match.end()) is not None
        if match.group().lower().startswith(("of", "to", "against", "for")) and not _is_placed(sentence, match.start(), span):
            continue
        if match.group().lower().startswith("to") and sentence[span[0] : span[1]].endswith(tuple(english()["places_by_country"])):
            continue  # "so close to the Afghan capital"
        if _is_body(sentence[span[0] : span[1]]) or any(a < span[1] and span[0] < b for a, b in taken):
            continue
        if _is_people(sentence, match.start(), span) or _is_one_of_many(sentence, span):
            continue
        text = re.sub(r"['’]s?$", "", sentence[span[0] : span[1]])
        if not places or span[0] >= places[-1].end:
            frame = _OPENS_WITH_PLACE.fullmatch(sentence, 0, span[0]) is not None
            places.append(Found(span[0], span[0] + len(text), text, weak=whence, aside=aside, frame=frame))
    spans = [*taken, *((place.start, place.end) for place in places)]
    bare = [place for place in _bare_places(sentence) if not any(a < place.end and place.start < b for a, b in spans)]
    return sorted([*places, *bare], key=lambda place: place.start) if bare else places


@cache
def _bare_names() -> re.Pattern[str]:
    """Names that their kind, or what befell them, makes places: "a crowded | Toronto | sidewalk", "Dobrinja | was shelled"."""
    lexicon = english()
    kinds, befell = alternatives([*lexicon["local_kinds"], *lexicon["local_events"]]), alternatives(lexicon["befell_places"])
    return re.compile(
        r"(?<![\w’'-])(?P<name>[A-Z][\w’'-]+(?:[ -](?:(?:al|el|de|del|la)[ -])?[A-Z][\w’'-]+){0,3})"
        rf"(?:\s+(?P<kind>(?:{kinds})(?!\w|\s+of\b))|(?=\s+(?:(?:was|were|is|has\s+been|had\s+been)\s+)?(?:{befell})(?!\w)))"
    )


def _bare_places(sentence: str) -> list[Found]:
    found = []
    for match in _bare_names().finditer(sentence):
        words = match["name"].split()
        if any(_ends_name(word) or word in _nationalities() or word.lower() in english()["actors"] for word in words):
            continue
        if any(re.search(r"-[a-z]", word) for word in words) or is_country(match["name"]):
            continue  # "Kurdish-populated district", "Syria restaurant"
        if match["name"] in _nationalities() or grammar().match([words[0].lower()], 0) is not None or _is_body(match["name"]):
            continue
        end = match.end() if match["kind"] in english()["local_kinds"] else match.end("name")
        text = re.sub(r"['’]s?$", "", sentence[match.start() : end])
        place = Found(
            match.start(),
            match.start() + len(text),
            text,
            unsure=match.start() == 0 and match["kind"] is not None and end == match.end("name"),
        )
        if not (is_healing(place.text) and _carried_off().search(sentence, max(0, place.start - 60), place.start)):
            found.append(place)
    return found


@cache
def _attacks() -> re.Pattern[str]:
    """Verbs with a place for their object: "attacked | Khamenlok village", "entered | Qalqiliya"."""
    days = alternatives(english()["weekdays"])
    when = rf"(?:(?:on\s+)?(?:{days})\s+(?:(?:morning|afternoon|evening|night)\s+)?)?"
    return re.compile(rf"(?<!\w)(?i:{alternatives(english()['place_verbs'])})\s+(?i:{when})")


def _is_attacked(sentence: str, begin: int, span: tuple[int, int]) -> bool:
    """Whether the object of an attack is a place: a name at once, or one with its kind; no party, no body, no nationality."""
    words = sentence[span[0] : span[1]].split()
    first = grammar().match([words[0].lower()], 0)
    if (first is not None and first.tag == "p") or (len(words) > 1 and is_country(words[0])):
        return False  # "Strikes Near Raqqa", "attacks Syria Kurd town": headlines
    placed = words[-1].lower() in english()["place_kinds"] or _place_of().search(sentence[begin : span[0]]) is not None
    lead = sentence[begin : span[0]].strip().lower()
    following = re.match(r"\s+([a-z]+)", sentence[span[1] :])
    if following and not placed and grammar().match([following[1]], 0) is None and weapons().match([following[1]], 0) is None:
        return False  # "attacked Shiite pilgrims"
    return (placed or (lead in ("", "the") and words[0] not in _nationalities())) and not any_of("actors").search(
        sentence, span[0], span[1] + 12
    )


def _is_body(place: str) -> bool:
    """ "the Illegal Immigration Control Department": no place, though departments are."""
    words = place.split()
    return len(words) > 2 and words[-1][0].isupper() and words[-1].lower() in english()["body_nouns"]


def _is_people(sentence: str, preposition: int, span: tuple[int, int]) -> bool:
    """ "attacks on | Christians", "over | 125 Terrorists", "members of | the Masalit community": who, not where."""
    words = sentence[span[0] : span[1]].split()
    last = words[-1].lower()
    if last in english()["communities"]:
        return any_of("membership").search(sentence, max(0, preposition - 12), span[0]) is not None
    noun = grammar().match([last], 0)
    people = last.endswith("s") and (last[:-1] in listed("faiths") or (noun is not None and noun.tag == "N"))
    return people or (words[0].lower() in english()["actors"] and not is_healing(last) and last not in listed("place_kinds"))


_GOES_ON_TO_PLACE = re.compile(r"\s+(?:in|near|outside|of)\s+(?:the\s+)?(?:[a-z-]+\s+){0,2}[A-Z]")


@cache
def _one_of_many() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{alternatives(english()['one_of_many'])})\s+$", re.IGNORECASE)


def _is_one_of_many(sentence: str, span: tuple[int, int]) -> bool:
    """ "a Walmart store | in El Paso", "two Dogon hamlets | near Bankass": no name; where it is stands behind."""
    words = sentence[span[0] : span[1]].split()
    unnamed = len(words) > 1 and words[-1].islower() and _one_of_many().search(sentence, max(0, span[0] - 12), span[0]) is not None
    return unnamed and _GOES_ON_TO_PLACE.match(sentence, span[1]) is not None


@cache
def _distance() -> re.Pattern[str]:
    directions = alternatives(english()["directions"])
    return re.compile(rf"\d\s*(?:km|kilomet(?:er|re)s?|miles?)\)?\s+(?:to\s+the\s+)?(?:{directions})?\s*(?:of|from)\s+$", re.IGNORECASE)


@cache
def _carried_off() -> re.Pattern[str]:
    """ "evacuated to …", "taken to …", "to a hospital in …"."""
    lexicon = english()
    healing = rf"to\s+(?:(?:the|an?)\s+)?(?:[\w-]+\s+){{0,2}}(?:{alternatives(lexicon['healing_places'])})\b[^.;:]{{0,20}}"
    taken = rf"(?:{alternatives(lexicon['taken_off'])})\s+(?:the\s+|an?\s+)?"
    return re.compile(rf"(?<!\w)(?i:(?:{alternatives(lexicon['carried_off'])})\b[^.;:]*|{healing}|{taken})$")


@cache
def _based() -> re.Pattern[str]:
    """ "terrorists positioned | in", "the group's branch | in": where somebody is, not where the harm befell."""
    name = r"(?:[A-Z][\w.’'-]+\s+){0,4}"  # "Governor | Dmytro Lunin | of the Poltava region"
    return re.compile(rf"(?<!\w)(?i:{alternatives(english()['based'])})\s+{name}(?:in|at|near|of|from)\s+(?:the\s+)?$")


@cache
def _taken_from() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?i:{alternatives(english()['taken_from'])})\b[^.;:]*$")


def leading_places(chunks: list[Chunk], places: list[Found]) -> list[Found]:
    """The narrowest place of each chain: in "in Manbij in Aleppo province" the first one leads."""
    leaders: list[Found] = []
    previous: Found | None = None
    at = 0
    for place in places:
        between = set()
        while at < len(chunks) and chunks[at].start < place.start:
            if previous and previous.end <= chunks[at].start:
                between.add(chunks[at].tag)
            at += 1
        apart = between & set("KGIRvhb.QqT") or (previous is not None and previous.frame and between & set("vV"))
        if previous is None or previous.aside or place.start - previous.end > MAX_CHAIN or apart:
            leaders.append(place)
        previous = place
    return leaders


MAX_CHAIN = 60
"""Characters between two places of one chain."""


def narrowest(leaders: list[Found], anchor: int, clause: tuple[int, int], whole: bool = False) -> Found | None:
    """The place that the words at `anchor` are tied to: of those in the clause the nearest, one behind before one ahead.

    `whole`: they tell of a war, whose place is a country as well as any other.
    """
    inside = [p for p in leaders if clause[0] <= p.start < clause[1]] or leaders
    if not inside:
        return None

    def distance(place: Found) -> float:
        far = (place.start - anchor) if place.start >= anchor else (anchor - place.end) * 1.5 + 10
        frame = FRAME_COST * (place.frame and place is not inside[-1])
        return far + COUNTRY_COST * (is_country(place.text) and not whole) + WHENCE_COST * (place.weak or place.aside) + frame

    return min(inside, key=distance)


COUNTRY_COST = 60
"""Characters by which a country counts as farther than a narrower place: "fighting in Yemen killed ten in Saada"."""


FRAME_COST = 80
"""The same for a place that opens the sentence, where a narrower one follows: "In Daraa, a bomb killed four in Kashef"."""


WHENCE_COST = 300
"""The same for a place that only tells whence somebody is: "three actors from Nairobi"."""


@cache
def _countries() -> frozenset[str]:
    return frozenset(str(country["name"]).lower() for country in load_countries())


@cache
def _coarse() -> re.Pattern[str]:
    lexicon = english()
    countries = alternatives(str(country["name"]) for country in load_countries())
    sides = alternatives(lexicon["directions"])
    return re.compile(rf"(?:the\s+)?(?:(?:{sides})[\s-]+)*(?:{countries})|.*\b(?:{alternatives(lexicon['wide_kinds'])})", re.IGNORECASE)


def is_coarse(place: str) -> bool:
    """Whether place words name a country, a part of one or a province, in which the event's own place can be told elsewhere."""
    return _coarse().fullmatch(place) is not None


def is_healing(place: str) -> bool:
    """Whether place words name a hospital, where people also die who were hurt elsewhere."""
    return place.lower().split()[-1] in english()["healing_places"]


def is_country(place: str) -> bool:
    """Whether place words name a whole country."""
    return place.lower().removeprefix("the ") in _countries()


@cache
def _country_names() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?P<name>{alternatives(country['name'] for country in load_countries())})(?=['’]?s?(?!\w))")


@lru_cache(maxsize=256)
def countries_in(sentence: str) -> tuple[str, ...]:
    """The countries that a sentence names, also as owners ("Syria's", "Syrias"), in order."""
    return tuple(match["name"] for match in _country_names().finditer(sentence))


def find_weapons(words: list[Word]) -> list[Found]:
    """Every weapon word, in order, the longest phrase at each place; `text` is the weapon."""
    lowers = [w.lower for w in words]
    found, i = [], 0
    while i < len(words):
        entry = weapons().match(lowers, i)
        if entry is None:
            i += 1
            continue
        if entry.weapon:
            found.append(Found(words[i].start, words[i + len(entry.words) - 1].end, entry.weapon, entry.tag == "w"))
        i += len(entry.words)
    return [w for w in found if not w.weak] or found


def weapon_at(found: list[Found], anchor: int, clause: tuple[int, int]) -> Found | None:
    """The weapon nearest to the harm in its clause, the one before it first; else in the sentence. A suicide car bomb is a suicide bomb."""
    inside = [w for w in found if clause[0] <= w.start < clause[1]] or found
    if not inside:
        return None
    kinds = {w.text for w in inside}
    for kind in ("suicide_bomb", "car_bomb"):
        if kind in kinds and kinds <= {"suicide_bomb", "car_bomb", "ied", "other"}:
            return next(w for w in inside if w.text == kind)
    special = next((w for kind in ("chemical", "barrel_bomb") for w in inside if w.text == kind), None)
    return special or min(inside, key=lambda w: (anchor - w.end) if w.end <= anchor else (w.start - anchor) + 4)
