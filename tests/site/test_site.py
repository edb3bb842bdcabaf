"""The project page, read by a browser, from the file system and from a server."""

from __future__ import annotations

import shutil
import threading
from dataclasses import replace
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import PROJECT
from spacenum.gallery.build import ShownVariant
from spacenum.items.schema import CELLS, Image
from spacenum.scoring.published import read_published
from spacenum.site.build import write_site
from spacenum.site.citation import bibtex
from spacenum.site.leaderboard import published_rows
from spacenum.site.pictures import copy_name, shown_images
from spacenum.tables.main_table import main_table, published_table
from tests.gallery.invented import NASTY, write_frame
from tests.site.conftest import NAMES, inputs_of, params_of

VLM = NAMES[2]
WORDS_THAT_BREAK = """() => {
  const broken = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode, range = document.createRange(), parent = node.parentElement;
    if (!parent.checkVisibility() || parent.closest(".hidden, pre, select, script, style")) continue;
    for (const { 0: word, index } of node.data.matchAll(/[\\p{L}\\p{N}]+/gu)) {
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) broken.push(word);
    }
  }
  return broken;
}"""


class Links(HTMLParser):
    """What a page loads and leads to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in ("href", "src") and value]


def test_every_link_stays_in_the_folder_and_leads_to_a_file(site: Path, items: list[Any]) -> None:
    links = Links((site / "index.html").read_text()).found
    away = [link for link in links if urlsplit(link).scheme not in ("", "data")]
    assert set(away) == {"https://arxiv.org/abs/2605.23898"}
    near = {unquote(urlsplit(link).path) for link in links if urlsplit(link).scheme == ""} - {""}
    assert len(near) > 20 and not [path for path in near if ".." in path or not (site / path).is_file()]
    assert {path.stem for path in (site / "files/models").iterdir()} == set(NAMES)
    copies = {str(path.relative_to(site / "images")) for path in (site / "images").rglob("*.webp")}
    assert {copy_name(image) for image in shown_images(items)} < copies
    assert "data/frames" not in "".join(path.read_text() for path in (site / "gallery/items").iterdir())


def test_a_number_leads_to_its_items_their_images_and_replies(site: Path, page: Page, items: list[Any]) -> None:
    page.goto((site / "index.html").as_uri())
    page.get_by_label("Transition cells").check()
    page.locator(f"[data-name={VLM}] [data-key='{CELLS[0]}'] a").click()
    expect(page.locator("#status")).to_have_text("3 items of 60")
    page.locator(f".tile[data-item='{items[1].id}'] a").click()
    for image in page.locator(".prompt img").all():
        image.scroll_into_view_if_needed()
        expect(image).to_have_js_property("naturalWidth", 320)
    expect(page.locator(".answers tr", has_text=VLM).locator("pre")).to_have_text(NASTY)
    page.get_by_role("link", name="Back to the project page").click()
    expect(page.locator("#gallery")).to_be_in_viewport()
    page.goto((site / "index.html").as_uri())
    page.locator(f"[data-name={VLM}] [data-key=unread] a").click()
    expect(page.locator("#status")).to_contain_text("24 items of 60")


def test_numbers_are_those_of_the_main_table(
    site: Path, page: Page, study: Path, items: list[Any], monkeypatch
) -> None:
    monkeypatch.chdir(study)
    page.goto((site / "index.html").as_uri())
    table = main_table(inputs_of(study, items).scores).set_index("model")
    for name in NAMES:
        row = page.locator(f"[data-name={name}]")
        for key, column in {"all": "average", CELLS[0]: CELLS[0], CELLS[-1]: CELLS[-1]}.items():
            shown, known = row.locator(f"[data-key='{key}']").get_attribute("data-value"), table.loc[name, column]
            assert (shown is None and known != known) or float(shown or "nan") == known
        interval = row.locator("[data-key=all] small").all_text_contents()
        known = table.loc[name, ["average_low", "average_high"]]
        assert interval == ([] if known.nunique() < 2 else [f"{known.iloc[0]:.1f}–{known.iloc[1]:.1f}"])


def test_this_study_and_the_paper_are_sorted_and_ranked_apart(site: Path, page: Page) -> None:
    page.goto((site / "index.html").as_uri())

    def ranks(part: int) -> list[tuple[str, str]]:
        rows = page.locator(".board tbody").nth(part).locator("tr[data-name]")
        return [(row.get_attribute("data-name") or "", row.locator(".rank").inner_text()) for row in rows.all()]

    assert ranks(0) == [(VLM, "1"), (NAMES[1], "–"), (NAMES[0], "–")]
    published = read_published("table2_main").sort_values("average", ascending=False)["model"].tolist()
    assert next(name for name, _ in ranks(1)) == published[0] and ranks(1)[-1] == ("Random Guess", "–")
    page.get_by_label("Transition cells").check()
    head = page.locator(f"th[data-sort='{CELLS[0]}']")
    head.get_by_role("button").focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert ranks(0) == [(NAMES[1], "1"), (VLM, "2"), (NAMES[0], "–")]
    column = read_published("table2_main").set_index("model")[CELLS[0]].drop("Random Guess")
    best = {name for name, rank in ranks(1) if rank == "1"}
    assert best == set(column[column == column.max()].index) and len(ranks(1)) == 19
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    assert ranks(0) == [(VLM, "2"), (NAMES[1], "1"), (NAMES[0], "–")]


def test_published_means_are_those_of_their_cells() -> None:
    for row in published_rows(published_table()):
        whole = next(value.accuracy for value in row.values.values() if value)
        parts = [value.accuracy for key, value in row.values.items() if value and key in ("num2space", "space2num")]
        assert sum(parts) / 2 == pytest.approx(whole, abs=0.06)


def test_a_visitor_answers_two_examples(site: Path, page: Page) -> None:
    page.goto((site / "index.html").as_uri())
    expect(page.locator(".example")).to_have_count(2)
    for example in page.locator(".example").all():
        right = example.get_attribute("data-answer")
        wrong = "A" if right != "A" else "B"
        example.locator(f"[data-letter={wrong}]").press("Enter")
        expect(example.locator(".told")).to_have_text(f"✗ {wrong} is wrong; {right} is right.")
        example.locator(f"[data-letter={right}]").click()
        expect(example.locator(".told")).to_have_text(f"✓ {right} is right.")
        expect(example.get_by_role("link", name="See every model’s reply")).to_be_visible()
    expect(page.locator(".example").first).to_contain_text("pixel_difference says")
    assert page.locator(".example").first.locator("[data-letter] img").count() == 4


def test_what_items_replies_and_claims_say_is_text(site: Path, page: Page, items: list[Any]) -> None:
    page.goto((site / "index.html").as_uri() + "#near_chance")
    expect(page.locator("#near_chance")).to_contain_text(NASTY)
    expect(page.locator("#near_chance")).to_contain_text("−2.50")
    expect(page).to_have_title("SpaceNum: study invented")
    page.goto((site / "gallery/index.html").as_uri() + f"#item={items[1].id}")
    expect(page.locator(".prompt")).to_contain_text(NASTY)
    expect(page).to_have_title("SpaceNum item gallery")


PAGES = ("index.html", "index.html#near_chance", "gallery/index.html", "gallery/index.html#cell={cell}&item={item}")


@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_overflows_or_breaks_in_a_word(site: Path, page: Page, items: list[Any], width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for place in PAGES:
        page.goto("about:blank")
        page.goto(f"{site.as_uri()}/{place.format(cell=items[-1].cell, item=items[-1].id)}")
        page.locator("img").first.wait_for()
        for choice in page.locator("[name=view]").all() or [None]:
            if choice:
                choice.check()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate(WORDS_THAT_BREAK) == []


def test_a_word_that_breaks_is_found(page: Page) -> None:
    page.set_content("<p style='width: 4em; overflow-wrap: anywhere'>unbelievably_<wbr>long</p>")
    assert page.evaluate(WORDS_THAT_BREAK) == ["unbelievably"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(site: Path, page: Page, items: list[Any], scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    for place in PAGES:
        page.goto("about:blank")
        page.goto(f"{site.as_uri()}/{place.format(cell=items[1].cell, item=items[1].id)}")
        page.locator("img").first.wait_for()
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        found = Axe().run(page).response["violations"]
        assert [fault["id"] for fault in found if fault["impact"] in ("serious", "critical")] == []


def test_axe_finds_a_fault_where_there_is_one(page: Page) -> None:
    page.set_content("<html lang='en'><title>t</title><main><img src='data:,'><p style='color: #ccc'>pale</p></main>")
    assert {fault["id"] for fault in Axe().run(page).response["violations"]} >= {"image-alt", "color-contrast"}


def test_it_works_from_a_server_and_from_wherever_it_is_moved(site: Path, browser: Browser, tmp_path: Path) -> None:
    shutil.copytree(site, tmp_path / "sent")
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path / "sent"))
    handler.log_message = lambda *told: None  # type: ignore[attr-defined]
    asked: list[str] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        here = f"http://127.0.0.1:{server.server_address[1]}/"
        page = browser.new_page()
        page.on("response", lambda response: asked.append(f"{response.status} {response.url}"))
        page.goto(here)
        page.get_by_role("link", name="Open the gallery").click()
        expect(page.locator(".tile img").first).to_have_js_property("naturalWidth", 320)
        page.close()
        server.shutdown()
        thread.join()
    assert len(asked) > 5 and not [one for one in asked if not one.startswith(f"200 {here}")]


def test_a_page_with_experiments_shows_items_beside_their_variants(
    study: Path, items: list[Any], tmp_path: Path, monkeypatch, page: Page
) -> None:
    monkeypatch.chdir(study)
    write_frame(Path("data/items/benchmark/blind/layout.images/black.png"), 0)
    black = Image(image="data/items/benchmark/blind/layout.images/black.png")
    blind = [item.model_copy(update={"variant": "blind", "prompt": [black]}) for item in items]
    gallery = params_of().gallery.model_copy(update={"variants": {"blind": "every image is black"}})
    shown = replace(
        inputs_of(study, items),
        variants=[ShownVariant("blind", "every image is black", {item.id: item for item in blind}, {})],
    )
    write_site(tmp_path / "index.html", params_of(gallery=gallery, experiments=True), shown)
    page.goto(f"{(tmp_path / 'gallery/index.html').as_uri()}#item={items[0].id}")
    column = page.locator("[data-variant=blind]")
    expect(column).to_contain_text("every image is black")
    expect(column.locator("img")).to_have_js_property("naturalWidth", 320)
    page.goto((tmp_path / "index.html").as_uri())
    expect(page.get_by_text("makes what the others need")).to_have_count(0)


def test_bytes_are_the_same_each_time(site: Path, study: Path, items: list[Any], tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(study)
    write_site(tmp_path / "index.html", params_of(), inputs_of(study, items))
    made = {path.relative_to(site): path.read_bytes() for path in site.rglob("*") if path.is_file()}
    assert made == {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


@pytest.mark.parametrize("image", ["../elsewhere/secret.png", "/etc/passwd"])
def test_an_image_elsewhere_is_refused(image: str) -> None:
    with pytest.raises(SpaceNumError, match="does not lie in the study's folder"):
        copy_name(image)


def test_bibtex_is_that_of_the_citation_file() -> None:
    citation = yaml.safe_load((PROJECT / "CITATION.cff").read_text())
    paper, software = bibtex(citation).split("\n\n")
    assert paper.startswith("@article{zhang2026spacenum,\n") and "  eprint = {2605.23898}," in paper
    assert "Zhang, Jianshu and\n" in paper and "author = {{The SpaceNum authors}}" in software
    preferred = {"type": "article", "title": "T", "authors": [{"name": "N"}], "year": 2027, "doi": "10/x"}
    first = bibtex({**citation, "preferred-citation": preferred}).split("\n\n")[0]
    assert first == "@article{2027t,\n  title = {{T}},\n  author = {{N}},\n  year = {2027},\n  doi = {10/x},\n}"
