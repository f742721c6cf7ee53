"""What holds for every text there is: claims that point into it, that agree with one another, and an end within seconds."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.conftest import an_article
from transforms.article import Record, build_article
from transforms.claim import Claim
from transforms.claims import extract
from transforms.sentences import split_sentences

# News from a kit: sentences that make claims, with odd things strewn in, in no sensible order.
COUNTS = (
    "at least 12|more than 1,200|six|dozens of|scores of|a|no|between 3 and 5|20-30|up to 7|nearly 100|half a dozen|hundreds of"
    "|१२|12½|999999999999999999"
)
VICTIMS = "people|civilians|children|soldiers|rebels|villages|others|of them|Syrians|aid workers||32-year-old men|members of one family"
HARMS = "were killed|was wounded|died|are missing|were kidnapped|killed and wounded|dead|casualties|had reportedly been killed|was slain"
WHEN = "on Friday|last month|since September 22|in 2012|overnight|two weeks ago|on 31 February 2016|today [Friday]|in the past 24 hours|"
WHO_SAYS = "the Observatory said|state television reported|according to police|he said|the source added|officials told AFP|denied reports||"
REST = "in Aleppo|near the town of Harra|in an air strike|by gunmen|including three children|among them two women|and wounding 40|could||"
ODD = ',|.|;|:|—|"|“|”|(|)|[|%|$|’s|\u00a0|\u200b|é|ﬀ|İ|½|🙂|\n|\n\n|and|of|the|12|killed|said|Aaa|&|-'


def one_of(words: str) -> st.SearchStrategy[str]:
    return st.sampled_from(words.split("|"))


sentence = st.tuples(*map(one_of, (COUNTS, VICTIMS, HARMS, REST, WHEN, WHO_SAYS, ".|.|,|\n\n|. And"))).map(" ".join)
active = st.tuples(*map(one_of, (WHO_SAYS, WHEN, "rockets|rebels|the attack", "killed|wounded", COUNTS, VICTIMS, REST, "."))).map(" ".join)
news = st.lists(sentence | active | one_of(ODD), max_size=12).map(" ".join)
days = st.none() | st.dates(date(1, 1, 1), date(9999, 12, 31))
quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check_bounds(claim: Claim) -> None:
    """Count, least and most are those of the qualifier, and in order."""
    n, least, most = claim.count, claim.count_min, claim.count_max
    assert (claim.vague is not None) == (claim.qualifier == "vague")
    if n is None:
        assert claim.qualifier in ("vague", "range") and least is not None
        assert (most is None) == (claim.qualifier == "vague") and (most is None or 0 <= least <= most)
        return
    wanted = {
        "exact": (n, n),
        "at_least": (n, None),
        "more_than": (n + 1, None),
        "at_most": (None, n),
        "less_than": (None, n - 1),
        "about": (None, None),
    }
    assert n >= 0 and (least, most) == wanted[claim.qualifier]


def check(text: str, published: date | None) -> None:
    article = an_article(text, published=published)
    claims = extract(article)
    ids = {claim.claim_id for claim in claims}
    assert len(ids) == len(claims)
    assert claims == sorted(claims, key=lambda claim: claim.count_start)
    for claim in claims:
        assert 0 <= claim.sentence_start <= claim.count_start < claim.count_end <= claim.sentence_end <= len(text)
        assert claim.sentence == text[claim.sentence_start : claim.sentence_end]
        assert claim.count_text == text[claim.count_start : claim.count_end]
        check_bounds(claim)
        assert (claim.date_start is None) == (claim.date_end is None) == (claim.date_basis == "none") == (claim.date_precision == "none")
        assert claim.date_start is None or claim.date_end is None or claim.date_start <= claim.date_end
        assert (claim.source is None) == (claim.source_id is None) == (claim.source_type is None) == (claim.source_basis == "none")
        assert {claim.subset_of, claim.repeat_of} <= ids | {None} and claim.claim_id not in (claim.subset_of, claim.repeat_of)
        assert claim.summable == (
            claim.assertion == "asserted" and claim.scope == "event" and claim.subset_of is None and claim.repeat_of is None
        )
        for words in (claim.victims, claim.source, claim.place, claim.actor, claim.via):
            assert words is None or (words and words == words.strip())
    assert extract(article) == claims


@quick
@given(news, days)
@example("İ" * 20 + " said 12 people were killed on Friday.", date(2016, 10, 1))
@example("Twelve people were killed on Monday, police said.", date(1, 1, 1))
@example("Twelve people were killed 9999 years ago, police said.", date(2016, 10, 1))
@example("12 people were killed on February 29.", date(2017, 3, 1))
def test_claims_of_news_like_text_are_sound(text: str, published: date | None) -> None:
    check(text, published)


@quick
@given(st.text(max_size=400), days)
def test_claims_of_any_text_are_sound(text: str, published: date | None) -> None:
    check(text, published)


@quick
@given(st.text(max_size=300) | news)
def test_any_record_makes_an_article_or_a_reject(text: str) -> None:
    build_article(Record("any.txt", 1, text, title=text[:80], url=text[:40], published=text[:30]))


@quick
@given(st.text(max_size=400) | news)
def test_sentences_are_the_text_in_order(text: str) -> None:
    end = 0
    for sentence in split_sentences(text):
        assert end <= sentence.start < sentence.end and sentence.text == text[sentence.start : sentence.end]
        assert not text[end : sentence.start].strip()
        end = sentence.end
    assert not text[end:].strip()


HOSTILE = {
    "days run together": "Police xdayxdayxdayxdayxdayxdayxdayxdayxdayxdayxdayxdayxdayxdayxday zzz said 12 people were killed. ",
    "places before the verb": "Police " + "in the old town village " * 12 + "zzz said 12 people were killed. ",
    "names before events": "Xabc attack killed 2. ",
    "running totals": "Some 12,000 people have been killed since the war began in 2011. ",
    "digits": "1234567890",
    "and": "and ",
    "quotes": '"',
    "opening quotes": "“",
    "dots": ".",
    "spaced dots": ". ",
    "killed": "killed ",
    "twelve killed and": "12 killed and ",
    "brackets": "(",
    "capitals": "Aaa ",
    "said": "said ",
    "blanks": " ",
    "line ends": "\n",
    "commas": "12, ",
    "of the": "of the ",
    "people said": "people in Aleppo said 12 killed on Friday ",
    "dates": "September 22 ",
    "sentences": "Police said 12 people were killed in Aleppo on Friday. ",
    "paragraphs": "Police said 12 people were killed in Aleppo on Friday.\n\n",
    "hyphens": "a-",
    "dashes": "—",
    "apostrophes": "x’",
    "hundred": "hundred ",
    "the army's": "the army’s ",
}
PLAIN = HOSTILE["sentences"]
LIMIT = 20.0  # seconds for 100 kB, on any machine


def seconds(unit: str, size: int) -> float:
    """Of this process, for so many characters of a text."""
    article = an_article(unit * (size // len(unit)))
    began = time.process_time()
    extract(article)
    return time.process_time() - began


def ends_within(unit: str, size: int, bound: float) -> bool:
    """Whether one of three measurements stays below: what else runs on the machine only ever adds."""
    return any(seconds(unit, size) < bound for _ in range(3))


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_takes_no_longer_than_its_length(unit: str) -> None:
    """Measured by plain news of the same length, since machines differ; what is quadratic shows in the slow test below."""
    seconds(PLAIN, 100)  # reads the lexicon
    assert ends_within(unit, 10_000, 25 * max(seconds(PLAIN, 10_000), 0.04))


@pytest.mark.slow
@pytest.mark.timeout(300)  # the machine may be busy
@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_of_100_kb_ends_within_seconds(unit: str) -> None:
    """Ten times the text takes about ten times as long; what is quadratic would take a hundred times."""
    seconds(PLAIN, 100)
    assert ends_within(unit, 100_000, min(30 * max(seconds(unit, 10_000), 0.05), LIMIT))
