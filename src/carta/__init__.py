"""CARTA: a living review of CAR T-cell therapy in autoimmune disease, bound to its evidence."""

__version__ = "0.1.0"
