"""The evidence base as open data: tables in four forms, with a data dictionary and checksums."""

from carta.evidence.export.tables import Column, Table, tables
from carta.evidence.export.write import ARCHIVE, SUMS, data_files, write_data

__all__ = ["ARCHIVE", "SUMS", "Column", "Table", "data_files", "tables", "write_data"]
