"""The models that ship: one file a topic, each a list of inputs and formulas."""

MODELS = (
    "accelerator",
    "budget",
    "carbon",
    "cluster",
    "compute",
    "currency",
    "data",
    "facility",
    "finance",
    "people",
    "rack",
    "reference",
    "tco",
)
