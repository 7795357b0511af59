"""Chapter prose: what a reader sees of a page, and the rules it must keep."""

from __future__ import annotations

from carta.prose.check import check_prose
from carta.prose.document import Heading, Problem, ProseDocument, parse_document, read_document
from carta.prose.inline import ProseSpan, RoleUse
from carta.prose.options import DirectiveUse

__all__ = [
    "DirectiveUse",
    "Heading",
    "Problem",
    "ProseDocument",
    "ProseSpan",
    "RoleUse",
    "check_prose",
    "parse_document",
    "read_document",
]
