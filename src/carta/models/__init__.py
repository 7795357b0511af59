"""Models: the kinetics of the immune reset, and what models of any kind share."""
