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
        ("Twelve people were killed when some 500 gunmen attacked Harra.", "gunmen"),
        ("Twelve people were killed as police and border guards opened fire in Harra.", "police and border guards"),
        ("Twelve people were killed in a terrorist rocket attack in Harra.", "a terrorist"),
        ("Israeli strikes killed 12 people in Harra.", "Israeli"),
        ("An Iraqi explosion killed 12 people in Harra.", None),
        ("Twelve people were killed by fighters from the Rapid Support Forces.", "fighters from the Rapid Support Forces"),
        ("The army lost 12 soldiers in Harra.", None),
        ("The army said it shot dead 12 men in Harra.", "The army"),
        ("Twelve people were killed in fighting between rebels and the army.", None),
        ("A bomber killed 12 people in Harra, in an attack claimed by the Islamic State group.", "the Islamic State group"),
        ("Twelve people were killed near a police checkpoint.", None),
        ("After the militia left, raiders killed 12 people.", "raiders"),
        ("Twelve people died on a bus carrying paramilitary police.", None),
        ("Air strikes by Syrian or Russian warplanes killed 12 people in Harra.", "Syrian or Russian warplanes"),
        ("Twelve people were killed in regime and Russian bombing.", "regime and Russian"),
        ("Government forces were responsible for a gas attack that killed 12 people.", "Government forces"),
        ("The army was accused of killing 12 farmers.", "The army"),
        ("Twelve people crossed from rebel into government territory and were killed.", None),
        ("Fighting between the army and the Rapid Support Forces killed 12 people.", None),
        ("The militiamen armed with guns and machetes killed 12 people.", "The militiamen"),
        ("A Kenya attack left 12 people dead.", None),
        ("Late Sunday uniformed gunmen killed 12 people.", "uniformed gunmen"),
        ("A rocket in the city of Homs has claimed the lives of 12 people.", None),
        ("Twelve people were killed in at least five coalition air strikes.", "coalition"),
        ("The Islamic State in Iraq and the Levant executed 12 men in Harra.", "The Islamic State in Iraq and the Levant"),
        ("Nine people were hurt in an attack by terrorists of Jaish al-Islam on a camp.", "terrorists of Jaish al-Islam"),
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
        ("Gunmen attacked Khamenlok village, killing six people.", "Khamenlok village"),
        ("Gunmen entered Mala, a village 60 km from Kaga, and killed six people.", "Mala"),
        ("A coalition fighting in Yemen killed six people in the province of Saada.", "Saada"),
        ("Rebels positioned in Rahoum fired shells on the town of Jarrah, killing six people.", "Jarrah"),
        ("Six people were killed and rushed to a hospital in Padaviya.", None),
        ("An explosion at a hospital in Quetta killed six people.", "Quetta"),
        ("Six people were killed about 30 miles north of Kabul.", None),
        ("In Daraa, six people were killed when a device went off near the post office in Kashef.", "Kashef"),
        ("In Jassem in the southern province of Daraa six people were killed.", "Jassem"),
        ("A van ploughed down a crowded Toronto sidewalk, killing six people.", "Toronto sidewalk"),
        ("Bidrin came under heavy shelling, which killed six people.", "Bidrin"),
        ("Six people were killed in the Damascus suburb of Jaramana.", "Jaramana"),
        ("Six people were killed in the attack against the Shaar gas field.", "Shaar gas field"),
        ("Six people were killed in the mostly Sunni Ghazal neighbourhood.", "Ghazal neighbourhood"),
        ("The fall of Mosul cost six people their lives.", "Mosul"),
        ("Six civilians killed in Syrias Raqa Monitor AFP.", "Raqa"),
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
        ("On Friday, the ministry said six people had been killed.", (None, None)),
        ("After the militia took the town last month, raiders killed six people.", (None, None)),
        ("The war, which ended in May 2009, killed 100,000 people.", (None, None)),
        ("The army killed six people in recent days when it bombed the town on Monday.", ("2016-09-26", "2016-09-26")),
        ("It was the deadliest attack since the March 2016 raid on Gao, in which six people died.", ("2016-03-01", "2016-03-31")),
        ("Six people were killed on 29 February.", ("2016-02-29", "2016-02-29")),
        ("Six people were killed in the first three months of the year.", ("2016-01-01", "2016-03-31")),
        ("Six people were killed in the first quarter of 2016.", ("2016-01-01", "2016-03-31")),
        ("Six people have been killed since last October.", ("2015-10-01", "2016-10-01")),
        ("Six people were killed on Christmas Eve last year.", ("2015-12-24", "2015-12-24")),
        ("Six people were killed in the 24 hours to noon Friday.", ("2016-09-29", "2016-09-30")),
        ("Some 30,000 people were killed under a regime that ruled from 1957 to 1986.", ("1957-01-01", "1986-12-31")),
        ("Six people were killed on Friday. The next day a bomb killed two.", ("2016-09-30", "2016-09-30")),
        ("The UN said on Friday that six people had been killed since September 19.", ("2016-09-19", "2016-09-30")),
        ("As of Friday, six people had been killed since September 19.", ("2016-09-19", "2016-09-30")),
        ("By Friday six people had been killed.", (None, None)),
        ("A woman who had given birth on Friday was killed.", (None, None)),
        ("In April, a bomb near the site of Friday's attack killed six people.", ("2016-04-01", "2016-04-30")),
        ("The army took the town on Friday after killing six rebels.", ("2016-09-30", "2016-09-30")),
        ("Police arrested six men over the killing of an elder last week.", (None, None)),
        ("The ministry said six people were martyred and that the coalition has killed hundreds since 2014.", (None, None)),
        ("Air strikes since 21 May have killed between 229 and 425 civilians.", ("2016-05-21", "2016-10-01")),
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
        ("A raid killed 12 people among them children and medical staff a monitoring group said.", "a monitoring group"),
        ("Residents, medics and officials said 12 people were killed.", "Residents, medics and officials"),
        ("Militants raided the town, abducting at least 15 girls, the Sudan Doctors Network said.", "the Sudan Doctors Network"),
        ("The RSF rejected the accounts and said that its forces had killed 30 soldiers.", "The RSF"),
        ("Hamas' armed wing said its fighters had killed several soldiers in Rafah.", "Hamas' armed wing"),
        ("The local police chief, Ahmed Khan, told reporters that 12 people were killed.", "The local police chief, Ahmed Khan"),
        ("The Sahel Research Centre, a Dakar-based NGO, has put the toll at 12 dead.", "The Sahel Research Centre"),
        ("The M23, through its spokesman Lawrence Kanyuka, said 12 people were killed.", "The M23"),
        ("On Friday the Observatory quoted trusted sources as saying that 12 people were killed.", "the Observatory"),
        ("Twelve people were killed, according to the city's public health institute.", "the city's public health institute"),
        ("Twelve people were killed, humanitarian sources said.", "humanitarian sources"),
        ("A raid killed 12 workers, said police Captain Ali Reza.", "police Captain"),
        ("A spokesman for the Moscow regional police said 12 people died.", "A spokesman for the Moscow regional police"),
        ("Twelve people died, according to a member of the local People's Defence Force.", "a member of the local People's Defence Force"),
        ("The Truce Mission, which oversees the ceasefire, says 12 people died.", "The Truce Mission"),
        ("A rebel commander reached by satellite telephone said 12 men died.", "A rebel commander"),
        ("A resident of the nearby Canaan settlement said 12 people died.", "A resident"),
        ("The Gao Relief Centre, which runs a clinic, said its team had counted 12 dead.", "The Gao Relief Centre"),
    ],
)
def test_victims_are_no_source(sentence: str, source: str) -> None:
    (claim,) = extract(Article("a", sentence, date(2016, 10, 1)))
    assert claim.source == source and claim.assertion == "asserted"


@pytest.mark.parametrize(
    ("text", "field", "values"),
    [
        ("Police said a bomb went off in a market. Twelve people died.", "source_id", ["police"]),
        ("A doctor said the raid hit a clinic. Three people died and the source added that it burned.", "source_id", ["medics"]),
        ("Khan, the police chief, said 12 people were killed. Governor Ali Reza said nine men died. The governor added that two were hurt.",
         "source_id", ["police", "officials", "officials"]),
        ("The Gao Relief Centre said 12 people were killed. The mayor said nine men died. The centre counted two more dead.", "source",
         ["The Gao Relief Centre", "The mayor", "The Gao Relief Centre"]),
        ("Six people were killed on Friday. The next day a bomb killed two.", "date_start", [date(2016, 9, 30), date(2016, 10, 1)]),
        ("Six people were killed on Friday. Minutes later a shell killed two.", "date_start", [date(2016, 9, 30), date(2016, 9, 30)]),
        ("A bomb killed six people. Friday's blast was the worst this year.", "date_start", [date(2016, 9, 30)]),
        ("A bomb killed six people on Friday. Police later arrested two men.", "date_start", [date(2016, 9, 30), None]),
        ("The army says 508 people have been killed since July 8. Eighteen soldiers have died.", "scope", ["cumulative", "cumulative"]),
        ("Fighting began in 2012. The conflict has killed 6,500 people.", "scope", ["cumulative"]),
        ("A missile hit Harra on Friday, killing six. The strike also wounded 20.", "weapon", ["rocket", "rocket"]),
        ("The coalition bombed Harra on Friday, killing six people.", "weapon", ["airstrike"]),
        ("Israeli strikes killed six people in Harra.", "weapon", ["airstrike"]),
        ("The post at Inata was overrun on Friday. Fifty men died.", "place", ["Inata"]),
        ("Gunmen stormed Harra on Friday. Fifty men died.", "actor", ["Gunmen"]),
        ("Bombs hit Harra and Basra. In Harra 12 people died.\n\nShells fell on Jarrah. Six people died.", "place", ["Harra", "Jarrah"]),
        ("A bomb killed six on Friday. A similar one in May, claimed by the Nusra Front, killed 40.", "actor", [None, "the Nusra Front"]),
        ("The war broke out on April 15. It has killed 7,500 people.", "date_start", [date(2016, 4, 15)]),
        ("Gunmen attacked Harra on 7 September, killing 12. More than 3,000 people have been killed since then.", "date_start",
         [date(2016, 9, 7), date(2016, 9, 7)]),
        ("Two soldiers were killed in Harra on Friday.\n\nGunmen raided Jarrah. Two farmers were killed.", "repeat_of", [None, None]),
        ("Air raids eased on Friday. Hundreds were killed in a week of intense bombing.", "date_start", [None]),
        ("Rebels seized Harra on Friday. A day after, 12 people died.", "date_start", [None]),
        ("On Friday shells hit Harra. Meanwhile nine people were killed in Tamil.", "date_start", [date(2016, 9, 30)]),
        ("As many as 300 villagers were killed from 1994 to 1996.", "date_end", [date(1996, 12, 31)]),
        ("The Sahel Observatory for Human Rights said 12 people died.", "source_id", ["sahel_observatory_for_human_rights"]),
        ("Syria's Observatory said 12 people died.", "source_id", ["sohr"]),
        ("Libya's UN-backed government said five soldiers were killed.", "source_id", ["libya_government"]),
        ("Iraq's Kurdish regional government said five soldiers were killed.", "source_id", ["officials"]),
        ("Israel says its forces killed 12 gunmen.", "source_id", ["israel_government"]),
        ("Twelve people died, SANA news agency reports.", "source_id", ["sana"]),
        ("Twelve people were killed, among them the village head, said Aran Vey, a farmer.", "source", ["Aran Vey"]),
        ("An activist in Harra who spoke on condition of anonymity told reporters that 12 people died.", "source_id", ["activists"]),
        ("Azerbaijan acknowledged 50 military deaths.", "actor", [None]),
        ("The World Health Organization gave a higher figure. It said 12 people died.", "source_id", ["who"]),
        ("BAGHDAD (AP) - A bomb killed 12 people in Harra. At least 300 have died this year, according to an Associated Press count.",
         "source_id", [None, None]),
    ],
)  # fmt: skip
def test_what_another_sentence_tells(text: str, field: str, values: list[object]) -> None:
    assert [getattr(claim, field) for claim in extract(Article("a", text, date(2016, 10, 1)))] == values


def test_a_body_speaks_through_its_own_report() -> None:
    text = (
        "The General Staff of the Armed Forces of Mali informs the public of an ambush.\n\nOur soldiers repelled it. The toll: nine dead."
    )
    (claim,) = extract(Article("a", text, date(2021, 10, 6)))
    assert (claim.source_id, claim.source_basis) == ("mali_army", "context")


@pytest.mark.parametrize(
    ("sentence", "claims"),
    [
        ("Troops burned 13 villagers alive.", [("killed", 13)]),
        ("Police have taken six suspects into custody.", [("captured", 6)]),
        ("Four people from one family were killed.", [("killed", 4)]),
        ("Last year 213 militants, 124 of them locals, died.", [("killed", 213), ("killed", 124)]),
        ("More than 1,100 people were killed, injured or abducted.", [("casualties", 1100)]),
        ("The army did not suffer any casualties.", [("casualties", 0)]),
        ("A child and his mother were killed.", [("killed", 1), ("killed", 1)]),
        ("Twelve people died. Four were women.", [("killed", 12), ("killed", 4)]),
        ("The insurgency has claimed over 13,000 lives.", [("killed", 13000)]),
        ("Friday 17 June 2016 Civilians killed by air strikes.", []),
        ("Over 1 000 civilians were killed.", [("killed", 1000)]),
        ("Aid cannot reach the injured as a result of the siege.", []),
        ("Two of the wounded had died on the operating table.", [("killed", 2)]),
        ("The shell left 60 people with severe injuries.", [("injured", 60)]),
        ("The coach has dealt with injuries to 14 players.", []),
        ("He vowed on Tuesday to kill 100 soldiers.", []),
        ("The rebels threatened on 21 May to kill 30 soldiers.", []),
        ("Thirteen policemen waiting for a bus were among the dead.", [("killed", 13)]),
        ("They killed my wife and my five children.", [("killed", 5)]),
        ("On September 22, 2016 four civilians were killed.", [("killed", 4)]),
    ],
)
def test_the_harms(sentence: str, claims: list[tuple[str, int]]) -> None:
    found = extract(Article("a", sentence, date(2016, 10, 1)))
    assert [(claim.harm, claim.count) for claim in found] == claims and all(claim.source is None for claim in found)


def test_parts_told_by_their_places() -> None:
    claims = extract(Article("a", "Clashes left 17 dead, eight in Ansari, five in Marjah and four in Salma, activists said."))
    assert [(c.harm, c.count, c.place) for c in claims[1:]] == [("killed", 8, "Ansari"), ("killed", 5, "Marjah"), ("killed", 4, "Salma")]
    (claim,) = extract(Article("a", "Twelve people were killed, and 14 houses in Homs and 3 in Hama were destroyed."))
    assert claim.count == 12


def test_who_died_of_their_wounds_is_part_of_the_toll() -> None:
    toll, died = extract(Article("a", "The toll has risen to 18 civilians killed after three of the wounded died.", date(2016, 10, 1)))
    assert died.subset_of == toll.claim_id and not died.summable


def test_a_leap_day_is_that_of_the_latest_leap_year() -> None:
    (claim,) = extract(Article("a", "Six people were killed on 29 February.", date(2016, 1, 10)))
    assert claim.date_start == date(2012, 2, 29)


def test_a_day_before_the_first_of_the_calendar_is_none() -> None:
    (claim,) = extract(Article("a", "Twelve people were killed since September 22.", date(1, 1, 1)))
    assert claim.date_start is None


@pytest.mark.parametrize("published", [date(1, 1, 1), date(9999, 12, 31)])
def test_the_ends_of_the_calendar(published: date) -> None:
    days = "Two people died on 9999-12-31. The next day a bomb killed six. "
    text = days + "Six people died in the past two weeks, two on Friday, a day earlier one, three last year and five 3 months ago."
    assert extract(Article("a", text, published))


def test_a_sentence_of_and_said_alone() -> None:
    assert extract(Article("a", "At least 12 people were killed on Friday, the Observatory said. And said"))
