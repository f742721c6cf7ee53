"""Linking: what is one incident and what is not, ids over time, and that nothing but the neighbourhood matters."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.incidents import Incident, Statement, find_incidents, name_incidents
from transforms.places import Place

DAY = date(2016, 9, 30)


def place(name: str, country: str = "SY", precision: str = "city", within: tuple[str, ...] = ()) -> Place:
    return Place(f"{country}/{precision}/{name}", name, precision, country, "listed", None, 35.0, 37.0, (*within, country))


TOWN, OTHER_TOWN = place("Harra"), place("Sura")
QUARTER = place("Old Quarter", precision="district", within=(TOWN.key,))


def says(name: str, **said: Any) -> Statement:
    """Article `name` says 12 killed in Harra on the day, published the day after, in a sentence of its own."""
    number = said.pop("number", 12)
    article = said.pop("article", name)
    plain = Statement(
        claim_id=f"claim-{name}",
        article_id=f"article-{article}",
        group=f"group-{article}",
        published=DAY + timedelta(1),
        harm="killed",
        count=number,
        count_min=number,
        count_max=number,
        vague=None,
        count_text=str(number),
        victims="people",
        victim_class="unknown",
        victim_group=None,
        date_start=DAY,
        date_end=DAY,
        date_precision="day",
        source_id=None,
        source_type=None,
        place=TOWN,
        country="SY",
        actor=None,
        weapon=None,
        subset_of=None,
        repeat_of=None,
        assertion="asserted",
        sentence=f"Sentence {name}.",
        sentence_start=0,
        count_start=0,
    )
    return replace(plain, **said)


def together(*statements: Statement) -> bool:
    incidents = find_incidents(statements)
    linked = sorted(statement.claim_id for incident in incidents for statement in incident.statements)
    assert linked == sorted(statement.claim_id for statement in statements), "a claim is in one incident"
    return len(incidents) == 1


# --- what is one -----------------------------------------------------------------------------------------------------------------------


def test_same_day_place_and_number_is_one() -> None:
    assert together(says("a"), says("b"))
    assert together(says("a"), says("b", place=QUARTER)), "a quarter lies in its town"


def test_another_day_place_or_number_is_another() -> None:
    assert not together(says("a"), says("b", date_start=DAY - timedelta(1), date_end=DAY - timedelta(1)))
    assert not together(says("a"), says("b", place=OTHER_TOWN))
    assert not together(says("a"), says("b", number=40))


STRONG = {"number": 40, "weapon": "car_bomb", "source_id": "police", "sentence": "A lorry full of explosives blew up at the Sadiq bakery."}


def test_however_alike_another_town_or_day_is_another() -> None:
    assert together(says("a", **STRONG), says("b", **STRONG))
    assert not together(says("a", **STRONG), says("b", place=OTHER_TOWN, **STRONG))
    later = DAY + timedelta(5)
    assert not together(says("a", **STRONG), says("b", date_start=later, date_end=later, **STRONG))


def test_east_and_west_do_not_meet_in_the_city() -> None:
    half = replace(TOWN, precision="district", within=(TOWN.key, "SY"))
    east, west = (replace(half, key=f"{TOWN.key}/{part}", part=part) for part in ("east", "west"))
    incidents = find_incidents([says("a", place=east, **STRONG), says("b", **STRONG), says("c", place=west, **STRONG)])
    assert len(incidents) == 2
    assert all({"claim-a", "claim-c"} - {s.claim_id for s in incident.statements} for incident in incidents)


def test_a_small_number_alone_links_nothing() -> None:
    assert not together(says("a", number=2), says("b", number=2))
    words = "Gunmen opened fire on worshippers leaving the Sadiq mosque."
    assert together(says("a", number=2, sentence=words), says("b", number=2, sentence=words + " "))


def test_a_risen_toll_of_the_same_bombing_is_the_same() -> None:
    bomb = {"weapon": "car_bomb", "source_id": "police"}
    first = says("a", number=15, sentence="A car packed with explosives blew up beside the Sadiq bakery.", **bomb)
    later = says("b", number=32, sentence="Explosives packed into a car blew up beside the Sadiq bakery.", **bomb)
    assert together(first, replace(later, published=DAY + timedelta(2)))


def test_same_source_day_and_number_without_a_place() -> None:
    told = {"source_id": "sohr", "number": 20, "sentence": "Warplanes dropped munitions on besieged quarters."}
    assert together(says("a", **told), says("b", place=None, **told))
    assert not together(says("a", **told), says("b", **told | {"place": None, "country": "IQ"})), "another country"


def test_unlike_weapons_speak_against_it() -> None:
    assert not together(says("a", number=5, weapon="car_bomb"), says("b", number=5, weapon="airstrike"))


def test_a_month_is_linked_by_number_and_words_only() -> None:
    month = {"date_start": date(2016, 9, 1), "date_end": date(2016, 9, 30), "date_precision": "month"}
    assert not together(says("a", number=13), says("b", number=12, **month))


def test_no_date_and_no_publication_stands_alone() -> None:
    dateless = {"date_start": None, "date_end": None, "date_precision": "none", "published": None}
    assert not together(says("a"), says("b", **dateless))


def test_a_reprint_is_linked_as_one() -> None:
    copy = replace(says("b", number=2), group="group-a")
    (incident,) = find_incidents([says("a", number=2), copy])
    assert [member.method for member in incident.members] == ["founder", "syndication"]


# --- within an article -----------------------------------------------------------------------------------------------------------------


def test_killed_and_wounded_of_one_sentence_are_one() -> None:
    assert together(says("a"), says("b", article="a", harm="injured", number=40))


def test_two_places_of_one_sentence_are_two() -> None:
    assert not together(says("a"), says("b", article="a", number=3, place=OTHER_TOWN))


def test_parts_repeats_and_denials_go_with_their_toll() -> None:
    total = says("a", number=20)
    part = says("b", article="a", number=6, subset_of=total.claim_id)
    repeat = says("c", article="a", number=20, repeat_of=total.claim_id, sentence_start=90, place=None)
    (incident,) = find_incidents([total, part, repeat])
    assert [statement.role for statement in incident.statements] == ["toll", "part", "repeat"]
    assert says("d", assertion="denied").role == "denied"


# --- order, neighbourhood, ids ---------------------------------------------------------------------------------------------------------


@st.composite
def statements(draw: st.DrawFn) -> list[Statement]:
    found = []
    for at in range(draw(st.integers(1, 14))):
        day = DAY + timedelta(draw(st.integers(0, 2)))
        found.append(
            says(
                f"{at:02}",
                article=draw(st.sampled_from("abcdef")),
                number=draw(st.sampled_from([2, 5, 12, 13, 30])),
                place=draw(st.sampled_from([TOWN, QUARTER, OTHER_TOWN, None])),
                source_id=draw(st.sampled_from([None, "sohr", "police"])),
                weapon=draw(st.sampled_from([None, "car_bomb", "airstrike"])),
                date_start=day,
                date_end=day,
                sentence_start=at * 50,
                count_start=at * 50,
            )
        )
    return found


def as_sets(incidents: list[Incident]) -> set[frozenset[str]]:
    return {frozenset(statement.claim_id for statement in incident.statements) for incident in incidents}


@settings(max_examples=150, deadline=None)
@given(statements(), st.randoms(use_true_random=False))
def test_the_order_of_claims_does_not_matter(said: list[Statement], chance: random.Random) -> None:
    shuffled = said.copy()
    chance.shuffle(shuffled)
    assert find_incidents(said) == find_incidents(shuffled)
    named, changes = name_incidents(find_incidents(said), {})
    assert len(set(named)) == len(named) and changes == []


@settings(max_examples=150, deadline=None)
@given(statements(), statements())
def test_a_far_article_changes_nothing_here(here: list[Statement], there: list[Statement]) -> None:
    moved = [
        replace(
            s,
            claim_id=f"far-{s.claim_id}",
            article_id=f"far-{s.article_id}",
            group=f"far-{s.group}",
            date_start=s.date_start + timedelta(90),
            date_end=s.date_end + timedelta(90),
            published=s.published + timedelta(90),
        )
        for s in there
        if s.date_start and s.date_end and s.published
    ]
    assert as_sets(find_incidents([*here, *moved])) == as_sets(find_incidents(here)) | as_sets(find_incidents(moved))


@settings(max_examples=150, deadline=None)
@given(statements(), st.integers(0, 14))
def test_ids_stay_as_articles_come_in(said: list[Statement], cut: int) -> None:
    first = find_incidents(said[:cut])
    named, _ = name_incidents(first, {})
    before = {s.claim_id: key for key, incident in zip(named, first, strict=True) for s in incident.statements}
    after = find_incidents(said)
    ids, changes = name_incidents(after, before)
    assert len(set(ids)) == len(ids)
    standing = dict(zip(ids, after, strict=True))
    for old in set(before.values()):
        told = [change for change in changes if change.incident_id == old and change.change in ("merged", "withdrawn")]
        assert (old in standing) != bool(told), "an id stands or what became of it is told"
    untouched = as_sets(first) & as_sets(after)
    for key, incident in zip(named, first, strict=True):
        if frozenset(s.claim_id for s in incident.statements) in untouched:
            assert standing[key] == incident or as_sets([standing[key]]) == as_sets([incident])


def named(incidents: list[Incident], before: dict[str, str]) -> tuple[dict[str, str], list[tuple[str, str, str | None, int]]]:
    ids, changes = name_incidents(incidents, before)
    of_claim = {s.claim_id: key for key, incident in zip(ids, incidents, strict=True) for s in incident.statements}
    return of_claim, [(c.incident_id, c.change, c.other_id, c.claims) for c in changes]


def test_a_merge_and_a_split_are_told() -> None:
    a, b = says("a"), says("b", number=40)
    apart, none = named(find_incidents([a, b]), {})
    assert len(set(apart.values())) == 2 and none == []
    merged, changes = named(find_incidents([a, replace(b, count=12, count_min=12, count_max=12)]), apart)
    kept = merged["claim-a"]
    gone = next(key for key in apart.values() if key != kept)
    assert changes == [(gone, "merged", kept, 1)]
    again, changes = named(find_incidents([a, b]), merged)
    fresh = next(key for key in again.values() if key != kept)
    assert changes == [(fresh, "split", kept, 1)]
    _, changes = named([], again)
    assert sorted(change for _, change, _, _ in changes) == ["withdrawn", "withdrawn"]
