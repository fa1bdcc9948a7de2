"""The models that ship: one file a topic, each a list of inputs and formulas."""

MODELS = ("accelerator", "budget", "compute", "currency", "data", "people", "rack")
