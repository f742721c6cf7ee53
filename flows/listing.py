"""Claims for a reader's eye: a table where the line is wide enough, else a few lines a claim."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from transforms.article import Article, Reject
from transforms.claim import Claim
from transforms.quotes import dates_said, number_said

if TYPE_CHECKING:  # the flows print rejects by this module, and load the extraction with their first batch
    from transforms.claims import Mark

NARROWEST = 9  # characters: a column squeezed further cannot be read
GAP = 2
HEADS = ("", "harm", "count", "victims", "class", "dates", "scope", "source", "where", "who", "how")


def listing(article: Article, claims: list[Claim], width: int) -> str:
    """The article's headline and particulars, then its claims; no line is longer than `width`, as far as single words allow."""
    return "\n".join([*_heading(article, len(claims), width), *_body(claims, width), ""])


def explanation(article: Article, explained: list[tuple[Claim, list[Mark]]], width: int) -> str:
    """Each claim of the article with its sentence, the words of count, harm, date and source marked, and the rule that read each."""
    claims = [claim for claim, _ in explained]
    lines = _heading(article, len(claims), width)
    for row, (claim, marks) in zip(_cells(claims), explained, strict=True):
        lines += ["", *_lines(row, width)]
        lines += textwrap.wrap(_marked(article.text, claim, marks), width, initial_indent="    ", subsequent_indent="    ")
        lines += [f"    {mark.field:<6}  {_words(article.text, mark)}  {mark.how}{_away(claim, mark)}" for mark in marks]
        if claim.date_basis == "context":
            lines.append(f"    {'date':<6}  {claim.date_start} to {claim.date_end}  from another sentence about the same event")
    return "\n".join([*lines, ""])


def _marked(text: str, claim: Claim, marks: list[Mark]) -> str:
    """The claim's sentence with [count: …] round what was read; marks that overlap one before them are left out."""
    parts, at = [], claim.sentence_start
    for mark in marks:
        if at <= mark.start and mark.end <= claim.sentence_end:
            parts += [text[at : mark.start], f"[{mark.field}: {text[mark.start : mark.end]}]"]
            at = mark.end
    return " ".join("".join([*parts, text[at : claim.sentence_end]]).split())


def _words(text: str, mark: Mark) -> str:
    return f'"{" ".join(text[mark.start : mark.end].split())}"'


def _away(claim: Claim, mark: Mark) -> str:
    return "" if claim.sentence_start <= mark.start < claim.sentence_end else ", in another sentence"


def reject_line(reject: Reject) -> str:
    """Where it stood, why, and what was found."""
    where = reject.source_file if reject.record is None else f"{reject.source_file}, record {reject.record}"
    return f"{where}: {reject.reason}" + (f" ({reject.detail})" if reject.detail else "")


def _heading(article: Article, number: int, width: int) -> list[str]:
    title = article.title or article.text.strip().split("\n", 1)[0]
    date = f"published {article.published} ({article.published_basis})" if article.published else "no date of publication"
    where = f"{article.source_file}, record {article.record}"
    facts = [where, article.outlet, date, f"{number} claim{'' if number == 1 else 's'}"]
    return [textwrap.shorten(title, width, placeholder=" …"), *textwrap.wrap(" · ".join(fact for fact in facts if fact), width)]


def _body(claims: list[Claim], width: int) -> list[str]:
    if not claims:
        return []
    rows = [HEADS, *_cells(claims)]
    widths = _fit([max(len(row[n]) for row in rows) for n in range(len(HEADS))], width)
    return _table(rows, widths) if widths else [line for row in rows[1:] for line in _lines(row, width)]


def _cells(claims: list[Claim]) -> list[tuple[str, ...]]:
    number = {claim.claim_id: str(n) for n, claim in enumerate(claims, 1)}
    return [
        (
            number[claim.claim_id],
            _harm(claim, number),
            number_said(claim.count, claim.qualifier, claim.count_text),
            claim.victims or "-",
            claim.victim_class,
            dates_said(claim.date_start, claim.date_end, claim.date_text) or "-",
            claim.scope,
            claim.source_id or "-",
            claim.place or "-",
            claim.actor or "-",
            claim.weapon or "-",
        )
        for claim in claims
    ]


def _harm(claim: Claim, number: dict[str, str]) -> str:
    notes = ["denied"] if claim.assertion == "denied" else []
    notes += [f"part of {number.get(claim.subset_of, '?')}"] if claim.subset_of else []
    notes += [f"repeats {number.get(claim.repeat_of, '?')}"] if claim.repeat_of else []
    return claim.harm + (f" ({', '.join(notes)})" if notes else "")


def _fit(widths: list[int], width: int) -> list[int] | None:
    """Take from the widest column until the table fits; None where it cannot."""
    widths = list(widths)
    room = width - GAP * (len(widths) - 1)
    while sum(widths) > room:
        widest = max(widths)
        if widest <= NARROWEST:
            return None
        widths[widths.index(widest)] -= 1
    return widths


def _table(rows: list[tuple[str, ...]], widths: list[int]) -> list[str]:
    lines = []
    for row in rows:
        cells = [textwrap.wrap(cell, width) or [""] for cell, width in zip(row, widths, strict=True)]
        for n in range(max(map(len, cells))):
            line = (" " * GAP).join((cell[n] if n < len(cell) else "").ljust(width) for cell, width in zip(cells, widths, strict=True))
            lines.append(line.rstrip())
    return lines


def _lines(row: tuple[str, ...], width: int) -> list[str]:
    number, harm, count, victims, *rest = row
    facts = [f"{head} {cell}" for head, cell in zip(HEADS[4:], rest, strict=True) if cell != "-"]
    first = f"{number}. {harm}: {count} {victims}"
    return textwrap.wrap(first, width, subsequent_indent="   ") + textwrap.wrap(
        "; ".join(facts), width, initial_indent="   ", subsequent_indent="   "
    )
