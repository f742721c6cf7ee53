"""When, where, by whom and told by whom: the words of each, and no others for them."""

from __future__ import annotations

from datetime import date

import pytest

from transforms.article import Article
from transforms.claims import extract


@pytest.mark.parametrize(
    ("sentence", "actor"),
    [
        ("A monitor said warplanes killed 12 people in Harra.", "warplanes"),
        ("The attack on rebel lines killed 12 people in Harra.", None),
        ("Two rockets killed 12 people in Harra.", None),
        ("Some reports suggesting that Syrian regime forces killed 12 people in Harra were denied.", "Syrian regime forces"),
        ("No group has claimed the blast, which killed 12 people in Harra.", None),
        ("Twelve people were killed by a drone in Harra.", None),
        ("Twelve people were killed by government troops in Harra.", "government troops"),
        ("Two suicide bombers killed 12 people in Harra.", "Two suicide bombers"),
    ],
)
def test_the_actor(sentence: str, actor: str | None) -> None:
    (claim, *_) = extract(Article("a", sentence, date(2016, 10, 1)))
    assert claim.actor == actor


@pytest.mark.parametrize(
    ("sentence", "place"),
    [
        ("Six miners were killed in South Africa's northern province of Limpopo.", "Limpopo"),
        ("Six people were killed in Yemen's Red Sea port of Hodeidah.", "Hodeidah"),
        ("Six people were killed in Shantou city of China's southern Guangdong province.", "Shantou city"),
        ("Six people were killed in the Afghan capital.", "Afghan capital"),
        ("Six people were killed in Iraq's capital, Baghdad.", "Baghdad"),
        ("Six people were killed so close to the Afghan capital.", None),
        ("Six people were killed at a New Year's party in Lima.", "Lima"),
        ("Six people were killed in New York.", "New York"),
        ("Six people were killed on the streets of Harare.", "Harare"),
    ],
)
def test_the_place(sentence: str, place: str | None) -> None:
    (claim,) = extract(Article("a", sentence, date(2016, 10, 1)))
    assert claim.place == place


@pytest.mark.parametrize(
    ("sentence", "victims"),
    [
        ("Gunmen shot dead 12 job seekers near Kirkuk.", "job seekers"),
        ("Three contract workers were killed in the blast.", "contract workers"),
        ("The strike killed 12 people per official figures.", "people"),
        ("'Mortars killed 12 people' the mayor said.", "people"),
    ],
)
def test_words_of_things_and_rates_take_no_victims_away(sentence: str, victims: str) -> None:
    (claim,) = extract(Article("a", sentence, date(2016, 10, 1)))
    assert claim.victims == victims


@pytest.mark.parametrize(
    ("sentence", "days"),
    [
        ("The ministry said 31 civilians had been killed and 178 wounded since September 27.", ("2016-09-27", "2016-10-01")),
        ("The ministry said 31 were hurt on Friday and 260 have been killed since September 19.", ("2016-09-30", "2016-09-30")),
        ("The UN said nearly 6,000 civilians were killed in May and June.", ("2016-05-01", "2016-06-30")),
        ("The toll has gone up to 27 dead in five days.", ("2016-09-26", "2016-10-01")),
        ("Six people were killed on April 7th Street.", (None, None)),
        ("Six people were killed by the 17 February Brigade.", (None, None)),
    ],
)
def test_the_days(sentence: str, days: tuple[str | None, str | None]) -> None:
    (claim, *_) = extract(Article("a", sentence, date(2016, 10, 1)))
    assert (claim.date_start and str(claim.date_start), claim.date_end and str(claim.date_end)) == days


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("The raids killed between 229 and 425 civilians, a monitor said.", "a monitor"),
        ("Police killed a man, a witness said.", "a witness"),
        ("Gunmen killed 12 civilians, residents and medics said.", "residents and medics"),
        ("Residents, medics and officials said 12 people were killed.", "Residents, medics and officials"),
        ("Militants raided the town, abducting at least 15 girls, the Sudan Doctors Network said.", "the Sudan Doctors Network"),
        ("The RSF rejected the accounts and said that its forces had killed 30 soldiers.", "The RSF"),
        ("Hamas' armed wing said its fighters had killed several soldiers in Rafah.", "Hamas' armed wing"),
    ],
)
def test_victims_are_no_source(sentence: str, source: str) -> None:
    (claim,) = extract(Article("a", sentence, date(2016, 10, 1)))
    assert claim.source == source and claim.assertion == "asserted"


def test_parts_told_by_their_places() -> None:
    claims = extract(Article("a", "Clashes left 17 dead, eight in Ansari, five in Marjah and four in Salma, activists said."))
    assert [(c.harm, c.count, c.place) for c in claims[1:]] == [("killed", 8, "Ansari"), ("killed", 5, "Marjah"), ("killed", 4, "Salma")]
    (claim,) = extract(Article("a", "Twelve people were killed, and 14 houses in Homs and 3 in Hama were destroyed."))
    assert claim.count == 12


@pytest.mark.parametrize("published", [date(1, 1, 1), date(9999, 12, 31)])
def test_the_ends_of_the_calendar(published: date) -> None:
    text = "Six people died in the past two weeks, two on Friday, a day earlier one, three last year and five 3 months ago."
    assert extract(Article("a", text, published))


def test_a_sentence_of_and_said_alone() -> None:
    assert extract(Article("a", "At least 12 people were killed on Friday, the Observatory said. And said"))
