"""The gallery, read by a browser from the file system."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from spacenum.core.errors import SpaceNumError
from spacenum.gallery.build import ShownVariant, build_gallery
from spacenum.items.schema import CELLS
from spacenum.traces.labels import Evidence, TraceLabels
from tests.gallery.invented import BASELINE, LEVEL, NASTY, VLM, answers_of, item_of, said, write_frame

FAMILIES = 3
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def items() -> list[Any]:
    return [item_of(cell, number) for cell in CELLS for number in range(FAMILIES)]


@pytest.fixture(scope="module")
def study(items: list[Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study's folder with frames and a gallery."""
    study = tmp_path_factory.mktemp("study")
    paths = {part.image for item in items for part in (*item.prompt, *item.options) if getattr(part, "image", None)}
    for seed, path in enumerate(sorted(paths)):
        write_frame(study / path, seed)
    build_gallery(items, answers_of(items), study / "results/gallery", caption="Synthetic items.")
    return study


@pytest.fixture
def open_at(study: Path, page: Page) -> Open:
    """Opens the gallery at a hash."""

    def open_at(hash_: str = "") -> Page:
        page.goto("about:blank")
        page.goto((study / "results/gallery/index.html").as_uri() + hash_)
        return page

    return open_at


def shown(page: Page) -> list[str]:
    """Ids of the tiles of this page and all further ones."""
    ids: list[str] = []
    while True:
        page.locator(".tile").first.wait_for()
        ids += (here := page.locator(".tile").evaluate_all("tiles => tiles.map((tile) => tile.dataset.item)"))
        if page.locator("#next").is_disabled():
            return ids
        page.locator("#next").click()
        page.wait_for_function("id => document.querySelector('.tile').dataset.item !== id", arg=here[0])


def control(page: Page, key: str) -> Locator:
    return page.locator(f"[data-key={key}]")


def test_all_items_are_paged(open_at: Open, items: list[Any]) -> None:
    page = open_at()
    expect(page.locator(".tile")).to_have_count(24)
    expect(page.locator("#status")).to_have_text("60 items of 60, page 1 of 3")
    assert shown(page) == [item.id for item in items]


def test_keys_turn_pages(open_at: Open) -> None:
    page = open_at()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#status")).to_contain_text("page 2 of 3")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#status")).to_contain_text("page 1 of 3")
    control(page, "q").press("ArrowRight")
    expect(page.locator("#status")).to_contain_text("page 1 of 3")


@pytest.mark.parametrize(
    ("key", "value"),
    [("cell", CELLS[3]), ("setting", "layout"), ("task", "space2num"), ("group", "2d"), ("scale", "desk")],
)
def test_selects_filter(open_at: Open, items: list[Any], key: str, value: str) -> None:
    page = open_at()
    control(page, key).select_option(value)
    expect(page.locator("#status")).not_to_contain_text("60 items of 60")
    assert shown(page) == [item.id for item in items if getattr(item, key) == value]
    assert f"{key}={value}" in page.url


def test_model_filter_leaves_what_it_answered(open_at: Open, items: list[Any]) -> None:
    page = open_at()
    expect(control(page, "outcome")).to_be_disabled()
    control(page, "model").select_option(BASELINE.name)
    expect(page.locator("#status")).to_contain_text("24 items")
    assert shown(page) == [item.id for item in items if item.setting == "transition"]
    control(page, "outcome").select_option("none")
    expect(page.locator("#status")).to_contain_text("36 items")


@pytest.mark.parametrize(("outcome", "places"), [("right", {3, 4}), ("wrong", {2}), ("unparsed", {0, 1})])
def test_outcome_filter(open_at: Open, items: list[Any], outcome: str, places: set[int]) -> None:
    page = open_at()
    control(page, "model").select_option(VLM.name)
    control(page, "outcome").select_option(outcome)
    expect(page.locator("#status")).to_contain_text(f"{12 * len(places)} items")
    assert shown(page) == [item.id for index, item in enumerate(items) if index % 5 in places]
    expect(page.locator(f".tile .{outcome}").first).to_be_visible()


def test_hash_keeps_the_filters(open_at: Open, items: list[Any]) -> None:
    page = open_at(f"#cell={CELLS[0]}&model=Chance&outcome=expected&q=kitchen-1")
    assert shown(page) == [items[1].id]
    expect(control(page, "cell")).to_have_value(CELLS[0])
    expect(control(page, "outcome")).to_have_value("expected")
    page.get_by_role("link", name="Clear filters").click()
    expect(page.locator("#status")).to_contain_text("60 items of 60")
    page.go_back()
    expect(page.locator(".tile")).to_have_count(1)


def test_search_finds_prompts_objects_and_replies(open_at: Open, items: list[Any]) -> None:
    page = open_at()
    control(page, "q").fill("STORAGE kitchen")
    expect(page.get_by_text("No item matches these filters.")).to_be_visible()
    control(page, "q").fill("Storage Box")
    expect(page.locator("#status")).to_contain_text("36 items")
    control(page, "q").fill("onerror")
    expect(page.locator("#status")).to_contain_text("12 items")


def test_images_load(open_at: Open) -> None:
    page = open_at(f"#cell={CELLS[0]}")
    expect(page.locator(".tile img")).to_have_count(5 * FAMILIES)
    for image in page.locator(".tile img").all():
        image.scroll_into_view_if_needed()
        expect(image).to_have_js_property("naturalWidth", 320)
    page.locator(".tile a").first.click()
    frame = page.locator(".card figure").first
    assert (
        frame.locator("a").first.get_attribute("href")
        == "../../data/frames/transition.move_forward_backward%20%230/start.png"
    )
    expect(frame.locator("code")).to_have_text("data/frames/transition.move_forward_backward #0/start.png")


def test_prompt_keeps_its_order(open_at: Open, items: list[Any]) -> None:
    page = open_at(f"#item={items[0].id}")
    captions = page.locator(".prompt figcaption").all_text_contents()
    assert captions == ["Image 1:", "Option A:", "Option B:", "Option C:", "Option D:"]
    assert page.locator(".prompt p").all_text_contents()[-1] == "Reply with one letter."


def test_truth_is_marked(open_at: Open, items: list[Any]) -> None:
    for item in (items[1], items[-2]):
        page = open_at(f"#item={item.id}")
        right = page.locator(".options .answer")
        expect(right).to_have_count(1)
        expect(right.locator("th")).to_have_text(f"{item.answer} ✓ right")
    expect(page.get_by_text("target: storage box")).to_be_visible()
    expect(page.get_by_text("(1, 1, 1) to (2.5, 2.5, 2.5)").first).to_be_visible()


def test_deep_link_opens_its_item(open_at: Open, items: list[Any]) -> None:
    page = open_at(f"#cell={CELLS[0]}&item={items[1].id}")
    expect(page.locator(".card")).to_have_attribute("data-item", items[1].id)
    assert not page.locator("#overview").evaluate("details => details.open")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".card")).to_have_attribute("data-item", items[2].id)
    page.get_by_role("link", name="Back to the list").click()
    expect(page.locator(".tile")).to_have_count(FAMILIES)
    expect(open_at(f"#cell={CELLS[0]}&item={items[-1].id}").locator(".card code").first).to_have_text(items[-1].id)
    expect(open_at("#item=nonsense").get_by_text("no item “nonsense”")).to_be_visible()


def test_families_are_shown_together(open_at: Open) -> None:
    page = open_at()
    control(page, "families").check()
    first = page.locator(".family").first
    expect(first.locator(".card")).to_have_count(2)
    expect(first.locator(".strip img")).to_have_count(5)
    first.locator("h2 a").first.click()
    expect(page.locator(".card")).to_have_count(2)
    expect(control(page, "family")).to_have_value("transition.move_forward_backward #0")


def test_answers_and_kinds_are_told(open_at: Open, items: list[Any]) -> None:
    page = open_at(f"#item={items[1].id}")
    rows = page.locator(".answers tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("reference")
    expect(rows.nth(0)).to_contain_text("≈ expected 0.25")
    expect(rows.nth(1)).to_contain_text("baseline")
    expect(rows.nth(2)).to_contain_text("no letter in the reply")
    expect(rows.nth(2).locator("pre")).to_have_text(NASTY)
    expect(page).to_have_title("SpaceNum item gallery")
    expect(open_at(f"#item={items[-1].id}").locator(".answers tbody tr").nth(1)).to_contain_text("– no answer")


def test_labels_of_traces_stand_beside_the_reply(items: list[Any], study: Path, page: Page) -> None:
    about = {"item": items[1].id, "model": VLM.name, "cell": items[1].cell, "scene": "s", "answer": "unread"}
    quote = Evidence(failure="image_space", sign="quote", start=0, end=len(NASTY), text=NASTY)
    labels = [
        TraceLabels(
            **about, source="rules", outcome="labelled", failures=("coarse_cue", "image_space"), evidence=(quote,)
        ),
        TraceLabels(**about, source="judge", outcome="unlabelled", reason="not valid JSON"),
        TraceLabels(**about, source="anna", outcome="labelled"),
    ]
    build_gallery(items[:2], [(VLM, [said(item, 1) for item in items[:2]])], study / "results/labelled", labels=labels)
    page.goto((study / "results/labelled/index.html").as_uri() + "#q=image_space")
    expect(page.locator("#status")).to_contain_text("1 item")
    page.locator(".tile a").click()
    told = [f"rules: coarse_cue; image_space “{NASTY}”", "judge: unlabelled", "anna: no failure"]
    expect(page.locator(".card .labels")).to_have_text(told)
    assert page.title() != "hacked"


def test_overview_counts(open_at: Open) -> None:
    page = open_at()
    page.locator("#overview summary").click()
    row = page.locator(".overview tbody tr").first
    cells = [re.sub(r"\s+", " ", text).strip() for text in row.locator("td").all_text_contents()]
    assert cells == ["3", "1", "1", "1", "0", "25.0 0.75/3", "100.0 3/3", "0.0 0/3, 2?"]
    assert row.locator("th").inner_text() == CELLS[0]
    row.locator("td a").last.click()
    expect(page.locator("#status")).to_contain_text("3 items")
    expect(control(page, "model")).to_have_value(VLM.name)


def test_the_first_screen_shows_pictures_and_four_options_stand_two_by_two(open_at: Open, items: list[Any]) -> None:
    page = open_at()
    for width in (1280, 400):
        page.set_viewport_size({"width": width, "height": 900})
        page.reload()
        four = page.locator(".tile .four").first.locator("img")
        expect(four.last).to_be_in_viewport(ratio=1)
        assert two_by_two(four)
        page.goto("about:blank")
        page = open_at(f"#item={items[0].id}")
        assert two_by_two(page.locator(".prompt .two-by-two img"))
        page = open_at()


def two_by_two(images: Locator) -> bool:
    expect(images).to_have_count(4)
    boxes = [box for image in images.all() if (box := image.bounding_box())]
    (a, b, c, d) = [(round(box["x"]), round(box["y"])) for box in boxes]
    return a[1] == b[1] < c[1] == d[1] and a[0] == c[0] < b[0] == d[0]


def test_only_what_is_shown_is_loaded(items: list[Any], tmp_path: Path, page: Page, monkeypatch) -> None:
    monkeypatch.setattr("spacenum.gallery.build.ITEMS_A_FILE", 4)
    build_gallery(items, answers_of(items), tmp_path)
    page.route("**/*.png", lambda route: route.fulfill(body=b"", content_type="image/png"))
    scripts: list[str] = []
    page.on("request", lambda request: scripts.append(request.url.split("/")[-1]) if ".js" in request.url else None)
    page.goto((tmp_path / "index.html").as_uri() + f"#item={items[9].id}")
    expect(page.locator(".card")).to_have_attribute("data-item", items[9].id)
    assert scripts == ["items.js", "0002.js"]
    control(page, "q").fill("storage box")
    expect(page.locator("#status")).to_contain_text("36 items of 60")
    assert len(scripts) == 1 + 15


def test_a_missing_file_of_items_is_named(items: list[Any], tmp_path: Path, browser: Browser) -> None:
    build_gallery(items, answers_of(items), tmp_path)
    (tmp_path / "items/0000.js").unlink()
    page = browser.new_page()
    page.goto((tmp_path / "index.html").as_uri())
    expect(page.get_by_text("items/0000.js is missing beside this page.")).to_be_visible()
    page.close()


def test_no_sideways_scrolling_on_a_small_window(open_at: Open) -> None:
    page = open_at()
    for width in (1280, 800, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def by_id(items: list[Any]) -> dict[str, Any]:
    return {item.id: item for item in items}


@pytest.fixture(scope="module")
def with_variants(items: list[Any], study: Path) -> Path:
    """The study's second gallery: black images for all items, and another question for transitions."""
    black = [item.model_copy(update={"variant": "blind"}) for item in items]
    turned = [
        item.model_copy(update={"variant": "symmetry", "prompt": [*item.prompt, item.prompt[0]], "answer": "D"})
        for item in items
        if item.setting == "transition"
    ]
    variants = [
        ShownVariant("blind", "every image is black", by_id(black), {VLM.name: [said(item, 2) for item in black]}),
        ShownVariant("symmetry", "left is right", by_id(turned), {BASELINE.name: [said(item, 1) for item in turned]}),
    ]
    build_gallery(items, answers_of(items), study / "results/gallery_with_variants", variants=variants)
    return study / "results/gallery_with_variants/index.html"


def test_an_item_stands_beside_its_variants(with_variants: Path, items: list[Any], page: Page) -> None:
    scripts: list[str] = []
    page.on(
        "request",
        lambda request: (
            scripts.append(request.url.split("gallery_with_variants/")[1]) if ".js" in request.url else None
        ),
    )
    page.goto(f"{with_variants.as_uri()}#cell={CELLS[0]}")
    expect(page.locator(".tile")).to_have_count(FAMILIES)
    page.locator(".tile a").first.click()
    columns = page.locator(".beside .column")
    expect(columns.locator("h3")).to_have_text(["default", "blind", "symmetry"])
    assert scripts == ["items.js", "items/0000.js", "variants/0000.js"]
    expect(columns.locator("header p").nth(2)).to_have_text("left is right")
    expect(columns.nth(0).locator("img")).to_have_count(5)
    expect(columns.nth(0).locator(".short tbody tr")).to_have_count(3)
    expect(columns.nth(1).locator(".short tbody tr")).to_have_text([f"{VLM.name}B✗ wrongIt must be B."])
    expect(columns.nth(2).locator(".options .answer th")).to_have_text("D ✓ right")
    expect(columns.nth(2).locator(".short pre")).to_have_text(NASTY)
    expect(page).to_have_title("SpaceNum item gallery")
    page.locator(".choices a", has_text="symmetry").click()
    expect(columns.locator("h3")).to_have_text(["default", "symmetry"])
    assert f"cell={CELLS[0]}" in page.url and "beside=symmetry" in page.url
    page.keyboard.press("ArrowRight")
    expect(page.locator(".card")).to_have_attribute("data-item", items[1].id)
    expect(columns.locator("h3")).to_have_text(["default", "symmetry"])
    page.get_by_role("link", name="Back to the list").click()
    expect(page.locator(".tile")).to_have_count(FAMILIES)
    page.goto(f"{with_variants.as_uri()}#item={items[-1].id}&beside=symmetry")
    expect(columns.locator("h3")).to_have_text(["default", "blind"])
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.slow
def test_ten_thousand_items(tmp_path: Path, page: Page) -> None:
    items = [item_of(cell, number) for cell in CELLS for number in range(500)]
    build_gallery(items, answers_of(items), tmp_path)
    page.route("**/*.png", lambda route: route.fulfill(body=b"", content_type="image/png"))
    began = time.monotonic()
    page.goto((tmp_path / "index.html").as_uri())
    expect(page.locator(".tile")).to_have_count(24)
    control(page, "q").fill("layout.space2num.3d.room.499")
    expect(page.locator(".tile")).to_have_count(1)
    assert time.monotonic() - began < 20


def test_bytes_are_the_same_each_time(items: list[Any], study: Path, tmp_path: Path) -> None:
    build_gallery(items, answers_of(items), tmp_path, caption="Synthetic items.")
    for name in ("index.html", "items.js", "items/0000.js"):
        assert (tmp_path / name).read_bytes() == (study / "results/gallery" / name).read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index.html", "items", "items.js"]


def test_an_empty_gallery_says_so(tmp_path: Path, page: Page) -> None:
    build_gallery([], [], tmp_path)
    page.goto((tmp_path / "index.html").as_uri())
    expect(page.get_by_text("No item matches these filters.")).to_be_visible()


def test_ambiguous_input_is_refused(items: list[Any], tmp_path: Path) -> None:
    answer = said(items[0], 3)
    for shown_items, answers, message in (
        (items[:1] * 2, [], f"2 items have the id '{items[0].id}'"),
        (items, [(VLM, []), (VLM, [])], "2 models are called"),
        (items, [(LEVEL, [answer, answer])], "2 answers of Chance are for the item"),
        ([items[0].model_copy(update={"cell": "x"})], [], "none of the 20 cells"),
    ):
        with pytest.raises(SpaceNumError, match=re.escape(message)):
            build_gallery(shown_items, answers, tmp_path)
    assert not list(tmp_path.iterdir())
