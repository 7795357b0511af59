"""``jupyter-book build . --builder pdflatex`` for those who have TeX: sound sources, and a PDF where TeX is there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from needs import lacking
from printed_book import Printed


def _build(root: Path, builder: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from jupyter_book.cli.main import main; main()",
            "build",
            ".",
            "--builder",
            builder,
        ],
        cwd=root,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_sources_for_tex_are_sound(small: Path) -> None:
    run = _build(small, "latex")
    said = run.stdout + run.stderr
    assert run.returncode == 0, said[-3000:]
    assert not re.search(r"WARNING: (?!.*misc\.highlighting)", said), said[-3000:]
    out = small / "_build" / "latex"
    source = (out / "carta.tex").read_text(encoding="utf-8")
    assert "mathbbm" in (out / "bbm.sty").read_text(encoding="utf-8")
    # Drawings and charts are vectors that TeX can read.
    pictures = re.findall(r"\\sphinxincludegraphics(?:\[[^\]]*\])?\{+([^}]+)\}", source)
    assert len(pictures) >= 2
    for stem in pictures:
        assert (out / f"{stem}.pdf").is_file() or (out / stem).suffix == ".pdf", stem
    for words in (
        "8 of 10",
        "Two boxes" if "Two boxes" in source else "drawn figure",
        r"\frac{dP}{dt}",
        "row 120",
    ):
        assert words in source, words


def test_tex_sets_them(small: Path) -> None:
    if shutil.which("latexmk") is None or shutil.which("xelatex") is None:
        lacking("TeX is missing: install the packages that .ci/run names")
    run = _build(small, "pdflatex")
    assert run.returncode == 0, (run.stdout + run.stderr)[-4000:]
    out = small / "_build" / "latex"
    text = Printed(out / "carta.pdf").text
    for words in ("Every construct", "A drawn figure with 8 of 10 patients", "row 120 of the long table"):
        assert words in text
    log = (out / "carta.log").read_text(encoding="utf-8", errors="replace")
    assert "undefined references" not in log
    wide = [float(width) for width in re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide\)", log)]
    # Half a millimetre is not seen.
    assert max(wide, default=0.0) < 20, wide
