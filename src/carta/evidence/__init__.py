"""The evidence base: typed records, loading, questions, rules and export."""

from carta.evidence.base import BoundFact, BoundPatient, Evidence, NotYetKnownError, UnknownRecordError, load
from carta.evidence.loading import EvidenceError

__all__ = [
    "BoundFact",
    "BoundPatient",
    "Evidence",
    "EvidenceError",
    "NotYetKnownError",
    "UnknownRecordError",
    "load",
]
