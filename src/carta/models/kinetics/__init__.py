"""The minimal model of the immune reset: CAR T cells, B cells, plasma cells and antibodies. A teaching model.

Import what you need from the modules; the fast solver (:mod:`.taylor`) is loaded only where it is used.
"""
