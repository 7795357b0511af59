"""The rules that sound records must also obey: each a small function from records to findings."""

from carta.evidence.rules.check import check_evidence
from carta.evidence.rules.rule import RULES, Context

__all__ = ["RULES", "Context", "check_evidence"]
