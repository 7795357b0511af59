"""The bibliography: ``references.bib`` read, checked, written, and shown as short and full citations."""
