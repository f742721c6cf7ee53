"""The report in a real browser: it opens, asks for nothing, its list can be searched, and nothing that an article says runs."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import a_claim, a_run, an_article
from tests.test_docs import sample_tables
from tests.test_report import recorded
from transforms.derive import derive
from transforms.report import make_page, read_tables
from transforms.store import commit, extracted, open_tables, replace_derived

sync_api = pytest.importorskip("playwright.sync_api", reason="the page is tested with playwright: pip install '.[test]'")
CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; on Debian: apt-get install chromium"),
]

PATIENCE = 30_000.0  # milliseconds, for a busy machine
TRAPS = ("</script><script>window.caught=1</script>", "<img src=x onerror='window.caught=1'>", "=HYPERLINK(1)", "\u202egnirts\u202c")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Opened:
    """A page with what it complained of and what it asked for."""

    def __init__(self, browser: Any, file: Path, **looks: Any) -> None:
        self.page = browser.new_context(**looks).new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(file.as_uri())
        self.page.locator("#ledger tr.claim").first.wait_for()

    def says(self, status: str | re.Pattern[str]) -> None:
        """Wait for the status of the search, which itself waits for the typing to pause."""
        sync_api.expect(self.page.locator("#status")).to_have_text(status, timeout=PATIENCE)


def written(root: Path) -> Path:
    file = root / "report.html"
    file.write_text(make_page(read_tables(root)).html, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def sample_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("samples")
    sample_tables(root)
    recorded(root, files=12, articles_new=13, claims=102)
    replace_derived(root, derive(root, datetime(2026, 1, 1, tzinfo=UTC)).tables)
    return written(root)


@pytest.fixture
def hostile_page(tmp_path: Path) -> Path:
    for number, trap in enumerate(TRAPS):
        article = an_article(f"{trap} Two people were killed.", title=trap, outlet=trap, url=f"javascript:window.caught={number + 1}")
        claim = a_claim(article, 1, victims=trap, source=trap, source_id=trap, source_type="other", place=trap, sentence=article.text)
        commit(open_tables(tmp_path), a_run(number), [extracted([(article, [claim])], a_run(number))])
    return written(tmp_path)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_opens_without_complaint_or_request_and_fits(browser: Any, sample_page: Path, width: int, scheme: str) -> None:
    opened = Opened(browser, sample_page, viewport={"width": width, "height": 800}, color_scheme=scheme)
    assert opened.page.locator(".plot svg").count() >= 1
    opened.page.locator("#ledger .open").first.click()
    opened.page.locator("#ledger tr.quote").wait_for()
    assert opened.complaints == [] and opened.requests == [sample_page.as_uri()]
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width


def test_each_claim_opens_its_sentence_with_the_number_marked(browser: Any, sample_page: Path) -> None:
    page = Opened(browser, sample_page).page
    for row in page.locator("#ledger tr.claim").all()[:5]:
        button = row.locator(".open")
        button.focus()
        page.keyboard.press("Enter")
        quote = page.locator("#ledger tr.quote").first
        quote.wait_for()
        assert button.get_attribute("aria-expanded") == "true" and quote.locator("mark.count").count() >= 1
        assert quote.get_attribute("id") == button.get_attribute("aria-controls")
        page.keyboard.press("Enter")
        assert page.locator("#ledger tr.quote").count() == 0


def test_an_article_with_an_address_is_linked(browser: Any, sample_page: Path) -> None:
    opened = Opened(browser, sample_page)
    page = opened.page
    page.fill("#filters [name=text]", "aleppo")
    opened.says(re.compile(r"^\d+ of"))
    page.locator("#ledger .open").first.click()
    link = page.locator("#ledger tr.quote a")
    assert link.get_attribute("href").startswith("http://www.example-wire") and "noopener" in link.get_attribute("rel")


def test_filters_search_and_pages(browser: Any, sample_page: Path) -> None:
    opened = Opened(browser, sample_page)
    claims = read_tables(sample_page.parent)["claims"].to_pandas()
    form = opened.page.locator("#filters")
    everything = f"{len(claims)} claims."
    opened.says(everything)
    form.locator("[name=harm]").select_option("injured")
    injured = f"{(claims['harm'] == 'injured').sum()} of {len(claims)} claims."
    opened.says(injured)
    form.locator("[name=source]").select_option(index=1)
    sync_api.expect(opened.page.locator("#status")).not_to_have_text(injured, timeout=PATIENCE)
    form.locator("button").click()
    opened.says(everything)
    form.locator("[name=summable]").check()
    opened.says(re.compile(f"^{claims['summable'].sum()} of"))
    form.locator("button").click()
    opened.says(everything)
    form.locator("[name=from]").fill("2018-01-01")
    opened.says(re.compile(f"^{(claims['date_end'] >= '2018-01-01').sum()} of"))
    form.locator("button").click()
    opened.says(everything)
    form.locator("[name=text]").fill("MARKET")
    seen = claims["sentence"].str.contains("market", case=False) | claims["place"].str.contains("market", case=False)
    opened.says(re.compile(f"^{int(seen.sum())} of"))
    form.locator("[name=text]").fill("no such words anywhere")
    opened.says(re.compile("^None of"))
    assert not opened.page.locator("#ledger").is_visible()
    form.locator("button").click()
    opened.says(everything)
    first = opened.page.locator("#ledger .open").first.inner_text()
    opened.page.locator("#pages [data-step='1']").click()
    assert opened.page.locator("#pages input").input_value() == "2"
    assert opened.page.locator("#ledger tr.claim").count() == 25 and first
    assert opened.complaints == []


def test_an_incident_opens_who_said_what_and_each_sentence(browser: Any, sample_page: Path) -> None:
    opened = Opened(browser, sample_page)
    page = opened.page
    page.locator("#casebook .open").first.wait_for()
    page.locator("#incident-filters [name=sources]").select_option("1")
    incidents = read_tables(sample_page.parent)["incidents"].num_rows
    assert page.locator("#incident-status").inner_text() == f"{incidents} of {incidents} incidents."
    page.locator("#casebook .open").first.click()
    toll = page.locator("#casebook .said button").first
    toll.click()
    page.locator("#casebook .said blockquote mark.count").first.wait_for()
    assert toll.get_attribute("aria-expanded") == "true"
    page.locator("#incident-filters [name=place]").fill("Mogadishu")
    assert "Mogadishu" in page.locator("#casebook tr.claim td:nth-child(3)").first.inner_text()
    assert opened.complaints == []


def test_the_map_is_drawn_with_its_names(browser: Any, sample_page: Path) -> None:
    page = Opened(browser, sample_page).page
    assert page.locator("#map svg circle").count() >= 3 and "Mogadishu" in page.locator("#map").inner_text()
    assert "Mogadishu" in page.locator("#map").get_attribute("aria-label")


def test_a_source_leads_to_its_claims(browser: Any, sample_page: Path) -> None:
    opened = Opened(browser, sample_page)
    button = opened.page.locator("[data-filter=source]").first
    name = button.inner_text()
    button.click()
    opened.says(re.compile(r"^\d+ of"))
    assert opened.page.locator("#filters [name=source]").input_value() == name
    assert all(name in text for text in opened.page.locator("#ledger tr.claim td:nth-child(3)").all_inner_texts())


def test_nothing_that_an_article_says_runs(browser: Any, hostile_page: Path) -> None:
    opened = Opened(browser, hostile_page)
    for button in opened.page.locator("#ledger .open").all():
        button.click()
    opened.page.locator("#ledger tr.quote").nth(len(TRAPS) - 1).wait_for()
    assert opened.page.evaluate("window.caught") is None and opened.complaints == [] and len(opened.requests) == 1
    assert opened.page.locator("#ledger tr.quote a").count() == 0 and opened.page.locator("img").count() == 0
    shown = opened.page.locator("#ledger tr.quote blockquote").all_inner_texts()
    assert any("<img src=x" in text for text in shown) and any("</script>" in text for text in shown)


def test_a_script_that_slipped_in_would_not_run(browser: Any, sample_page: Path, tmp_path: Path) -> None:
    """The page's policy is the second lock: take the first away, and still nothing runs."""
    file = tmp_path / "broken.html"
    file.write_text(sample_page.read_text(encoding="utf-8").replace("<main>", "<main><script>window.caught=1</script>"), encoding="utf-8")
    opened = Opened(browser, file)
    assert opened.page.evaluate("window.caught") is None and any("Content Security Policy" in text for text in opened.complaints)
