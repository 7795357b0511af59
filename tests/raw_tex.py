"""What TeX looks like when a page shows it instead of a formula."""

from __future__ import annotations

import re

RAW_TEX = re.compile(
    r"\$[^$\d\s][^$\n]*\$|\\(?:frac|begin|end|alpha|beta|mathrm|text|cdot|left|right|ln|exp|sum|quad|times)\b"
)
