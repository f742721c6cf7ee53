"""The registry of claim-making bodies: its data files hold, its mentions are found, context decides who is meant."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from transforms.lexicon import DATA
from transforms.sources import KINDS, TYPES, Mention, article_country, find_mentions, load, registry, resolve

ENTRIES: list[dict[str, Any]] = yaml.safe_load((DATA / "sources.yaml").read_text(encoding="utf-8"))
COUNTRIES: list[dict[str, Any]] = yaml.safe_load((DATA / "lexicons" / "countries.yaml").read_text(encoding="utf-8"))
BODIES: dict[str, Any] = yaml.safe_load((DATA / "lexicons" / "bodies.yaml").read_text(encoding="utf-8"))
SHARED = Path(__file__).resolve().parents[1].parent / "shared"

FIELDS = {
    "id", "name", "type", "country", "side", "aliases", "acronyms", "unowned", "people", "contextual", "metonyms", "theatres", "instead_of",
    "valid_from", "valid_to", "example", "counter",
}  # fmt: skip
LISTS = ("aliases", "acronyms", "unowned", "people", "contextual", "metonyms", "theatres", "instead_of")
FIXED_IDS = (
    "sohr", "sana", "syria_state_tv", "syria_state_media", "lcc", "syria_civil_defence", "snhr", "vdc", "sncoalition", "syria_army",
    "syria_police", "syria_government", "russia_mod", "us_coalition", "us_centcom", "sdf", "ypg", "isis", "amaq", "nusra", "turkey_army",
    "un", "who", "msf", "icrc", "sarc", "human_rights_watch", "turkey_health_ministry", "gaza_health_ministry", "amnesty_international",
    "uk_government", "afghanistan_interior_ministry", "boko_haram",
)  # fmt: skip
UNNAMED = (
    "activists", "residents", "medics", "rebels", "military_source", "security_source", "police", "officials", "local_source", "media",
    "monitor", "journalists",
)  # fmt: skip


def ids(text: str, country: str | None = None) -> list[str]:
    return [mention.source_id for mention in resolve(find_mentions(text), country)]


def words_and_ids(text: str, country: str | None = None) -> list[tuple[str, str, str]]:
    return [(text[m.start : m.end], m.kind, m.source_id) for m in resolve(find_mentions(text), country)]


# --- the data files


def test_ids_are_unique_and_plain() -> None:
    seen = [entry["id"] for entry in ENTRIES]
    assert sorted(seen) == sorted(set(seen))
    assert [source_id for source_id in seen if not re.fullmatch(r"[a-z0-9]+(?:_[a-z0-9]+)*", source_id)] == []


def faults_of(entry: dict[str, Any]) -> list[str]:
    """What is wrong with one entry's form."""
    lists = {name: entry[name] for name in LISTS if name in entry}
    checks = {
        "unknown field": set(entry) <= FIELDS,
        "missing field": {"id", "name", "type", "example"} <= set(entry),
        "type": entry.get("type") in TYPES,
        "country": re.fullmatch(r"[A-Z]{2}", entry.get("country", "XX")),
        "no text in a list": all(isinstance(v, str) and v and v == v.strip() for values in lists.values() for v in values),
        "empty list": all(lists.values()),
        "twice in a list": all(len(values) == len(set(values)) for values in lists.values()),
        "years": entry.get("valid_from", 0) <= entry.get("valid_to", 9999),
    }
    return [name for name, fine in checks.items() if not fine]


def test_entries_have_the_form_that_the_head_of_the_file_describes() -> None:
    assert {entry["id"]: faults for entry in ENTRIES if (faults := faults_of(entry))} == {}


def test_a_faulty_entry_is_told() -> None:
    assert faults_of({"id": "x", "name": "X", "type": "blog", "country": "usa", "aliases": [], "people": ["A", "A"], "colour": "red"}) == [
        "unknown field", "missing field", "type", "country", "empty list", "twice in a list",
    ]  # fmt: skip


def test_examples_match() -> None:
    missed = [
        (entry["id"], entry["example"])
        for entry in ENTRIES
        if entry["id"] not in ids(entry["example"], (entry.get("theatres") or [entry.get("country")])[0])
    ]
    assert missed == []


def test_counters_do_not_match() -> None:
    countered = [entry for entry in ENTRIES if "counter" in entry]
    assert len(countered) >= 20
    assert [(entry["id"], entry["counter"]) for entry in countered if entry["id"] in ids(entry["counter"])] == []


def test_the_head_of_the_file_describes_every_field_and_type() -> None:
    head = (DATA / "sources.yaml").read_text(encoding="utf-8").split("\n- id:")[0]
    assert [word for word in (*FIELDS, *TYPES) if not re.search(rf"\b{word}\b", head)] == []


def test_enough_bodies_in_enough_theatres() -> None:
    assert len(ENTRIES) >= 300
    assert sum(1 for country in {entry.get("country") for entry in ENTRIES} if country) >= 40


def test_ids_of_the_claim_definition_stand() -> None:
    assert [source_id for source_id in FIXED_IDS if source_id not in registry()] == []
    assert [kind for kind in UNNAMED if kind in registry()] == []


def test_no_alias_names_two_bodies() -> None:
    """An acronym may be shared (context decides), a full name may not."""
    owners: dict[str, set[str]] = defaultdict(set)
    for entry in ENTRIES:
        for name in (*entry.get("aliases", ()), *entry.get("people", ())):
            owners[re.sub(r"[\W_]+", " ", name).lower().strip().removeprefix("the ")].add(entry["id"])
    assert {name: owner for name, owner in owners.items() if len(owner) > 1} == {}


def test_shared_acronyms_are_known_and_left_to_context() -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for entry in ENTRIES:
        for name in entry.get("acronyms", ()):
            owners[name].add(entry["id"])
    shared = {name: owner for name, owner in owners.items() if len(owner) > 1}
    assert shared == {"RSF": {"rapid_support_forces", "reporters_without_borders"}}
    assert [mention.kind for name in shared for mention in find_mentions(f"{name} said two had died.")] == ["contextual"]


def test_every_alias_finds_its_own_body() -> None:
    wrong = [
        (entry["id"], name)
        for entry in ENTRIES
        for name in (*entry.get("aliases", ()), *entry.get("people", ()))
        if [(m.source_id, m.end - m.start) for m in find_mentions(name)] != [(entry["id"], len(name.removesuffix("'s")))]
    ]
    assert wrong == []


def test_countries_are_whole() -> None:
    slugs = [country["slug"] for country in COUNTRIES]
    assert len(slugs) == len(set(slugs))
    assert len({country["iso"] for country in COUNTRIES}) >= 195
    assert [country for country in COUNTRIES if not isinstance(country["iso"], str) or not re.fullmatch(r"[A-Z]{2}", country["iso"])] == []
    known = {country["iso"] for country in COUNTRIES}
    assert {code for entry in ENTRIES for code in (entry.get("country"), *entry.get("theatres", ())) if code} <= known


def test_no_country_word_means_two_countries() -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for country in COUNTRIES:
        for name in (country["name"], *(n for key in ("adjectives", "also", "acronyms", "capitals") for n in country.get(key, ()))):
            owners[name.lower()].add(country["slug"])
    assert {name: owner for name, owner in owners.items() if len(owner) > 1} == {}


def test_national_bodies_that_entries_replace_exist() -> None:
    national = {f"{country['slug']}_{body['suffix']}" for country in COUNTRIES for body in BODIES["bodies"]}
    assert {name for entry in ENTRIES for name in entry.get("instead_of", ())} <= national
    assert {body["type"] for body in BODIES["bodies"]} <= set(TYPES)


def test_load_reads_scalars_as_text_and_names_a_broken_file(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("- {iso: NO, names: [a, 'b: c'], year: 2014}\n- x\n", encoding="utf-8")
    bad.write_text("- [a\n", encoding="utf-8")
    assert load(good) == [{"iso": "NO", "names": ["a", "b: c"], "year": "2014"}, "x"]
    for path in (bad, tmp_path / "absent.yaml"):
        with pytest.raises(ValueError, match=path.name):
            load(path)


# --- finding


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Two died, the Syrian Observatory for Human Rights said.", [("the Syrian Observatory for Human Rights", "name", "sohr")]),
        ("Syrias army lost two men.", [("Syrias army", "name", "syria_army")]),
        ("Syria's army lost two men.", [("Syria's army", "name", "syria_army")]),
        ("Syria’s army lost two men.", [("Syria’s army", "name", "syria_army")]),
        ("The Observatorys director said so.", [("The Observatorys", "acronym", "sohr")]),
        ("The Observatory's director said so.", [("The Observatory", "acronym", "sohr")]),
        ("the Medecins-Sans-Frontieres clinic", [("the Medecins-Sans-Frontieres", "name", "msf")]),
        ("the Médecins Sans Frontières clinic", [("the Médecins Sans Frontières", "name", "msf")]),
        ("the U.S.-led coalition and the US-led\ncoalition", [("the U.S.-led coalition", "name", "us_coalition"),
                                                            ("the US-led\ncoalition", "name", "us_coalition")]),
        ("B'Tselem and BTselem and B’Tselem", [("B'Tselem", "name", "btselem"), ("BTselem", "name", "btselem"),
                                               ("B’Tselem", "name", "btselem")]),
        ("Local Coordination Committees and a Local Coordination Committee", [("Local Coordination Committees", "name", "lcc"),
                                                                              ("Local Coordination Committee", "name", "lcc")]),
        ("the Kurdistan Workers' Party", [("the Kurdistan Workers' Party", "name", "pkk")]),
        ("the U.N. said", [("the U.N.", "acronym", "un")]),
        ("Kenya's interior ministry", [("Kenya's interior ministry", "name", "kenya_interior_ministry")]),
        ("the Ministry of Health of Chad", [("the Ministry of Health of Chad", "name", "chad_health_ministry")]),
        ("the defense ministry in Moscow", [("the defense ministry in Moscow", "name", "russia_mod")]),
        ("health ministry in the Hamas-run enclave", [("health ministry in the Hamas-run enclave", "name", "gaza_health_ministry")]),
        ("Kabul police", [("Kabul police", "name", "afghanistan_police")]),
        ("the Syrian Arab Red Crescent", [("the Syrian Arab Red Crescent", "name", "sarc")]),
        ("Damascus said", [("Damascus", "metonym", "syria_government")]),
        ("Islamic State in Iraq and Syria", [("Islamic State in Iraq and Syria", "name", "isis")]),
    ],
)  # fmt: skip
def test_a_name_is_found_as_it_stands(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert words_and_ids(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "the man who was killed is here",
        "WHO KILLED THE MAYOR",
        "they told us government troops had come",
        "a turkey army of farmers",
        "Islamic. State officials differ",
        "Syrian\n\narmy",
        "Syrian, army",
        "the site of the blast",
        "male residents",
    ],
)
def test_other_words_are_no_names(text: str) -> None:
    assert ids(text) == []


def test_officials_of_another_body_are_not_those_of_the_place() -> None:
    assert ids("UN officials in Syria counted ten dead") == ["un"]
    assert ids("officials in Syria counted ten dead") == ["syria_government"]


def test_a_spokesman_of_another_body_is_not_the_countrys() -> None:
    assert ids("The sect's military spokesman claimed ten dead.", "SO") == []
    assert ids("A military spokesman claimed ten dead.", "SO") == ["somalia_army"]


def test_the_united_nations_and_the_un_are_one() -> None:
    assert ids("the United Nations Human Rights Office") == ids("the UN Human Rights Office") == ["ohchr"]


def test_mentions_are_ordered_apart_and_inside_the_text() -> None:
    text = " ".join(entry["example"] for entry in ENTRIES)
    mentions = find_mentions(text)
    assert len(mentions) >= len(ENTRIES)
    assert all(0 <= m.start < m.end <= len(text) and m.kind in KINDS for m in mentions)
    assert all(one.end <= two.start for one, two in pairwise(mentions))
    assert all(text[m.start].isalnum() for m in mentions)


@pytest.mark.parametrize("text", ["", " ", "\n\n", "'", "’s", "İ I ß ﷺ İstanbul", "\ud800 the UN", "\x00SANA\x00", "a" * 5000 + "'" * 50])
def test_odd_texts_do_no_harm(text: str) -> None:
    assert all(0 <= m.start < m.end <= len(text) for m in find_mentions(text))


def test_offsets_survive_letters_that_change_length() -> None:
    text = "İİİ ß ﬃ ﷺ The Syrian Observatory said two died; Türkiye's army agreed."
    assert [text[m.start : m.end] for m in find_mentions(text)] == ["The Syrian Observatory", "Türkiye's army"]


# --- context


def test_a_contextual_form_means_the_body_last_named() -> None:
    assert ids("The Turkish army struck. The army denied it.") == ["turkey_army", "turkey_army"]
    assert ids("The army denied it.") == []
    assert ids("Human Rights Watch said ten had died. The group spoke to witnesses.") == ["human_rights_watch", "human_rights_watch"]
    assert ids("Kenya's interior ministry said so. The ministry gave no toll.")[1:] == ["kenya_interior_ministry"]


def test_a_contextual_form_falls_to_the_articles_country() -> None:
    assert ids("State television said two had died.", "SY") == ["syria_state_tv"]
    assert ids("State television said two had died.", "IR") == ["iran_state_tv"]
    assert ids("The army said two had died.", "RU") == ["russia_mod"]
    assert ids("The health ministry said two had died.", "PS") == ["gaza_health_ministry"]
    assert ids("The coalition said two had died.", "YE") == ["saudi_coalition"]
    assert ids("A monitoring group said two had died.", "SY") == ["sohr"]
    assert ids("A monitoring group said two had died.", "PE") == []
    assert ids("The group said two had died.", "SY") == [], "an anaphor needs its body named"


def test_a_foreign_body_long_past_yields_to_the_one_at_home() -> None:
    near, far = "It spoke of two dead. ", "It spoke of two dead. " * 40
    assert ids(f"Israel's army fired. {near}The army denied it.", "SY")[-1] == "israel_army"
    assert ids(f"Israel's army fired. {far}The army denied it.", "SY")[-1] == "syria_army"


def test_a_surname_counts_only_after_the_full_name() -> None:
    text = "Abdel Rahman spoke. Rami Abdel Rahman said two died. Abdel Rahman gave no names."
    assert [(m.start, m.kind) for m in resolve(find_mentions(text))] == [(20, "person"), (53, "surname")]
    assert ids("The Syrian Observatory spoke. Abdel Rahman gave no names.") == ["sohr"], "the body alone presents nobody"


def test_a_shared_acronym_follows_the_body_named_or_the_country() -> None:
    assert ids("Reporters Without Borders counted two. RSF named them.")[1] == "reporters_without_borders"
    assert ids("RSF shelled the camp.", "SD") == ["rapid_support_forces"]
    assert ids("RSF named them.") == []


def test_resolving_leaves_settled_mentions_as_they_are() -> None:
    mentions = find_mentions("SANA quoted Moscow and the UN.")
    assert resolve(mentions, "SY") == mentions
    assert resolve(resolve(mentions, "SY"), "SY") == mentions
    assert mentions[0] == Mention(0, 4, "sana", "acronym")


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("Gunmen shot two in Kano, Nigerian police said, as Nigeria voted.", "NG"),
        ("Syrian jets hit Aleppo; Syrias army said the Turkish border was calm. Assads forces advanced in Syria.", "SY"),
        ("South Sudan's army fought in South Sudan near Sudan.", "SS"),
        ("Two died in the Democratic Republic of Congo.", "CD"),
        ("A Turkish soldier was killed in Syria.", "SY"),
        ("A Turkish and a Syrian soldier were killed.", None),
        ("A turkey and a chad fell.", None),
        ("", None),
        ("Norwegian police said so in Oslo.", "NO"),
        ("Reuters and Anadolu and the BBC told of ten dead in Lima, Peru.", "PE"),
    ],
)
def test_the_articles_country(text: str, country: str | None) -> None:
    assert article_country(find_mentions(text), text) == country


# --- speed and real text


@pytest.mark.parametrize("word", ["Syrian ", "the ", "Syrian Observatory for ", "U.S.", "a'", "The army ", "health ministry in the ", "\n"])
def test_hostile_text_takes_linear_time(word: str) -> None:
    def seconds(size: int) -> float:
        """Of this process, the best of three: a busy machine slows down some."""
        text = word * (size // len(word))
        times = []
        for _ in range(3):
            started = time.process_time()
            find_mentions(text)
            times.append(time.process_time() - started)
        return min(times)

    assert seconds(400_000) < 30 * max(seconds(40_000), 0.005)  # ten times the text; quadratic would be a hundred times as long


def test_registry_and_index_load_fast_enough_for_the_command_line() -> None:
    """Budget 60 ms on an idle machine; the bound leaves room for a slow one, and none for the slow reader of YAML (0.5 s)."""
    code = (
        "import time, transforms.sources as s; t = time.process_time(); s.find_mentions('x'); s.registry(); print(time.process_time() - t)"
    )
    taken = min(float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout) for _ in range(5))
    assert taken < 0.4


def test_the_same_text_gives_the_same_mentions() -> None:
    examples = [entry["example"] for entry in ENTRIES]
    random.Random(7).shuffle(examples)
    text = " ".join(examples)
    assert resolve(find_mentions(text), "SY") == resolve(find_mentions(text), "SY")


@pytest.mark.skipif(not (SHARED / "gold").is_dir(), reason="the annotated articles are not on this machine")
def test_named_sources_of_the_annotated_articles_are_found() -> None:
    found = named = 0
    for gold in (SHARED / "gold" / "dev", SHARED / "gold" / "world"):
        texts = {a["id"]: a["text"] for a in map(json.loads, (gold / "articles.jsonl").read_text(encoding="utf-8").splitlines())}
        for article in map(json.loads, (gold / "claims.jsonl").read_text(encoding="utf-8").splitlines()):
            text = texts[article["id"]]
            mentions = find_mentions(text)
            there = {m.source_id for m in resolve(mentions, article_country(mentions, text))}
            wanted = [c["source_id"] for c in article["claims"] if c["source_id"] and c["source_id"] not in UNNAMED]
            named += len(wanted)
            found += sum(source_id in there for source_id in wanted)
    assert found / named >= 0.95
