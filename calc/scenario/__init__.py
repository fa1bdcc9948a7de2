"""Scenarios: YAML to located text to values."""
