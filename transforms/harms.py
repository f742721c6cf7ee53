"""Which number suffered which harm: links between the counts and the harm words of one sentence.

Every rule is a regular expression over the tags of the chunks (chunks.py) between a count and a harm word. First the voice of each harm
verb is settled ("rockets killed 15", "15 were killed", "15 killed, 40 wounded"), then each count takes the harm word whose rule fits
best, then counts without one inherit: from a list ("six civilians and five militiamen"), or as a stated part ("including 13 children").
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from .chunks import Chunk, is_one_of, tags
from .counted import is_next_one, settle_counts
from .lexicon import alternatives, any_of, english, letters_of, may_hold, speaking_kinds, split_words
from .numbers import Quantity


@dataclass(frozen=True, slots=True)
class Link:
    """Count chunk number `count` suffered `harm`, says the word in chunk number `trigger`, by `rule`. `subset_of`: the count chunk (same
    sentence) of which it is a stated part; `back_subset`: a part of a total told in an earlier sentence. `cost` orders rival rules.
    """

    count: int
    harm: str
    trigger: int
    rule: str
    cost: float
    weapon: str | None = None
    subset_of: int | None = None
    back_subset: bool = False
    assertion: str = "asserted"


_ADV = r"[adz\"]*"  # adverbs, dates and quotation marks never separate a number from its harm
# was | have been | are said to have been | were found | were rounded up and
_AUX = rf"{_ADV}(?:h{_ADV})?(?:b{_ADV}|bR{_ADV}[cp]?{_ADV}b?)+(?:[Rf]c?{_ADV}b?{_ADV})?(?:[vVwKXp]{{1,4}}{_ADV}&{_ADV})?"
# behind the victims may stand: where they were, what they were doing, an aside; but no second count, harm, report or main verb
_POST = r"(?:[wpoxyNXdaV,(\"e-]|&(?!x)|ch?b?v?|S)"
_DIED_AUX = rf"{_ADV}(?:h{_ADV}|b{_ADV}(?:[Rf]{_ADV}h?{_ADV})?|c{_ADV}h?{_ADV})*"
_RULES_TO_THE_RIGHT = [
    # (rule, tags between the count and the harm word behind it, tags of the harm word, base cost)
    ("count_harm", re.compile(rf"S?{_ADV}"), "KDI", 0.2),
    ("count_reported_harm", re.compile(rf"{_ADV}[Rf]{_ADV}c?{_ADV}b?{_ADV}"), "KD", 0.3),
    ("count_was_harmed", re.compile(rf"S?{_AUX}"), "KD", 0.1),
    ("count_died", re.compile(rf"S?{_DIED_AUX}"), "I", 0.1),
    ("count_fell_and_died", re.compile(rf"b[^KGI.QqR]{{1,12}}&{_ADV}"), "I", 0.5),
    ("count_adjective_harm", re.compile(r"w{1,2}"), "D", 0.3),
    ("count_mostly_harm", re.compile(r",?(?:a|S)a?[wN]{1,3},?"), "D", 0.5),  # "left thousands, mostly infants, dead"
    ("count_their_lives", re.compile(r"x"), "D", 0.2),
    (
        "count_some_of_them_harmed",
        re.compile(rf",?q?[Sa][wN]{{1,3}},?(?:{_AUX})?"),
        "K",
        0.45,
    ),  # "ten civilians, some of them children, killed"
    ("count_aside_was_harmed", re.compile(rf",[xwN]{{1,6}}R[xwNd]{{0,4}},{_AUX}"), "K", 0.5),
    ("count_apposition_was_harmed", re.compile(rf",[^KGIRvbh.]{{1,14}},{_AUX}"), "K", 0.55),
    ("count_apposition_died", re.compile(rf",[^KGIRvbh.]{{1,16}},{_DIED_AUX}"), "I", 0.55),
    ("count_and_kin_were_harmed", re.compile(rf"&x[wN]{{1,2}}(?:w[eN]?)?{_AUX}"), "K", 0.35),
    ("count_and_kin_died", re.compile(rf"&x[wN]{{1,2}}{_DIED_AUX}"), "I", 0.35),
    ("count_who_were_harmed", re.compile(rf",?c{_AUX}"), "K", 0.3),
    (
        "count_who_did_were_harmed",
        re.compile(rf"(?:o[xwNX]{{1,5}})?,?c[vVwpxNXae]{{1,9}},?{_AUX}"),
        "K",
        0.7,
    ),  # "nine who tried to flee were killed"
    ("count_place_was_harmed", re.compile(rf"{_POST}{{1,22}}?{_AUX}"), "KD", 0.6),
    ("count_place_died", re.compile(rf"{_POST}{{1,18}}?{_DIED_AUX}"), "I", 0.7),
    ("count_brought_with_harm", re.compile(r"h?b?(?:[vVaf][wXp-]{0,4})?(?:[po][xwNX-]{1,4}?){0,2}"), "D", 0.8),
    ("count_place_harm", re.compile(rf"(?:[po][xwNXd-]{{1,5}}?){{1,2}}{_ADV}"), "KD", 1.2),
]
_OBJECT = r"(?:x?[wN-]{1,7}Q?(?:o[xwNX]{1,4})?)"  # a victim without a number: "killed the village head and five others"
_RULES_TO_THE_LEFT = [
    # (rule, tags between the harm word and the count behind it, tags of the harm word, base cost)
    ("harmed_count", re.compile(rf"{_ADV}[(]?{_ADV}(?:xw?{_ADV})?"), "KG", 0.0),
    ("harm_of_count", re.compile(r"ox?w?"), "GD", 0.15),
    ("harm_to_count", re.compile(rf"{_ADV}x?"), "D", 0.3),
    ("harmed_one_and_count", re.compile(rf"{_ADV}(?:e|{_OBJECT})(?:[pd][xwNXd]{{0,4}}|,w{{1,5}})?(?:,?[&]{_ADV}x?|,x)"), "KG", 0.4),
    ("harmed_some_including", re.compile(rf"{_ADV}x?[wN]{{1,3}},?S{_ADV}"), "KG", 0.45),  # "killing civilians including three children"
    ("dead_included_count", re.compile(rf"{_ADV}S{_ADV}"), "D", 0.5),
    ("harm_listed", re.compile(r"[,:]"), "DKI", 1.5),
]
_SURE_OF_ONE = ("harmed_count", "count_was_harmed", "harm_of_count")  # only these are believed of "a baker", a noun that nobody knows
_OF_ALL = re.compile(r"^o[xe]*[Qq]")
_ENDS_BEHIND = re.compile(rf"{_ADV}(?:[.,pc&d(]|$)")
LONG_GAP = 22
"""Chunks between a toll and its number, beyond which only "to" or "at" tie them."""
_TOLL_GAP = re.compile(r"[^KGIT.]{0,40}")


# what stands right before a harm verb, and right behind it
_BE_BEFORE = re.compile(rf"b{_ADV}(?:[Rf]c?{_ADV}b?{_ADV})?\Z")
_HAVE_BEFORE = re.compile(rf"h{_ADV}\Z")
_COUNT_BEFORE = re.compile(rf"[Qqy]{_ADV}(?:(?<=[Qq])[Rf]{_ADV})?\Z")
_HARMED_COUNT_BEFORE = re.compile(rf"[GK]{_ADV}[Qq]{_ADV}\Z")
_COUNT_PLACED_BEFORE = re.compile(rf"[Qq]{_POST}{{0,16}}\Z")
_HARM_AND_BEFORE = re.compile(rf"(?:K|b{_ADV}[XvVw]){_ADV}[&]{_ADV}\Z")
_COUNT_BEHIND = re.compile(rf"{_ADV}(?:x?w?{_ADV}[Qq]|y)")
_NOUN_BEHIND = re.compile(rf"{_ADV}(?:e(?!b)|x?[wNX-]{{0,4}}N)")
_NAMED_BEHIND = re.compile(r"xw{1,3},w{1,5},?&")  # "killed the owner, Jean Ndikumana, and two others"
_COUNT_SPEAKS_BEHIND = re.compile(rf"{_ADV}x?[wNX]+R")
_NOUN_SPEAKS_BEHIND = re.compile(rf"{_ADV}x?[wNX-]{{1,6}}{_ADV}R")
_LISTED_BEHIND = re.compile(rf"{_ADV}[Qq]{_ADV}[KD](?!{_ADV}[Qq])")
_COUNT_HARMED_BEHIND = re.compile(rf"{_ADV}[Qq]{_ADV}K(?!{_ADV}[Qq])")
_AND_HARM_BEHIND = re.compile(rf"{_ADV}[&]{_ADV}b?{_ADV}K")


def _voice(i: int, chunks: list[Chunk], row: str) -> str | None:
    """active or passive for the harm verb in chunk i; null where it has neither victims before nor behind it."""
    left, right = row[max(0, i - 30) : i], row[i + 1 : i + 31]
    entry = chunks[i].entry
    if chunks[i].tag == "G":
        return "active"
    if entry is not None and entry.voice == "passive":
        return "passive"
    if _BE_BEFORE.search(left):
        return "passive"
    if _HAVE_BEFORE.search(left):
        return "active"
    counted_before = _COUNT_BEFORE.search(left) is not None
    # an object behind the verb; but a noun phrase that goes on to speak is a source ("12 people killed state television reported")
    count_behind = _COUNT_BEHIND.match(right) is not None and not _COUNT_SPEAKS_BEHIND.match(right)
    noun_behind = _NOUN_BEHIND.match(right) is not None and not _NOUN_SPEAKS_BEHIND.match(right)
    if count_behind and counted_before:
        listed = _LISTED_BEHIND.match(right)
        governed = _HARMED_COUNT_BEFORE.search(left)
        return "passive" if listed and not governed else "active"
    if count_behind and _COUNT_HARMED_BEHIND.match(right) and _single_victim(chunks, i):
        return "passive"  # "Child killed 20 people injured in …"
    if count_behind:
        return "active"
    joined = _AND_HARM_BEHIND.match(right)
    if joined and not counted_before:
        return _voice(i + joined.end(), chunks, row)
    if (noun_behind or _NAMED_BEHIND.match(right)) and not counted_before:
        return "active"
    if counted_before or _COUNT_PLACED_BEFORE.search(left) or _HARM_AND_BEFORE.search(left):
        return "passive"
    return None


def _single_victim(chunks: list[Chunk], i: int) -> bool:
    """Whether a person who is no fighter stands right before chunk i."""
    entry = chunks[i - 1].entry if i else None
    return entry is not None and entry.tag == "N" and entry.victim_class == "civilian"


def _usable(count: Chunk, trigger: Chunk) -> bool:
    """Whether these two can belong together at all: things are not killed, and towns are captured too."""
    quantity, entry = count.quantity, trigger.entry
    if quantity is None or entry is None:
        return False
    if entry.person and count.tag != "Q" and count.victims not in (None, "others", "more"):
        return False
    if entry.person and count.tag == "q" and (trigger.tag == "G" or quantity.vague or quantity.count == 1):
        return False
    if (
        entry.objects
        and entry.tag in "KG"
        and entry.person
        and (count.victims or "").split()[-1:]
        and (count.victims or "").split()[-1] not in entry.objects
    ):
        return False
    if count.tag == "y" and entry.harm in ("missing", "casualties"):
        return False
    if (
        count.tag == "q"
        and quantity.count is not None
        and 1900 <= quantity.count <= 2100
        and "," not in quantity.text
        and quantity.qualifier == "exact"
    ):
        return False  # a year
    return not (count.tag == "q" and quantity.vague in ("some", "few") and trigger.tag in "GK" and count.victims is None)


def _weapon(trigger: Chunk) -> str | None:
    return trigger.entry.weapon if trigger.entry else None


def _candidate(chunks: list[Chunk], row: str, voices: dict[int, str | None], c: int, t: int) -> Link | None:
    """The best link between count c and harm word t, if any rule allows one."""
    trigger = chunks[t]
    harm = trigger.entry.harm if trigger.entry else None
    if harm is None or not _usable(chunks[c], trigger):
        return None
    if trigger.tag == "D" and row[t + 1 : t + 2] == "X" and row[t - 1 : t] != "Q" and not (trigger.entry and trigger.entry.head):
        return None  # "3 dead phones"
    if harm != "killed" and t < c and c + 1 < len(chunks) and is_one_of(chunks[c + 1], "dead_bodies"):
        return None  # "had taken away 100 bodies"
    if row[c] == "y" and c and row[c - 1] in "po" and c < t:
        return None  # "54 people in | a fuel queue | were killed"
    if c < t:
        gap, rules = _OF_ALL.sub("", row[c + 1 : t]), _RULES_TO_THE_RIGHT  # "26 of the 32 militants had been killed"
        if trigger.tag == "K" and voices.get(t) != "passive":
            return None
    else:
        gap, rules = row[t + 1 : c].replace('o"', "o"), _RULES_TO_THE_LEFT  # 'the death of "eight civilians"'
        listed = gap in (",", ":") and chunks[t + 1].text in (":", "–", "—")  # "left 42 dead: seven soldiers and 35 civilians"
        label = listed and (t == 0 or row[t - 1] in ".,")  # "Injured: about 60"
        if trigger.tag == "K" and not label and voices.get(t) != ("passive" if listed else "active"):
            return None
        if gap == "," and not listed:
            return None
        if trigger.tag == "D" and trigger.entry and not (trigger.entry.count_after or gap.startswith("S") or listed):
            return None
    if len(gap) > 30:
        return None
    for rule, pattern, allowed, cost in rules:
        if trigger.tag in allowed and pattern.fullmatch(gap) and (row[c] != "y" or rule in _SURE_OF_ONE):
            if rule == "count_adjective_harm" and not (trigger.entry and trigger.entry.head):
                continue
            if rule == "harm_to_count" and not (trigger.entry and trigger.entry.words[-1] in ("to", "of")):
                continue
            if rule == "count_their_lives" and trigger.text.lower() != "lives":
                continue
            if rule == "count_brought_with_harm" and not (trigger.entry and trigger.entry.words[0] == "with"):
                continue
            if rule == "count_place_harm" and trigger.tag == "D" and not (c and chunks[c - 1].tag in "vV"):
                continue
            if rule == "count_place_harm" and not _ENDS_BEHIND.match(row[t + 1 : t + 3]):
                continue
            return Link(c, harm, t, rule, cost + 0.04 * len(gap), _weapon(trigger))
    return None


_PUT_AT = re.compile(r"[^KGIT.]{0,10}(?=[Qq])")


def _put_at(chunks: list[Chunk], row: str) -> list[Link]:
    """ "putting its dead since 27 September at 990"; "lowered the figure to 103", whose harm is that of the toll told before."""
    links = []
    for t in (i for i, chunk in enumerate(chunks) if i >= 2 and (chunk.tag == "D" or is_one_of(chunk, "bare_tolls"))):
        told = any(chunk.tag in "Rv" and is_one_of(chunk, "speech", "toll") for chunk in chunks[max(0, t - 3) : t])
        gap = _PUT_AT.match(row, t + 1) if told else None
        if gap is None or next((c.text.lower() for c in reversed(chunks[t : gap.end()]) if c.tag != '"'), "") not in ("at", "to"):
            continue
        entry = chunks[t].entry
        if chunks[t].tag != "D":
            if gap.end() <= t + 3:
                before = next((chunk.entry for chunk in reversed(chunks[:t]) if chunk.tag in "KDT" and chunk.entry is not None), None)
                harm = before.harm if before is not None and not before.person and before.harm in ("killed", "injured") else ""
                links.append(Link(gap.end(), harm or "", t, "toll_again", 1.0))
        elif entry is not None and entry.harm:
            links.append(Link(gap.end(), entry.harm, t, "toll", 1.0))
    return links


def _toll_links(chunks: list[Chunk], row: str) -> list[Link]:
    """ "The death toll from a blast on a convoy outside the town reached at least 112 people"."""
    links: list[Link] = _put_at(chunks, row)
    for t, chunk in enumerate(chunks) if "T" in row else ():
        if chunk.tag != "T" or chunk.entry is None or chunk.entry.harm is None:
            continue
        if t >= 2 and row[t - 1] == "x" and row[t - 2] in "Qq":
            k = t - 2  # "bringing to 57 the number of people killed"
            if k and chunks[k - 1].text.lower().split()[-1] in ("to", "at") and _usable(chunks[k], chunk):
                links.append(Link(k, chunk.entry.harm, t, "count_the_toll", 0.1))
                continue
        following = [c for c in range(t + 1, min(len(chunks), t + 42)) if row[c] in "Qq"]
        for n, c in enumerate(following[:3]):
            gap = row[t + 1 : c]
            quantity = chunks[c].quantity
            if quantity is None or quantity.bare_article:
                continue
            rises_as = chunks[c - 1].text.lower() == "as" and chunks[c - 2].text.lower() != "high"
            if rises_as and any(is_one_of(word, "modals") for word in chunks[t + 1 : c]):
                break  # "the toll may rise as a number of civilians remain trapped", but "may be as high as 400,000"
            if not _TOLL_GAP.fullmatch(gap) or not _usable(chunks[c], chunk):
                break
            if len(gap) > LONG_GAP and chunks[c - 1].text.lower() not in ("to", "at"):
                break
            linked = (
                c == t + 1
                or is_one_of(chunks[c - 1], "toll_links")
                or (row[c - 1] in 'ad"' and c > t + 1 and is_one_of(chunks[c - 2], "toll_links"))
            )
            headline = not re.search("[vbhRV]", gap) and quantity.qualifier != "exact"
            if linked or headline:
                links.append(Link(c, chunk.entry.harm, t, "toll", 1.0 + 0.02 * len(gap)))
                for k in following[n + 1 : n + 2]:
                    between = row[c + 1 : k]
                    listed = re.fullmatch(r"[,&]+", between) and is_one_of(chunks[c - 1], "subset")
                    changed = (
                        any(is_one_of(m, "toll_changes") for m in chunks[c + 1 : k])
                        and chunks[k - 1].text.lower() == "to"
                        and not re.search("[KGI.]", between)
                    )
                    if listed or changed:
                        links.append(Link(k, chunk.entry.harm, t, "toll", 1.2))
                break
    return links


_OF_THE_HARMED = re.compile(r"(?:o[xea]*|S)(?:q)?[xa]*([KDN])")
_THE_HARMED = re.compile(r"x[ea]*([KDN])")
_THEY_INCLUDED = re.compile(r"^[adp,]*e(S)[ad]*(?=[Qq])")
_THEN_DIED = re.compile(_DIED_AUX + "I")
_VICTIMS_INCLUDED = re.compile(r"(?:^|x)([NK])S[ad]*(?=[Qq])|x(K)[pxwXod-]{1,14}S[ad]*(?=[Qq])")
_AMONG_THEM_ARE = re.compile(r"^[\"ad]*(S)[ad]*b[ad]*(?=[Qq])")
_PART_OF_THEM = re.compile(r"[adp\"]{0,3}([Qq])Sb")
_PART_WERE = re.compile(r"[ad]{0,2}(q)b[xa]*N[.,]")
_OF_THE_VICTIMS = re.compile(r"\bof\s+the\s+victims$", re.IGNORECASE)
_AMONG_THEM_COUNT = re.compile(r"m[xe]*(?:([KD])N?|(?P<people>N))[a,]*(?:b|v)?[adx]*(?=[Qq])")
_OF_THE_DEAD_COUNT = re.compile(r"^[adp]*o[xe]*([KD])[a,]*(?=[Qq](?!o))")  # "Of the dead 230 are children"
_THE_DEAD_WERE = re.compile(r"^x([KD])b[ad]*(?=Q)")  # "The dead were 14 police officers and 41 guards"
_COUNT_AMONG_THEM = re.compile(
    r"[Qq](?:&x?[wN]{0,3}N)?(?:[adpwoxXNVv]{0,8}[bh]b?a?|[adpwoxX]{0,6})m(?:[xe]*c?(?:N(?=K))?([KDNI])|w{1,4}(D))"
)
_REST_OF_THEM = re.compile(r"[Qq][^Qq.]{1,20}o[xe]*([KD])")


def _partitive_links(chunks: list[Chunk], row: str) -> list[Link]:
    """ "15 of the wounded were in critical condition", "six of those killed were children", "two of them": parts of a total told before."""
    links = []
    for c, chunk in enumerate(chunks):
        if chunk.tag not in "Qq" or (chunk.quantity is not None and chunk.quantity.count == 0):
            continue
        if chunk.tag == "Q" and row[c + 1 : c + 2] == "b" and _OF_THE_VICTIMS.search(chunk.text):
            links.append(Link(c, "", c, "part_of_them", 2.0, back_subset=True))  # "22 of the victims were under the age of 14"
        of_them = _THE_HARMED if chunk.text.lower().endswith(" of") else _OF_THE_HARMED  # "dozens of | the wounded"
        partitive = of_them.match(row[c + 1 : c + 7]) if chunk.tag == "q" else None
        if partitive:
            t = c + partitive.end()
            entry = chunks[t].entry
            died = _THEN_DIED.match(row[t + 1 : t + 8])
            later = t + died.end() if died else t
            deadly = chunks[later].entry if died else None
            head = chunks[c - 2] if c >= 2 and row[c - 1] == "o" and row[c - 2] == "D" else None
            if head is not None and head.entry and head.entry.harm == "killed" and _harm_of_group(chunks[t]) == "injured":
                links.append(
                    Link(c, "killed", c - 2, "part_of_the_harmed_died", 0.04, _weapon(chunks[t]))
                )  # "the death of five of the wounded"
            elif deadly is not None and deadly.harm and deadly.harm != _harm_of_group(chunks[t]):
                links.append(Link(c, deadly.harm, later, "part_of_the_harmed_died", 0.04, _weapon(chunks[t])))  # "two of the wounded died"
            elif harm := _harm_of_group(chunks[t]):
                links.append(Link(c, harm, t, "part_of_the_harmed", 0.05, _weapon(chunks[t]), back_subset=True))
    if (included := _THEY_INCLUDED.match(row)) and chunks[included.start(1) - 1].text.lower() == "they":
        links.append(Link(included.end(), "", included.start(1), "they_included", 2.0, back_subset=True))  # the harm is that of the total
    if them := _AMONG_THEM_ARE.match(row):  # "Among them are 14 children"
        links.append(Link(them.end(), "", them.start(1), "they_included", 2.0, back_subset=True))
    for match in _VICTIMS_INCLUDED.finditer(row):  # "the victims included some two dozen children"
        victims = match.start(match.lastindex or 1)
        if harm := _harm_of_group(chunks[victims]):
            links.append(Link(match.end(), harm, victims, "victims_included", 0.4, back_subset=True))
    # "Eighteen of them were children": the harm is that of the total
    if (them := _PART_OF_THEM.match(row)) and chunks[them.end(1)].text.lower().startswith("of "):
        links.append(Link(them.start(1), "", them.end(1), "part_of_them", 2.0, back_subset=True))
    if were := _PART_WERE.match(row):  # "Four were women."
        links.append(Link(were.start(1), "", were.end(1), "part_were", 2.0, back_subset=True))
    for pattern, count_first in (
        (_AMONG_THEM_COUNT, False), (_OF_THE_DEAD_COUNT, False), (_THE_DEAD_WERE, False), (_COUNT_AMONG_THEM, True)
    ):  # fmt: skip
        for match in pattern.finditer(row):  # "among the dead were four staff" · "five children were among those killed"
            t, c = match.start(match.lastindex or 1), match.start() if count_first else match.end()
            if harm := _harm_of_group(chunks[t]):
                links.append(Link(c, harm, t, "among_the_harmed", 0.05, _weapon(chunks[t]), back_subset=True))
    for match in _REST_OF_THEM.finditer(row):  # "four militiamen and 11 jihadists made up the rest of the dead"
        t, c = match.start(1), match.start()
        entry = chunks[t].entry
        if (
            entry
            and entry.harm
            and chunks[c].tag == "Q"
            and not re.search("[KGIR]", row[c:t])
            and any(w.text.lower() == "rest" for w in chunks[c:t])
        ):
            links.append(Link(c, entry.harm, t, "rest_of_the_harmed", 0.9, entry.weapon, back_subset=True))
    return links


def _harm_of_group(chunk: Chunk) -> str | None:
    """The harm of "the wounded", "those killed"; "the victims" are dead where nothing else is said."""
    if chunk.entry is None:
        return None
    return chunk.entry.harm or ("killed" if chunk.entry.words[-1] in ("victims", "victim") else None)


def _harm_adjectives(chunks: list[Chunk]) -> list[Link]:
    """ "12 wounded soldiers", "30 dead terrorists": the harm stands inside the noun phrase."""
    return (
        [
            Link(c, chunk.adjective.harm, c, "harmed_noun", 0.5, chunk.adjective.weapon)
            for c, chunk in enumerate(chunks)
            if chunk.adjective is not None and chunk.adjective.harm and chunk.tag == "Q"
        ]
        + [
            Link(c, "killed", c, "harmed_noun", 0.5)  # "strikes have claimed hundreds of civilian lives"
            for c, chunk in enumerate(chunks)
            if chunk.tag == "Q"
            and chunk.text.lower().endswith(" lives")
            and any(is_one_of(w, "takes_lives") for w in chunks[max(0, c - 3) : c])
        ]
    )


_SPEAKS = re.compile(r"R(?![KDIbcfadx]*[KDI])")  # "two witnesses said", but "20 people reported killed"


def _whole_families(chunks: list[Chunk]) -> None:
    """ "four people from one family", "five members of two families": what the counted belong to is no count of its own."""
    for i in [i for i, chunk in enumerate(chunks) if chunk.tag in "Qq" and i >= 2]:
        whole = (chunks[i - 1].tag in "po" or (chunks[i - 1].tag == "x" and chunks[i - 2].tag in "po")) and (
            chunks[i].victims or ""
        ).lower() in english()["wholes"]
        if whole and any(chunk.tag in "QqN" for chunk in chunks[max(0, i - 3) : i - 1]):
            chunks[i].tag = "N"


def _split_verbs(chunks: list[Chunk]) -> list[Link]:
    """ "burned 13 villagers alive", "took six suspects into custody": verb and harm stand on both sides of the count."""
    links = []
    for c, chunk in enumerate(chunks[:-1]):
        if chunk.tag not in "Qq" or c == 0:
            continue
        verbs = [chunks[k].text.lower() for k in range(c - 1, max(-1, c - 3), -1)]
        if _split_verb_words().isdisjoint(verbs):
            continue
        tail = " ".join(following.text.lower() for following in chunks[c + 1 : c + 4])
        for split in english()["split_verbs"]:
            back = next((n for n, verb in enumerate(verbs) if verb in split["verb"]), None)
            if back is not None and any(tail == end or tail.startswith(f"{end} ") for end in split["tail"]):
                links.append(Link(c, split["harm"], c - 1 - back, "harmed_count_so", 0.0, split.get("weapon")))
    return links


@cache
def _split_verb_words() -> frozenset[str]:
    return frozenset(verb for split in english()["split_verbs"] for verb in split["verb"])


def _named_singles(chunks: list[Chunk]) -> None:
    """ "Adel Termos, a father of two, was killed": the one person is counted where the name stands."""
    for i, chunk in enumerate(chunks):
        if chunk.tag in "Qy" and chunk.quantity and chunk.quantity.bare_article and i >= 2 and chunks[i - 1].tag == ",":
            first = i - 1
            while first > 0 and chunks[first - 1].tag == "w" and chunks[first - 1].text[0].isupper():
                first -= 1
            if first < i - 2 and (first == 0 or chunks[first - 1].tag != "p"):
                start, end = chunks[first].start, chunks[i - 2].end
                name = " ".join(c.text for c in chunks[first : i - 1])
                chunk.quantity = replace(chunk.quantity, start=start, end=end, text=name)


_COUNT_OF_COUNT = re.compile(r"[Qq]o[xe]*(?=[Qq])")
_ASIDE = re.compile(r",[^KGIRvbh.]{1,16},")
_COUNT_AMONG_COUNT = re.compile(r"[Qq][adpwxo]*b?[ad]*m[x]?(?=[Qq])")


def _drop_wholes(row: str, links: dict[int, Link]) -> None:
    """ "26 of the 32 militants had been killed": 26 were, the 32 only say of how many."""
    for match in _COUNT_OF_COUNT.finditer(row):
        part, whole = match.start(), match.end()
        if part in links and whole in links and links[part].trigger == links[whole].trigger:
            del links[whole]


def _appositions(row: str, links: dict[int, Link]) -> None:
    """ "Five people, four Niger nationals and a foreigner, were killed": the aside names the parts."""
    for c, link in list(links.items()):
        if link.rule in ("count_apposition_was_harmed", "count_apposition_died"):
            aside = _ASIDE.match(row, c + 1)
            for k in range(c + 1, c + 1 + (len(aside.group()) if aside else 0)):
                if row[k] == "Q" or row[k : k + 2] == "qS":
                    links[k] = replace(link, count=k, subset_of=c, rule="part_" + link.rule)


def _severities(chunks: list[Chunk], row: str, links: dict[int, Link]) -> None:
    """ "Nineteen were hurt, three seriously": part of the injured just told."""
    for c in (i for i, tag in enumerate(row) if tag in "Qq" and i not in links):
        if row[c + 1 : c + 2] == "a" and is_one_of(chunks[c + 1], "severity") and row[c + 2 : c + 3] in ("", ".", ",", "&", '"'):
            earlier = [k for k in links if k < c and links[k].harm == "injured" and links[k].subset_of is None]
            if earlier:
                links[c] = replace(links[max(earlier)], count=c, subset_of=max(earlier), rule="part_by_severity")


def _among_total(chunks: list[Chunk], row: str, links: dict[int, Link]) -> None:
    """ "Six children were among 20 civilians killed": the first is part of the second and shares its harm."""
    for match in _COUNT_AMONG_COUNT.finditer(row) if "m" in row else ():
        part, total = match.start(), match.end()
        link = links.get(total)
        if link and (part not in links or links[part].trigger == link.trigger or links[part].cost > 0.5):
            links[part] = replace(link, count=part, subset_of=total, rule="among_count")


_LIST_BEFORE = re.compile(r"(?:[po][xwNXd-]{1,6}?|\([^(]{1,6}\()?(?:,?&x?[wN]{0,2}N(?=,))?[ad]*(?:,&?|&)[adx(]*")
_LIST_GOES_ON = re.compile(r"(?:[po][xwNXd-]{1,6}?|w&w{1,2}N|[w-]{1,4}|\([^(]{1,6}\()?(?:,x?[wN]{1,4})?[ad]*(?:,&?|&)[adx(]*")


def _coordinate(chunks: list[Chunk], row: str, links: dict[int, Link]) -> None:
    """A count without a harm of its own shares that of its neighbour in a list, in both directions."""
    counts = [i for i, tag in enumerate(row) if tag in "Qq" or (tag == "y" and i in links)]
    for first, second in pairwise(counts):  # "killing six civilians and five militiamen"
        beside = second == first + 1 and row[first] == row[second] == "Q"  # "included six women five children and three officers"
        if first in links and second not in links and (beside or _LIST_GOES_ON.fullmatch(row, first + 1, second)):
            link = links[first]
            object_side = link.trigger < first and link.rule != "toll"
            people = chunks[second].tag == "Q" or bool(chunks[second].victims and chunks[second].victims != "more")
            elsewhere = (
                row[second - 1] in "&a"
                and row[second + 1 : second + 2] == "p"
                and _many(chunks[second])
                and link.harm in ("killed", "injured")
            )
            if (((object_side or link.back_subset) and people) or elsewhere) and _usable(chunks[second], chunks[link.trigger]):
                links[second] = _listed(link, second, link.subset_of if people else None)
        elif (
            first in links
            and second not in links
            and (row[second - 1] == "&" or (row[second - 1] == "," and is_next_one(chunks[second])))
            and row[second + 1 : second + 2] == "p"
            and (_many(chunks[second]) or chunks[second].text.lower() == "one")
        ):
            whole = links[first].subset_of
            link = links[first if whole is None else whole]  # "1,734 people have been killed on the one side and 546 on the other"
            if (
                link.trigger > first
                and link.subset_of is None
                and not re.search("[KGIDR.]", row[link.trigger + 1 : second])
                and not any(chunk.text[0].isdigit() for chunk in chunks[link.trigger + 1 : second])  # "and 14 houses in Homs and 3 in Hama"
                and chunks[second].victims is None
            ):
                links[second] = _listed(link, second)
    for first, second in zip(reversed(counts[:-1]), reversed(counts[1:]), strict=False):  # "a woman and two children were killed"
        if second in links and first not in links and _LIST_BEFORE.fullmatch(row[first + 1 : second]):
            link = links[second]
            people = chunks[first].tag == "Q" or (chunks[first].victims or "").endswith("s")
            if (link.trigger > second or link.back_subset) and people and _usable(chunks[first], chunks[link.trigger]):
                links[first] = _listed(link, first, link.subset_of)


_BY_PLACE = re.compile(r"[,(:](?:[qQ]p[xwNXd-]{1,6}(?:,?&|,))+[qQ]p[xwy]")


def _parts_by_place(chunks: list[Chunk], row: str, links: dict[int, Link]) -> None:
    """ "At least 12 people were killed, two in Aleppo and one in Homs": the parts share the harm of what was just told."""
    for match in _BY_PLACE.finditer(row):
        parts = [i for i in range(match.start(), match.end()) if row[i] in "qQ"]
        told = [link for link in links.values() if max(link.count, link.trigger) < match.start() and link.subset_of is None]
        if not told or any(i in links for i in parts):
            continue
        total = max(told, key=lambda link: link.count)
        near = max(total.count, total.trigger) + 1
        if chunks[total.count].quantity is None or re.search("[KGIRT.]", row[near : match.start()]):
            continue
        for i in parts:
            if chunks[i].victims is None and _usable(chunks[i], chunks[total.trigger]):
                links[i] = _listed(total, i)


def _along_with(chunks: list[Chunk], row: str, links: dict[int, Link]) -> None:
    """ "22 children were killed along with six teachers", "Zelaya was gunned down along with two brothers"."""
    for c in (i for i, tag in enumerate(row) if tag in "Qq" and i not in links and i >= 2):
        trigger = chunks[c - 2]
        if row[c - 1] == "&" and is_one_of(chunks[c - 1], "along_with") and trigger.tag in "KI" and trigger.entry and trigger.entry.harm:
            links[c] = Link(c, trigger.entry.harm, c - 2, "harmed_along_with", 0.3, _weapon(trigger))


def _harmed_them(chunks: list[Chunk], row: str, links: dict[int, Link]) -> None:
    """ "pulled seven peasants off a bus and shot them dead": who was spoken of right before."""
    for t, chunk in enumerate(chunks):
        entry = chunk.entry
        if chunk.tag not in "KG" or entry is None or not entry.harm:
            continue
        them = any_of("them").search(chunk.text) or (t + 1 < len(chunks) and is_one_of(chunks[t + 1], "them"))
        last = next((c for c in range(t - 1, max(-1, t - 25), -1) if row[c] in "Qq."), None)
        if them and last is not None and row[last] in "Qq" and last not in links and _many_people(chunks[last]):
            links[last] = Link(last, entry.harm, t, "harmed_them", 0.6, entry.weapon)


def _many_people(chunk: Chunk) -> bool:
    q = chunk.quantity
    return q is not None and not q.bare_article and q.count not in (0, 1) and chunk.victims is not None


def _listed(link: Link, count: int, subset_of: int | None = None) -> Link:
    """The link of a list's other member: the same harm, of another count."""
    return replace(link, count=count, subset_of=subset_of, rule="list_" + link.rule.removeprefix("list_"))


def _part(link: Link, count: int, total: int) -> Link:
    """The link of a stated part of the total that `link` is about."""
    return replace(link, count=count, subset_of=total, rule="part_" + link.rule.removeprefix("list_"), back_subset=False)


def _many(chunk: Chunk) -> bool:
    """A bare number that can only be of people in such a place: two or more, or a vague word."""
    q = chunk.quantity
    return q is not None and (q.count is None or 2 <= q.count < 1900 or is_next_one(chunk)) and not q.bare_article and chunk.tag == "q"


def _is_person(chunk: Chunk) -> bool:
    """Whether a noun that nobody knows can be a person's: no "ambush", no "attack"."""
    return chunk.text.lower().split()[-1] not in english()["event_nouns"]


_PARTS_OPENED = re.compile(r"S[adx,]*\Z")


def _subsets(chunks: list[Chunk], row: str, links: dict[int, Link]) -> None:
    """ "… 58 people including 11 children and 15 women": parts take the harm of their total."""
    if "S" not in row:
        return
    counts = [
        i for i, tag in enumerate(row) if tag in "Qq" or (tag == "y" and row[i - 1 : i] == "S" and _is_person(chunks[i]))
    ]  # "among them a banker"
    for n, c in enumerate(counts):
        if c in links and links[c].subset_of is not None:
            continue
        opened = _PARTS_OPENED.search(row[max(0, c - 8) : c])  # including | among them 13
        one = row[c - 1 : c] == "," and chunks[c].tag == "Q" and chunks[c].text.lower() == "one"  # "five, | one a schoolgirl"
        behind = row[c + 1 : c + 2] == "S" and (
            chunks[c + 1].text.lower().startswith("of ") or row[c + 2 : c + 3] not in ("Q", "q")
        )  # seven | of them
        if not opened and not one and not behind:
            continue
        earlier = [k for k in counts[:n] if k in links and links[k].subset_of is None and k != c]
        if not earlier or (n and counts[n - 1] not in links and c in links and links[c].trigger > c):
            # the total stands behind: "13 civilians, among them seven children, were killed"
            earlier = [k for k in counts[:n] if k not in links][-1:]
            later = links.get(c)
            if (
                later
                and earlier
                and later.trigger > c
                and chunks[earlier[0]].tag in "Qq"
                and not re.search("[KGIRbhv.c]", row[earlier[0] : c])
            ):
                total = earlier[0]
                if _usable(chunks[total], chunks[later.trigger]):
                    links[total] = replace(later, count=total, rule="total_" + later.rule, back_subset=False)
                    links[c] = replace(later, subset_of=total, rule="part_" + later.rule, back_subset=False)
                    _following_parts(chunks, row, links, counts, n, total)
            continue
        total = min(reversed(earlier), key=lambda k: 0 if not re.search(r"[.R]", row[k:c]) else 1)
        own = links.get(c)
        if own and own.harm != links[total].harm and (own.cost < 0.5 or behind):
            continue
        if own and own.trigger > c and own.trigger != links[total].trigger and own.cost <= 0.35 and own.harm != links[total].harm:
            continue
        links[c] = _part(links[total], c, total)
        _following_parts(chunks, row, links, counts, n, total)


def _following_parts(chunks: list[Chunk], row: str, links: dict[int, Link], counts: list[int], n: int, total: int) -> None:
    """The rest of a list of parts: "including 25 children | and 15 women | and injured 400"."""
    previous = counts[n]
    for c in counts[n + 1 :]:
        gap = row[previous + 1 : c]
        if not re.fullmatch(r"(?:S?[wNpo-]{0,4})[ad]*(?:,&?|&)[adx]*", gap):
            break
        own = links.get(c)
        behind = row[c + 1 : c + 8]
        if (own and own.trigger > c and own.trigger != links[total].trigger) or re.match(rf"{_ADV}(?:b{_ADV})?[KDI]", behind):
            break
        if chunks[c].tag != "Q":
            break
        links[c] = _part(links[total], c, total)
        previous = c


def _merge_tolls(chunks: list[Chunk]) -> list[Chunk]:
    """ "the number of civilians killed" is one toll noun."""
    merged: list[Chunk] = []
    i = 0
    while i < len(chunks):
        if i + 2 < len(chunks) and chunks[i + 1].tag in "oK" and is_one_of(chunks[i], "toll_heads"):
            within = range(i + 1 + (chunks[i + 1].tag == "o"), min(i + 14, len(chunks)))
            stop = next((k for k in within if chunks[k].tag in "KD" or chunks[k].tag not in "wNXxya&o"), None)
            entry = chunks[stop].entry if stop is not None and chunks[stop].tag in "KD" else None
            if stop is not None and entry is not None and (not entry.count_after or entry.words[-1] in english()["toll_plurals"]):
                merged.append(replace(chunks[i], tag="T", end=chunks[stop].end, entry=replace(entry, tag="T")))
                i = stop + 1
                continue
        merged.append(chunks[i])
        i += 1
    return merged


def _merge_pairs(chunks: list[Chunk]) -> list[Chunk]:
    """ "killed and wounded 22", "several dozen dead and wounded": one number over both harms is of harm `casualties`."""
    if not any(chunk.tag == "&" for chunk in chunks):
        return chunks
    merged: list[Chunk] = []
    i = 0
    while i < len(chunks):
        chunk = chunks[i]
        if chunk.tag not in "KDG":
            merged.append(chunk)
            i += 1
            continue
        if i + 4 < len(chunks) and chunk.tag in "KD" and [c.tag for c in chunks[i + 1 : i + 4 : 2]] == [",", "&"]:
            three = [c.entry.harm if c.entry and c.tag in "KD" else None for c in chunks[i : i + 5 : 2]]
            if None not in three and len(set(three)) == 3 and chunk.entry:  # "were killed, injured or abducted"
                merged.append(replace(chunk, end=chunks[i + 4].end, entry=replace(chunk.entry, harm="casualties")))
                i += 5
                continue
        if i + 2 < len(chunks) and chunks[i + 1].tag == "&" and chunks[i + 2].tag in "KDG":
            first, second = chunk.entry, chunks[i + 2].entry
            counted_before = bool(merged) and any(c.tag in "Qq" for c in merged[-4:])
            counted_behind = i + 3 < len(chunks) and chunks[i + 3].tag in "Qq"
            if (
                first
                and second
                and (
                    {first.harm, second.harm} == {"killed", "injured"}
                    or ({first.harm, second.harm} == {"killed", "missing"} and chunks[i + 1].text == "or")
                )
                and not (counted_before and counted_behind and merged[-1].tag in "Qqb")
            ):
                entry = replace(first, harm="casualties", tag=first.tag)
                merged.append(replace(chunk, end=chunks[i + 2].end, entry=entry))
                i += 3
                continue
        merged.append(chunk)
        i += 1
    return merged


def _within_toll(links: dict[int, Link]) -> None:
    """ "The toll has risen to 18 after three of the wounded died": the three are of the 18."""
    for c, link in links.items():
        if link.rule == "part_of_the_harmed_died":
            told = [t for t, toll in links.items() if t < c and toll.harm == link.harm and toll.subset_of is None]
            links[c] = replace(link, subset_of=told[-1] if told else None)


def _without_dates(sentence: str, chunks: list[Chunk]) -> str | None:
    """The sentence with blanks for its dates ("since 21 May have killed" is no wish, "vowed on Tuesday to kill" is one); null where no word
    of plans and fears is left.
    """
    parts, at = [], 0
    for before, chunk in pairwise([None, *chunks]):
        if chunk is not None and chunk.tag == "d":
            start = before.start if before is not None and before.tag == "p" else chunk.start
            parts += [sentence[at:start], " " * (chunk.end - start)]
            at = chunk.end
    undated = "".join([*parts, sentence[at:]])
    return undated if may_hold(letters_of(undated), "unreal_before") else None


def _reality(sentence: str, undated: str | None, letters: list[str], chunks: list[Chunk], link: Link) -> str | None:
    """asserted, denied, or null where the deed is only planned, feared, asked about or imagined.

    `undated`: the sentence with blanks for its dates; null where it has no word of plans and fears.
    """
    if sentence.rstrip('"”’ ').endswith("?"):
        return None
    trigger = chunks[link.trigger]
    first = min(trigger.start, chunks[link.count].start)
    for start in {trigger.start, first} if link.rule != "harmed_noun" else {trigger.start}:
        if undated is None:
            break
        before = undated[max(0, start - 60) : start]
        if chunks[link.count].start < trigger.start and start == trigger.start:
            before = undated[max(chunks[link.count].end, start - 60) : start]
        if _unreal().search(before):
            return None
    count = chunks[link.count]
    if _taken_back().match(sentence, max(trigger.end, count.end)) or _is_rate(sentence, count) or _is_owner(sentence, count):
        return None
    denial = _denial().search(sentence[max(0, first - 120) : first]) if may_hold(letters, "denial") else None
    if denial is None:
        return "asserted"
    ended = any_of("denial_ends").search(denial["between"]) or _and_said().search(denial["between"])
    return "asserted" if ended else "denied"


@cache
def _unreal() -> re.Pattern[str]:
    return re.compile(
        rf"(?<!\w)(?:{alternatives(english()['unreal_before'])})"
        r"(?:\s+(?:have|be|been|has|also|even|to|as|it|they|he|leave|cause|see|cost|mean|claim|result in))*\s*$",
        re.IGNORECASE,
    )


@cache
def _taken_back() -> re.Pattern[str]:
    return re.compile(rf"\s+(?:{alternatives(english()['unreal_after'])})(?!\w)", re.IGNORECASE)


@cache
def _of_how_many() -> re.Pattern[str]:
    return re.compile(rf"(?:\b(?:{alternatives(english()['numbers']['units'])})|\d)\s+in\s+(?:every\s+)?$", re.IGNORECASE)


_IN_EVERY = (["in"], ["every"])
_OWNS = re.compile(r"['’]\s+[a-z]")
_OPENING_QUOTE = re.compile(r"(?<!\w)['‘]")


def _is_rate(sentence: str, count: Chunk) -> bool:
    """Whether others are measured by this number: "one in three soldiers"."""
    if count.quantity is None or sentence[max(0, count.quantity.start - 12) : count.quantity.start].lower().split()[-1:] not in _IN_EVERY:
        return False
    return _of_how_many().search(sentence, 0, count.quantity.start) is not None


def _is_owner(sentence: str, count: Chunk) -> bool:
    """Whether it is about things of those counted: "5 dead soldiers' diaries". A mark that closes a quotation is no apostrophe."""
    return _OWNS.match(sentence, count.end) is not None and not _OPENING_QUOTE.search(sentence, 0, count.start)


@cache
def _and_said() -> re.Pattern[str]:
    """ "rejected the accounts and said that": what is said then is not what was denied."""
    return re.compile(rf"\band\s+(?:{alternatives(english()['speech']['strong'])})\b", re.IGNORECASE)


@cache
def _denial() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{alternatives(english()['denial'])})(?!\w)(?P<between>[^.!?;]*)$", re.IGNORECASE)


_ONE = re.compile(r"x[wX-]{0,4}N(?![NX])|(?:(?<=^)|(?<=[.,:\"&c]))w{2,4}(?=[,bhaIc(])")
_ONE_BEHIND = re.compile(rf"{_ADV}(x[w-]{{0,4}}N)(?!{_ADV}R)")
_HARMED_BEHIND = re.compile(rf"(?:,[^KGIRqQ.;]{{1,14}},)?(?:{_AUX}(?=K)|{_DIED_AUX}(?=I)|{_POST}{{1,12}}?{_AUX}(?=K))")


def _one_person(chunks: list[Chunk], first: int, last: int) -> Chunk | None:
    """A single person, described or named, in the chunks first to last: counted as 1 (claim-spec.md: "the village chief")."""
    noun = chunks[last]
    words = chunks[first : last + 1]
    if noun.tag == "N":
        if (
            noun.entry is None
            or noun.text.lower().endswith(tuple(english()["plural_endings"]))
            or noun.text.lower() in english()["plural_nouns"]
        ):
            return None
        if words[0].text.lower() not in english()["single_determiners"]:
            return None
        words = words[1:] if words[0].text.lower() in ("the", "a", "an") else words
    elif not all(c.text[0].isupper() for c in words) or any(c.text.isupper() for c in words):
        return None
    text = " ".join(c.text for c in words)
    quantity = Quantity(words[0].start, words[-1].end, text, "exact", 1, 1, 1)
    victim_class = noun.entry.victim_class if noun.tag == "N" and noun.entry and noun.entry.victim_class else "unknown"
    group = noun.entry.victim_group if noun.tag == "N" and noun.entry else None
    return Chunk("s", words[0].start, words[-1].end, text, quantity=quantity, victims=text, victim_class=victim_class, victim_group=group)


def _single_links(chunks: list[Chunk], row: str, links: dict[int, Link], voices: dict[int, str | None]) -> None:
    """The one person whom a harm verb without any number is about: "the deputy mayor was killed", "killing its commander"."""
    taken = {
        link.trigger for link in links.values() if link.rule != "count_and_kin_were_harmed"
    }  # "a man and | his daughter | were killed"
    found: list[tuple[Chunk, int, str]] = []
    for one in _ONE.finditer(row):
        behind = _HARMED_BEHIND.match(row, one.end())
        if behind and behind.end() not in taken and (row[behind.end()] == "I" or voices.get(behind.end()) == "passive"):
            person = _one_person(chunks, one.start(), one.end() - 1)
            if person:
                found.append((person, behind.end(), "one_was_harmed"))
                taken.add(behind.end())
    for t, voice in voices.items():
        match = _ONE_BEHIND.match(row, t + 1) if voice == "active" and t not in taken else None
        person = _one_person(chunks, match.start(1), match.end(1) - 1) if match else None
        if person:
            found.append((person, t, "harmed_one"))
    for person, t, rule in found:
        entry = chunks[t].entry
        if entry and entry.harm in ("killed", "injured", "captured") and not entry.objects:
            chunks.append(person)
            links[len(chunks) - 1] = Link(len(chunks) - 1, entry.harm, t, rule, 0.3, entry.weapon)


def _are_speakers(count: Chunk) -> bool:
    """Whether a count is of people who may say something: "3 witnesses", not "wounding dozens more observers said", "killing 40 says"."""
    if "more" in split_words(count.text.lower()):
        return False
    victims = list(split_words((count.victims or "").lower()))
    kind = speaking_kinds().match(victims, 0) if victims else None
    return count.tag == "Q" or (count.tag == "q" and kind is not None and len(kind.words) == len(victims))


def _of_them(chunks: list[Chunk], links: dict[int, Link]) -> None:
    """ "Sixteen of them were decapitated": a part of a total told before."""
    for c, link in links.items():
        pointing = c + 1 < len(chunks) and chunks[c + 1].tag == "S" and chunks[c + 1].text.lower().startswith("of ")
        if pointing and link.subset_of is None and c == min(links):
            links[c] = replace(link, back_subset=True)


_SPEAKER_BEHIND = re.compile(r"R(?:x[wNX]|w)")


def _is_object(row: str, i: int) -> bool:
    """ "shelling killed | 1102 people | said the Observatory": the harmed, where who speaks stands behind the verb."""
    return row[i - 1 : i] in ("K", "G") and _SPEAKER_BEHIND.match(row, i + 1) is not None


def speaking_counts(chunks: list[Chunk]) -> list[Chunk]:
    """The chunks, of which counts of people who speak are mere nouns: "two witnesses said"."""
    row = tags(chunks)
    for i in [i for i, tag in enumerate(row) if tag in "Qq" and _SPEAKS.match(row, i + 1) and _are_speakers(chunks[i])]:
        if not is_one_of(chunks[i + 1], "no_verbs_of_speech") and not _is_object(row, i):
            chunks[i].tag = "N"
    return chunks


def link_counts(sentence: str, chunks: list[Chunk]) -> tuple[list[Chunk], list[Link]]:
    """The chunks (harm pairs merged) and the links of one sentence, in the order of their counts."""
    letters = letters_of(sentence)
    if may_hold(letters, "toll_heads"):
        chunks = _merge_tolls(chunks)
    chunks = speaking_counts(settle_counts(_merge_pairs(chunks)))
    _whole_families(chunks)
    row = tags(chunks)
    counts = [i for i, tag in enumerate(row) if tag in "Qqy"]
    triggers = [i for i, tag in enumerate(row) if tag in "KGID"]
    if not counts and not triggers:
        return chunks, []
    voices = {t: _voice(t, chunks, row) for t in triggers if row[t] in "KG"}
    candidates = _harm_adjectives(chunks) + _toll_links(chunks, row) + _partitive_links(chunks, row) + _split_verbs(chunks)
    for t in triggers:
        before = [c for c in counts if t - 31 < c < t]
        behind = [c for c in counts if t < c < t + 31]
        candidates += [link for c in [*before[-3:], *behind[:2]] if (link := _candidate(chunks, row, voices, c, t))]
    _named_singles(chunks)
    links: dict[int, Link] = {}
    for link in sorted(candidates, key=lambda k: (k.cost, k.count, k.trigger)):
        if link.count not in links:
            links[link.count] = link
    _drop_wholes(row, links)
    _appositions(row, links)
    _among_total(chunks, row, links)
    _subsets(chunks, row, links)
    _severities(chunks, row, links)
    _coordinate(chunks, row, links)
    _parts_by_place(chunks, row, links)
    _along_with(chunks, row, links)
    _harmed_them(chunks, row, links)
    _subsets(chunks, row, links)
    _single_links(chunks, row, links, voices)
    _of_them(chunks, links)
    _within_toll(links)
    real = []
    undated = _without_dates(sentence, chunks) if links else None
    for c in sorted(links):
        assertion = _reality(sentence, undated, letters, chunks, links[c])
        if assertion:
            real.append(replace(links[c], assertion=assertion))
    alive = {link.count for link in real}
    return chunks, [link if link.subset_of in alive or link.subset_of is None else replace(link, subset_of=None) for link in real]
