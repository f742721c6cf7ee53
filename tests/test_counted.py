"""Whom a number counts and which harm they suffered, where the sentence says it in another order, in other words or without commas."""

from __future__ import annotations

import pytest

from tests.conftest import an_article
from transforms.claims import extract


def told(text: str) -> list[tuple[str, str]]:
    return [(claim.harm, claim.count_text) for claim in extract(an_article(text))]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Two scouts were killed and a third wounded in Harra.", [("killed", "Two"), ("injured", "a third")]),
        ("Four died at the scene and a fifth in the ambulance.", [("killed", "Four"), ("killed", "a fifth")]),
        ("The raid killed 90 people, a third of them children.", [("killed", "90")]),
        ("One man died on the spot and another succumbed at the clinic.", [("killed", "One"), ("killed", "another")]),
        ("A couple and their three children were killed in Harra.", [("killed", "A couple"), ("killed", "three")]),
        ("A farmer of 49 was shot dead.", [("killed", "A")]),
        ("The driver, 34, was killed.", [("killed", "driver")]),
        ("A shopkeeper, 52, was shot dead.", [("killed", "A")]),
        ("Most of the victims, 30, were killed by shells.", [("killed", "30")]),
        ("In Harra market, 30, mostly women, were killed.", [("killed", "30")]),
        ("Eight people a day have been killed since May.", []),
        ("Snipers kill two women each week in Harra.", []),
        ("Shells killed eight people a day after the truce ended.", [("killed", "eight")]),
        ("Shells killed eight people a week ago.", [("killed", "eight")]),
        ("An air strike on a migrant detention centre killed 44 people.", [("killed", "44")]),
        ("The ministry acknowledged 50 military deaths.", [("killed", "50")]),
        ("A family of five was killed.", [("killed", "five")]),
        ('He said "a few" villagers had been killed.', [("killed", "a few")]),
        ("Three carters accused of being spies were shot dead.", [("killed", "Three")]),
        ("Two women polio vaccinators were gunned down.", [("killed", "Two")]),
        ("Nine alleged smugglers were killed overnight.", [("killed", "Nine")]),
        ("Militiamen pulled seven herders off a bus and shot them dead.", [("killed", "seven")]),
        ("Twenty pupils were killed along with six teachers.", [("killed", "Twenty"), ("killed", "six")]),
        ("The raid killed 19 porters. The mayor lowered the figure to 16.", [("killed", "19"), ("killed", "16")]),
        ("The ministry put its dead since May at 990.", [("killed", "990")]),
        ("That brought to 49 the number killed in Harra.", [("killed", "49")]),
        ("The number of villagers and herders killed in the raid on the town of Harra has risen to 39.", [("killed", "39")]),
        ("The toll may rise as a number of villagers are under the rubble.", []),
        ("Those killed in the two raids include 14 children.", [("killed", "14")]),
        ("The shelling hit Harra killing villagers including three children.", [("killed", "three")]),
        ("Shells killed 40 people said the Harra Observatory.", [("killed", "40")]),
        ("The mortar left eight people injured a witness said.", [("injured", "eight")]),
        ("Shells killed three people including a child according to a monitor.", [("killed", "three"), ("killed", "a")]),
        ("Ten people mostly schoolchildren killed in Harra.", [("killed", "Ten")]),
        ("The raids have claimed hundreds of civilian lives.", [("killed", "hundreds of")]),
        ("The clash left scores of the raiders dead.", [("killed", "scores of")]),
        ("Twelve men were said to be killed in Harra.", [("killed", "Twelve")]),
        ("The ambush killed a captain, his driver and two of their cousins.", [("killed", "a"), ("killed", "two")]),
        ("Rescuers had taken away 100 bodies.", [("killed", "100")]),
        ("The dead were 14 guards and 41 clerks.", [("killed", "14"), ("killed", "41")]),
        ("Sergeant Aran Vey, a father of two, was fatally wounded.", [("killed", "Aran Vey")]),
        ("Some 15 others were taken to Harra with bullet wounds.", [("injured", "Some 15")]),
        ("Three banks fall in early trading.", []),
        ("The ministry counted 22 breaches of the truce in which 3 died.", [("killed", "3")]),
        ("Last December 54 people were killed on that road.", [("killed", "54")]),
        ("In Harra a mob beat six men to death.", [("killed", "six")]),
    ],
)
def test_who_is_counted(text: str, wanted: list[tuple[str, str]]) -> None:
    assert told(text) == wanted


@pytest.mark.parametrize("text", ["The head of the village, 62, was shot dead.", "The youngest, 9, has died of her wounds."])
def test_an_age_counts_nobody(text: str) -> None:
    assert not any(count.isdigit() for _, count in told(text))
