"""Let ``python -m carta`` run the ``carta`` command."""

from __future__ import annotations

from carta.cli import main

if __name__ == "__main__":
    main(prog_name="carta")
