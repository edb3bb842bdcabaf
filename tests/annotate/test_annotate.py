"""A person answers items: what the browser shows and is told, what is kept, and what becomes of it."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from spacenum.annotate.server import AnnotationServer, page
from spacenum.annotate.session import Session, example_of
from spacenum.asking.base import Context
from spacenum.asking.settings import ModelConfig
from spacenum.cli.annotate import serve
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import stable_hash, write_jsonl
from spacenum.items.schema import TASKS
from spacenum.models.person import PersonOptions, assigned, load, read_sheet, share, sheet_path, sheets
from spacenum.scoring.rows import score_answers
from spacenum.tables.agreement import agreement_table, krippendorff_alpha
from spacenum.tables.base import ModelScores
from tests.gallery.conftest import browser
from tests.gallery.test_gallery import item_of

__all__ = ["browser"]
CELL = "transition.num2space.rotate_left_right"
HUMAN = ModelConfig(kind="human", backend="person")
SHEET = sheet_path("ada", "default", CELL)


@pytest.fixture
def items(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Four items of a cell, with images, in a study that is the working directory."""
    items = [item_of(CELL, number) for number in range(4)]
    paths = {part.image for item in items for part in item.prompt if hasattr(part, "image")}
    monkeypatch.chdir(tmp_path)
    for red, path in enumerate(sorted(paths)):
        paint(path, red)
    return items


def paint(path: str, red: int) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (32, 32), (red, 120, 160)).save(path)


def session_of(items: list[Any], person: str = "ada") -> Session:
    return Session(person, items, SHEET, Path())


@contextmanager
def served(items: list[Any]) -> Iterator[str]:
    """The address of a server with a session of its own, as after each start of the command."""
    with AnnotationServer(session_of(items), page("ada", CELL), 0) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.url
        server.shutdown()
        thread.join()


@pytest.fixture
def tab(browser: Browser) -> Iterator[tuple[Page, list[str]]]:
    """A page, and all that its server said to it; the test fails if the page reports an error."""
    opened, problems, said = browser.new_page(), list[str](), list[str]()
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("request", lambda request: said.append(request.url))
    opened.on("response", lambda response: said.append(str(response.headers)))
    opened.on("response", lambda response: said.append(response.text()) if "/image/" not in response.url else None)
    yield opened, said
    opened.close()
    assert problems == []


def test_a_person_answers_goes_back_undoes_and_resumes(items: list[Any], tab: tuple[Page, list[str]]) -> None:
    opened, said = tab
    status = opened.locator("#status")

    def letters() -> list[str]:
        return [entry.letter for entry in read_sheet(SHEET)]

    with served(items) as url:
        opened.goto(url)
        expect(status).to_have_text("Instructions")
        opened.keyboard.press("b")
        opened.locator("#begin").click()
        expect(status).to_have_text("item 1 of 4: 0 answered, 4 left")
        captions = opened.locator("figcaption").all_text_contents()
        assert captions == ["Image 1:", "Option A:", "Option B:", "Option C:", "Option D:"]
        expect(opened.locator("img").last).to_have_js_property("naturalWidth", 32)
        opened.keyboard.press("b")
        expect(status).to_have_text("item 2 of 4: 1 answered, 3 left")
        opened.keyboard.press("4")
        expect(status).to_have_text("item 3 of 4: 2 answered, 2 left")
        assert letters() == ["B", "D"]
        opened.keyboard.press("ArrowLeft")
        expect(opened.locator("#letters [aria-pressed=true]")).to_have_text("D")
        opened.keyboard.press("a")
        expect(status).to_have_text("item 3 of 4: 2 answered, 2 left")
        assert letters() == ["B", "A"]
        opened.keyboard.press("u")
        expect(status).to_have_text("item 2 of 4: 1 answered, 3 left")
        assert letters() == ["B"]
    opened.keyboard.press("c")
    expect(opened.locator("#problem")).to_contain_text("The server doesn't answer")
    with served(items) as url:
        opened.goto(url)
        expect(status).to_have_text("item 2 of 4: 1 answered, 3 left")
        for left in (2, 1, 0):
            opened.locator("#letters button").nth(2).click()
            expect(status).to_contain_text(f"{left} left")
        expect(opened.locator("#question")).to_have_text(re.compile("^All 4 items are answered"))
    assert letters() == ["B", "C", "C", "C"]
    everything = "\n".join(said)
    hidden = [text for item in items for text in (item.id, item.family, item.scene, item.options[0].image)]
    assert [text for text in [*hidden, "truth", "magnitude", "quality"] if text in everything] == []
    told = [json.loads(text) for text in said if text.startswith('{"place"')]
    assert {key for question in told for key in question} == {"place", "parts", "letters", "letter"}


def test_each_person_has_an_order_of_their_own(items: list[Any]) -> None:
    def order(person: str) -> list[str]:
        return [session_of(items, person).question(place).model_dump_json() for place in range(4)]

    assert order("ada") == order("ada")
    assert len({tuple(order(person)) for person in ("ada", "bo", "cy", "di")}) > 1


@contextmanager
def served_to(name: str, items: list[Any], options: PersonOptions) -> Iterator[str]:
    """The address of one of several people's servers."""
    shared = share(items, options)
    session = Session(
        name, assigned(shared, options, name), sheet_path("human", "default", CELL, name), Path(),
        example_of(items, shared),
    )  # fmt: skip
    with AnnotationServer(session, page(name, CELL), 0) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.url
        server.shutdown()
        thread.join()


def families_of(items: list[Any], count: int) -> list[Any]:
    """The items of as many families of four, each letter right once, with the same pictures."""
    return [
        item.model_copy(update={"id": f"{item.id}.{k}", "family": f"family{k}", "answer": "ABCD"[number]})
        for k in range(count)
        for number, item in enumerate(items)
    ]


def test_three_scripted_people_share_the_items_in_a_browser(items: list[Any], tab: tuple[Page, list[str]]) -> None:
    """One is always right, one always says A, one stops; then goes on."""
    opened, _ = tab
    people = ["ada", "bo", "cy"]
    many = families_of(items, 6)
    options = PersonOptions(families=5, people=people, answers_per_item=2)
    shared = share(many, options)
    plans = {name: assigned(shared, options, name) for name in people}
    assert sorted(item.id for plan in plans.values() for item in plan) == sorted(2 * [item.id for item in shared])
    for plan in plans.values():
        seen = Counter(item.family for item in plan)
        assert len(seen) == 5 and max(seen.values()) < 4, "nobody sees all of a family"
    right = {item.id: item.answer for item in many}
    for name in people:
        order = sorted(plans[name], key=lambda item: stable_hash(f"{name}/{item.id}"))
        keys = {"ada": [right[item.id] for item in order], "bo": ["A"] * len(order)}.get(name, ["D"] * 3)
        with served_to(name, many, options) as url:
            opened.goto(url)
            expect(opened.locator("#question h2")).to_have_text("An example, which you are not asked")
            expect(opened.locator("#question section p").last).to_contain_text("Its right answer is")
            opened.locator("#begin").click()
            expect(opened.locator("#status")).to_contain_text("0 answered")
            for done, key in enumerate(keys, 1):
                opened.keyboard.press(key)
                expect(opened.locator("#status")).to_contain_text(f"{done} answered")
    model = HUMAN.model_copy(update={"options": options.model_dump()})

    def answers() -> list[Any]:
        context = Context(
            frames={}, root=Path(), seed=0, sheets=[Path(p) for p in sheets("human", "default", "transition")]
        )
        return list(load(model, context).answer(many))

    assert {answer.outcome for answer in answers()} == {"missing"}, "cy isn't through"
    sheet = sheet_path("human", "default", CELL, "cy")
    session = Session("cy", plans["cy"], sheet, Path())
    while (place := session.progress().open) is not None:
        session.answer(place, "A", 2.0)
    rows = score_answers(many, answers())
    assert [row.item for row in rows] == [item.id for item in shared]
    assert all(row.outcome == "several" and len(row.chosen or "") == 2 and row.seconds is not None for row in rows)
    table = agreement_table([ModelScores(model.info("human"), rows)])
    assert table["cell"].tolist() == [CELL, "all"]
    assert (table["items"] == 20).all() and (table["answers"] == 40).all()
    assert table["alpha"].between(-1, 1).all() and table["seconds"].notna().all()
    assert model.info("human").label == "human (3 people)"


def test_agreement_has_its_closed_form():
    """Krippendorff 2018, chapter 12: alpha is 1 - observed over expected disagreement; here (2/8) / (30/56)."""
    assert krippendorff_alpha(["AA", "BB", "AB", "BB"]) == pytest.approx(1 - (2 / 8) / (30 / 56))
    assert krippendorff_alpha(["AA", "BB"]) == 1
    assert krippendorff_alpha(["AA", "AA"]) is None and krippendorff_alpha(["A", "B"]) is None


def test_people_that_are_fewer_than_answers_to_an_item_are_refused():
    with pytest.raises(ValueError, match="answers_per_item is 3, but 'people' names 2"):
        PersonOptions(people=["ada", "bo"], answers_per_item=3)


def test_an_item_that_looks_otherwise_is_asked_again_and_its_answer_kept(items: list[Any]) -> None:
    session = session_of(items)
    for place in range(4):
        session.answer(place, "B", 1.25)
    paint(items[0].options[1].image, 99)
    changed = session_of(items)
    assert (changed.progress().answered, changed.outdated) == (3, 1)
    place = changed.progress().open
    changed.answer(place, "C", 2)
    assert [entry.letter for entry in read_sheet(SHEET)] == ["B"] * 4 + ["C"]
    assert session_of(items).progress().open is None


def test_a_cell_counts_when_all_of_it_is_answered(items: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    def answers() -> list[Any]:
        context = Context(
            frames={}, root=Path(), seed=0, sheets=[Path(p) for p in sheets("ada", "default", "transition")]
        )
        return list(load(HUMAN, context).answer(items))

    session = session_of(items)
    for place in range(3):
        session.answer(place, "A", 1)
    assert {(answer.outcome, answer.reason) for answer in answers()} == {
        ("missing", "3 of the 4 answers asked of this cell are there")
    }
    assert score_answers(items, answers()) == []
    assert "3 of the 4 answers asked of this cell are there; the cell stays empty" in capsys.readouterr().err
    session.answer(3, "A", 1)
    assert [answer.letter for answer in answers()] == ["A"] * 4
    assert [row.outcome for row in score_answers(items, answers())] == ["right", "wrong", "wrong", "wrong"]


def of_task(item: Any, task: str) -> Any:
    """The item as one of a task, in a family that is named after the task, as built families are."""
    cell = CELL.replace("num2space", task)
    return item.model_copy(update={"task": task, "cell": cell, "family": f"{item.family}.{task}"})


def test_a_person_can_be_asked_a_share_of_whole_families(items: list[Any]) -> None:
    several = [item.model_copy(update={"id": f"{item.id}.{k}"}) for item in items for k in range(2)]
    two = PersonOptions(families=2)
    chosen = share(several, two)
    assert len(chosen) == 4 and len({item.family for item in chosen}) == 2
    assert {item.id for item in share(several[::-1], two)} == {item.id for item in chosen}
    both = [of_task(item, task) for task in TASKS for item in several]
    frames = {task: {i.family.removesuffix(f".{task}") for i in share(both, two) if i.task == task} for task in TASKS}
    assert frames["num2space"] == frames["space2num"] and len(frames["num2space"]) == 2
    session = session_of(chosen)
    for place in range(4):
        session.answer(place, "A", 1)
    context = Context(frames={}, root=Path(), seed=0, sheets=[SHEET])
    answers = list(load(HUMAN.model_copy(update={"options": {"families": 2}}), context).answer(several))
    assert [answer.item for answer in answers if answer.letter] == [item.id for item in chosen]
    assert {answer.reason for answer in answers if not answer.letter} == {"not in the person's share of this cell"}
    assert [row.item for row in score_answers(several, answers)] == [item.id for item in chosen]
    with pytest.raises(SpaceNumError, match="key 'options': familys: Extra inputs"):
        load(HUMAN.model_copy(update={"options": {"familys": 2}}), context)


def test_a_letter_that_is_not_offered_is_refused(items: list[Any]) -> None:
    session = session_of([item.model_copy(update={"options": item.options[:2]}) for item in items])
    with pytest.raises(SpaceNumError, match="the answer is C, but this item offers only A, B"):
        session.answer(0, "C", 1)
    assert not SHEET.exists()


def test_what_can_be_mended_is_said_in_a_sentence(items: list[Any]) -> None:
    def refusal(person: str = "human", cell: str = CELL, source: str = "items.jsonl", port: int = 0) -> str:
        with pytest.raises(SpaceNumError) as raised:
            serve(person, cell, Path(source), port)
        return str(raised.value)

    write_jsonl(Path("items.jsonl"), items)
    assert "no config/models/bo.yaml; copy config/models/human.yaml" in refusal(person="bo")
    assert "its key 'backend' is 'baselines.chance', not 'person'" in refusal(person="chance")
    assert f"no cell '{CELL}s'; did you mean '{CELL}'?" in refusal(cell=f"{CELL}s")
    assert "nothing.jsonl: no such file" in refusal(source="nothing.jsonl")
    assert "items.jsonl has no items of cell" in refusal(cell="layout.num2space.1d.desk")
    with served(items) as url:
        port = int(url.rsplit(":", 1)[1].strip("/"))
        assert f"port {port} can't be had" in refusal(port=port)
    sheet = sheet_path("human", "default", CELL)
    sheet.write_text('{"item": "x", "shown": "y", "letter": "E", "seconds": 1}\n')
    said = refusal()
    assert f"{sheet}, line 1: letter" in said and f"mend or remove that line of {sheet}" in said
    with pytest.raises(SpaceNumError, match="key 'kind' is 'vlm', not 'human'"):
        load(ModelConfig(kind="vlm", backend="person"), Context(frames={}, root=Path(), seed=0))


def said_to(
    url: str, path: str = "", method: str = "GET", body: bytes | None = None, **headers: str
) -> tuple[int, str]:
    """Status and body of a reply; a header whose value is "" is left out."""
    address = url.removeprefix("http://").strip("/")
    connection = HTTPConnection(address, timeout=5)
    connection.putrequest(method, f"/{path}", skip_host=True)
    for name, value in ({"Host": address, "Content-Length": str(len(body or b""))} | headers).items():
        if value:
            connection.putheader(name, value)
    connection.endheaders(body)
    reply = connection.getresponse()
    return reply.status, reply.read().decode()


def test_other_sites_are_told_nothing_whatever_their_names_lead_to(items: list[Any]) -> None:
    with served(items) as url:
        port = url.rsplit(":", 1)[1].strip("/")
        for host in (
            "evil.example",
            f"evil.example:{port}",
            "",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "x@localhost",
        ):
            assert said_to(url, "item/0", Host=host) == (403, "this server answers only its own page")
        given = b'{"letter": "A", "seconds": 1}'
        for origin in ("http://evil.example", "null", f"https://127.0.0.1:{port}", "http://127.0.0.1:1"):
            assert said_to(url, "answer/0", "PUT", given, Origin=origin)[0] == 403
        assert not SHEET.exists()
        for host in (f"127.0.0.1:{port}", f"localhost:{port}", "localhost", "localhost:9"):
            assert said_to(url, "item/0", Host=host)[0] == 200
            assert said_to(url, "answer/0", "PUT", given, Host=host, Origin=f"http://{host}")[0] == 200


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"[" * 900, b"\xff", b"x" * 5000]
    + [b'{"letter": "A", "seconds": %s}' % number for number in (b"Infinity", b"-Infinity", b"NaN", b"1e999", b"-1")],
)
def test_an_answer_that_is_none_is_refused_in_a_sentence(items: list[Any], body: bytes) -> None:
    with served(items) as url:
        status, said = said_to(url, "answer/0", "PUT", body)
        assert status == 400 and "\n" not in said and said
        assert said_to(url, "answer/0", "PUT", body, **{"Content-Length": "x"})[0] == 400
    assert not SHEET.exists()
