"""Cost calculator for AI infrastructure: unit-checked scenarios, sourced figures, explained answers."""

__version__ = "0.1.0"

__all__ = ["__version__"]
