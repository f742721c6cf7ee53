"""Who says it: the source of each claim, from the words of its own sentence or carried over from another (claim-spec.md, "Sources").

A report ties a speaker to a verb: before its claims ("the ministry said 12 …"), behind them ("…, the ministry said"), or as "according
to". Nothing is invented: where nobody is named, the source is null.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from .chunks import Chunk, is_one_of
from .lexicon import alternatives, any_of, english
from .sentences import Sentence
from .speakers import (
    PARTICLE,
    PROPER,
    Speaker,
    Speakers,
    institution_behind,
    opens_clause,
    role_behind,
    section,
    snake,
    unknown_before,
    unknown_behind,
)


@dataclass(frozen=True, slots=True)
class Report:
    """A speaker tied to a verb of speech. `verb_start`, `verb_end`: the verb. `form`: before (its claims follow), behind, according.

    `carried`: the words ("he", "the source") only point back to the speaker. `via`: the agency that was told.
    """

    speaker: Speaker
    verb_start: int
    verb_end: int
    form: str
    verb: str
    carried: bool = False
    via: str | None = None


@cache
def _adverbial() -> str:
    """What may stand between a speaker and the verb: "the ministry | in Kyiv later on Friday | said". Each of its parts is whole words, or
    a run of "xdayxday…" would be tried in every way to cut it.
    """
    lexicon = english()
    place = r"(?:the\s+)?[A-Za-z][\w’'-]*(?:\s+(?:(?:of|and)\s+)?(?:[a-z]{2}-)?[A-Z][\w’'-]*){0,3}"
    kind = alternatives([*lexicon["place_kinds"], *lexicon["healing_places"]])
    near = rf"(?:the|an?)\s+(?:[\w’'-]+\s+){{0,4}}(?:{kind})(?:\s+of\s+[A-Z][\w’'-]*)?"  # "of the nearby Canaan settlement"
    return (  # (?>…): a part once taken is not cut another way, or hostile text could be cut in endlessly many
        rf"(?:(?:\s*+,)?\s*+(?<!\w)(?>in\s+a\s+(?:\w+\s+)?(?:{alternatives(lexicon['statements'])})|for\s+\w+\s+part|\([^)]{{1,40}}\)"
        rf"|(?:{alternatives(lexicon['reached'])})(?:\s+[\w’'-]+){{1,7}}|(?:in|from|at|near|for|of)\s+(?:{near}|{place}(?:\s+(?:{kind}))?)"
        rf"|on\s+\w+|late\s+\w+|{alternatives(lexicon['speaker_adverbs'])}|\w+day)(?!\w))*\s*,?\s*"
    )


@cache
def _between_speaker_and_verb() -> re.Pattern[str]:
    return re.compile(rf"\)?{_adverbial()}")


@cache
def _what_it_is() -> re.Pattern[str]:
    return re.compile(rf"\s+(?:{alternatives(english()['bodies_are'])}){_adverbial()}")


def leads_to_verb(between: str) -> bool:
    """Whether nothing but where or how stands between a speaker and a verb of speech: "a doctor | in Mekelle | said", no comma."""
    return "," not in between and _between_speaker_and_verb().fullmatch(between) is not None


@cache
def _apposition() -> re.Pattern[str]:
    """The name or the brackets behind a role: "Governor | Dmytro Lunin of the Poltava region | said"."""
    return re.compile(
        rf"\s*+,?\s*+(?:\((?P<paren>[^)]{{1,40}})\)"
        rf"|(?P<name>(?:[A-Z][\w.’'-]*|{PARTICLE}|[a-z]{{2}}-[A-Z]\w+)(?:\s+(?:[A-Z][\w.’'-]*|{PARTICLE}|[a-z]{{2}}-[A-Z][\w’'-]*)){{0,4}})"
        rf"(?:\s+of\s+(?:the\s+)?[A-Z][\w’'-]*(?:\s+\w+)?)?)?\s*+(?:,[^,]{{1,80}},)?{_adverbial()}"
    )


_WHICH_ASIDE = re.compile(r"(?:\s*\([^)]{1,40}\))?,\s+(?:which|who|whose|through|via|in\s+an?|citing|speaking)\s[^;]{3,160},\s*")
_WHO_IS_A = re.compile(
    r"(?:\s*\([^)]{1,40}\))?\s*,?\s+(?:an?|the)\s+(?:[\w’'-]+\s+){0,3}(?:network|group|body|monitor|organisation|organization|agency|charity|union|alliance|coalition|watchdog|channel|newspaper|broadcaster|station|website)\b[^.;]{0,50}"
)
_HAS_WITHIN = re.compile(
    r"\s+(?:which|who)\s+(?:has|have|had|runs?|relies|rely|uses?)\s+[^,;.]*"
)  # "the Observatory which has a network of | sources"
_IN_ASIDE = re.compile(r",\s(?:which|who|whose)\s(?:[^,;.]|(?<=\d),(?=\d))*$")  # "the centre, which runs | a clinic, said"
# "a spokesman | for the interim | government"
_WITHIN = re.compile(
    r"\s+(?:for|of|at)\s+(?:the\s+)?(?:(?!(?:while|and|but|that|who|which|as|when|where|after)\b)[\w.’'-]+\s+){0,4}|-\w+\s+"
)
_IN = re.compile(r"\b(?:in|at|to|near|by|with|into|inside|outside)\s+$", re.IGNORECASE)  # where somebody is, not who speaks


@cache
def _role_between() -> re.Pattern[str]:
    roles = alternatives(english()["person_roles"])
    return re.compile(
        rf"['’]s\s+(?:\w+\s+)?(?:{alternatives(english()['institutions'])})\s+(?:(?:for|of)\s+[^,.;]{{3,60}}\s+)?|(?:['’]s?)?\s+(?:\w+\s+)?(?:{roles})(?:\s+(?:[A-Z][\w.’'-]*|{PARTICLE}|[a-z]{{2}}-[A-Z]\w+)){{0,5}}{_adverbial()}"
    )


_RELATIVE_ASIDE = re.compile(
    r"(?:(?:\s*\([^)]{1,40}\))?\s*,?\s*(?:which|who|a|an|the|whose)"
    # "an activist | in the city, who spoke on condition of anonymity, | said"
    r"|\s+(?:in|at|from|near|of)\s+(?:the\s+)?[A-Z][^,.;]{2,40}?,?\s+who)"
    r"\s[^.;]{3,160}?,?\s*(?:(?:later|also|has|have|had)\s+)?"
)


_WITH = re.compile(r"\bwith\s+$")
# "the aid group | that supports the clinic | said", "doctors | working inside the war zone | said"
_RESTRICTED = re.compile(r"\s+(?:(?:that|which|who)\s+(?:[a-z][\w’'-]*\s+){1,6}|[a-z]+ing\s+(?:(?!and\b|but\b)[\w’'-]+\s+){1,7})")
_TAKES_LIVES = re.compile(r"claim\w*\s+(?:[\w,.-]+\s+){1,6}lives\b")  # "has claimed over 13,000 lives": nobody speaks


def _report_verbs(chunks: list[Chunk], offset: int) -> list[tuple[int, int, str, int]]:
    """(start, end, verb, chunk number) of the verbs of speech that can carry a claim: no nouns, no passives, no "who said"."""
    verbs = []
    for i, chunk in enumerate(chunks):
        if chunk.tag != "R" and not _finds(chunks, i):
            continue
        before = chunks[i - 1] if i else None
        word = chunk.text.lower()
        speaks = before is not None and before.tag == "N" and before.text.endswith("s")  # "humanitarian sources report"
        if (
            word in ("report", "reports", "claim", "estimates", "records", "counts", "lists")
            and before
            and before.tag in "xopN"
            and not speaks
        ):
            continue
        if word == "quoted" and before and before.tag == "b" and i + 1 < len(chunks) and chunks[i + 1].text.lower() == "as":
            verbs.append((offset + before.start, offset + chunk.end, "said", i - 1))  # "the army | was quoted | as saying"
            continue
        if before and (before.tag == "b" or (before.tag == "a" and i > 1 and chunks[i - 2].tag == "b")):
            continue
        if word in ("put", "puts", "putting") and not _puts_at(chunks, i):
            continue  # "soldiers put homes to the torch"
        if word == "admitted" and i + 1 < len(chunks) and chunks[i + 1].tag in "Qq":
            continue  # "its surgeons had | admitted | 27 people"
        if word in english()["accusing_verbs"] and i + 1 < len(chunks) and chunks[i + 1].tag == "o":
            continue  # "the army, accused | of killing 12"
        if word == "according" or (word.startswith("claim") and _TAKES_LIVES.match(" ".join(c.text for c in chunks[i : i + 8]))):
            continue
        verbs.append((offset + chunk.start, offset + chunk.end, word, i))
    return verbs


def _puts_at(chunks: list[Chunk], i: int) -> bool:
    """ "put the toll at 12", "puts it at 30": a number, or a word for one, behind the verb."""
    behind = chunks[i + 1 : i + 9]
    if any(chunk.tag in "TD" or is_one_of(chunk, "told_of") or is_one_of(chunk, "bare_tolls") for chunk in behind):
        return True
    return any(a.text.lower() in ("at", "to") and b.tag in "Qq" for a, b in pairwise(behind))


def _finds(chunks: list[Chunk], i: int) -> bool:
    """ "an inquiry | found | that 12 had died", "12 had died, a commission | found |.", but not "villagers found nine bodies"."""
    if not is_one_of(chunks[i], "finds") or (i and chunks[i - 1].tag == "b"):
        return False
    return i + 1 == len(chunks) or chunks[i + 1].tag == "." or chunks[i + 1].text.lower() == "that"


def _anaphor_before(text: str, floor: int, verb_start: int) -> tuple[int, int] | None:
    """The pronoun or "the source" right before a verb of speech."""
    stretch = text[max(floor, verb_start - 40) : verb_start]
    match = _anaphora().search(stretch)
    return (max(floor, verb_start - 40) + match.start("who"), max(floor, verb_start - 40) + match.end("who")) if match else None


@cache
def _anaphora() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?P<who>{_anaphora_words()})(?:\s+(?:also|later|has|have|had|then|further))*\s*$", re.IGNORECASE)


def _points_back(text: str, begin: int, ceiling: int) -> int | None:
    """The end of "the report", "the source" right at `begin`: words that only point back."""
    match = _pointing().match(text, begin, ceiling)
    return match.end() if match and not re.match(r"(?:he|she|it|they)$", match.group(), re.IGNORECASE) else None


@cache
def _pointing() -> re.Pattern[str]:
    return re.compile(rf"(?:{_anaphora_words()})(?!\w|\s+(?:of|from|by|in|at|for)\b)", re.IGNORECASE)


@cache
def _anaphora_words() -> str:
    return alternatives(english()["anaphora"])


@cache
def _according() -> re.Pattern[str]:
    phrases = [p for p in english()["according"] if p != "say"]
    flat = alternatives(phrases)
    return re.compile(
        rf"(?<!\w)(?P<said>{flat})\s+(?:(?:figures|data|reports?|statements?|a\s+\w+|an?\s+\w+\s+(?:toll|tally|count|estimate|report|statement|update)|the\s+(?:count|tally|toll|figures?|data|accounts?|records?|testimon(?:y|ies)|words?|latest\s+\w+)|information|estimates)\s+(?:from|by|of|(?:released|issued|published)(?:\s+(?:on\s+)?\w+day)?\s+by)\s+)?",
        re.IGNORECASE,
    )


def _is_own_publisher(speaker: Speaker, known: Speakers) -> bool:
    """ "an AFP correspondent reported": the outlet's own people are no source; those of another outlet's are that outlet."""
    if not any_of("publishers_own").search(speaker.text):
        return False
    if known.publisher is not None and speaker.type in _REPORTING and speaker.source_id not in known.publisher:
        return False
    return speaker.type == "news_agency" or (speaker.kind == "kind" and not re.match(r"(?:a\s+)?(?:local|freelance)", speaker.text.lower()))


def _is_what_was_read(verb: str, speaker: Speaker) -> bool:
    """ "he said, citing intelligence reports": what somebody read who speaks himself."""
    return not verb.lower().startswith("according") and speaker.source_id == "media" and re.search(r"reports?$", speaker.text) is not None


def _joint(text: str, speakers: list[Speaker], speaker: Speaker, joints: str = r"and|or|,\s*and") -> Speaker:
    """ "residents and medics said", "residents, medics and officials said": the words of all, the id of the first.

    Not "killed 12 civilians, a monitor said": a comma alone joins only within a list that begins with the clause.
    """
    for other in speakers:
        if (
            other.end < speaker.start
            and re.fullmatch(rf"\s*(?:{joints})\s+", text[other.end : speaker.start])
            and other.kind not in ("metonym",)
            and (text[other.end] != "," or re.search(r"(?:^|[,.;:\"“”])\s*$", text[max(0, other.start - 5) : other.start]))
        ):
            first = _joint(text, speakers, other, r"and|or|,|,\s*and")
            return replace(first, end=speaker.end, text=text[first.start : speaker.end])
    return speaker


def _left_speaker(text: str, sentence: Sentence, speakers: list[Speaker], verb_start: int, floor: int, known: Speakers) -> Speaker | None:
    """Who stands before a verb of speech: next to it, with a name or an aside between, or at the head of the sentence."""
    near = [s for s in speakers if floor <= s.start and s.end <= verb_start and not _IN.search(text[max(floor, s.start - 9) : s.start])]
    near = [s for s in _spoken_for(text, near) if not (text[s.end : s.end + 1] == "," and _IN_ASIDE.search(text, floor, s.start))]
    near = [s for s in near if not any(body.end < s.start and _HAS_WITHIN.fullmatch(text, body.end, s.start) for body in near)]
    head = next((s for s in near if s.start - sentence.start <= 30 or re.search(r"[;,]\s*$", text[sentence.start : s.start])), None)
    if head and len(near) > 1 and _WHICH_ASIDE.fullmatch(text[head.end : verb_start]):
        return head  # "The Brotherhood, which backs ousted President Morsi, gave …"
    for body in near[:-1]:  # "the Local Coordination Committees (LCC) a network of activists | reported"
        if body.kind in ("name", "acronym") and _WHO_IS_A.fullmatch(text[body.end : verb_start]):
            return body
    if (
        near
        and near[-1].source_id in ("ngo", "monitor", "media", "activists")
        and _between_speaker_and_verb().fullmatch(text[near[-1].end : verb_start])
    ):
        owner = _named_before(text, floor, near[-1].start)
        if owner is not None:  # "The Centre for Policy Research, a Beirut-based NGO, has put"
            return replace(owner, type=near[-1].type)
    for speaker in reversed(near):
        between = text[speaker.end : verb_start]
        if text[max(0, speaker.start - 1) : speaker.start] == "(" and between.startswith(")"):
            speaker = _with_full_name(text, speaker, floor)
        if _between_speaker_and_verb().fullmatch(between) or _RESTRICTED.fullmatch(between):
            return _joint(text, near, speaker)
        if speaker.kind in ("name", "acronym") and _what_it_is().fullmatch(between):
            return speaker  # "SANA | news agency | reported", "the army | statement | added"
        if speaker.kind != "kind" and _role_between().fullmatch(between):  # "the Observatory's director also said"
            return replace(speaker, end=verb_start, text=text[speaker.start : verb_start].strip())
        named_body = _named_body().fullmatch(between)
        if named_body and speaker.source_id in ("ngo", "monitor", "media", "activists"):  # "an NGO, Una Ventana a la Libertad, listed"
            start = speaker.end + named_body.start("name")
            return Speaker(start, start + len(named_body["name"]), named_body["name"], snake(named_body["name"]), speaker.type, "unknown")
        if named_body and speaker.kind == "kind":  # "the police chief, Ahmed Khan, told"
            named = replace(
                speaker, end=speaker.end + named_body.end("name"), text=text[speaker.start : speaker.end + named_body.end("name")]
            )
            known.introduce(named_body["name"], named)
            return named
        apposition = _apposition().fullmatch(between)
        if apposition:
            if apposition["name"]:
                end = speaker.end + apposition.end("name")
                named = replace(speaker, end=end, text=text[speaker.start : end])
                known.introduce(apposition["name"], named)
                return named
            return speaker
        break
    if head and _RELATIVE_ASIDE.fullmatch(text[head.end : verb_start]):
        return head
    return None


def _spoken_for(text: str, speakers: list[Speaker]) -> list[Speaker]:
    """A role and the body that it speaks for as one: "a spokesman | for the Moscow regional police", with the body's id."""
    merged: list[Speaker] = []
    for speaker in speakers:
        role = merged[-1] if merged else None
        if role is not None and role.kind == "kind" and _WITHIN.fullmatch(text[role.end : speaker.start]):
            body = speaker if role.source_id in english()["kinds"] else role
            merged[-1] = replace(role, end=speaker.end, text=text[role.start : speaker.end], source_id=body.source_id, type=body.type)
        else:
            merged.append(speaker)
    return merged


@cache
def _named_body() -> re.Pattern[str]:
    """The name behind what somebody is: "an NGO | , Una Ventana a la Libertad, | listed"."""
    proper = PROPER.pattern.replace("(?P<name>", "(?:").replace("(?P<det>", "(?:")
    return re.compile(rf"(?:\s+(?:of|for|in|at)\s+(?:the\s+)?[A-Z][\w’' -]{{0,40}})?\s*,\s*(?P<name>{proper}),{_adverbial()}")


def _named_before(text: str, floor: int, start: int) -> Speaker | None:
    """A name that opens its clause and that the words at `start` explain: "the Sahel Observatory, | a rights group"."""
    if not re.match(r"an?\s", text[start:], re.IGNORECASE):
        return None
    stretch = re.sub(r"(?:,|\s+however|\s)+$", "", text[floor:start])
    for match in PROPER.finditer(stretch):
        if (
            match.end() == len(stretch)
            and " " in match["name"]
            and re.fullmatch(r"(?:.*[,;:\"“])?\s*(?:and|but)?\s*", stretch[: match.start()])
        ):
            opening = opens_clause().match(match.group())
            begin = floor + match.start() + (opening.end() if opening else 0)
            name = text[begin : floor + match.end()]
            return Speaker(begin, begin + len(name), name, snake(name), None, "unknown")
    return None


def _with_full_name(text: str, speaker: Speaker, floor: int) -> Speaker:
    """ "The National Emergency Management Agency (NEMA)": the words are the name's."""
    stretch = text[max(floor, speaker.start - 120) : speaker.start - 1].rstrip()
    for match in PROPER.finditer(stretch):
        if match.end() == len(stretch):
            start = max(floor, speaker.start - 120) + match.start()
            return replace(speaker, start=start, end=start + len(match.group()), text=match.group())
    return speaker


def _head(words: list[Chunk]) -> Chunk:
    """The head of a noun phrase: its last word before a preposition."""
    return next((words[k - 1] for k, word in enumerate(words) if word.tag in "po" and k), words[-1])


def _clause_subject(text: str, sentence: Sentence, before: list[Chunk], floor: int, verb_start: int) -> Speaker | None:
    """A body that no list knows as the whole subject of its clause: "The doctors' committee of West Darfur | put the toll at 137"."""
    words: list[Chunk] = []
    for chunk in reversed(before):
        if sentence.start + chunk.start < floor or chunk.tag in ",.;:(-" or len(words) > 9:
            break
        words.insert(0, chunk)
    while words and (words[-1].tag in "adh" or words[-1].text.endswith("ly")):
        words.pop()
    if words and words[-1].tag == "&":  # "The RSF | rejected the accounts and said"
        named = [k for k, word in enumerate(words) if word.tag != "x" and not word.text[0].isupper()]
        words = words[: named[0]] if named else []
    if not words or len(words) > 9 or not set("".join(w.tag for w in words)) <= set('wNXox"&py'):
        return None
    if (
        words[0].tag not in "xwNy"
        or not any(w.text[0].isupper() or w.tag in "xy" for w in words[:1])
        or words[0].text.lower() in ("this", "that", "these", "those")
        or any_of("own_people").match(text, sentence.start + words[0].start)
    ):
        return None
    if any(w.tag == "w" and w.text.islower() and w.text.endswith("ed") for w in words[1:]):
        return None  # "the Coalition | denounced the extraordinary | claims"
    start, end = sentence.start + words[0].start, sentence.start + words[-1].end
    if (words[0].tag == "x" and len(words) == 1) or is_one_of(_head(words), "event_nouns"):
        return None  # "the attack in a statement posted online"
    if text[start:end].lower() in english()["no_names"]:
        return None
    return Speaker(start, end, text[start:end], snake(text[start:end]), None, "unknown")


_REPORTING = frozenset({"state_media", "partisan_media", "independent_media"})
_MEDIA = _REPORTING | {"news_agency"}


def _via(text: str, verb: str, verb_end: int, speakers: list[Speaker]) -> str | None:
    """The agency that was told."""
    if verb not in ("told", "tells", "telling", "informed"):
        return None
    for speaker in speakers:
        if verb_end <= speaker.start <= verb_end + 12 and speaker.type in _MEDIA:
            return speaker.source_id
    return None


@dataclass(frozen=True, slots=True)
class _Hearing:
    """A sentence of an article with who could speak in it and who has spoken before."""

    text: str
    sentence: Sentence
    chunks: list[Chunk]
    speakers: list[Speaker]
    known: Speakers


def find_reports(text: str, sentence: Sentence, chunks: list[Chunk], speakers: list[Speaker], known: Speakers) -> list[Report]:
    """All reports of a sentence, in order. Updates `known` with who is introduced and who spoke last."""
    heard = _Hearing(text, sentence, chunks, speakers, known)
    matches = _according().finditer(text, sentence.start, sentence.end)
    reports = [report for match in matches if (report := _according_to(heard, match)) is not None]
    floor = sentence.start
    for verb in _report_verbs(chunks, sentence.start):
        if any(r.verb_start <= verb[0] < r.verb_end for r in reports if r.form == "according"):
            continue
        report = _report_by(heard, verb, floor, reports)
        if report is None:
            continue
        reports.append(report)
        if report.form == "before" and not _goes_on(report.verb):
            floor = verb[1]
    reports += _in_brackets(text, sentence, speakers, reports) + _reporting(text, sentence, chunks, speakers)
    reports.sort(key=lambda r: r.verb_start)
    told = [r for r in reports if not r.carried and not _claims_deed(text[r.verb_end : r.verb_end + 60])]
    if told:
        known.remember(told[-1].speaker)
    return reports


def _according_to(heard: _Hearing, match: re.Match[str]) -> Report | None:
    """ "according to | the ministry", "citing | residents", "according to | the report"."""
    text, end, known = heard.text, heard.sentence.end, heard.known
    behind = next((s for s in heard.speakers if match.end() - 1 <= s.start <= match.end() + 4), None)
    pointing = _points_back(text, match.end(), end)
    meant = known.meant(text[match.end() : pointing]) if pointing is not None else None
    if pointing is not None and meant is not None and (behind is None or behind.kind == "kind"):
        return Report(replace(meant, start=match.end(), end=pointing), match.start(), pointing, "according", "according", carried=True)
    if behind is not None and behind.kind == "metonym" and not match.group().lower().startswith("according"):
        return None
    if behind is None:
        behind = role_behind(text, match.end("said") + 1, end) or institution_behind(text, match.end(), end)
    if behind is None and re.match(r"(?:according|citing|quoting|cited)", match.group(), re.IGNORECASE):
        behind = unknown_behind(text, match.end(), end)
    if _DENIED.search(text, max(heard.sentence.start, match.start() - 30), match.start()):
        return None  # "the spokesman denied a | claim by | the rebels that": he speaks
    if behind is None or _is_own_publisher(behind, known) or _is_what_was_read(match.group(), behind):
        return None
    if behind.source_id == "local_source":  # a monitor that quotes "trusted sources" speaks for itself, a paper for them
        quoter = _left_speaker(text, heard.sentence, heard.speakers, match.start(), heard.sentence.start, known)
        behind = quoter if quoter is not None and quoter.kind in ("name", "acronym") and quoter.type not in _MEDIA else behind
    if behind.kind == "unknown":
        behind = known.known(behind.text) or behind
    return Report(_joined_on(text, heard.speakers, behind), match.start(), behind.end, "according", "according")


_DENIED = re.compile(r"\b(?:den(?:ied|ies)|reject(?:ed|s)|dismiss(?:ed|es))\s+(?:\w+\s+)?$", re.IGNORECASE)


def _quotes(verb: str) -> bool:
    return verb in ("quoted", "quotes", "quoting", "cited", "citing")


def _goes_on(verb: str) -> bool:
    """Whether the one who speaks in this sentence goes on: "…, adding that"."""
    return verb.endswith("ing") and not _quotes(verb)


def _report_by(heard: _Hearing, verb: tuple[int, int, str, int], floor: int, reports: list[Report]) -> Report | None:
    """The report of one verb of speech, (start, end, word, chunk number); null where nobody speaks or who speaks is no source."""
    start, end, word, _ = verb
    text, sentence, known = heard.text, heard.sentence, heard.known
    if _goes_on(word):
        return _going_on(heard, verb, reports)
    found = _speaker_of(heard, verb, floor, reports)
    if found is None:
        return None
    speaker, carried = found
    described = re.search(r"\bwhat\b", text[max(sentence.start, speaker.start - 6) : speaker.end], re.IGNORECASE)
    if described or _is_own_publisher(speaker, known):
        return None  # "in what police described as …": they characterise, they do not count
    inverted = speaker.start >= end and not _quotes(word)
    closes = _CLOSES.match(text[end : sentence.end]) is not None
    form = _form(text, sentence, heard.chunks, speaker, end, inverted, closes)
    if not carried and not _claims_deed(text[end : end + 60]):
        known.remember(speaker)
    return Report(speaker, start, max(end, speaker.end if inverted else end), form, word, carried, _via(text, word, end, heard.speakers))


# what closes a report behind its verb: "… said | on Friday.", "… told reporters."; then the claims stand before it
_CLOSES = re.compile(
    r"""(?:\s*["”’]?\s*(?:on\s+)?(?:late\s+|early\s+)?(?<!\w)\w*day(?!\w)(?:\s+(?:night|morning|evening|afternoon))?|\s+in\s+a\s+(?:\w+\s+)?(?:statement|report|tweet|post)
        |\s+(?:by\s+(?:phone|telephone)|reporters|journalists|later|via\s+\w+(?:\s+\w+)?)|\s+(?:the\s+)?[A-Z]\w+(?:\s+news\s+agency)?(?=\s*[.,]))*\s*(?:[.,;:)"”]|$|\w+ing\b|while|and\s|as\s|but\s|when\s|after\s|in\s+a\s|of\s+the\s)""",
    re.VERBOSE,
)


def _going_on(heard: _Hearing, verb: tuple[int, int, str, int], reports: list[Report]) -> Report | None:
    """ "…, adding that": the one who spoke last in this sentence, else who opens it; "with | state media | saying": they."""
    text, opening = heard.text, heard.sentence.start
    beside = next((s for s in heard.speakers if text[s.end : verb[0]].isspace() and _WITH.search(text, opening, s.start)), None)
    if beside is not None:
        return Report(beside, verb[0], verb[1], "before", verb[2])
    spoken = [r for r in reports if r.verb_start < verb[0]]
    last = max(spoken, key=lambda r: r.verb_start) if spoken else None
    head = next((s for s in heard.speakers if s.start - heard.sentence.start <= 4), None)
    speaker = last.speaker if last is not None else head
    return Report(speaker, verb[0], verb[1], "before", verb[2], last is not None and last.carried) if speaker is not None else None


def _speaker_of(heard: _Hearing, verb: tuple[int, int, str, int], floor: int, reports: list[Report]) -> tuple[Speaker, bool] | None:
    """Who speaks by a verb, and whether the words only point back to them; null where nobody is named."""
    start, end, word, i = verb
    text, sentence, speakers, known = heard.text, heard.sentence, heard.speakers, heard.known
    relative = i > 0 and heard.chunks[i - 1].text.lower() in ("who", "which", "that", "whom")
    speaker = None
    if relative and word in section("speech", "toll"):  # "the police, | who gave the toll as two dead, | said"
        speaker = next((s for s in speakers if re.fullmatch(r",\s+(?:who|which)\s+", text[s.end : start])), None)
    if _quotes(word) and text[end : end + 1].isspace():
        speaker = next((s for s in speakers if end < s.start <= end + 5), None)
    if speaker is None and not relative and word in _INVERTS and _ENDS_SPEECH.search(text, floor, start):
        speaker = _inverted(text, end, sentence, speakers, known)  # "…, among them the village head, | said | Bukar Goni"
        speaker = None if speaker is not None and _acts(heard, speaker) else speaker
    if speaker is None and not relative:
        speaker = _left_speaker(text, sentence, speakers, start, floor, known)
    private = speaker is not None and (speaker.source_id in _PRIVATE_KINDS or _is_counted(heard, speaker))
    if private and word in _INVERTS and (behind := _body_behind(heard, end)):
        speaker = behind  # "… 20 children and nine women | said | Observatory director Rami Abdel Rahman"
    if speaker is not None and speaker.source_id == "local_source" and known.last and _points_back(text, speaker.start, speaker.end):
        return replace(known.meant(speaker.text) or known.last, start=speaker.start, end=speaker.end), True
    if speaker is None and not relative and (place := _anaphor_before(text, floor, start)):
        meant = known.meant(text[place[0] : place[1]])
        return (replace(meant, start=place[0], end=place[1]), True) if meant is not None else None
    if speaker is None and word in _INVERTS:
        near = next((s for s in speakers if end < s.start <= end + 2 and s.kind != "metonym" and not _acts(heard, s)), None)
        speaker = (_inverted(text, end, sentence, speakers, known) or near) if near else None
    if speaker is None and not relative:
        speaker = _unknown_speaker(heard, floor, start)
    if speaker is None and re.search(r"\b(?:and|but)\s+$", text[sentence.start : start]):
        # "claimed the attack and said it had killed 50", "State television showed firefighters at work and said"
        speaker = reports[-1].speaker if reports else _subject(heard)
    if speaker is None and not relative:
        speaker = _clause_subject(text, sentence, heard.chunks[:i], floor, start)
    if speaker is None and word not in ("told", "tells", "telling", "informed"):
        speaker = _inverted(text, end, sentence, speakers, known)
    return (speaker, False) if speaker is not None else None


_INVERTS = frozenset({"said", "says", "say", "reported", "added"})
_ENDS_SPEECH = re.compile(r"[,\"”’]\s*$")


_PRIVATE_KINDS = frozenset({"residents", "rebels"})
"""Kinds that are more often the harmed than who tells of them."""


def _is_counted(heard: _Hearing, speaker: Speaker) -> bool:
    """Whether a number opens who stands before the verb: "killed a nurse and | two soldiers | said the director"."""
    counted = (c for c in heard.chunks if c.quantity is not None and not c.quantity.bare_article)
    return any(heard.sentence.start + chunk.start == speaker.start for chunk in counted)


def _body_behind(heard: _Hearing, end: int) -> Speaker | None:
    """A body, or one of a public kind, right behind a verb of speech, who does nothing else there."""
    text = heard.text
    near = next((s for s in heard.speakers if s.start >= end and _ARTICLE.fullmatch(text, end, s.start)), None)
    if near is None or near.source_id in _PRIVATE_KINDS or near.kind == "metonym" or _acts(heard, near):
        return None
    return _inverted(text, end, heard.sentence, heard.speakers, heard.known) or near


def _acts(heard: _Hearing, speaker: Speaker) -> bool:
    """Whether somebody right behind a verb of speech is the subject of what was said: "said | army fire had killed 11"."""
    behind = [chunk for chunk in heard.chunks if heard.sentence.start + chunk.start >= speaker.end][:8]
    verb = next((chunk for k, chunk in enumerate(behind) if chunk.tag not in "wXNa" and not (chunk.tag in "pox" and k < 6)), None)
    return verb is not None and verb.tag in "hbGKvVI"


def _subject(heard: _Hearing) -> Speaker | None:
    """Who opens the sentence and does something in it."""
    first = heard.speakers[0] if heard.speakers else None
    if first is None or first.start - heard.sentence.start > 4:
        return None
    behind = next((chunk for chunk in heard.chunks if heard.sentence.start + chunk.start >= first.end and chunk.tag not in "ad"), None)
    return first if behind is not None and (behind.tag in "vVhR" or behind.text.endswith("ed")) else None


def _unknown_speaker(heard: _Hearing, floor: int, verb_start: int) -> Speaker | None:
    """A name that no list knows right before the verb; whoever was introduced under it, if somebody was."""
    unknown = unknown_before(heard.text, floor, verb_start)
    named = heard.known.known(unknown.text) if unknown else None
    return replace(named, start=unknown.start, end=unknown.end, text=unknown.text) if named and unknown else unknown


def _form(text: str, sentence: Sentence, chunks: list[Chunk], speaker: Speaker, verb_end: int, inverted: bool, closes: bool) -> str:
    """Whether a report's claims stand before it ("behind" its claims) or follow it ("before" them)."""
    if re.search(r"\bwhich\s+$", text[max(sentence.start, speaker.start - 8) : speaker.start]):
        return "before"  # "a strike that killed dozens, | which Washington said | was a mistake"
    if text[verb_end - 3 : verb_end] in ("put", "uts"):
        return "before"  # "24 died; the commission puts the number at 100"
    harmed = [sentence.start + c.start for c in chunks if c.tag in "KGIDT"]
    earlier, later = any(h < speaker.start for h in harmed), any(h >= verb_end for h in harmed)
    if inverted or (earlier and not later):
        return "behind"
    if later and not earlier:
        return "before"
    after_comma = re.search(r",\s*$", text[sentence.start : speaker.start]) is not None
    return "behind" if (earlier and after_comma) or (closes and speaker.start - sentence.start > 12) else "before"


def _in_brackets(text: str, sentence: Sentence, speakers: list[Speaker], reports: list[Report]) -> list[Report]:
    """ "26 killed, 42 wounded (hospital director Abdul Qasim Sangin)"."""
    found = []
    for speaker in speakers:
        if text[max(0, speaker.start - 1) : speaker.start] != "(" or any(r.speaker.start == speaker.start for r in reports):
            continue
        behind = re.match(r"(?:\s+[A-Z][\w’'-]*){0,4}\s*\)", text[speaker.end : sentence.end])
        number = re.search(r"\d|\b(?:killed|dead|wounded|injured)\b", text[max(sentence.start, speaker.start - 30) : speaker.start])
        if behind and number:
            found.append(Report(speaker, speaker.start, speaker.end, "according", "("))
    return found


def _reporting(text: str, sentence: Sentence, chunks: list[Chunk], speakers: list[Speaker]) -> list[Report]:
    """ "12 died in the raid, SANA news agency reports.", "Reuters reports that …": elsewhere "reports" is a noun."""
    found = []
    for speaker in speakers:
        named = speaker.end - len(" reports") if speaker.text.endswith(" reports") else speaker.end
        if speaker.kind in ("name", "acronym") and (verb := _reports_itself().match(text, named, sentence.end)):
            form = _form(text, sentence, chunks, speaker, verb.end(), inverted=False, closes=True)
            found.append(
                Report(replace(speaker, end=named, text=text[speaker.start : named]), verb.start("verb"), verb.end("verb"), form, "reports")
            )
    return found


@cache
def _reports_itself() -> re.Pattern[str]:
    return re.compile(rf"(?:\s+(?:{alternatives(english()['bodies_are'])}))?\s+(?P<verb>reports)(?=\s*(?:[.,;:\"”]|$|that\b))")


def _joined_on(text: str, speakers: list[Speaker], speaker: Speaker) -> Speaker:
    """ "according to residents and a hospital source"."""
    for other in speakers:
        if other.start > speaker.end and re.fullmatch(r"\s*(?:,\s*)?(?:and|or)\s+", text[speaker.end : other.start]):
            return replace(speaker, end=other.end, text=text[speaker.start : other.end])
    return speaker


_ARTICLE = re.compile(r"\s{1,2}(?:(?:an?|the)\s)?")


def _inverted(text: str, verb_end: int, sentence: Sentence, speakers: list[Speaker], known: Speakers) -> Speaker | None:
    """ "…," said Majed Abboud, a 32-year-old car dealer."""
    near = next((s for s in speakers if verb_end < s.start and _ARTICLE.fullmatch(text, verb_end, s.start)), None)
    if near is not None:
        apposition = _apposition().match(text, near.end, sentence.end)
        if apposition and apposition["name"]:
            known.introduce(apposition["name"], near)
        return near
    gap = re.match(r"\s+", text[verb_end : sentence.end])
    if not gap:
        return None
    unknown = unknown_behind(text, verb_end + gap.end(), sentence.end)
    if unknown is None or re.match(r"(?:On|In|At|The|A|An|It|He|She|They)$", unknown.text):
        return None
    named = known.known(unknown.text)
    if named is not None:
        return replace(named, start=unknown.start, end=unknown.end)
    role = next(
        (
            s
            for s in speakers
            if unknown.end < s.start <= unknown.end + 90 and re.match(r"\s*,?\s*(?:\w+\b|$)", text[unknown.end : s.start])
        ),
        None,
    )
    if role is not None and not re.search(r"[.;]", text[unknown.end : role.start]):
        speaker = replace(unknown, source_id=role.source_id, type=role.type)
        known.introduce(unknown.text, speaker)
        return speaker
    return unknown


_LED_TO = re.compile(r"(?:\b(?:including|and|of|by|with|from|among)|\d)\s+$", re.IGNORECASE)


def headline_speaker(text: str, sentence: Sentence, speakers: list[Speaker]) -> Report | None:
    """ "Blast kills 12: monitor", "Defence Ministry: 100 killed", "Strike kills 15 - activists"."""
    for speaker in speakers:
        if speaker.kind == "metonym":
            continue  # "KABUL: …" is where the article was written
        ends = text[speaker.end : sentence.end].strip(". ") == ""
        if ends and re.search(r"[:–—-]\s*$", text[sentence.start : speaker.start]):
            return Report(speaker, speaker.start, speaker.end, "behind", ":")
        alone = speaker.text[0].isupper() and " " not in speaker.text and not _LED_TO.search(text, sentence.start, speaker.start)
        if ends and speaker.kind == "kind" and alone and sentence.start == 0 and speaker.source_id not in _PRIVATE_KINDS:
            return Report(speaker, speaker.start, speaker.end, "behind", ":")  # "Strike Leaves 20 Dead Reports", its colon lost
        lead = text[sentence.start : speaker.start]
        if len(lead) < 26 and (not lead or re.search(r"\d{4}\s*$", lead)) and re.match(r"\s*:\s", text[speaker.end : sentence.end]):
            return Report(speaker, speaker.end, speaker.end + 1, "before", ":")
    return None


def source_of(text: str, sentence: Sentence, reports: list[Report], count_start: int, chunks: list[Chunk]) -> Report | None:
    """The report, in the claim's own sentence, that states the count at `count_start`; null where none does."""
    reports = [r for r in reports if not _claims_deed(text[r.verb_end : r.verb_end + 60])]
    before = [r for r in reports if r.verb_end <= count_start and r.form in ("before", "according")]
    behind = [r for r in reports if r.verb_start >= count_start and r.form in ("behind", "according")]
    quoted = next((r for r in behind if re.match(r"quoting|citing", text[r.verb_start : r.verb_end], re.IGNORECASE)), None)
    if quoted is not None and not before:
        return quoted  # "…, the agency reported, quoting rebel sources": closest to the fact
    if before and behind:
        last, first = before[-1], behind[0]
        clause_break = re.search(r"[;]|,\s+(?:while|but|and)\s|\bwhile\b|\bbut\b", text[last.verb_end : count_start])
        if last.form == "according" and last.verb_start > sentence.start + 3:
            return first  # "…, according to A. 12 died, B said" cannot be; "according to" in the middle belongs to what stands before it
        return first if clause_break or not _governs(text, last, count_start) else last
    if before:
        return before[-1] if _governs(text, before[-1], count_start) else None
    if behind:
        return behind[0]
    between = text[min(count_start, reports[0].speaker.start) : max(count_start, reports[0].verb_start)] if len(reports) == 1 else ""
    if (
        len(reports) == 1
        and not re.search(r"[;]|\b(?:while|but|after|when|as|before)\b", between)
        and (reports[0].form == "behind" or re.search(r",\s*$", text[count_start : reports[0].speaker.start]))
    ):
        return reports[0]  # "12 died, police said on Tuesday, including four shot dead"
    return None


_CLAIMS_DEED = re.compile(
    r"\s+(?:that\s+)?(?:it|they|he|its\s+\w+|their\s+\w+)\s+(?:(?:was|were|had\s+been|is)\s+(?:behind|responsible)|(?:had\s+)?(?:carried\s+out|staged|mounted|conducted|launched)\s+(?:the|an?|that|this)\b)|\s+(?:responsibility|credit)\b"
)


def _claims_deed(behind: str) -> bool:
    """ "said it was behind the bombing that killed 12": who claims the deed is the actor, not the source."""
    return _CLAIMS_DEED.match(behind) is not None


def _governs(text: str, report: Report, count_start: int) -> bool:
    """Whether what follows the verb is what was said: "announced an inquiry into the bombing that killed 18" is not."""
    if report.verb not in section("speech", "weak") or report.form == "according":
        return True
    between = text[report.verb_end : count_start]
    if (
        re.search(r"\bthat\b(?!\s+(?:killed|wounded|left|injured))", between)
        or re.match(r"\s*(?:\w+\s+){0,3}$", between)
        or '"' in between
        or "“" in between
    ):
        return True
    return (report.verb in section("speech", "toll") and any_of("told_of").search(between) is not None) or report.verb == "told"
