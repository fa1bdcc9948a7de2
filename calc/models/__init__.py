"""The models that ship: one file a topic, each a list of inputs and formulas."""

MODELS = (
    "accelerator",
    "budget",
    "compute",
    "currency",
    "data",
    "data_quality",
    "demand",
    "energy_claim",
    "growth",
    "industry_chain",
    "knowledge_graph",
    "layers",
    "learning",
    "make_or_buy",
    "people",
    "rack",
    "shared_base",
    "warm_start",
)
