"""What is wrong with a model, at which place in its file."""

from __future__ import annotations

from carta.findings import Finding, as_text


class ModelError(Exception):
    """A model cannot be read or run; ``findings`` say where and how to mend it."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(as_text(findings))
        self.findings = findings

    def __reduce__(self) -> tuple[type[ModelError], tuple[list[Finding]]]:
        # Another process must be able to send it back.
        return type(self), (self.findings,)
