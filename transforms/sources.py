"""The bodies that news text names as the source of a claim: the registry, and the finding of their mentions in a text.

Three data files make the registry: data/sources.yaml (bodies one by one), data/lexicons/countries.yaml (countries) and
data/lexicons/bodies.yaml (bodies that every country has: army, health ministry, state television). The last two are multiplied:
`kenya_interior_ministry` needs no entry of its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from transforms.lexicon import DATA

TYPES = (
    "monitor", "state_media", "partisan_media", "independent_media", "news_agency", "health_ministry", "government", "local_officials",
    "military", "armed_group", "police_security", "rescue_service", "medics", "ngo", "un_body", "activists", "witnesses",
)  # fmt: skip
KINDS = ("name", "acronym", "person", "surname", "contextual", "metonym")

# Bodies that sit where the news is told, not where it happens: their country says nothing of the article's country.
_RELAYS = frozenset({"news_agency", "independent_media", "state_media", "partisan_media", "ngo"})

# English words that a headline in capitals turns into an acronym.
_WORDS_IN_CAPITALS = frozenset({"who", "is", "site", "un", "aid", "emergency", "sams", "us"})

_WORD = re.compile(
    r"""(
        [A-Za-z][a-z]*+ (?![\w'’ʼ‘`.])           # most words, told without trying the rest
      | (?:[A-Z]\.){1,5}[A-Z]\b\.?              # U.S., U.N, U.S.A.: one word
      | [^\W_]+ (?: ['’ʼ‘`] [^\W_]+ )*          # Syria's, B'Tselem, Jama'at: one word
    )""",
    re.VERBOSE,
)
# What may stand between two words of one name: a space, a line break (not an empty line), a hyphen, a slash, an ampersand; after the
# apostrophe of a plural ("Workers' Party").
_JOINT = re.compile(r"['’]?[ \t\xa0]{1,4}(?:\r?\n[ \t\xa0]{0,4})?|\r?\n[ \t]{0,4}|[ ]?[-‐‑–/&][ ]?")
_MARKS = "'’ʼ‘`."  # left out when words are compared
_POSSESSIVE = re.compile(r"['’ʼ‘`][sS]?$")
_PARTICLES = frozenset({"al", "el", "ash", "abdel", "abdul", "abd", "abu", "bin", "ben", "de", "van", "von", "ould", "di", "da", "saw"})
_FAR = 400  # characters, two sentences or three: so long does "the army" mean the foreign army just named, not the one at home
_ARTICLES = ("the", "a", "an")
_PLACING = frozenset({"in", "across", "inside", "throughout", "over", "within"})


@dataclass(frozen=True, slots=True)
class Source:
    """A body that makes claims. `country` is an ISO alpha-2 code, null for a body of no one country; `side` null where it takes none."""

    id: str
    name: str
    type: str
    country: str | None
    side: str | None


@dataclass(frozen=True, slots=True)
class Mention:
    """A body named in a text, at text[start:end]: with a leading "the", without a possessive 's (a bare s, as in "Syrias", is included).

    `kind`: "name" and "acronym" name the body itself, "person" one who speaks for it; "metonym" is a place that stands for a government
    and counts only as subject of a verb of speech, which the caller checks. "contextual" ("the army") and "surname" say who is meant only
    together with the rest of the article: their `source_id` is "" until `resolve` settles it. `alias` is the form in the registry.
    """

    start: int
    end: int
    source_id: str
    kind: str
    alias: str = field(default="", compare=False)


class _Form(NamedTuple):
    """One way to name a body, or several bodies where only context tells them apart."""

    kind: str
    source_ids: tuple[str, ...]
    article: str = ""  # the determiner that must stand before it ("the group"), "" where none need
    exact: str = ""  # the letters as they must be written, "" where case is free
    unowned: bool = False  # not behind another name: "the Yemeni | Observatory" is another one


@dataclass(frozen=True, slots=True)
class _Country:
    slug: str
    iso: str
    name: str
    adjective: str


@dataclass(frozen=True, slots=True)
class _Body:
    suffix: str
    label: str
    type: str


@dataclass(slots=True)
class _Slot:
    """What one sequence of words may be."""

    key: str
    forms: tuple[_Form, ...] = ()
    country: _Country | None = None
    exact: str = ""  # the country's letters where they must be as written (US, not us)
    capital_of: _Country | None = None
    body: _Body | None = None


@dataclass(slots=True)
class _Index:
    """All names in a tree of folded words. A node's "" is what the words up to it are; its "'s" the same after a bare possessive s."""

    tree: dict[str, Any] = field(default_factory=dict)
    instead: dict[str, str] = field(default_factory=dict)  # id of a national body -> id of the entry that is this body
    theatres: dict[str, tuple[str, ...]] = field(default_factory=dict)  # source id -> countries whose articles mean it by a contextual form
    main_country: dict[str, _Country] = field(default_factory=dict)  # ISO code -> the country itself, not a part of it

    def slot(self, key: str) -> _Slot:
        """The slot of these words, made where there is none yet."""
        node = self.tree
        first, *rest = words = key.split(" ")
        for word in words:
            node = node.setdefault(word, {})
        slot: _Slot | None = node.get("")
        if slot is None:
            slot = node[""] = _Slot(key)
            if not rest:
                self.tree.setdefault(first + "s", {})["'s"] = slot
        return slot


# --- reading the data ------------------------------------------------------------------------------------------------------------------


def load(path: Path) -> Any:
    """The file's content with every scalar a string, so that Norway stays NO. A broken or absent file is a ValueError that names it.

    Built from the parser's events: a third of the time that PyYAML's own constructor takes, and every start of the program pays it.
    """
    loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    held: list[list[Any]] = []
    items: list[Any] = []
    try:
        for event in yaml.parse(path.read_bytes(), loader):
            if isinstance(event, yaml.ScalarEvent):
                items.append(event.value)
            elif isinstance(event, yaml.CollectionStartEvent):
                held.append(items)
                items = []
            elif isinstance(event, yaml.CollectionEndEvent):
                ended: Any = dict(zip(items[::2], items[1::2], strict=True)) if isinstance(event, yaml.MappingEndEvent) else items
                items = held.pop()
                items.append(ended)
    except (OSError, yaml.YAMLError) as error:
        raise ValueError(f"{path}: {error}. Restore the file or mend its YAML.") from error
    return items[0] if items else None


@cache
def _entries() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = load(DATA / "sources.yaml")
    return entries


@cache
def _national() -> tuple[list[_Body], list[_Country]]:
    bodies = [_Body(b["suffix"], b["label"], b["type"]) for b in load_bodies()["bodies"]]
    countries = [_country(c) for c in load_countries()]
    return bodies, countries


@cache
def load_countries() -> list[dict[str, Any]]:
    """data/lexicons/countries.yaml as written."""
    countries: list[dict[str, Any]] = load(DATA / "lexicons" / "countries.yaml")
    return countries


@cache
def load_bodies() -> dict[str, Any]:
    """data/lexicons/bodies.yaml as written."""
    bodies: dict[str, Any] = load(DATA / "lexicons" / "bodies.yaml")
    return bodies


def _country(entry: dict[str, Any]) -> _Country:
    return _Country(entry["slug"], entry["iso"], entry["name"], entry.get("adjectives", [entry["name"]])[0])


@cache
def registry() -> dict[str, Source]:
    """Every body by id: the entries of sources.yaml, and the bodies that every country has."""
    sources = {e["id"]: Source(e["id"], e["name"], e["type"], e.get("country"), e.get("side")) for e in _entries()}
    taken = {national for e in _entries() for national in e.get("instead_of", ())}
    bodies, countries = _national()
    for country in countries:
        for body in bodies:
            source_id = f"{country.slug}_{body.suffix}"
            if source_id not in taken and source_id not in sources:
                sources[source_id] = Source(source_id, f"{country.adjective} {body.label}", body.type, country.iso, country.slug)
    return sources


@cache
def _states() -> dict[str, str]:
    """A country's name, as written by itself -> its slug."""
    words = (
        (word, entry["slug"])
        for entry in reversed(load_countries())
        for word in (entry["name"], *entry.get("also", ()), *entry.get("acronyms", ()))
    )
    return dict(words)


def government_of(name: str) -> str | None:
    """The id of the government that a country's name means as the subject of a verb of speech: "Israel | says"; null for any other name."""
    slug = _states().get(name)
    return _national_id(_index(), f"{slug}_government") if slug else None


# --- the index -------------------------------------------------------------------------------------------------------------------------


def _unmarked(word: str) -> str:
    for mark in _MARKS:
        word = word.replace(mark, "")
    return word


def _fold(word: str) -> str:
    """Lower case, without apostrophes, dots and accents."""
    word = _unmarked(word)
    if not word.isascii():
        word = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    return word.lower()


def _key(name: str) -> str:
    plain = name.replace("-", " ")
    if plain.isascii() and plain.replace(" ", "").isalnum():
        return " ".join(plain.lower().split())
    return " ".join(map(_fold, _WORD.findall(name)))


def _split_article(name: str) -> tuple[str, str]:
    first, _, rest = name.partition(" ")
    return (first.lower(), rest) if first.lower() in _ARTICLES and rest else ("", name)


def _surname(full_name: str) -> str:
    """The key of the family name with its particles: "abdel rahman", "al asbahi", "konashenkov"."""
    words = _key(full_name).split(" ")
    at = len(words) - 1
    while at > 1 and words[at - 1] in _PARTICLES:
        at -= 1
    return " ".join(words[at:])


def _letters(name: str) -> str:
    """The name's letters as written, words joined: what an acronym must look like in the text."""
    return " ".join(_unmarked(word) for word in _WORD.findall(name))


def _written(entry: dict[str, Any]) -> Iterator[tuple[str, _Form]]:
    """The forms of one entry of sources.yaml, each with its key."""
    ids = (entry["id"],)
    unowned = entry.get("unowned", ())
    for name in entry.get("aliases", ()):
        yield _key(_split_article(name)[1]), _Form("name", ids, unowned=name in unowned)
        if name.startswith("UN "):
            yield _key("United Nations" + name[2:]), _Form("name", ids)
    for name in entry.get("acronyms", ()):
        yield _key(name), _Form("acronym", ids, exact=_letters(name), unowned=name in unowned)
    for name in entry.get("people", ()):
        yield _key(name), _Form("person", ids)
        surname = _surname(name)
        yield surname, _Form("surname", ids)
        if " " in surname:
            yield surname.rpartition(" ")[2], _Form("surname", ids)
    for name in entry.get("contextual", ()):
        yield _contextual(name, ids)
    for name in entry.get("metonyms", ()):
        yield _key(name), _Form("metonym", ids, exact=_letters(name))


def _contextual(name: str, source_ids: tuple[str, ...]) -> tuple[str, _Form]:
    article, bare = _split_article(name)
    return _key(bare), _Form("contextual", source_ids, article, exact="" if any(map(str.islower, bare)) else _letters(bare))


def _merge(old: tuple[_Form, ...], new: _Form) -> tuple[_Form, ...]:
    """The forms of one key, the surest first. Forms that look alike and name different bodies become one that context decides."""
    for at, form in enumerate(old):
        alike = form.article == new.article and form.exact == new.exact
        if alike and (form.kind == new.kind or {form.kind, new.kind} <= {"acronym", "contextual"}):
            ids = tuple(dict.fromkeys(form.source_ids + new.source_ids))
            kind = form.kind if len(ids) == 1 or form.kind in ("surname", "contextual") else "contextual"
            return (*old[:at], form._replace(kind=kind, source_ids=ids), *old[at + 1 :])
    return tuple(sorted((*old, new), key=lambda form: KINDS.index(form.kind)))


@cache
def _index() -> _Index:
    index = _Index()
    for entry in _entries():
        index.instead.update(dict.fromkeys(entry.get("instead_of", ()), entry["id"]))
        index.theatres[entry["id"]] = tuple(entry.get("theatres", ())) or ((entry["country"],) if "country" in entry else ())
        for key, form in _written(entry):
            _add(index, key, form)
    for entry in load_countries():
        _add_country(index, entry)
    for entry in load_bodies()["bodies"]:
        body = _Body(entry["suffix"], entry["label"], entry["type"])
        for name in entry["aliases"]:
            index.slot(_key(name)).body = body
        for name in entry.get("contextual", ()):
            _add(index, *_contextual(name, (f"*{body.suffix}",)))
    for entry in load_bodies()["anaphors"]:
        for name in entry["aliases"]:
            _add(index, *_contextual(name, tuple(f"@{kind}" for kind in entry["types"])))
    return index


def _add(index: _Index, key: str, form: _Form) -> None:
    slot = index.slot(key)
    slot.forms = _merge(slot.forms, form) if slot.forms else (form,)


def _add_country(index: _Index, entry: dict[str, Any]) -> None:
    country = _country(entry)
    index.main_country.setdefault(country.iso, country)
    for name in (entry["name"], *entry.get("adjectives", ()), *entry.get("also", ())):
        index.slot(_key(name)).country = country
    for name in entry.get("acronyms", ()):
        slot = index.slot(_key(name))
        slot.country, slot.exact = country, _letters(name)
    for name in entry.get("capitals", ()):
        index.slot(_key(name)).capital_of = country


# --- finding ---------------------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Tokens:
    """A text cut into words: as written, folded, where each starts, and whether it may belong to one name with the word after it."""

    written: list[str]
    folded: list[str]
    starts: list[int]
    gaps: list[str]  # gaps[i] stands before word i
    slots: dict[int, list[tuple[int, _Slot, bool]]]  # what the words from i on may be, for all words with which a name can begin

    def joined(self, at: int) -> bool:
        """Whether word `at` may belong to one name with the word before it."""
        gap = self.gaps[at]
        return gap == " " or gap == "-" or _JOINT.fullmatch(gap) is not None

    def end(self, last: int) -> int:
        """The offset after word `last`, without its possessive."""
        word = self.written[last]
        return self.starts[last] + len(word) - (len(tail.group()) if (tail := _POSSESSIVE.search(word)) else 0)

    def letters(self, at: int, stop: int) -> str:
        return " ".join(_unmarked(_POSSESSIVE.sub("", word)) for word in self.written[at:stop])


@lru_cache(maxsize=1)
def _tokens(text: str) -> _Tokens:
    parts = _WORD.split(text)
    written = parts[1::2]
    line = " ".join(written).lower()
    for mark in _MARKS:
        line = line.replace(mark, "")
    folded = line.split(" ") if written else []
    if not line.isascii():
        folded = [word if word.isascii() else _fold(word) for word in folded]
    tokens = _Tokens(written, folded, list(accumulate(map(len, parts)))[0::2], parts[0::2], {})
    tree = _index().tree
    for at in [at for at, word in enumerate(folded) if word in tree]:
        if slots := _slots(tree, tokens, at):
            tokens.slots[at] = slots
    return tokens


@dataclass(frozen=True, slots=True)
class _Found:
    stop: int  # word after the last
    source_id: str
    kind: str
    alias: str
    article: str = ""


def find_mentions(text: str) -> list[Mention]:
    """All mentions in order of place; they don't overlap, and of several that begin at one word the longest wins.

    Linear in the length of the text.
    """
    index = _index()
    tokens = _tokens(text)
    mentions: list[Mention] = []
    free = 0  # first word that no mention has taken
    for at, slots in tokens.slots.items():
        if at < free:
            continue
        found = _longest(index, tokens, at, slots)
        if found is None:
            continue
        first = at - 1 if at > free and _opens_with_article(tokens, at, found) else at
        mentions.append(Mention(tokens.starts[first], tokens.end(found.stop - 1), found.source_id, found.kind, found.alias))
        free = found.stop
    return mentions


def _opens_with_article(tokens: _Tokens, at: int, found: _Found) -> bool:
    before = tokens.folded[at - 1]
    if found.article:
        return before == found.article
    return before == "the" and found.kind in ("name", "acronym", "contextual") and tokens.joined(at)


def _slots(tree: dict[str, Any], tokens: _Tokens, at: int) -> list[tuple[int, _Slot, bool]]:
    """What the words from `at` on may be, longest first: the word after the last, the slot, whether a bare possessive s was dropped."""
    slots: list[tuple[int, _Slot, bool]] = []
    folded, gaps = tokens.folded, tokens.gaps
    node = tree.get(folded[at])
    while node is not None:
        at += 1
        if "" in node:
            slots.append((at, node[""], False))
        elif "'s" in node:
            slots.append((at, node["'s"], True))
        if at == len(folded) or not (gaps[at] == " " or tokens.joined(at)):
            break
        word = folded[at]
        following = node.get(word)
        if word[-1:] == "s" and len(word) > 2 and (following is None or "" not in following):
            singular = node.get(word[:-1])
            if singular is not None and "" in singular:
                slots.append((at + 1, singular[""], True))
        node = following
    slots.reverse()
    return slots


def _longest(index: _Index, tokens: _Tokens, at: int, slots: list[tuple[int, _Slot, bool]]) -> _Found | None:
    """The longest mention that begins at word `at`; of a body's own form and a composed one of the same length, its own."""
    own = _own_form(index, slots, tokens, at)
    composed = _national_body(index, slots, tokens, at)
    if own is None or (composed is not None and composed.stop > own.stop):
        return composed
    return own


def _own_form(index: _Index, slots: list[tuple[int, _Slot, bool]], tokens: _Tokens, at: int) -> _Found | None:
    for stop, slot, possessive in slots:
        for form in slot.forms:
            if _fits(form, tokens, at, stop, possessive):
                source_id = "" if form.kind in ("contextual", "surname") else form.source_ids[0]
                return _Found(stop, source_id, form.kind, slot.key, form.article)
        if slot.capital_of is not None and tokens.written[at][0].isupper():
            return _Found(stop, _national_id(index, f"{slot.capital_of.slug}_government"), "metonym", slot.key)
    return None


def _fits(form: _Form, tokens: _Tokens, at: int, stop: int, possessive: bool) -> bool:
    if form.article and (at == 0 or tokens.folded[at - 1] != form.article or not tokens.joined(at)):
        return False
    if form.kind == "contextual" and form.source_ids[0][0] in "*@" and _has_owner(tokens, at):
        return False
    if form.unowned and _owned_already(tokens, at):
        return False
    if form.kind in ("surname", "person") and not tokens.written[at][0].isupper() and tokens.folded[at] not in _PARTICLES:
        return False
    if stop < len(tokens.written) and tokens.gaps[stop] in _HYPHENS and tokens.written[stop][0].islower():
        return False  # "the UN-backed government" is not the UN
    if not form.exact:
        return True
    letters = tokens.letters(at, stop)
    if letters != form.exact and not (possessive and letters == form.exact + "s"):
        return False
    return not (tokens.folded[at] in _WORDS_IN_CAPITALS and _shouted(tokens, at))


_HYPHENS = ("-", "‐", "‑")


def _has_owner(tokens: _Tokens, at: int) -> bool:
    """Whether a possessive stands right before: the military spokesman of "the group's military spokesman" is not the country's."""
    return at > 0 and _POSSESSIVE.search(tokens.written[at - 1]) is not None and tokens.joined(at)


def _shouted(tokens: _Tokens, at: int) -> bool:
    """Whether the next words are all in capitals, as in an old headline, so that capitals mark no acronym."""
    after = tokens.written[at + 1 : at + 3]
    return all(word.isupper() for word in after or tokens.written[max(at - 2, 0) : at])


def _national_body(index: _Index, slots: list[tuple[int, _Slot, bool]], tokens: _Tokens, at: int) -> _Found | None:
    """ "Kenyan interior ministry", "Kenya's Ministry of Interior" or "the interior ministry in Nairobi"."""
    if (country := _country_at(slots, tokens, at, seat=True)) is not None:
        owner, stop = country
        if stop < len(tokens.folded) and tokens.joined(stop) and (body := _body_at(tokens.slots.get(stop, ()))) is not None:
            return _Found(body[1], _national_id(index, f"{owner.slug}_{body[0].suffix}"), "name", "")
    if (body := _body_at(slots)) is not None and not _owned_already(tokens, at):
        kind, stop = body
        if (there := _after_preposition(tokens, stop)) is not None:
            owned = _country_at(tokens.slots.get(there, ()), tokens, there, seat=True)
            if owned is not None:
                return _Found(owned[1], _national_id(index, f"{owned[0].slug}_{kind.suffix}"), "name", "")
    return None


def _owned_already(tokens: _Tokens, at: int) -> bool:
    """Whether a name stands right before: the officials of "UN officials in Syria" are not Syria's."""
    return at > 0 and tokens.written[at - 1][0].isupper() and tokens.folded[at - 1] not in _ARTICLES and tokens.joined(at)


def _after_preposition(tokens: _Tokens, at: int) -> int | None:
    """The word after "of", "in", "of the", "in the" at word `at`; null where they don't stand there."""
    for words in (("of", "in"), ("the",)):
        if at + 1 < len(tokens.folded) and tokens.folded[at] in words and tokens.joined(at) and tokens.joined(at + 1):
            at += 1
        elif words != ("the",):
            return None
    return at


def _national_id(index: _Index, source_id: str) -> str:
    return index.instead.get(source_id, source_id)


def _country_at(slots: Sequence[tuple[int, _Slot, bool]], tokens: _Tokens, at: int, seat: bool = False) -> tuple[_Country, int] | None:
    """The country named at word `at`, by its capital too where `seat`; capital letters tell Turkey from turkey and US from us."""
    for stop, slot, possessive in slots:
        country = slot.country or (slot.capital_of if seat else None)
        if country is None or not tokens.written[at][0].isupper():
            continue
        if slot.exact and slot.exact != tokens.letters(at, stop).removesuffix("s" if possessive else ""):
            continue
        return country, stop
    return None


def _body_at(slots: Sequence[tuple[int, _Slot, bool]]) -> tuple[_Body, int] | None:
    for stop, slot, _ in slots:
        if slot.body is not None:
            return slot.body, stop
    return None


# --- who is meant ----------------------------------------------------------------------------------------------------------------------


def resolve(mentions: Sequence[Mention], country: str | None = None) -> list[Mention]:
    """The article's mentions, each with the body it means; those that the article leaves open are left out.

    `mentions` are those of the whole article, in order; `country` is the article's, as `article_country` tells it. A contextual form
    means the body last named before it that has this form, else the only one whose country is the article's. A surname needs the full
    name before it.
    """
    index = _index()
    last_named: dict[str, int] = {}  # body -> where it was last named
    presented: set[str] = set()  # bodies of which a person was named in full
    resolved: list[Mention] = []
    for mention in mentions:
        source_id: str | None = mention.source_id
        if mention.kind == "surname":
            source_id = _latest(_meant(mention.alias, mention.kind) & presented, last_named)
        elif mention.kind == "contextual":
            source_id = _in_context(index, mention, last_named, country)
        if not source_id:
            continue
        if mention.kind == "person":
            presented.add(source_id)
        if mention.kind != "metonym":
            last_named[source_id] = mention.start
        resolved.append(mention if mention.source_id else replace(mention, source_id=source_id))
    return resolved


@cache
def _meant(alias: str, kind: str) -> frozenset[str]:
    """Whom a contextual form or a surname may mean: source ids, "*army" for any country's army, "@ngo" for any body of that type."""
    forms = _index().slot(alias).forms
    return frozenset(source_id for form in forms if form.kind == kind for source_id in form.source_ids)


def _latest(source_ids: Iterable[str], last_named: dict[str, int]) -> str | None:
    named = [source_id for source_id in source_ids if source_id in last_named]
    return max(named, key=last_named.__getitem__, default=None)


def _in_context(index: _Index, mention: Mention, last_named: dict[str, int], country: str | None) -> str | None:
    """The body last named that this form may mean; else, or where that one is foreign and long past, the one of the article's country."""
    meant = _meant(mention.alias, mention.kind)
    named = _latest([known for known in last_named if known in meant or not meant.isdisjoint(_kinds(known))], last_named)
    home = _at_home(index, meant, country) if country else None
    if named is None or (home is not None and mention.start - last_named[named] > _FAR and country not in _theatres(index, named)):
        return home
    return named


def _theatres(index: _Index, source_id: str) -> tuple[str | None, ...]:
    return index.theatres.get(source_id) or (registry()[source_id].country,)


def _at_home(index: _Index, meant: frozenset[str], country: str) -> str | None:
    """The only body of the country that the form may mean: an entry of its own before a body that every country has."""
    here = [source_id for source_id in meant if country in index.theatres.get(source_id, ())]
    if here:
        return here[0] if len(here) == 1 else None
    suffixes = [source_id[1:] for source_id in meant if source_id[0] == "*"]
    owner = index.main_country.get(country)
    if len(suffixes) == 1 and owner is not None:
        return _national_id(index, f"{owner.slug}_{suffixes[0]}")
    return None


@cache
def _kinds(source_id: str) -> frozenset[str]:
    """What a contextual form may call the body by kind: russia_mod is "@military" by type, "*army" and "*defence_ministry" by function."""
    nationals = [national for national, own in _index().instead.items() if own == source_id] or [source_id]
    bodies, countries = _national()
    slugs = {country.slug for country in countries}
    suffixes = {body.suffix for body in bodies for national in nationals if national.removesuffix(f"_{body.suffix}") in slugs}
    return frozenset({f"@{registry()[source_id].type}"} | {f"*{suffix}" for suffix in suffixes} | {f"@*{suffix}" for suffix in suffixes})


def article_country(mentions: Sequence[Mention], text: str) -> str | None:
    """The ISO code of the country that the article speaks of most; null on a tie or where it names none.

    Names, demonyms and capitals count, and the countries of the bodies named; not those of agencies, outlets and aid groups. Where things
    happen counts more than who is spoken of: "in Syria" weighs as much as three times "Russian".
    """
    tokens = _tokens(text)
    votes: Counter[str] = Counter()
    free = 0  # South Sudan is not Sudan as well
    for at, slots in tokens.slots.items():
        if at >= free:
            country = _country_at(slots, tokens, at, seat=True)
            if country is not None:
                votes[country[0].iso] += 3 if at and tokens.folded[at - 1] in _PLACING else 1
                free = country[1]
    sources = registry()
    for mention in mentions:
        source = sources.get(mention.source_id)
        if source and source.country and mention.kind != "metonym" and source.type not in _RELAYS:
            votes[source.country] += 1
    ranked = votes.most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]
