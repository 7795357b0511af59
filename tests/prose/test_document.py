from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carta.prose.document import ProseDocument, parse_document, read_document
from carta.prose.numbers import check_numbers


def page(text: str) -> ProseDocument:
    return parse_document(text, Path("page.md"))


#: ``@`` stands where a reader sees words and becomes the number 1500 + line; 99 must not be seen.
_TEMPLATE = """\
---
title: Title @
kernelspec: {name: python99}
---
# Heading @

Paragraph @ with
*emphasis @* and [link
@](https://example.org/99 "title
over 99 lines") then @ and `code
99` then @ and {fact}`key-99:
fact` then @\\
@ after a hard break, ![alt
text @](image-99.png) @ and {term}`explicit
title @ <target-99>` [span @]{.class-99} <https://example.org/99>.

- item @
  continued @

  > quoted @
  > more @

1. one

   2. two @

| head @ | b |
|-----------|---|
| x | cell @ {fact}`a:b99` |

Term @
: definition @
  more @

Text[^note] with $x = 99$ and

$$
99
$$

[^note]: footnote @
    continued @

% comment 99
<!-- comment 99 -->

```{admonition} Title @
:class: dropdown-99
:name: x99

Body @

:::{tip} First @
Body @

- item @
:::

~~~{figure} image-99.png
---
alt: alt text @
name: fig-99
---
Caption @ {fact}`caption:fact`
over lines @

Legend @
~~~
```

```{code-cell} python
:tags: [hide-input]
x = 99
```

```{code-cell} python
---
tags: [hide-input, tag-99]
mystnb:
  figure:
    caption: |
      Caption @
      goes on @

      and on @ {cite}`key`
    name: fig-99
---
x = 99
```

```{code-cell} python
---
mystnb:
  figure:
    caption: >-
      Folded @
      caption @
    name: x
---
```

```{code-cell} python
---
mystnb:
  figure:
    caption: Plain @
      caption @
---
```

```{code-cell} python
---
mystnb: {figure: {caption: "Quoted @
    \\"caption\\" @", name: 'x'}}
---
```

(target-99)=
:::
Plain colons @
:::

```{list-table} Table @
* - a @
  - b @
```

```python
99
```

```{math}
99
```

    indented 99

Setext @
heading @
-----------

\\begin{equation}
99
\\end{equation}

```{note} On the first line @
and @
```

```{unknown} key-99
Body @
```
"""
PAGE = "\n".join(
    line.replace("@", str(1500 + number)) for number, line in enumerate(_TEMPLATE.split("\n"), 1)
)
MARKED = [number for number, line in enumerate(_TEMPLATE.split("\n"), 1) if "@" in line]


def line_of(text: str) -> int:
    """Return the line of the page on which ``text`` first stands."""
    return PAGE[: PAGE.index(text)].count("\n") + 1


def test_every_line_a_reader_sees_is_read_on_its_line() -> None:
    seen: dict[str, set[int]] = {}
    for problem in check_numbers(page(PAGE)):
        number = problem.message.split("“")[1].split("”")[0]
        seen.setdefault(number, set()).add(problem.line)
    assert seen == {str(1500 + line): {line} for line in MARKED}


def test_what_is_no_prose_is_not_read() -> None:
    document = page(PAGE)
    assert [span for span in document.spans if "99" in span.text] == []
    assert document.problems == ()
    assert document.html_lines == ()


def test_roles_are_listed_wherever_they_stand() -> None:
    roles = [(role.name, role.content.partition(" ")[0], role.line) for role in page(PAGE).roles]
    assert roles == [
        ("fact", "key-99:", line_of("{fact}`key-99")),
        ("term", "explicit", line_of("{term}")),
        ("fact", "a:b99", line_of("a:b99")),
        ("fact", "caption:fact", line_of("caption:fact")),
        ("cite", "key", line_of("{cite}")),
    ]


def test_directives_are_listed_with_options_and_lines() -> None:
    directives = {d.line: d for d in page(PAGE).directives}
    assert [d.name for d in directives.values()] == [
        "admonition", "tip", "figure", *["code-cell"] * 5, "list-table", "math", "note", "unknown",
    ]  # fmt: skip
    admonition = directives[line_of("```{admonition}")]
    assert admonition.argument.startswith("Title 15")
    assert admonition.options == {"class": "dropdown-99", "name": "x99"}
    cell = directives[line_of("tag-99") - 2]
    assert cell.options["mystnb"]["figure"]["name"] == "fig-99"
    assert (cell.body, cell.body_line) == ("x = 99\n", line_of("name: fig-99\n---\nx = 99") + 2)


def test_headings_are_those_of_the_page_itself() -> None:
    text = "# One\n\n## Two *words*\n\n> ## Quoted\n\n```{note}\n## Nested\n```\n\nThree\n-----\n"
    assert [(h.level, h.text, h.line) for h in page(text).headings] == [
        (1, "One", 1),
        (2, "Two words", 3),
        (2, "Three", 11),
    ]


def test_link_references_and_footnotes_hold_in_nested_directives() -> None:
    text = "[^7]: Note.\n\n[9]: https://example.org\n\n```{note}\nSee [there][9] and this[^7].\n```\n"
    assert [s.text for s in page(text).spans if s.kind == "paragraph"] == ["See there and this."]


def test_kinds_say_what_a_span_is() -> None:
    kinds = {span.text.split()[0]: span.kind for span in page(PAGE).spans}
    words = ("Title", "Heading", "item", "quoted", "cell", "Term", "footnote", "alt", "Legend", "Plain")
    assert [kinds[word] for word in words] == [
        "title", "heading", "list-item", "list-item", "table-cell", "definition", "footnote", "alt",
        "caption", "paragraph",
    ]  # fmt: skip


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_do_not_depend_on_line_ends(tmp_path: Path, newline: str) -> None:
    path = tmp_path / "page.md"
    path.write_bytes(("\ufeff" + PAGE.replace("\n", newline)).encode())
    document = read_document(path)
    if newline != "\r":
        assert document.spans == page(PAGE).spans
    assert [p.line for p in check_numbers(document)] == [p.line for p in check_numbers(page(PAGE))]


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        ("text\n\n```{note}\nbody\n", "prose/unclosed-fence", 3),
        ("text\n\n:::{note}\nbody", "prose/unclosed-fence", 3),
        ("- item\n\n  ```{note}\n  body\n\nafter", "prose/unclosed-fence", 3),
        ("```{note}\n```{tip}\nbody\n```\n```\n", "prose/unclosed-fence", 2),
        ("````{note}\nbody\n\n```{tip}\nbody\n````\n", "prose/unclosed-fence", 4),
        ("```{note}", "prose/unclosed-fence", 1),
        ("---\ntitle: [x\n---\n\n# T\n", "prose/front-matter", 3),
        ("---\ntitle: x\ndate: 2024-13-45\n---\n", "prose/front-matter", 2),
        ("---\n- x\n---\n", "prose/front-matter", 2),
        ("---\ntitle: x\n\n# T\n", "prose/front-matter", 1),
        ("```{code-cell}\n---\na: b\nmystnb: figure: x\n---\n```\n", "prose/directive-options", 4),
    ],
)
def test_broken_pages_give_a_problem_on_the_line(text: str, rule: str, line: int) -> None:
    problem = page(text).problems[0]
    assert (problem.rule, problem.line) == (rule, line)


def test_bytes_that_are_no_utf8_are_a_problem_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_bytes(b"# Title\n\nM\xfcller saw 15 patients.\n")
    document = read_document(path)
    assert [(p.rule, p.line) for p in document.problems] == [("prose/encoding", 3)]
    assert [p.line for p in check_numbers(document)] == [3]


def test_raw_html_is_seen_and_its_words_are_prose() -> None:
    text = "a <b>15</b>\n\n<div class='x16'>\n17 patients\n</div>\n\n<!-- 18 -->\n\n```{raw} html\n19\n```\n"
    document = page(text)
    assert document.html_lines == (1, 3, 9)
    assert [(p.line, p.message[12:14]) for p in check_numbers(document)] == [(1, "15"), (4, "17")]


def test_directives_nested_without_end_are_cut_off() -> None:
    text = "\n".join(":" * n + "{note}" for n in range(120, 3, -1))
    text += "\n" + "\n".join(":" * n for n in range(4, 121))
    assert any("nested too deeply" in problem.message for problem in page(text).problems)


_FRAGMENTS = st.sampled_from(
    [
        "---\n", "```", "````", "~~~", ":::", "{note}", "{code-cell}", "{figure} x", "\n", "\n\n", "  ", "> ",
        "- ", "1. ", "# ", "|", "|-|-|\n", "$", "$$", "`", "{fact}`", "{given}`", "a", "15", " patients", "*",
        "**", "[", "](x)", "![", "[^1]", "[^1]: ", ":a: b\n", "caption: |\n", "mystnb:\n  figure:\n", "<b>",
        "<!--", "-->", "%", "(x)=\n", ": ", "\\", "\\begin{align}", "\\end{align}", "{.a}", "{#b}\n", "&amp;",
        "\x00", "\u2028", "\xa0", "\t", "\r", "'", '"', "&x *x", "!!python/object:x", "+++\n",
    ]
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(_FRAGMENTS | st.text(max_size=3), max_size=25).map("".join))
def test_no_text_makes_it_crash_and_lines_lie_in_the_file(text: str) -> None:
    document = page(text)
    last = text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    problems = [*document.problems, *check_numbers(document)]
    assert all(1 <= line <= last for line in document.html_lines)
    assert all(1 <= problem.line <= last for problem in problems)
    assert not any("gives up" in problem.message for problem in problems)


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=12), st.sampled_from(["> ", "- ", "  "]), st.integers(0, 3))
def test_a_number_is_found_on_its_line_however_it_is_nested(blank: int, container: str, inner: int) -> None:
    lines = ["word"] * inner + ["15 patients", "word"]
    body = ["````{note}", "```{tip}", *lines, "```", "````"]
    first, rest = (container, "  " if container == "- " else container)
    nested = [(first if i == 0 else rest) + line for i, line in enumerate(body)]
    (problem,) = check_numbers(page("\n" * blank + "\n".join(nested)))
    assert problem.line == blank + 2 + inner + 1
