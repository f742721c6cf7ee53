"""A claim's sentence with its number, harm, source and date marked."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.conftest import a_claim, an_article
from transforms.claims import extract
from transforms.lexicon import english, verb_forms
from transforms.quotes import Mark, dates_said, marks, number_said

SENTENCE = "Shelling killed at least 12 civilians and wounded 30 in Harra on Monday, the Syrian Observatory for Human Rights said."


def claim_of(sentence: str, number: str, **said: Any) -> dict[str, Any]:
    at = sentence.index(number)
    fields = {"sentence": sentence, "sentence_start": 100, "count_start": 100 + at, "count_end": 100 + at + len(number)}
    return {"harm": "killed", "source": None, "date_text": None} | fields | said


def marked(claim: dict[str, Any]) -> list[tuple[str, str]]:
    return [(mark.kind, claim["sentence"][mark.start : mark.end]) for mark in marks(claim)]


def test_the_words_that_a_claim_rests_on_are_marked_in_their_order() -> None:
    claim = claim_of(SENTENCE, "at least 12", source="the Syrian Observatory for Human Rights", date_text="Monday")
    assert marked(claim) == [
        ("harm", "killed"),
        ("count", "at least 12"),
        ("date", "Monday"),
        ("source", "the Syrian Observatory for Human Rights"),
    ]


def test_the_harm_is_the_word_of_that_harm_nearest_to_the_number() -> None:
    assert ("harm", "wounded") in marked(claim_of(SENTENCE, "30", harm="injured"))
    twice = "Bombs killed nobody on Friday but killed 12 on Saturday."
    assert marks(claim_of(twice, "12"))[0] == Mark(twice.rindex("killed"), twice.rindex("killed") + 6, "harm")


def test_what_stands_in_another_sentence_is_not_marked() -> None:
    claim = claim_of("Twelve were killed.", "Twelve", source="a monitor", date_text="Monday")
    assert marked(claim) == [("count", "Twelve"), ("harm", "killed")]


def test_words_are_marked_as_whole_words_across_line_breaks() -> None:
    claim = claim_of("The sand said 12 died, the\n army said.", "12", source="the army", date_text="and")
    assert ("source", "the\n army") in marked(claim) and not [kind for kind, _ in marked(claim) if kind == "date"]


def test_no_mark_lies_in_another() -> None:
    claim = claim_of("Three of the dead were children.", "Three of the dead", source="dead", date_text="Three")
    assert marked(claim) == [("count", "Three of the dead")]


def test_offsets_that_lie_outside_the_sentence_mark_no_number() -> None:
    assert "count" not in dict(marked(claim_of("Twelve were killed.", "Twelve") | {"count_end": 900}))


@pytest.mark.parametrize("verb", english()["harm_verbs"], ids=lambda verb: str(verb.get("base") or verb["past"]))
def test_every_harm_verb_is_marked(verb: dict[str, Any]) -> None:
    past = verb_forms(verb)["past"]
    assert ("harm", past) in marked(claim_of(f"Here 12 {past} them.", "12", harm=verb["harm"]))


def test_every_claim_that_is_extracted_has_its_number_marked() -> None:
    article = an_article(SENTENCE + " Two more people died overnight. Dozens were hurt, medics said.")
    found = extract(article)
    assert len(found) >= 3
    for claim in found:
        row = {name: getattr(claim, name) for name in claim.__slots__}
        assert ("count", claim.count_text) in marked(row)


def test_numbers_and_days_in_a_readers_words() -> None:
    claim = a_claim(an_article())
    assert number_said(1200, "at_least", "at least 1,200") == "at least 1,200" and number_said(None, "vague", "dozens of") == "dozens of"
    assert number_said(claim.count, "exact", "Two") == "2"
    assert dates_said(date(2016, 10, 1), date(2016, 10, 1), "Saturday") == "2016-10-01"
    assert dates_said(date(2016, 10, 1), date(2016, 10, 3), None) == "2016-10-01 to 2016-10-03"
    assert dates_said(None, None, "recently") == '"recently"' and dates_said(None, None, None) is None
