"""Cohort state-transition models in health economics: described in a file, run, compared, questioned."""

from __future__ import annotations

from carta.models.economics.cohort import Outcome, run
from carta.models.economics.description import Model
from carta.models.economics.errors import ModelError
from carta.models.economics.reading import read_model

__all__ = ["Model", "ModelError", "Outcome", "read_model", "run"]
