"""Formulas: what is set is what was written, seen in the places of the signs."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest
import typst

from carta.pdf.maths import formula
from carta.pdf.widths import FONTS
from carta.site.printed.maths import FormulaError, spoken, tree

FORMULAS = {
    r"\frac{a}{b}": "ab",
    r"\hat\theta = \arg\max_{x\in\mathbb{R}} \sum_{i=1}^{n} \log p(x_i \mid \theta)": "θ=argmaxx∈R∑i=1nlogp(xi|θ)",
    r"f(x)=\begin{cases} 0 & x<0 \\ 1 & x\ge 0\end{cases}": "f(x)={0x<01x≥0",
    r"\begin{pmatrix} 1 & 2 \\ 3 & 4\end{pmatrix}": "(1234)",
    r"\int_0^\infty e^{-x^2}\,dx = \tfrac{\sqrt{\pi}}{2}": "∫0∞e−x2dx=√π2",
    r"\text{ICER} = \Delta C / \Delta E": "ICER=ΔC/ΔE",
    r"\binom{n}{k} p^k (1-p)^{n-k}": "(nk)pk(1−p)n−k",
    r"S(t) = \Pr(T > t), \quad \lambda_{\mathrm{max}}' \approx 1.5\%": "S(t)=Pr(T>t),λmax′≈1.5%",
    r"a_{1,2}; \left[\frac{1}{2}, 3\right) \{x\} \| y \# \& \_": "a1,2;[12,3){x}‖y#&_",
    r"\begin{aligned} a &= b \\ c &= d \end{aligned}": "a=bc=d",
    r"\mathbf{v}\cdot\vec{w} \sim \mathcal{N}(\mu, \sigma^2)": "v⋅w∼N(μ,σ2)",
    r"\frac{dE}{dt} = - E \left(\delta_{E} + r_{M}\right)": "dEdt=−E(δE+rM)",
}


def _signs(tex: str) -> list[tuple[str, float, float]]:
    """Return the signs of a formula as set, with their places from the left and from the top."""
    markup = "\n".join(
        [
            "#set page(width: 16cm, height: 6cm)",
            '#show math.equation: set text(font: "IBM Plex Math")',
            f"$ {formula(tree(tex, display=True))} $",
        ]
    )
    compiler = typst.Compiler(font_paths=[FONTS], ignore_system_fonts=True)
    made = compiler.compile(markup.encode("utf-8"), format="pdf")
    document = pypdfium2.PdfDocument(made)
    words = document[0].get_textpage()
    found = []
    high = ""
    for index in range(words.count_chars()):
        sign = high + chr(pypdfium2.raw.FPDFText_GetUnicode(words, index))
        # An italic letter of mathematics comes as two halves.
        high = sign if len(sign) == 1 and 0xD800 <= ord(sign) < 0xDC00 else ""
        left, bottom, _, top = words.get_charbox(index)
        if not high and sign.strip():
            found.append((sign.encode("utf-16", "surrogatepass").decode("utf-16"), left, -(bottom + top) / 2))
    return found


def _plain(text: str) -> list[str]:
    import unicodedata

    # Italic, bold and script letters of mathematics are letters; accents are drawn, not written.
    folded = unicodedata.normalize("NFKD", text.replace("′", "'"))
    return sorted(c for c in folded if not unicodedata.combining(c) and c not in "ˆ^→⃗'|‖∣∥√ ‾" and c.strip())


@pytest.mark.parametrize(("tex", "signs"), FORMULAS.items())
def test_every_sign_of_a_formula_is_set(tex: str, signs: str) -> None:
    assert _plain("".join(sign for sign, _, _ in _signs(tex))) == _plain(signs)


def test_above_below_and_beside_are_where_they_belong() -> None:
    (a, _, a_down), (b, _, b_down) = _signs(r"\frac{a}{b}")
    assert "".join(_plain(a + b)) == "ab" and a_down < b_down - 5
    base, raised = _signs(r"x^2")
    assert raised[2] < base[2] and raised[1] > base[1]
    base, lowered = _signs(r"x_2")
    assert lowered[2] > base[2] and lowered[1] > base[1]
    upper = [
        down for sign, _, down in _signs(r"\begin{aligned} a &= b \\ c &= d \end{aligned}") if sign == "="
    ]
    assert len(upper) == 2
    for environment in ("aligned", "align", "align*"):
        signs = _signs(rf"\begin{{{environment}}} aaa &= b \\ c &= d \end{{{environment}}}")
        equals = [left for sign, left, _ in signs if sign == "="]
        assert equals[0] == pytest.approx(equals[1], abs=0.1), environment


def test_a_formula_has_words_for_those_who_cannot_see_it() -> None:
    assert spoken(tree(r"\frac{dP}{dt} \le \sqrt{x_1}", display=True)) == (
        "the fraction d P over d t , is at most the square root of x sub 1 ,"
    )


@pytest.mark.parametrize("tex", [r"\frac{a}", r"\unknownmacro{x}", r"\begin{tikzpicture}\end{tikzpicture}"])
def test_what_cannot_be_set_is_refused(tex: str) -> None:
    with pytest.raises(FormulaError):
        formula(tree(tex, display=True))


def test_the_fonts_are_there_with_their_licence() -> None:
    assert "SIL Open Font License" in (FONTS / "LICENSE-IBM-Plex.txt").read_text(encoding="utf-8")
    assert sum(file.stat().st_size for file in Path(FONTS).iterdir()) < 8_000_000
