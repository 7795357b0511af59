"""Statistics over the evidence: what several studies say together, and how sure that is."""
