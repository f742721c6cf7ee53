"""data/lexicons/en.yaml: every section known, every phrase a phrase, every example honoured by the extraction."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

import transforms
from tests.conftest import an_article
from transforms.claim import Claim
from transforms.claims import extract
from transforms.lexicon import DATA, english, lexicon_version, plural, split_words, verb_forms, weapons
from transforms.schema import columns

HARM_SECTIONS = ("harm_verbs", "harm_nouns", "toll_nouns")
LINES_OF_DATA = {
    "harm_verbs": {"harm", "base", "past", "participle", "ing", "third", "voice", "person", "object", "weapon", "example", "counter"},
    "harm_nouns": {"harm", "word", "weapon", "head", "count_after", "example", "counter"},
    "toll_nouns": {"harm", "word", "example", "counter"},
    "victims": {"class", "group", "plural", "words", "example", "counter"},
    "weapons": {"weapon", "words", "example", "counter"},
}


def claims_of(text: str) -> list[Claim]:
    """Read as a dispatch of Thursday 14 March 2019."""
    return extract(an_article(text, published=date(2019, 3, 14)))


def vocabulary(column: str) -> set[str | None]:
    return set(next(c for c in columns("claims") if c.name == column).values)


def lines_of(*sections: str) -> list[dict[str, Any]]:
    return [line for section in sections for line in english()[section]]


def strings(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf and key that should be a phrase, with its path; the values of numbers, flags and nulls are not."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield f"{path}.{key}", key
            if not (key in {"plural", "person", "head", "count_after", "content"} or (key == "group" and value is None)):
                yield from strings(value, f"{path}.{key}")
    elif isinstance(node, list):
        for value in node:
            yield from strings(value, path)
    else:
        yield path, node


@pytest.mark.parametrize("path", sorted(DATA.rglob("*.yaml")), ids=lambda path: path.name)
def test_no_key_stands_twice(path: Path) -> None:
    """YAML takes the last of two and drops the first without a word."""
    waiting = [yaml.compose(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value]
            assert len(keys) == len(set(keys)), (
                f"{path.name}, from line {node.start_mark.line + 1}: {sorted(k for k in keys if keys.count(k) > 1)}"
            )
            waiting += [value for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value


def test_every_section_is_read_by_the_code() -> None:
    """A section whose name is misspelt would lie there unread."""
    code = "".join(path.read_text(encoding="utf-8") for path in Path(transforms.__file__).parent.rglob("*.py"))
    unread = [section for section in english() if section != "language" and not re.search(rf"""["']{section}["']""", code)]
    assert unread == []


def test_lines_have_known_fields_and_words_of_the_schema() -> None:
    wrong = [
        line
        for section, known in LINES_OF_DATA.items()
        for line in english()[section]
        if set(line) - known
        or "example" not in line
        or line.get("harm", "killed") not in vocabulary("harm")
        or line.get("class", "unknown") not in vocabulary("victim_class")
        or line.get("group") not in vocabulary("victim_group") | {None}
        or line.get("weapon") not in vocabulary("weapon") | {None}
        or line.get("voice", "both") not in {"both", "active", "passive", "intransitive"}
    ]
    assert not wrong


def test_every_phrase_is_a_string_in_lower_case() -> None:
    """YAML reads a bare on, no or yes as true or false, and a bare 12 as a number."""
    numeric = (".numbers.", ".weekdays.", ".months.", ".vague_minimum.", ".fixed_days.")
    wrong = []
    for path, value in strings(english()):
        if path.startswith(numeric) and type(value) is int:
            continue
        sentence = path.endswith(("example", "counter"))
        if not (isinstance(value, str) and value and value == value.strip() and (sentence or value == value.lower())):
            wrong.append((path, value))
    assert not wrong


def test_verbs_have_forms_that_differ_and_are_words() -> None:
    wrong = []
    for verb in english()["harm_verbs"]:
        forms = verb_forms(verb)
        if not any(word.endswith("ing") for word in forms["ing"].split()[:2]) or any(split_words(form) == () for form in forms.values()):
            wrong.append(forms)
        if forms["past"] == forms["ing"] or (forms["base"] == forms["past"] and "past" not in verb):
            wrong.append(forms)
    assert not wrong


def test_no_phrase_has_two_meanings() -> None:
    """The first line of a phrase wins in silence, so a second one with another meaning is a mistake."""
    meanings: dict[tuple[str, ...], Any] = {}
    wrong = []
    for section in HARM_SECTIONS:
        for line in english()[section]:
            for phrase in [line["word"]] if "word" in line else sorted(set(verb_forms(line).values())):
                if meanings.setdefault(split_words(phrase), line["harm"]) != line["harm"]:
                    wrong.append((section, phrase, meanings[split_words(phrase)], line["harm"]))
    assert not wrong
    for section, meant in (("victims", "class"), ("weapons", "weapon")):
        seen: dict[tuple[str, ...], Any] = {}
        for line in english()[section]:
            for word in line["words"]:
                for form in {word, plural(word)} if line.get("plural") else {word}:
                    if seen.setdefault(split_words(form), line[meant]) != line[meant]:
                        wrong.append((section, form, seen[split_words(form)], line[meant]))
    assert not wrong


@pytest.mark.parametrize("section", HARM_SECTIONS)
def test_examples_of_harm_words_give_a_claim(section: str) -> None:
    failures = []
    for line in english()[section]:
        found = [(claim.harm, claim.count_text) for claim in claims_of(line["example"])]
        if line["harm"] not in [harm for harm, _ in found]:
            failures.append((line.get("base") or line["word"], line["harm"], line["example"], found))
    assert not failures


def test_weapons_of_verbs_are_the_claims_own() -> None:
    failures = []
    for verb in lines_of("harm_verbs"):
        got = {claim.weapon for claim in claims_of(verb["example"]) if claim.harm == verb["harm"]}
        if "weapon" in verb and got != {verb["weapon"]}:
            failures.append((verb["base"], verb["weapon"], got, verb["example"]))
    assert not failures


def test_counters_give_no_claim() -> None:
    counters = [line["counter"] for line in lines_of(*LINES_OF_DATA) if "counter" in line]
    assert len(counters) >= 5
    failures = [(text, found) for text in counters if (found := [(c.harm, c.count_text) for c in claims_of(text)])]
    assert not failures


def test_every_victim_noun_counts_people_of_its_class_and_group() -> None:
    failures = []
    group_of: dict[str, str | None] = {}  # the first line that has a word decides
    for line in english()["victims"]:
        for word in line["words"]:
            # words without a regular plural are written out, singular or plural: the extraction does not ask which
            forms = [("three", plural(word)), ("one", word)] if line.get("plural") else [("three", word), ("one", word)]
            read = []
            for number, form in forms:
                text = line["example"].replace("three {w}", f"{number} {form}")
                assert text != line["example"], line["example"]
                group = group_of.setdefault(form, line["group"])
                found = [(c.harm, c.count_text, c.victims, c.victim_class, c.victim_group if group else None) for c in claims_of(text)]
                read.append(found == [("killed", number, form, line["class"], group)])
            if not (all(read) if line.get("plural") else any(read)):
                failures.append((word, line["class"], line["group"], found))
    assert not failures


def test_every_weapon_line_gives_its_weapon() -> None:
    failures = []
    for line in english()["weapons"]:
        got = [claim.weapon for claim in claims_of(line["example"])]
        if got != [line["weapon"]]:
            failures.append((line["example"], line["weapon"], got))
    assert not failures


def test_every_weapon_word_is_read_as_its_weapon() -> None:
    failures = []
    for line in english()["weapons"]:
        for word in line["words"]:
            entry = weapons().match(list(split_words(word)), 0)
            if entry is None or entry.words != split_words(word) or entry.weapon != line["weapon"]:
                failures.append((word, line["weapon"], entry))
    assert not failures


def test_the_version_is_that_of_the_files() -> None:
    assert len(lexicon_version()) == 12 and int(lexicon_version(), 16) >= 0
