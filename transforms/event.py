"""Which claims of one article are about the same event: parts of one total, repeats of one toll, sentences that go on about it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from .chunks import is_one_of
from .draft import Draft, stated_number
from .lexicon import any_of
from .reading import Reading, points_back
from .setting import is_country

MENTIONS = 24
"""Other mentions of one toll that are looked at: an article has a few, a hostile text thousands."""
LEAD = 4
"""Sentences that can be a headline or lead, which borrows from the body."""
FEW = 3
"""Victims: up to here two numbers are alike by chance, and the victims must be alike as well."""
TollKey = tuple[str, int | None, int | None, int | None, str | None]


@dataclass(slots=True)
class Account:
    """All claims of an article with its sentences; found by sentence and by toll, so that long articles stay linear."""

    drafts: list[Draft]
    readings: list[Reading]
    of_sentence: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    of_toll: dict[TollKey, list[int]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for i, draft in enumerate(self.drafts):
            self.of_sentence[draft.index].append(i)
            if (mentions := self.of_toll[_toll_key(draft)]) is not None and len(mentions) < MENTIONS:
                mentions.append(i)

    def reading(self, i: int) -> Reading:
        return self.readings[self.drafts[i].index]

    def mentions(self, i: int) -> Iterator[int]:
        """The other claims of the same toll, in order."""
        return (k for k in self.of_toll[_toll_key(self.drafts[i])] if k != i and same_toll(self.drafts[i], self.drafts[k]))

    def around(self, i: int, back: int, ahead: int) -> Iterator[int]:
        """The other claims up to so many sentences before and behind, in order."""
        index = self.drafts[i].index
        for k in range(max(0, i - MENTIONS), min(len(self.drafts), i + MENTIONS + 1)):
            if k != i and index - back <= self.drafts[k].index <= index + ahead:
                yield k


def _toll_key(draft: Draft) -> TollKey:
    q = draft.chunk.quantity
    if q is None:
        return draft.link.harm, None, None, None, None
    return (
        (draft.link.harm, q.count, None, None, None) if q.count is not None else (draft.link.harm, None, q.count_min, q.count_max, q.vague)
    )


def _may_be_the_same(a: str | None, b: str | None) -> bool:
    """Whether few victims can be the same: "child" and "girl child"."""
    one, other = set((a or "").lower().split()), set((b or "").lower().split())
    return one == other or (bool(one and other) and (one <= other or other <= one))


def same_toll(a: Draft, b: Draft) -> bool:
    """The same harm with the same number: another mention of one toll. "16" in a headline is "at least 16" in the lead."""
    key = _toll_key(a)
    if key != _toll_key(b) or key[1] == 0 or a.chunk.quantity is None:
        return False
    if {a.victim_class, b.victim_class} == {"civilian", "combatant"}:
        return False
    if key[1] is not None and key[1] <= FEW and not _may_be_the_same(a.victims, b.victims):
        return False  # two soldiers here, two farmers there
    return key[1] is not None or a.victim_class == b.victim_class


def tie_subsets(drafts: list[Draft]) -> None:
    """Parts whose total stands in an earlier sentence: "Among the dead were four staff"."""
    for i, draft in enumerate(drafts):
        if not draft.link.back_subset or draft.parent is not None:
            continue
        own = stated_number(draft)
        for k in range(i - 1, -1, -1):
            earlier = drafts[k]
            total = stated_number(earlier)
            if earlier.index == draft.index and earlier.link.back_subset:
                continue
            if draft.index - earlier.index > 4 or i - k > MENTIONS:
                break
            if (
                draft.link.harm in (earlier.link.harm, "")
                and (earlier.scope == "event" or draft.index - earlier.index <= 1)
                and earlier.parent is None
                and (total or 0) >= (own or 0)
            ):
                draft.parent = earlier
                break


def with_harm(drafts: list[Draft]) -> list[Draft]:
    """ "Eighteen of them were children" takes the harm of its total, "lowered the figure to 103" that of the toll right before; without one
    it is no claim.
    """
    for i, draft in enumerate(drafts):
        if not draft.link.harm and draft.parent is not None:
            draft.link = replace(draft.link, harm=draft.parent.link.harm)
        elif draft.link.rule == "toll_again":
            before = [d for d in drafts[max(0, i - 4) : i] if d.parent is None and draft.index - d.index <= 1]
            if before and before[-1].link.harm in ("killed", "injured"):
                draft.link = replace(draft.link, harm=before[-1].link.harm)
    return [d for d in drafts if d.link.harm]


def refers_back(reading: Reading) -> bool:
    """ "The attack also wounded 12": the same event again."""
    return points_back(reading.sentence.text)


@lru_cache(maxsize=64)
def many_places(text: str) -> bool:
    return any_of("many_places").search(text) is not None


def _same_place(draft: Draft, donor: Draft, reading: Reading) -> bool:
    """Whether a claim's sentence names the place of another: "the Shahba district of Aleppo", told of Aleppo before."""
    there = donor.place or ""
    here = [draft.place or "", *(place.text for place in reading.places if not place.aside and not is_country(place.text))]
    return any(place in there or there in place for place in here) or (not is_country(there) and there in reading.sentence.text)


def goes_on(draft: Draft, donor: Draft, readings: list[Reading]) -> bool:
    """Whether a claim is about the event of an earlier one. A weapon or a place of its own that differs speaks against it."""
    another = draft.chunk.quantity is not None and draft.chunk.quantity.text.lower().startswith("another ")
    if (
        draft.index == donor.index
        or same_toll(draft, donor)
        or draft.link.back_subset
        or draft.chunk.more
        or another
        or any_of("further_ones").match(draft.victims or "")
    ):
        return True
    if any_of("same_day").search(" ".join(readings[draft.index].sentence.text[:80].lower().split()[:7])):
        return True  # "Minutes later a shell …"
    if re.search(r"\b(?:a second|a third|another|also)\b", readings[draft.index].sentence.text.lower()[:60]):
        return True
    if draft.weapon and donor.weapon:
        return draft.weapon == donor.weapon or refers_back(readings[draft.index])
    if refers_back(readings[draft.index]):
        return True
    if many_places(donor.sentence.text):
        return True
    if draft.place and donor.place and not _same_place(draft, donor, readings[draft.index]):
        return False
    if draft.weapon is None and draft.place is None and draft.report is None:
        return True
    return draft.index - donor.index <= 3 and not (
        draft.weapon and not donor.weapon and readings[draft.index].sentence.paragraph != readings[donor.index].sentence.paragraph
    )


def tie_repeats(account: Account) -> None:
    """`repeat_of`: the first mention in the article of the same toll, of the same date or of none told otherwise."""
    for i, draft in enumerate(account.drafts):
        for k in account.mentions(i):
            earlier = account.drafts[k]
            same_day = None in (draft.first, earlier.first) or (draft.first, draft.last) == (earlier.first, earlier.last)
            if (
                k < i
                and same_day
                and earlier.scope == draft.scope
                and earlier.repeat is None
                and earlier.link.assertion == draft.link.assertion
                and (earlier.parent is None) == (draft.parent is None)
            ):
                draft.repeat = earlier
                break


def tells_event(reading: Reading) -> bool:
    return bool(reading.weapons) or any(
        c.tag in "KGIDT" or is_one_of(c, "event_nouns") or is_one_of(c, "event_verbs") for c in reading.chunks
    )
