"""Commands that have a module of their own; :mod:`carta.cli` puts them in their groups."""
