"""What a notebook of the small book imports."""

from __future__ import annotations

STEPS = 10
