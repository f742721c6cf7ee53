"""Words for places -> places: every entry of data/places.yaml, namesakes, and what must stay null."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from transforms.places import Gazetteer, Place, compatible, fold, open_gazetteer, resolve_place, vocabulary

ENTRIES: list[dict[str, Any]] = vocabulary()["places"]
NAMESAKES = [
    ("Tripoli", "LY", "LY"),
    ("Tripoli", "LB", "LB"),
    ("Hyderabad", "PK", "PK"),
    ("Hyderabad", "IN", "IN"),
    ("Bab al-Salama", "SY", None),
    ("Istanbul", "SY", "TR"),
]
NOWHERE = ["Terrorists", "Umayyad Square", "al-Midan neighborhood", "Public Park", "NGO", "", "the", "Least", "of"]


@cache
def gazetteer() -> Gazetteer:
    phrases = [name for entry in ENTRIES for name in (entry["example"], entry["name"], *entry.get("also", ()))]
    others = [words for words, _, _ in NAMESAKES] + NOWHERE
    others += ["west Aleppo", "northern Syria", "Syrian capital", "Aleppo hospital", "Kandahar province", "Syrian city of Homs", "Aleppos"]
    return open_gazetteer([*phrases, *others], [entry["country"] for entry in ENTRIES] + ["LB", "LY", "IN", "PK"])


def resolve(words: str, country: str | None = "SY") -> Place | None:
    return resolve_place(words, country, gazetteer())


def found(words: str, country: str | None = "SY") -> Place:
    place = resolve(words, country)
    assert place is not None, words
    return place


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry['country']} {entry['name']} {entry['kind']}")
def test_every_entry_is_found_by_its_example_and_spellings(entry: dict[str, Any]) -> None:
    place = found(entry["example"], entry["country"])
    assert place.name == entry["name"] or place.name.endswith(f" {entry['name']}"), place
    for name in (entry["name"], *entry.get("also", ())):
        assert found(name, entry["country"]).country == entry["country"]
    has_point = place.lat is not None and place.lon is not None
    assert has_point == (place.precision in ("city", "district")), "a region is no point, a city or district has one"


def test_no_name_stands_twice_in_a_country_but_for_a_city_and_its_region() -> None:
    seen: dict[tuple[str, str, str], str] = {}
    for entry in ENTRIES:
        for name in dict.fromkeys(fold(name) for name in (entry["name"], *entry.get("also", ()))):
            assert seen.setdefault((entry["country"], entry["kind"], name), entry["name"]) == entry["name"], name


@pytest.mark.parametrize(("words", "country", "expected"), NAMESAKES)
def test_the_articles_country_decides_between_namesakes(words: str, country: str, expected: str | None) -> None:
    place = resolve(words, country)
    assert (place and place.country) == expected


def test_a_namesake_without_a_country_is_unknown() -> None:
    assert resolve("Tripoli", None) is None


@pytest.mark.parametrize("words", NOWHERE)
def test_what_is_not_known_stays_null(words: str) -> None:
    assert resolve(words) is None


@pytest.mark.parametrize(
    ("words", "name", "precision"),
    [
        ("west Aleppo", "west Aleppo", "district"),
        ("northern Syria", "north Syria", "region"),
        ("Syrian capital", "Damascus", "city"),
        ("Aleppo hospital", "Aleppo", "city"),
        ("Syrian city of Homs", "Homs", "city"),
        ("Aleppos", "Aleppo", "city"),
        ("Syria", "Syria", "country"),
        ("Idlib", "Idlib province", "region"),
        ("Idlib city", "Idlib", "city"),
    ],
)
def test_kinds_and_directions(words: str, name: str, precision: str) -> None:
    place = found(words)
    assert (place.name, place.precision) == (name, precision)


def test_a_province_that_is_not_listed_has_no_point() -> None:
    place = found("Kandahar province", "AF")
    assert (place.precision, place.lat, place.lon) == ("region", None, None)


def test_which_places_can_be_one_scene() -> None:
    east, west, city, province = (found(words) for words in ("eastern Aleppo", "west Aleppo", "Aleppo", "Aleppo province"))
    assert compatible(east, city) and compatible(city, province) and compatible(east, province)
    assert not compatible(east, west)
    assert not compatible(found("Douma"), city)
    assert compatible(found("Douma"), found("Damascus countryside"))
    assert compatible(found("northern Syria"), city), "nobody lists which towns lie north"
