"""Records become articles: text, identity, outlet, language."""

from __future__ import annotations

from datetime import date

import pytest

from transforms.article import _CHARACTERS, REJECT_REASONS, Article, Record, Reject, build_article, clean, compose_text, outlet_of
from transforms.language import is_english, language_of
from transforms.readers.manifest import ManifestRow

BODY = "Gunmen shot dead twelve people in a village on Monday, the police said in a statement."


def article(**fields: object) -> Article:
    made = build_article(Record("/d/a.txt", 1, **{"body": BODY, **fields}))  # type: ignore[arg-type]
    assert isinstance(made, Article)
    return made


def test_headline_stands_once() -> None:
    assert compose_text("Twelve shot dead", BODY) == f"Twelve shot dead\n\n{BODY}"
    assert compose_text(None, BODY) == compose_text(" ", BODY) == BODY
    for body in (f"Twelve shot dead\n{BODY}", f"Mon 3 Oct 2016 Twelve shot dead. {BODY}", f"TWELVE SHOT DEAD {BODY}"):
        assert compose_text("Twelve shot dead", body) == body
        assert compose_text("Twelve shot dead - World - Daily Mail Online", body) == body
        assert compose_text("Twelve shot dead | Daily Mail", body) == body


def test_text_is_clean_and_can_be_written() -> None:
    made = article(body=f"  {BODY}\r\nNext\rline\u2028end \ud800 \x00 \x1b[31m \x93quoted\x94\ufeff\n", title="A \x00 b\n c")
    assert made.text == f"A � b c\n\n{BODY}\nNext\nline\nend � � �[31m “quoted”"
    assert made.title == "A � b c"
    made.text.encode()
    assert clean("\ttab kept\n\n") == "tab kept"
    for code in range(0x10000):  # whether or not a text is looked at character by character
        text = f"a{chr(code)}b".replace("\r", "\n")
        assert clean(text) == text.translate(_CHARACTERS), hex(code)


def test_identity_is_address_and_text_else_outlet_number_and_text() -> None:
    with_url = article(url="http://a.example/1", outlet="a", external_id="1")
    assert with_url.article_id == article(url="http://a.example/1", outlet="b", external_id="2").article_id
    assert with_url.article_id != article(url="http://a.example/2").article_id
    assert article(outlet="a", external_id="1").article_id != article(outlet="a", external_id="2").article_id
    assert article(outlet="a").article_id != article(outlet="b").article_id
    assert article().article_id == article(published="2016-10-01").article_id


def test_outlet_and_date_told_stand_above_the_manifest_and_that_above_the_record() -> None:
    record = Record("/d/a.txt", 1, BODY, url="http://www.a.example/1", outlet="own", published="2015-01-01")
    row = ManifestRow("a.txt", date(2016, 1, 1), "listed", "http://b.example/2")
    both = build_article(record, told=date(2017, 1, 1), outlet="told", manifest=row)
    listed, own = build_article(record, manifest=row), build_article(record)
    assert isinstance(both, Article) and isinstance(listed, Article) and isinstance(own, Article)
    assert (both.outlet, both.published, both.published_basis) == ("told", date(2017, 1, 1), "told")
    assert (listed.outlet, listed.published, listed.published_basis) == ("listed", date(2016, 1, 1), "told")
    assert (own.outlet, own.published, own.published_basis) == ("own", date(2015, 1, 1), "metadata")
    assert listed.url == "http://www.a.example/1"  # the manifest's address only fills a gap
    assert article(url="http://www.a.example/1").outlet == "a.example"
    assert article().outlet is None


@pytest.mark.parametrize(
    ("url", "host"), [("https://WWW.A.example:80/x", "a.example"), ("//u:p@a.example", "a.example"), ("a.example/x", None), (None, None)]
)
def test_outlet_of(url: str | None, host: str | None) -> None:
    assert outlet_of(url) == host


def test_other_languages_are_rejected_by_name() -> None:
    texts = {
        "de": "Bei einem Anschlag auf einen Markt sind am Freitag mindestens zwölf Menschen getötet und vierzig verletzt worden.",
        "es": "Al menos doce personas murieron y cuarenta resultaron heridas el viernes en un atentado contra un mercado.",
        "tr": "Cuma günü bir pazar yerine düzenlenen bombalı saldırıda en az on iki kişi öldü, kırk kişi de yaralandı, polis açıkladı.",
        "ar": "قتل اثنا عشر شخصا على الأقل وأصيب أربعون آخرون في انفجار قنبلة في السوق يوم الجمعة بحسب الشرطة",
        "ru": "Не менее двенадцати человек погибли и сорок ранены в пятницу при взрыве на рынке, сообщила полиция.",
    }
    for language, text in texts.items():
        made = build_article(Record("a", 1, text))
        assert made == Reject("a", 1, "not_english", f"language {language}")


@pytest.mark.parametrize(
    "text",
    [
        BODY,
        "KABUL: Taliban kill 12 in Kunduz",
        "Boko Haram suicide bombers kill 16 Maiduguri market Borno",
        "Jaysh al-Islam, Ahrar al-Sham, Faylaq al-Rahman clash near Douma; 14 dead",
        "Abdul Rashid Dostum, Haji Mohammad Mohaqiq, Karim Khalili, Ata Mohammad Nur, Salahuddin Rabbani and Hanif Atmar survived",
        "Abu Bakr, Omar Hassan, Ali Mohammed, Khalid Yusuf, Ibrahim Saleh, Mustafa Kamal, Hussein Ahmed, Tariq Aziz, Salim Idris killed",
        "Polícia Militar, Complexo do Alemão, Vila Cruzeiro, São Gonçalo, Baixada Fluminense, Operação Contenção: 12 dead",
        "12 dead",
    ],
)
def test_headlines_and_names_are_not_taken_for_another_language(text: str) -> None:
    assert is_english(text)


def test_english_is_told_by_name() -> None:
    assert language_of(BODY) == "en"
    assert article().language == "en"


def test_too_little_text_is_a_reject() -> None:
    made = build_article(Record("a", 3, " 12 -- \n ", title="Twelve people were shot dead on Monday"))
    assert isinstance(made, Reject)
    assert (made.record, made.reason) == (3, "no_text")
    assert made.reason in REJECT_REASONS
