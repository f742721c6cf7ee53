"""Which articles are one report printed by several outlets.

Two marks. `syndication_id`, in the table articles, is the exact hash of the body and known as soon as an article is read. The
near-duplicates, in the table syndication, share a good part of their sequences of eight words: a reprint that was cut, or that got a
paragraph of its own. They are found by MinHash (Broder 1997) and then compared word by word, so that the sketches only decide what is
looked at.
"""

from __future__ import annotations

import base64
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from transforms.article import Article, content_hash, squash

RUN = 8  # words of a sequence: shorter ones are stock phrases ("the Britain-based Syrian Observatory for Human Rights said")
SHARED = 0.3  # of the shorter text: from here on two articles are one report
SLOTS = 128  # of a sketch, two bytes each
SEED = 42
LAGS = (1, 3)  # articles are compared where slots i and i + lag agree: of pairs that share 0.3 of the shorter text 98 of 100 are found
COMPARED = 12  # members of a group that each is compared with, to say which is most like it


def syndication_id(article: Article) -> str:
    """Hash of the body without its headline, letters and digits only, in lower case: the same for copies that differ in make-up alone."""
    body = article.text
    if article.title and body.startswith(article.title.strip()):
        body = body[len(article.title.strip()) :]
    return content_hash(squash(body))


@dataclass(frozen=True, slots=True)
class Sketched:
    """An article as the search for its like sees it. `group` is that of the last search; None for an article that is new."""

    article_id: str
    published: date | None
    sketch: str
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """An article's group, the member it shares most with, and how much of the shorter text that is; None twice for one alone."""

    group: str
    size: int
    similar_to: str | None
    shared: float | None


def sequences(text: str) -> set[str]:
    """The text's sequences of eight words, in lower case, without punctuation. A shorter text is one sequence."""
    words = re.findall(r"\w+", text.lower())
    return {" ".join(words[at : at + RUN]) for at in range(max(1, len(words) - RUN + 1))}


def sketches(texts: Iterable[str]) -> list[str]:
    """The MinHash of each text in base64. Pure: the same text gives the same sketch on every machine."""
    from rensa import RMinHash

    digests = RMinHash.digests_from_token_sets([sorted(sequences(text)) for text in texts], SLOTS, SEED)
    return [base64.b64encode(b"".join((slot & 0xFFFF).to_bytes(2, "little") for slot in digest)).decode() for digest in digests]


def prints(text: str) -> NDArray[np.uint64]:
    """The text's sequences, each by a hash of 64 bits: all that comparing word by word needs, in a fifteenth of the memory."""
    return np.frombuffer(b"".join(blake2b(run.encode(), digest_size=8).digest() for run in sequences(text)), np.uint64)


def shared(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> float:
    """How much of the shorter text's sequences stand in the other, from 0 to 1."""
    return len(np.intersect1d(a, b, assume_unique=True)) / min(len(a), len(b))


def candidates(articles: Sequence[Sketched]) -> list[tuple[int, int]]:
    """Pairs of positions whose sketches agree somewhere, at least one of the two new. Near linear: only agreeing slots are met."""
    if not articles:
        return []
    slots = np.frombuffer(b"".join(base64.b64decode(article.sketch) for article in articles), "<u2").reshape(-1, SLOTS).astype(np.uint32)
    fresh = np.array([article.group is None for article in articles])
    pairs: set[tuple[int, int]] = set()
    for lag in LAGS:
        for at in range(SLOTS):
            keys = slots[:, at] << 16 | slots[:, (at + lag) % SLOTS]
            met = np.flatnonzero(np.isin(keys, keys[fresh]))
            alike: dict[int, list[int]] = defaultdict(list)
            for position, key in zip(met.tolist(), keys[met].tolist(), strict=True):
                alike[key].append(position)
            pairs.update(pair for group in alike.values() if len(group) > 1 for pair in _pairs(group, fresh))
    return sorted(pairs)


def _pairs(group: Sequence[int], fresh: NDArray[np.bool_]) -> Iterable[tuple[int, int]]:
    """All new members against the first few of the group, and each against its neighbour: enough to tie all of it together."""
    head = group[:COMPARED]
    for place, position in enumerate(group):
        for other in {*head, *group[max(0, place - 1) : place]}:
            if other != position and (fresh[position] or fresh[other]):
                yield min(other, position), max(other, position)


TextsOf = Callable[[Collection[str]], Iterable[tuple[str, str]]]
Prints = dict[str, NDArray[np.uint64]]


def group_articles(articles: Sequence[Sketched], texts_of: TextsOf) -> dict[str, Membership]:
    """The group of every article, by article_id. `texts_of` gives article_id and text of those asked for, one after the other, and of no
    others than may share something: texts are not held, so that many articles fit into the memory.

    Groups are what hangs together by pairs that share enough, whatever the order in which articles came. One thing does depend on it: a
    pair that the sketches miss (2 of 100 at the threshold) is missed for good.
    """
    ordered = sorted(articles, key=lambda article: (article.published or date.max, article.article_id))
    pairs = candidates(ordered)
    known: Prints = {key: prints(text) for key, text in texts_of({ordered[at].article_id for pair in pairs for at in pair})}
    parent = {article.article_id: article.article_id for article in ordered}

    def root(key: str) -> str:
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for article in ordered:
        if article.group is not None and article.group in parent:
            parent[root(article.article_id)] = root(article.group)
    for one, other in pairs:
        a, b = ordered[one].article_id, ordered[other].article_id
        if root(a) != root(b) and shared(known[a], known[b]) >= SHARED:
            parent[root(a)] = root(b)
    members: dict[str, list[str]] = defaultdict(list)
    for article in ordered:
        members[root(article.article_id)].append(article.article_id)
    grouped = {key for group in members.values() if len(group) > 1 for key in group}
    known = {key: found for key, found in known.items() if key in grouped}
    known |= ((key, prints(text)) for key, text in texts_of(grouped - known.keys()))
    return {key: told for group in members.values() for key, told in _memberships(group, known)}


def _memberships(group: Sequence[str], known: Prints) -> Iterator[tuple[str, Membership]]:
    """What is told of each member of a group, by article_id."""
    if len(group) == 1:
        yield group[0], Membership(group[0], 1, None, None)
        return
    for key in group:
        # the first of equals, so that a copy points to the original
        others = [other for other in group[:COMPARED] if other != key]
        much, place = max((shared(known[key], known[other]), -place) for place, other in enumerate(others))
        yield key, Membership(group[0], len(group), others[-place], round(much, 3))
