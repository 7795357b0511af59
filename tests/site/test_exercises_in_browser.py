"""Exercises in a real browser: each kind answers with no network but the page's own server, by keyboard, and on a phone."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from carta.site.build import build_html
from exercise_pages import NODE_MODULES, write_exercise_book
from needs import lacking
from static_server import serving

#: Python starts in some seconds; on a machine that does much else, in many.
_STARTS = 120_000


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_exercise_book(tmp_path_factory.mktemp("exercises") / "a book")
    build_html(root, quiet=True)
    return root / "_build" / "html"


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with serving(site) as address:
        yield address


def _needs(name: str) -> Path:
    """Return a package of ``node_modules``; skip the test where it is missing, and fail in CI."""
    package = NODE_MODULES / name
    if not package.is_dir():
        lacking(f"node_modules has no {name}: run npm ci")
    return package


def _shut_in(context: BrowserContext, address: str) -> list[str]:
    """Let nothing out but requests to the site itself; return a list that grows with what went wrong."""
    trouble: list[str] = []

    def route(route: Any) -> None:
        url = route.request.url
        if url.startswith((f"{address}/", "blob:", "data:")):
            route.continue_()
        else:
            trouble.append(url)
            route.abort()

    context.route("**/*", route)
    context.on("weberror", lambda error: trouble.append(str(error.error)))
    context.on(
        "console",
        lambda message: trouble.append(message.text) if message.type in ("error", "warning") else None,
    )
    return trouble


def _exercise(page: Page, name: str) -> Locator:
    return page.locator(f"#exercise-{name}")


def _said(exercise: Locator) -> Locator:
    return exercise.locator(".carta-exercise-feedback")


def _press(exercise: Locator, name: str) -> None:
    exercise.get_by_role("button", name=name, exact=True).click()


def _stop_an_endless_loop(page: Page) -> None:
    code = _exercise(page, "rule-of-three")
    field = code.get_by_label("Your code")
    output = code.get_by_role("region", name="Output of the code")
    field.fill("while True:\n    print('again')\n")
    _press(code, "Run")
    expect(output).to_contain_text("the rest is left out")
    # The page is alive meanwhile.
    _exercise(page, "binder").get_by_role("radio", name="The hinge").check()
    code.get_by_role("button", name="Stop").focus()
    page.keyboard.press("Enter")
    expect(_said(code)).to_contain_text("Stopped.")
    expect(code.get_by_role("button", name="Run", exact=True)).to_be_focused()
    field.fill("print('alive')")
    _press(code, "Run")
    expect(output).to_have_text("alive\n", timeout=_STARTS)
    _press(code, "Reset")
    expect(field).to_have_value(
        'def rule_of_three(n):\n    """Upper limit of a proportion after none of n events."""\n    ...\n'
    )


@pytest.mark.parametrize("width", [1280, 390])
def test_one_of_each_kind_with_no_network(browser: Browser, address: str, width: int) -> None:
    _needs("pyodide")
    context = browser.new_context(viewport={"width": width, "height": 900}, has_touch=width < 600)
    trouble = _shut_in(context, address)
    page = context.new_page()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(f"{address}/book/chapter.html")

    one = _exercise(page, "binder")
    _press(one, "Check")
    expect(_said(one)).to_have_text("Choose an answer first.")
    one.get_by_role("radio", name="The signal").check()
    _press(one, "Check")
    expect(_said(one)).to_contain_text("Not yet.")
    expect(_said(one)).to_contain_text("It gives the order.")
    # A value in the reply still has its card.
    _said(one).get_by_role("button", name="15 months").click()
    expect(page.locator(":popover-open")).to_contain_text("follow-up")
    page.keyboard.press("Escape")
    # The whole row chooses.
    one.locator("li", has_text="The binder").get_by_text("The binder").click(position={"x": 4, "y": 8})
    expect(_said(one)).to_be_empty()
    _press(one, "Check")
    expect(_said(one)).to_contain_text("Right.")
    expect(_said(one)).to_contain_text("it alone touches the target")
    expect(one.locator(".carta-exercise-state")).to_have_text("✓ solved")

    several = _exercise(page, "several-right")
    several.get_by_role("checkbox", name="No control group").check()
    _press(several, "Check")
    expect(_said(several)).to_contain_text("there is more to choose")
    several.get_by_role("checkbox", name="No patients").check()
    _press(several, "Check")
    expect(_said(several)).to_contain_text("C. There were some.")
    several.get_by_role("checkbox", name="No patients").uncheck()
    several.get_by_role("checkbox", name="Few patients").check()
    _press(several, "Check")
    expect(_said(several)).to_contain_text("Right.")

    share = _exercise(page, "share")
    answer = share.get_by_label("Your answer in %")
    for given, reply in (
        ("much", "This is no number"),
        ("11", "This is the count, not the share."),
        ("136.2", "You divided the wrong way round."),
        ("40", "too low"),
        ("73.9", "too high"),
        ("73,5 %", "More exactly: 73.33"),
    ):
        answer.fill(given)
        answer.press("Enter")
        expect(_said(share)).to_contain_text(reply)
    expect(_said(share)).to_contain_text("Right.")

    assert not any("pyodide" in url for url in fetched), "Python was loaded before anybody asked for it"
    code = _exercise(page, "rule-of-three")
    field = code.get_by_label("Your code")
    _press(code, "Check")
    expect(_said(code)).to_contain_text("With 300 patients", timeout=_STARTS)
    field.fill("def rule_of_three(n):\n    return 3 / n\n")
    _press(code, "Check")
    expect(_said(code)).to_contain_text("A proportion cannot exceed one.")
    field.fill(
        "import statistics\n\ndef mean():\n    return statistics.mean([])\n\nprint('before')\nmean()\n"
    )
    _press(code, "Run")
    expect(_said(code)).to_contain_text("StatisticsError")
    output = code.get_by_role("region", name="Output of the code")
    expect(output).to_contain_text("before")
    expect(output).to_contain_text('File "<your code>", line 4, in mean')
    expect(output).not_to_contain_text("site-packages")
    field.fill("print(fact('alpha-2024-journal:crs').events)")
    _press(code, "Run")
    expect(output).to_have_text("11\n")
    field.fill("def rule_of_three(n):\n    return min(1, 3 / n)\n")
    _press(code, "Check")
    expect(_said(code)).to_contain_text("All tests pass.")

    expect(page.locator(".carta-exercise-progress")).to_contain_text("4 of 4 solved")
    if width > 600:
        _stop_an_endless_loop(page)
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert not trouble, trouble
    context.close()


def test_the_keyboard_answers_and_leaves_the_editor(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}/book/chapter.html")
    one = _exercise(page, "binder")
    one.get_by_role("radio", name="The signal").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(_said(one)).to_contain_text("Right.")
    assert _said(one).get_attribute("role") == "status"
    code = _exercise(page, "rule-of-three")
    field = code.get_by_label("Your code")
    field.fill("")
    field.press_sequentially("def f(x):")
    page.keyboard.press("Enter")
    field.press_sequentially("return x")
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Tab")
    field.press_sequentially("y")
    page.keyboard.press("Tab")
    field.press_sequentially("= 1")
    expect(field).to_have_value("def f(x):\n    return x\ny   = 1")
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(field).not_to_be_focused()
    page.close()


def test_progress_is_kept_here_and_can_go_out_in_and_away(browser: Browser, address: str) -> None:
    context = browser.new_context(accept_downloads=True)
    page = context.new_page()
    page.goto(f"{address}/book/chapter.html")
    one = _exercise(page, "binder")
    one.get_by_role("radio", name="The binder").check()
    _press(one, "Check")
    share = _exercise(page, "share")
    share.get_by_text("Worked solution").click()
    share.get_by_label("Your answer in %").fill("73.3")
    _press(share, "Check")
    page.reload()
    expect(page.locator(".carta-exercise-progress")).to_contain_text("2 of 4 solved")
    expect(one.get_by_role("radio", name="The binder")).to_be_checked()

    page.get_by_role("link", name="All exercises").click()
    listed = page.locator(".carta-exercise-index li[data-exercise]")
    expect(listed).to_have_count(4)
    expect(listed.nth(0)).to_contain_text("✓ solved")
    expect(listed.nth(1)).to_contain_text("○ not yet tried")
    expect(listed.nth(2)).to_contain_text("solved after seeing the solution")
    page.get_by_label("Progress", exact=True).select_option("open")
    expect(listed.locator("visible=true")).to_have_count(2)
    page.get_by_label("Kind").select_option("code")
    expect(listed.locator("visible=true")).to_have_count(1)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as JSON").click()
    exported = download.value.path().read_text(encoding="utf-8")
    assert json.loads(exported)["exercises"]["binder"]["tries"] == 1
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as CSV").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8"))))
    assert [row["exercise"] for row in rows] == ["binder", "several-right", "share", "rule-of-three"]
    assert [row["state"] for row in rows] == ["solved", "new", "solved-after", "new"]
    assert rows[2]["solution_seen"] == "yes" and rows[2]["last_answer"] == "73.3"

    page.get_by_role("button", name="Reset").click()
    page.get_by_role("button", name="Keep it").press("Enter")
    expect(page.locator(".carta-exercise-progress")).to_contain_text("2 of 4 solved")
    page.get_by_role("button", name="Reset").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.locator(".carta-exercise-progress")).to_contain_text("0 of 4 solved")
    picker = page.get_by_label("File with progress to take over")
    for content, reply in (
        ('{"format": "other"}', "was not exported from the exercises"),
        ("no", "This file is no JSON."),
        (exported, "Progress in 2 exercises was taken over."),
    ):
        picker.set_input_files({"name": "x.json", "mimeType": "application/json", "buffer": content.encode()})
        expect(page.locator(".carta-index-said")).to_contain_text(reply)
    expect(page.locator(".carta-exercise-progress")).to_contain_text("2 of 4 solved")
    context.close()


def test_it_answers_where_nothing_can_be_stored(browser: Browser, address: str) -> None:
    context = browser.new_context()
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });"
    )
    page = context.new_page()
    page.goto(f"{address}/book/chapter.html")
    one = _exercise(page, "binder")
    one.get_by_role("radio", name="The binder").check()
    _press(one, "Check")
    expect(_said(one)).to_contain_text("Right.")
    expect(page.locator(".carta-exercise-progress")).to_contain_text("1 of 4 solved")
    expect(page.locator(".carta-exercise-progress")).to_contain_text("keeps no progress")
    context.close()


def test_opened_as_a_file_it_answers_and_says_why_no_code_runs(browser: Browser, site: Path) -> None:
    page = browser.new_page()
    page.goto((site / "book" / "chapter.html").as_uri())
    share = _exercise(page, "share")
    share.get_by_label("Your answer in %").fill("73,3")
    _press(share, "Check")
    expect(_said(share)).to_contain_text("Right.")
    expect(_exercise(page, "rule-of-three")).to_contain_text("Running code needs the site served")
    expect(_exercise(page, "rule-of-three")).to_contain_text("def rule_of_three(n):")
    page.close()


def test_without_script_all_of_it_can_be_read(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/book/chapter.html")
    one = _exercise(page, "binder")
    expect(one.get_by_role("listitem").filter(has_text="The hinge")).to_be_visible()
    expect(one.get_by_text("said.")).to_be_hidden()
    one.get_by_text("Hint", exact=True).click()
    expect(one.get_by_text("Look outside.")).to_be_visible()
    one.get_by_text("Worked solution").click()
    expect(one.get_by_text("It gives the order.")).to_be_visible()
    expect(_exercise(page, "rule-of-three").get_by_text("def rule_of_three(n):").first).to_be_visible()
    one.get_by_role("link", name="to choose").click()
    assert page.url.endswith("#objective-1")
    context.close()


def test_on_paper_stand_the_questions_and_elsewhere_the_solutions(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}/book/chapter.html")
    one = _exercise(page, "binder")
    one.get_by_text("Worked solution").click()
    page.emulate_media(media="print")
    expect(one.get_by_text("Which part decides?")).to_be_visible()
    expect(one.get_by_text("The hinge")).to_be_visible()
    for hidden in (
        one.get_by_role("button", name="Check"),
        one.locator("details").last,
        one.locator("input").first,
    ):
        expect(hidden).to_be_hidden()
    expect(_exercise(page, "rule-of-three").get_by_text("def rule_of_three(n):").first).to_be_visible()
    page.goto(f"{address}/book/solutions.html")
    for words in (
        "Look outside.",
        "The binder, [Müller",
        "A, wrong. It gives the order.",
        "The share is 73.33",
        "136.4 %, wrong.",
    ):
        expect(page.locator("article")).to_contain_text(words)
    page.get_by_role("link", name="Exercise 3").click()
    expect(_exercise(page, "share")).to_be_in_viewport()
    page.close()


def test_axe_finds_nothing(browser: Browser, address: str) -> None:
    axe = (_needs("axe-core") / "axe.min.js").read_text(encoding="utf-8")
    for width, scheme in ((1280, "light"), (390, "dark")):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()
        for name in ("chapter", "exercises", "solutions"):
            page.goto(f"{address}/book/{name}.html")
            if name == "chapter":
                one = _exercise(page, "binder")
                one.get_by_role("radio", name="The hinge").check()
                _press(one, "Check")
                share = _exercise(page, "share")
                share.get_by_label("Your answer in %").fill("73.3")
                _press(share, "Check")
                for summary in page.locator(".carta-exercise summary").all():
                    summary.click()
            page.evaluate(axe)
            found = page.evaluate("async () => (await axe.run('article')).violations")
            told = [(rule["id"], [node["html"][:150] for node in rule["nodes"]][:3]) for rule in found]
            assert not told, (name, width, told)
        # The check sees a fault when there is one.
        page.evaluate("() => { document.querySelector('article').innerHTML += '<input type=\"text\">'; }")
        assert page.evaluate("async () => (await axe.run('article')).violations.length")
        context.close()
