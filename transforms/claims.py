"""One article → its casualty claims: the table of contents of the extraction.

Sentence by sentence (reading.py): chunks → counts linked to harms (harms.py) → reports (attribution.py), dates (dates.py), places and
weapons (setting.py), parties (actors.py). From each link a draft with what its own sentence tells (draft.py). Then over the article: parts
and repeats are tied up (event.py), what a sentence leaves unsaid is taken from the sentences about the same event (carry/).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .article import Article, content_hash
from .carry import fill_dates, fill_setting, fill_sources
from .claim import Claim
from .draft import Draft, drafts_of
from .event import Account, tie_repeats, tie_subsets, with_harm
from .reading import read_article


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a field of a claim was read, at [start, end) of the article's text, and how: the rule, or what tied the words to the claim."""

    field: str
    start: int
    end: int
    how: str


def extract(article: Article, lines: Sequence[str] | None = None) -> list[Claim]:
    """All claims of an article in the order of the text. Pure: the same article and the same data files give the same claims.

    `lines` are those of its text that have the words of a claim, as `harm_lines` finds them in many texts at once; null: look at all.
    """
    return _finish(article, _drafts(article, lines))


def explain(article: Article) -> list[tuple[Claim, list[Mark]]]:
    """The claims as `extract` gives them, each with the marks of its count, harm, date and source, in the order of the text.

    A date or source that another sentence lends is marked where that sentence names it; a lent date has no mark.
    """
    drafts = _in_order(_drafts(article))
    return list(zip(_finish(article, drafts), map(_marks, drafts), strict=True))


def _marks(d: Draft) -> list[Mark]:
    base, trigger = d.sentence.start, d.trigger
    marks = [
        Mark("count", base + d.chunk.start, base + _count_end(d), d.link.rule),
        Mark("harm", base + trigger.start, base + trigger.end, f"{d.link.harm} by the lexicon"),
    ]
    if d.dates is not None and d.date_basis != "context":
        marks.append(Mark("date", base + d.dates.begin, base + d.dates.stop, d.date_basis))
    if d.report is not None:
        how = "carried over" if d.source_basis == "context" else f"{d.report.form} {d.report.verb!r}"
        marks.append(Mark("source", d.report.speaker.start, d.report.speaker.end, how))
    return sorted(marks, key=lambda mark: (mark.start, mark.end))


def _drafts(article: Article, lines: Sequence[str] | None = None) -> list[Draft]:
    """The article's claims with everything that its sentences tell of them."""
    readings = read_article(article, lines)
    if not readings:
        return []
    drafts = [draft for index, reading in enumerate(readings) for draft in drafts_of(article.text, index, reading, article.published)]
    tie_subsets(drafts)
    account = Account(with_harm(drafts), readings)
    fill_sources(account)
    fill_dates(account, article.published)
    fill_setting(account)
    tie_repeats(account)
    readings.clear()  # each knows all of them: without the circle they are freed at once, and need no collecting
    return account.drafts


def _in_order(drafts: list[Draft]) -> list[Draft]:
    return sorted(drafts, key=lambda d: (d.sentence.start + d.chunk.start, d.link.harm))


def _finish(article: Article, drafts: list[Draft]) -> list[Claim]:
    drafts = _in_order(drafts)
    ids = {
        id(d): content_hash(article.article_id, d.link.harm, d.sentence.start + d.chunk.start, d.sentence.start + _count_end(d))
        for d in drafts
    }
    return [_claim(article, d, ids) for d in drafts]


def _count_end(draft: Draft) -> int:
    return draft.chunk.quantity.end if draft.chunk.quantity else draft.chunk.end


def _claim(article: Article, d: Draft, ids: dict[int, str]) -> Claim:
    q = d.chunk.quantity
    assert q is not None
    source_id = d.report.speaker.source_id if d.report else None
    source_type = d.report.speaker.type if d.report else None
    return Claim(
        claim_id=ids[id(d)],
        harm=d.link.harm,
        count=q.count,
        count_min=q.count_min,
        count_max=q.count_max,
        qualifier=q.qualifier,
        vague=q.vague,
        count_text=q.text,
        victims=d.victims,
        victim_class=d.victim_class,
        victim_group=d.victim_group,
        date_start=d.first,
        date_end=d.last,
        date_precision=d.precision if d.first else "none",
        date_basis=d.date_basis if d.first else "none",
        date_text=d.date_text,
        scope=d.scope,
        source=d.report.speaker.text if d.report else None,
        source_id=source_id,
        source_type=source_type or ("other" if source_id else None),
        source_basis=d.source_basis,
        via=d.via,
        place=d.place,
        actor=d.actor,
        weapon=d.weapon,
        subset_of=ids[id(d.parent)] if d.parent else None,
        repeat_of=ids[id(d.repeat)] if d.repeat else None,
        summable=d.link.assertion == "asserted" and d.scope == "event" and d.parent is None and d.repeat is None,
        assertion=d.link.assertion,
        sentence=d.sentence.text,
        sentence_start=d.sentence.start,
        sentence_end=d.sentence.end,
        count_start=d.sentence.start + q.start,
        count_end=d.sentence.start + q.end,
        rule=d.link.rule,
    )
