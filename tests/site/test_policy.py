"""Every page carries a policy that lets nothing in from elsewhere, and works under it wherever it is opened."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, expect

from carta.site.policy import inline_scripts, policy, with_policy
from static_server import serving


def test_inline_scripts_are_allowed_by_what_they_say_and_data_is_no_script() -> None:
    code = 'let a = "<b>" < 2;\n'
    page = (
        f'<script>{code}</script><script src="a.js"></script><script type="application/ld+json">{{}}</script>'
        '<SCRIPT type="module">import "./b.js"</SCRIPT >'
    )
    assert inline_scripts(page) == [code, 'import "./b.js"']
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    rules = dict(rule.split(" ", 1) for rule in policy(page).split("; "))
    assert rules["default-src"] == "'self'"
    assert f"'sha256-{digest}'" in rules["script-src"]
    assert "unsafe-inline" not in rules["script-src"] and "'unsafe-eval'" not in rules["script-src"]
    assert not re.search(r"https?:|\*", policy(page))
    # A word of a page that happens to be the mark stays as it is.
    assert with_policy("<p>carta-policy</p>") == "<p>carta-policy</p>"


def test_every_page_has_it_before_any_script(small_site: Path) -> None:
    pages = sorted(small_site.rglob("*.html"))
    assert len(pages) > 8
    for page in pages:
        text = page.read_text(encoding="utf-8")
        if page.parent == small_site and page.name == "index.html":
            # It leads on at once and has nothing to run.
            assert "<script" not in text
            continue
        (meta,) = BeautifulSoup(text, "html.parser").select('meta[http-equiv="Content-Security-Policy"]')
        assert meta["content"] == policy(text), page
        assert text.index("Content-Security-Policy") < text.index("<script")
        assert not re.search(r"<[^>]+\son[a-z]+=", text), (
            f"{page}: a handler in an attribute would be refused"
        )


@pytest.mark.parametrize("way", ["root", "sub-path", "disk"])
def test_pages_work_under_it(small_site: Path, tmp_path: Path, browser: Browser, way: str) -> None:
    folder = tmp_path / "served"
    shutil.copytree(small_site, folder / "a sub" / "path" if way == "sub-path" else folder)
    page = browser.new_page()
    said: list[str] = []
    page.on(
        "console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    with serving(folder) as server:
        base = {"root": server, "sub-path": f"{server}/a%20sub/path", "disk": folder.as_uri()}[way]
        page.goto(f"{base}/book/figure.html")
        page.evaluate("() => document.fonts.ready")
        # The site's own letters arrived, and the theme's script runs.
        assert page.evaluate(
            "() => [...document.fonts].some(f => f.family.includes('Carta Sans') && f.status === 'loaded')"
        )
        before = page.evaluate("() => document.documentElement.dataset.theme")
        page.locator(".theme-switch-button").first.click()
        assert page.evaluate("() => document.documentElement.dataset.theme") != before
        if way != "disk":
            # A live chart without eval; from a disk, browsers load no modules, and the drawing stays.
            page.locator(".carta-figure-explore").first.click()
            expect(page.locator(".carta-figure-live svg").first).to_be_visible(timeout=20_000)
        # Of a file on a disk browsers take no module, and say that a preloaded one cannot be matched.
        usual = ("origin 'null'", "net::ERR_FAILED", "A preload for 'file:")
        assert [text for text in said if way != "disk" or not any(word in text for word in usual)] == []
        # Nothing from elsewhere, and no script that was not there when the page was built.
        page.evaluate("() => { new Image().src = 'http://127.0.0.2:9/x.png'; }")
        page.evaluate(
            "() => { const s = document.createElement('script'); s.textContent = 'window.intruder = 1'; document.body.append(s); }"
        )
        page.wait_for_timeout(200)
        assert sum("Content Security Policy" in text for text in said) >= 2
        assert page.evaluate("() => window.intruder") is None
    page.close()
