"""The test before the extraction lets every text pass that makes a claim, and spares most of ordinary news the rest."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from hypothesis import given

from tests.benchmarks.prose import general_news
from tests.conftest import an_article
from tests.golden_gold import LOADER
from tests.test_properties import days, news, quick
from transforms import reading
from transforms.chunks import chunk_sentence
from transforms.claims import extract
from transforms.draft import drafts_of
from transforms.harms import link_counts
from transforms.lexicon import english, grammar
from transforms.reading import read_article
from transforms.sentences import Sentence, split_sentences
from transforms.triggers import harm_lines, may_link

HERE = Path(__file__).parent
CORPUS = HERE.parent.parent / "shared" / "corpus" / "syria.jsonl"


def texts_of(node: object) -> Iterator[str]:
    """Every string of a YAML file that is long enough for a sentence."""
    if isinstance(node, str) and " " in node:
        yield node
    elif isinstance(node, dict):
        yield from (text for child in node.values() for text in texts_of(child))
    elif isinstance(node, list):
        yield from (text for child in node for text in texts_of(child))


def passages() -> list[str]:
    files = [*(HERE / "golden").glob("*.yaml"), *(HERE / "blind").glob("*.yaml")]
    return [text for path in sorted(files) for text in texts_of(yaml.load(path.read_text(encoding="utf-8"), LOADER))]


def examples() -> list[str]:
    return [text.replace("{w}", "farmers") for text in texts_of(english())]


@contextmanager
def untested() -> Iterator[None]:
    """Every sentence of every text is linked, whatever its words."""
    with pytest.MonkeyPatch.context() as patch:
        for test in ("may_link", "may_count"):
            patch.setattr(reading, test, lambda *sentence: True)
        yield


def check(texts: list[str]) -> int:
    """The claims with the test are those without; gives the number of claims."""
    number = 0
    with untested():
        unfiltered = [extract(an_article(text)) for text in texts]
    for text, lines, wanted in zip(texts, harm_lines(texts), unfiltered, strict=True):
        assert extract(an_article(text)) == wanted, text
        assert extract(an_article(text), lines) == wanted, text
        number += len(wanted)
    return number


def test_no_claim_of_the_passages_is_lost() -> None:
    assert check(passages()) > 1000


def test_no_claim_of_the_lexicons_examples_is_lost() -> None:
    assert check(examples()) > 200


@pytest.mark.slow
@pytest.mark.skipif(not CORPUS.exists(), reason="no shared corpus here")
def test_no_claim_of_the_corpus_is_lost() -> None:
    assert check([json.loads(line)["text"] for line in CORPUS.open(encoding="utf-8")]) > 3000


@quick
@given(news, days)
def test_a_sentence_that_links_a_count_has_the_words_for_it(text: str, published: object) -> None:
    """Sentence by sentence, without any test before: the harm of a link is never missed by its words."""
    article = an_article(text, published=published)
    lines = harm_lines([text])[0]
    with untested():
        readings = read_article(article)
    for index, read in enumerate(readings):
        if any(draft.link.harm for draft in drafts_of(text, index, read, article.published)):
            assert may_link(read.sentence.text)
            assert any(read.sentence.text in line for line in lines)


def links(sentence: Sentence) -> bool:
    return any(link.harm for link in link_counts(sentence.text, chunk_sentence(sentence.text, None))[1])


def test_spliced_sentences_that_link_a_count_have_the_words() -> None:
    """Halves of sentences put together anyhow, with words of harm and little words thrown in: grammar that nobody wrote by intent."""
    rng = random.Random(5)
    halves = [sentence.text.split() for text in passages() for sentence in split_sentences(text)]
    thrown_in = [
        " ".join(entry.words) for entries in grammar().by_first.values() for entry in entries if entry.harm or entry.tag in "axobhS&"
    ]
    number = 0
    for _ in range(4000):
        one, other = rng.choice(halves)[:30], rng.choice(halves)[:30]
        words = [*one[: rng.randrange(len(one) + 1)], rng.choice(thrown_in), *other[rng.randrange(len(other) + 1) :]]
        for sentence in split_sentences(" ".join(words)):
            if links(sentence):
                number += 1
                assert may_link(sentence.text), sentence.text
    assert number > 500


@pytest.mark.parametrize(
    "text",
    [
        "Twelve soldiers were KILLED.",  # the Kelvin sign is a K
        "Two men were gunned-down.",
        "Rebels took, on Monday, 12 hostages.",
        "Gunmen burned 13 villagers alive.",
        "The army lost two soldiers.",
        "At least 12 people were killed.On Monday the market was empty.",
        "12" + "\u00a0" * 500 + "dead" + "\u00a0" * 1600 + "deadline",
        "Two\u00a0" + "x\u00a0" * 996 + "men\u00a0dead" + "locked\u00a0doors" * 3,  # no space to cut at: cut within a word
    ],
)
def test_odd_spellings_pass(text: str) -> None:
    assert check([text]) >= 0 and harm_lines([text])[0]


def test_common_words_alone_do_not_pass() -> None:
    text = "The club took part, lost two games and held on. Prices fell. The meeting took place in hospital grounds, its number three said."
    assert not any(may_link(sentence.text) for sentence in split_sentences("The club lost two games.\nTalks took place. They hold shares."))
    assert not harm_lines(["The club lost two games.\nTalks took place.\nHe suffered a defeat and took the blame."])[0]
    assert extract(an_article(text)) == []


def test_most_sentences_of_ordinary_news_are_passed_over() -> None:
    texts = list(itertools.islice(general_news(), 200))
    sentences = [sentence.text for text in texts for sentence in split_sentences(text)]
    assert sum(map(may_link, sentences)) < 0.1 * len(sentences)
    check(texts)
