"""The models that ship: one file a topic, each a list of inputs and formulas."""

MODELS = (
    "accelerator",
    "budget",
    "carbon",
    "cash_flow",
    "cluster",
    "compute",
    "currency",
    "data",
    "facility",
    "finance",
    "own_or_rent",
    "people",
    "rack",
    "reference",
    "tco",
)
