"""A casualty claim: who says how many of whom came to what harm, when and where (README, "What a claim is")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim of one article. Null (None) always means that the article does not say, never zero and never a guess.

    Offsets are half-open and count characters in the article's text. Column meanings: data/schema/claims.yaml.
    """

    claim_id: str
    harm: str
    count: int | None
    count_min: int | None
    count_max: int | None
    qualifier: str
    vague: str | None
    count_text: str
    victims: str | None
    victim_class: str
    victim_group: str | None
    date_start: date | None
    date_end: date | None
    date_precision: str
    date_basis: str
    date_text: str | None
    scope: str
    source: str | None
    source_id: str | None
    source_type: str | None
    source_basis: str
    via: str | None
    place: str | None
    actor: str | None
    weapon: str | None
    subset_of: str | None
    repeat_of: str | None
    summable: bool
    assertion: str
    sentence: str
    sentence_start: int
    sentence_end: int
    count_start: int
    count_end: int
    rule: str
