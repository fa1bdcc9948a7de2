"""The models that ship: one file a topic, each a list of inputs and formulas."""

MODELS = (
    "accelerator", "budget", "carbon", "cash_flow", "cluster", "compute", "currency", "data", "facility", "finance",
    "goodput", "own_or_rent", "people", "programme", "rack", "reference", "scaling", "tco", "training",
    "training_energy", "training_memory",
)  # fmt: skip
