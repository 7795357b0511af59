"""The evidence base as open data: tables in four forms, with a data dictionary and checksums."""

from carta.evidence.export.tables import Column, Table, tables
from carta.evidence.export.write import write_data

__all__ = ["Column", "Table", "tables", "write_data"]
