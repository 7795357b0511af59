"""Explorers: small tools in a page that solve the kinetic model live. What they show, and their HTML; no Sphinx."""
