"""Ordinary news without casualties, written for the benchmarks: politics, sport, business, science, weather, culture, with the idioms that
share their words with war reports ("took part", "lost two games", "captured the title", "the death of an actor").

Paragraphs with such words are marked by a star and drawn one time in eight: one sentence in sixteen has them then, as in the body of
eleven saved pages of news sites, on all subjects, that were counted for this.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

SLOTS = {
    "town": "Almere|Bergen|Cardiff|Denver|Essen|Fukuoka|Galway|Halifax|Innsbruck|Leeds|Malmö|Nantes|Oulu|Porto|Quebec|Tampa|Utrecht|Verona",
    "land": "Norway|Chile|Canada|Portugal|Japan|Estonia|Ireland|Kenya|Denmark|Uruguay|New Zealand|Austria|South Korea|Morocco",
    "day": "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday",
    "month": "January|March|April|June|September|October|November",
    "name": "Marta Olsen|Peter Hale|Ines Duarte|Kenji Mori|Laura Finch|Tomas Berg|Aoife Daly|Paul Renard|Nadia Costa|Henrik Lund",
    "last": "Olsen|Hale|Duarte|Mori|Finch|Berg|Daly|Renard|Costa|Lund|Otieno",
    "firm": "Norvik|Halden Foods|Brightline|Castell Motors|Orion Rail|Pallas Energy|Vega Telecom|Tidewater Bank|Linden Pharma",
    "club": "the Harbour Lions|Northgate United|the Bay Comets|Riverton City|the Hawks|Eastfield Rovers|the Pioneers",
    "few": "two|three|four|five|six|seven|eight|nine|ten|a dozen",
    "num": "12|14|18|21|25|30|36|40|48|55|60|72|85|110|140|175|220|350|480",
    "big": "1,200|2,500|4,800|6,000|9,400|12,000|18,500|25,000|40,000|75,000|130,000|260,000",
    "pct": "0.4|0.8|1.1|1.6|2.3|3.1|4.7|5.2|6.8|7.5|9.3|12|15|22",
    "money": "$1.2 million|$3.5 million|$40 million|$260 million|$1.8 billion|$4 billion|€75 million|€600 million|£12 million",
    "year": "2009|2011|2014|2016|2018|2019|2021",
}

TEMPLATES = [line for line in Path(__file__).with_name("prose.txt").read_text(encoding="utf-8").split("\n") if "{" in line]
STARRED = [line.removeprefix("* ") for line in TEMPLATES if line.startswith("* ")]
PLAIN = [line for line in TEMPLATES if not line.startswith("* ")]
PARAGRAPHS = 10  # an article, about as long as those of the corpus


def paragraph(rng: random.Random) -> str:
    """One of the templates with its gaps filled."""
    template = rng.choice(STARRED if rng.random() < 0.13 else PLAIN)
    return re.sub(r"{(\w+)}", lambda gap: rng.choice(SLOTS[gap[1]].split("|")), template)


def general_news(seed: int = 1) -> Iterator[str]:
    """Articles without end, the same ones for the same seed."""
    rng = random.Random(seed)
    while True:
        yield "\n\n".join(paragraph(rng) for _ in range(PARAGRAPHS))
