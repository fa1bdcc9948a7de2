"""Studies: what is computed with an answerable scenario."""
